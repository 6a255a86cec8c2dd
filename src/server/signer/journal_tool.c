/* The offline judge of journals. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/signer/journal_line.h"
#include "server/signer/journal_tool.h"
#include "server/signer/ledger.h"

enum {
	EXIT_WHOLE = 0,
	EXIT_BROKEN = 1,
	EXIT_USAGE = 2,
};

struct audit {
	bool shows;
	bool has_wanted;
	bool has_met_wanted;
	struct signer_head wanted;
	struct signer_head head;
	struct ledger ledger;
	uint64_t line;
};

static int
usage(void)
{
	fputs("usage: warifu-server journal verify [--head EPOCH:N:HASH] "
	      "FILE|DIR\n"
	      "       warifu-server journal show FILE|DIR\n",
	    stderr);
	return EXIT_USAGE;
}

/* The journal in a directory, wherever above it was named; allocated. */
static char *
find_file(const char *path)
{
	static const char *const places[] = {
	    "signer/authority/journal",
	    "authority/journal",
	    "journal",
	};
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return memory_string(path);
	for (size_t i = 0; i < array_length(places); i++) {
		scoped(memory_freep) char *file = file_join(path, places[i]);

		if (file_exists(file))
			return take(file);
	}
	return file_join(path, places[0]);
}

/* An entry for a person: certificates are left out, they fill the screen. */
static bool
show(struct view line, struct err *err)
{
	scoped(json_freep) json_t *entry = NULL;
	scoped(memory_freep) char *text = NULL;
	struct view json;

	if (!journal_line_json(line, &json, err))
		return false;
	entry = json_read(json, JOURNAL_LINE_MAX, err);
	if (entry == NULL)
		return false;
	ignore_result(json_object_del(entry, "certificate") == 0);
	ignore_result(json_object_del(entry, "agent_ca") == 0);
	text = json_write(entry);
	puts(text);
	return true;
}

static bool
judge_wanted(struct audit *audit, struct err *err)
{
	if (!audit->has_wanted || audit->head.n != audit->wanted.n)
		return true;
	audit->has_met_wanted = true;
	if (memcmp(audit->head.hash, audit->wanted.hash,
		sizeof(audit->head.hash)) == 0)
		return true;
	return err_set(err, ERR_MALFORMED,
	    "this is not the entry %llu that was seen elsewhere",
	    (unsigned long long)audit->head.n);
}

static bool
judge_line(struct audit *audit, struct view line, struct err *err)
{
	struct journal_entry entry;

	return journal_line_read(line, &audit->head, &entry, err) &&
	    ledger_apply(
		&audit->ledger, &entry, (uint32_t)audit->head.n, true, err) &&
	    judge_wanted(audit, err) && (!audit->shows || show(line, err));
}

static int
broken(const struct audit *audit, uint64_t offset, const struct err *err)
{
	printf("broken: line %llu, byte %llu: %s\n",
	    (unsigned long long)audit->line, (unsigned long long)offset,
	    err_sentence(err));
	return EXIT_BROKEN;
}

static int
whole(const struct audit *audit, size_t unfinished)
{
	scoped(memory_freep) char *head = journal_head_text(&audit->head);

	if (unfinished > 0)
		printf("note: %zu bytes of a last line that is not finished "
		       "(being written, or a crash; nobody was told of it)\n",
		    unfinished);
	if (!audit->shows)
		printf("whole: %llu entries, %zu certificates of %zu agents, "
		       "head %s\n",
		    (unsigned long long)audit->head.n,
		    audit->ledger.certificate_count, audit->ledger.agent_count,
		    head);
	return EXIT_WHOLE;
}

static int
judge(struct audit *audit, struct view bytes)
{
	struct journal_scan scan = {.rest = bytes};
	struct err err = ERR_INIT;
	struct view line;
	uint64_t offset = 0;

	while (journal_scan_next(&scan, &line, &offset)) {
		audit->line++;
		if (!judge_line(audit, line, &err))
			return broken(audit, offset, &err);
	}
	if (audit->head.n == 0) {
		puts("broken: the journal is empty");
		return EXIT_BROKEN;
	}
	if (audit->has_wanted && !audit->has_met_wanted) {
		printf("broken: it ends at entry %llu, but entry %llu was seen "
		       "elsewhere: its end was cut off\n",
		    (unsigned long long)audit->head.n,
		    (unsigned long long)audit->wanted.n);
		return EXIT_BROKEN;
	}
	return whole(audit, scan.rest.length);
}

static int
judge_file(struct audit *audit, const char *path)
{
	scoped(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err err = ERR_INIT;
	struct stat status;
	void *bytes;
	int code;

	if (fd < 0 || fstat(fd, &status) != 0) {
		err_set_errno(&err, "cannot read %s", path);
		fprintf(stderr, "%s\n", err_sentence(&err));
		return EXIT_BROKEN;
	}
	if (status.st_size == 0)
		return judge(audit, view_of(NULL, 0));
	bytes =
	    mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		err_set_errno(&err, "cannot map %s", path);
		fprintf(stderr, "%s\n", err_sentence(&err));
		return EXIT_BROKEN;
	}
	code = judge(audit, view_of(bytes, (size_t)status.st_size));
	munmap(bytes, (size_t)status.st_size);
	return code;
}

/* --head EPOCH:N:HASH before the path. */
static bool
read_head(struct audit *audit, int argc, char **argv)
{
	struct err err = ERR_INIT;

	if (argc != 5)
		return argc == 3;
	if (audit->shows || strcmp(argv[2], "--head") != 0)
		return false;
	if (!journal_head_parse(view_string(argv[3]), &audit->wanted, &err)) {
		fprintf(stderr, "%s\n", err_sentence(&err));
		return false;
	}
	audit->has_wanted = audit->wanted.n > 0;
	return true;
}

int
journal_tool_main(int argc, char **argv)
{
	struct audit audit = {.head = {.epoch = 1}};
	scoped(memory_freep) char *path = NULL;
	int code;

	if (argc < 3 ||
	    (strcmp(argv[1], "verify") != 0 && strcmp(argv[1], "show") != 0))
		return usage();
	audit.shows = strcmp(argv[1], "show") == 0;
	if (!read_head(&audit, argc, argv))
		return usage();
	ledger_init(&audit.ledger);
	path = find_file(argv[argc - 1]);
	code = judge_file(&audit, path);
	ledger_done(&audit.ledger);
	return code;
}
