/* Help and shell completion, from the table of commands. */
#include "ctl/help.h"

#include <string.h>

#include "ctl/table.h"

static int
print_usage(FILE *out, const struct ctl_command *command)
{
	return fprintf(out, "%s%s%s%s%s", command->noun,
	    command->verb == NULL ? "" : " ",
	    command->verb == NULL ? "" : command->verb,
	    command->arguments == NULL ? "" : " ",
	    command->arguments == NULL ? "" : command->arguments);
}

bool
help_command_has_option(const struct ctl_command *command, size_t option)
{
	if (option < CTL_COMMON_OPTION_COUNT)
		return true;
	for (size_t i = 0; i < CTL_OPTIONS_MAX; i++)
		if (command->options[i] != NULL &&
		    strcmp(command->options[i], CTL_OPTIONS[option].name) == 0)
			return true;
	return false;
}

static void
print_option(FILE *out, const struct ctl_option *option)
{
	int used = fprintf(out, "  --%s%s%s", option->name,
	    option->argument == NULL ? "" : " ",
	    option->argument == NULL ? "" : option->argument);

	fprintf(out, "%*s%s\n", used < 28 ? 28 - used : 2, "", option->help);
}

/* Words up to the 78th column. */
static void
print_paragraph(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, " ");

		if (column > 0 && column + 1 + length > 78) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(
		    out, "%s%.*s", column > 0 ? " " : "", (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void
help_print_command(FILE *out, const struct ctl_command *command)
{
	fputs("usage: warifuctl ", out);
	print_usage(out, command);
	fputs(" [--option …]\n\n", out);
	fprintf(out, "%s.\n", command->summary);
	if (command->help != NULL) {
		fputc('\n', out);
		print_paragraph(out, command->help);
	}
	fputs("\noptions:\n", out);
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
			if ((i < CTL_COMMON_OPTION_COUNT) == (pass == 1) &&
			    help_command_has_option(command, i))
				print_option(out, &CTL_OPTIONS[i]);
}

void
help_print_all(FILE *out)
{
	fputs("usage: warifuctl COMMAND [ARGUMENT …] [--option …]\n\n", out);
	for (size_t i = 0; ctl_command(i) != NULL; i++) {
		int used = fprintf(out, "  ");

		used += print_usage(out, ctl_command(i));
		fprintf(out, "%*s%s\n", used < 42 ? 42 - used : 2, "",
		    ctl_command(i)->summary);
	}
	fputs("\nwarifuctl help COMMAND explains one.\n"
	      "exit codes: 0 done, 1 refused or failed, 2 wrong use, 3 server "
	      "not reachable, 4 not signed in\n",
	    out);
}

enum ctl_exit
help_show(struct ctl *ctl)
{
	size_t shown = 0;

	if (ctl->argument_count == 0) {
		help_print_all(stdout);
		return CTL_OK;
	}
	for (size_t i = 0; ctl_command(i) != NULL; i++) {
		const struct ctl_command *command = ctl_command(i);

		if (strcmp(command->noun, ctl->arguments[0]) != 0 ||
		    (ctl->argument_count > 1 &&
			(command->verb == NULL ||
			    strcmp(command->verb, ctl->arguments[1]) != 0)))
			continue;
		if (shown++ > 0)
			fputc('\n', stdout);
		help_print_command(stdout, command);
	}
	return shown > 0 ? CTL_OK
			 : ctl_misuse("there is no such command; see: "
				      "warifuctl help");
}

static bool
is_first_of_noun(size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(ctl_command(i)->noun, ctl_command(index)->noun) == 0)
			return false;
	return true;
}

static void
print_verbs(const char *noun)
{
	printf("\t%s) echo \"", noun);
	for (size_t i = 0; ctl_command(i) != NULL; i++)
		if (strcmp(ctl_command(i)->noun, noun) == 0 &&
		    ctl_command(i)->verb != NULL)
			printf("%s ", ctl_command(i)->verb);
	printf("\" ;;\n");
}

static void
print_options(const struct ctl_command *command)
{
	printf("\t\"%s%s%s\") echo \"", command->noun,
	    command->verb == NULL ? "" : " ",
	    command->verb == NULL ? "" : command->verb);
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (help_command_has_option(command, i))
			printf("--%s ", CTL_OPTIONS[i].name);
	printf("\" ;;\n");
}

static void
print_words(void)
{
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (CTL_OPTIONS[i].words != NULL)
			printf("\t--%s) words=\"%s\" ;;\n", CTL_OPTIONS[i].name,
			    CTL_OPTIONS[i].words);
		else if (CTL_OPTIONS[i].argument != NULL)
			printf("\t--%s) %s ;;\n", CTL_OPTIONS[i].name,
			    strcmp(CTL_OPTIONS[i].argument, "FILE") == 0
				? "COMPREPLY=($(compgen -f -- \"$now\")); "
				  "return"
				: "return");
}

static void
print_functions(void)
{
	puts("# bash completion for warifuctl, made by: "
	     "warifuctl completion bash");
	puts("_warifuctl_verbs()\n{\n\tcase \"$1\" in");
	printf("\t\"\") echo \"");
	for (size_t i = 0; ctl_command(i) != NULL; i++)
		if (is_first_of_noun(i))
			printf("%s ", ctl_command(i)->noun);
	printf("\" ;;\n");
	for (size_t i = 0; ctl_command(i) != NULL; i++)
		if (is_first_of_noun(i) && ctl_command(i)->verb != NULL)
			print_verbs(ctl_command(i)->noun);
	puts("\tesac\n}\n\n_warifuctl_options()\n{\n\tcase \"$1\" in");
	for (size_t i = 0; ctl_command(i) != NULL; i++)
		print_options(ctl_command(i));
	puts("\tesac\n}\n");
}

void
completion_print_bash(void)
{
	print_functions();
	puts("_warifuctl()\n{\n"
	     "\tlocal now=\"${COMP_WORDS[COMP_CWORD]}\"\n"
	     "\tlocal before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	     "\tlocal noun=\"${COMP_WORDS[1]}\" verb=\"${COMP_WORDS[2]}\"\n"
	     "\tlocal words\n"
	     "\tcase \"$before\" in");
	print_words();
	puts("\t*)\n"
	     "\t\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	     "\t\t\twords=$(_warifuctl_verbs \"\")\n"
	     "\t\telif [[ $now == -* ]]; then\n"
	     "\t\t\twords=$(_warifuctl_options \"$noun $verb\")\n"
	     "\t\t\t[[ -n $words ]] || words=$(_warifuctl_options \"$noun\")\n"
	     "\t\telif [[ $COMP_CWORD -eq 2 ]]; then\n"
	     "\t\t\twords=$(_warifuctl_verbs \"$noun\")\n"
	     "\t\tfi ;;\n"
	     "\tesac\n"
	     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$now\"))\n"
	     "}\n\ncomplete -F _warifuctl warifuctl");
}

enum ctl_exit
completion_bash(struct ctl *ctl)
{
	completion_print_bash();
	return CTL_OK;
}
