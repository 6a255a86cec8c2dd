/* Questions to a person, answers without echo. */
#include "ctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"

bool
terminal_is_interactive(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

void
secret_textp(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static bool
read_line(FILE *from, char **out, struct err *err)
{
	char line[TERMINAL_LINE_MAX + 2];
	size_t length;

	if (fgets(line, sizeof(line), from) == NULL)
		return err_set(err, ERR_MALFORMED, "there is nothing to read");
	length = strcspn(line, "\n");
	if (length > TERMINAL_LINE_MAX)
		return err_set(err, ERR_LIMIT,
		    "the line has more than %d bytes", TERMINAL_LINE_MAX);
	if (length > 0 && line[length - 1] == '\r')
		length--;
	*out = memory_string_n(line, length);
	explicit_bzero(line, sizeof(line));
	return true;
}

bool
terminal_ask(const char *prompt, char **out, struct err *err)
{
	fprintf(stderr, "%s", prompt);
	fflush(stderr);
	return read_line(stdin, out, err);
}

bool
terminal_confirm(const char *question)
{
	scoped(memory_freep) char *answer = NULL;
	scoped(memory_freep) char *prompt =
	    memory_format("%s [y/N] ", question);
	struct err err = ERR_INIT;

	return terminal_ask(prompt, &answer, &err) &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

bool
terminal_ask_secret(const char *prompt, char **out, struct err *err)
{
	struct termios before, quiet;
	FILE *terminal = fopen("/dev/tty", "r+e");
	bool is_read;

	if (terminal == NULL)
		return err_set(err, ERR_SYSTEM,
		    "there is no terminal to ask for the password on; use "
		    "--password-file");
	if (tcgetattr(fileno(terminal), &before) != 0) {
		fclose(terminal);
		return err_set_errno(err, "cannot switch the echo off");
	}
	/* Before the prompt: what is typed at once is neither seen nor lost. */
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	ignore_result(tcsetattr(fileno(terminal), TCSAFLUSH, &quiet) == 0);
	fputs(prompt, terminal);
	fflush(terminal);
	is_read = read_line(terminal, out, err);
	ignore_result(tcsetattr(fileno(terminal), TCSAFLUSH, &before) == 0);
	fputc('\n', terminal);
	fclose(terminal);
	return is_read;
}

bool
terminal_read_secret(const char *path, char **out, struct err *err)
{
	FILE *file;
	bool is_read;

	if (strcmp(path, "-") == 0)
		return read_line(stdin, out, err);
	file = fopen(path, "re");
	if (file == NULL)
		return err_set_errno(err, "cannot open %s", path);
	setvbuf(file, NULL, _IONBF, 0);
	is_read = read_line(file, out, err);
	fclose(file);
	return is_read || err_prefix(err, "reading %s", path);
}
