/* The journal's file: lock, read, append, sync. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "os/fd.h"
#include "server/signer/journal.h"
#include "server/signer/journal_line.h"

enum {
	/* Room that must be left on the disk before anything new is issued, so
	 * that revocations still find a place. */
	RESERVE_BYTES = 512 * 1024,
};

struct journal {
	int fd;
	struct signer_head head;
	uint64_t end;      /* of the last whole entry */
	uint64_t reserved; /* the file has blocks up to here */
	uint64_t synced;
	uint64_t cut_bytes;
	uint64_t *offsets; /* of entry n at [n - 1] */
	size_t capacity;
	char *trouble;
	bool is_spoiled;    /* a failed write could not be undone */
	bool needs_newline; /* broken, and its last line is unfinished */
	struct buf line;
};

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	fd_close(journal->fd);
	free(journal->offsets);
	free(journal->trouble);
	buf_done(&journal->line);
	free(journal);
}

const char *
journal_trouble(const struct journal *journal)
{
	return journal->trouble;
}

uint64_t
journal_cut_bytes(const struct journal *journal)
{
	return journal->cut_bytes;
}

const struct signer_head *
journal_head(const struct journal *journal)
{
	return &journal->head;
}

static void
remember_offset(struct journal *journal, uint64_t offset)
{
	size_t n = (size_t)journal->head.n;

	check(n > 0 && n < UINT32_MAX);
	if (n > journal->capacity) {
		journal->capacity = n * 2 + 64;
		journal->offsets = memory_resize(journal->offsets,
		    journal->capacity, sizeof(journal->offsets[0]));
	}
	journal->offsets[n - 1] = offset;
}

void
journal_break(struct journal *journal, const char *sentence)
{
	if (journal->trouble == NULL)
		journal->trouble = memory_string(sentence);
}

static void
break_at(struct journal *journal, uint64_t offset, const struct err *why)
{
	journal->trouble =
	    memory_format("after entry %llu, at byte %llu of the file: %s",
		(unsigned long long)journal->head.n, (unsigned long long)offset,
		err_sentence(why));
}

/* A line after the break: whatever it still tells. */
static void
salvage(struct view line, journal_entry_fn *entry_fn, void *context)
{
	struct journal_entry entry;
	struct err err = ERR_INIT;

	/* What cannot be read or understood is lost; the trouble says so. */
	if (journal_line_entry(line, &entry, &err))
		ignore_result(entry_fn(context, &entry, 0, false, &err));
}

static void
replay_line(struct journal *journal, struct view line, uint64_t offset,
    journal_entry_fn *entry_fn, void *context)
{
	struct signer_head head = journal->head;
	struct journal_entry entry;
	struct err err = ERR_INIT;

	if (journal->trouble != NULL) {
		salvage(line, entry_fn, context);
		return;
	}
	if (!journal_line_read(line, &head, &entry, &err) ||
	    !entry_fn(context, &entry, (uint32_t)head.n, true, &err)) {
		break_at(journal, offset, &err);
		salvage(line, entry_fn, context);
		return;
	}
	journal->head = head;
	remember_offset(journal, offset);
}

static bool
replay(struct journal *journal, struct view bytes, journal_entry_fn *entry_fn,
    void *context, struct err *err)
{
	struct journal_scan scan = {.rest = bytes};
	struct view line;
	uint64_t offset;

	while (journal_scan_next(&scan, &line, &offset))
		replay_line(journal, line, offset, entry_fn, context);
	journal->end = scan.offset;
	if (journal->trouble != NULL) {
		/* It is evidence: nothing is cut. */
		journal->end += scan.rest.length;
		journal->needs_newline = scan.rest.length > 0;
		return true;
	}
	journal->cut_bytes = scan.rest.length;
	if (journal->cut_bytes > 0 &&
	    (ftruncate(journal->fd, (off_t)journal->end) != 0 ||
		fdatasync(journal->fd) != 0))
		return err_set_errno(err, "cutting the journal's torn line");
	return true;
}

static bool
replay_file(struct journal *journal, journal_entry_fn *entry_fn, void *context,
    struct err *err)
{
	struct stat status;
	void *bytes;
	bool is_ok;

	if (fstat(journal->fd, &status) != 0)
		return err_set_errno(err, "cannot look at the journal");
	if (status.st_size == 0)
		return true;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE,
	    journal->fd, 0);
	if (bytes == MAP_FAILED)
		return err_set_errno(err, "cannot map the journal");
	is_ok = replay(journal, view_of(bytes, (size_t)status.st_size),
	    entry_fn, context, err);
	munmap(bytes, (size_t)status.st_size);
	return is_ok;
}

static bool
open_locked(const char *path, int *out_fd, struct err *err)
{
	scoped(fd_closep) int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_set_errno(err, "cannot open the journal %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			return err_set_code(err, ERR_CONFLICT, "journal_locked",
			    "another process has the journal %s", path);
		return err_set_errno(err, "cannot lock the journal %s", path);
	}
	*out_fd = fd_take(&fd);
	return true;
}

bool
journal_open(const char *path, journal_entry_fn *entry_fn, void *context,
    struct journal **out, struct err *err)
{
	scoped(journal_freep) struct journal *journal =
	    memory_zeroed(sizeof(*journal));

	journal->fd = -1;
	journal->head.epoch = 1;
	buf_init(&journal->line, JOURNAL_LINE_MAX);
	if (!open_locked(path, &journal->fd, err) ||
	    !replay_file(journal, entry_fn, context, err))
		return false;
	journal->synced = journal->end;
	journal->reserved = journal->end;
	*out = take(journal);
	return true;
}

static bool
is_no_room(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static bool
refuse_full(struct err *err)
{
	return err_set_code(err, ERR_LIMIT, "journal_full",
	    "the disk has no room left for the signer's journal; free some "
	    "space, and issuing goes on by itself");
}

/* Have blocks for this line and the reserve behind it. */
static bool
reserve(struct journal *journal, size_t length, struct err *err)
{
	uint64_t wanted = journal->end + length + RESERVE_BYTES / 2;

	if (wanted <= journal->reserved)
		return true;
	wanted = journal->end + length + RESERVE_BYTES;
	if (fallocate(journal->fd, FALLOC_FL_KEEP_SIZE, (off_t)journal->end,
		(off_t)(wanted - journal->end)) == 0) {
		journal->reserved = wanted;
		return true;
	}
	if (is_no_room(errno))
		return refuse_full(err);
	/* This file system cannot reserve; then the write itself tells. */
	return true;
}

/* Undo a line that was written in part. */
static bool
undo(struct journal *journal, int error, struct err *err)
{
	if (ftruncate(journal->fd, (off_t)journal->end) != 0) {
		journal->is_spoiled = true;
		return err_set(err, ERR_UNCERTAIN,
		    "a failed write to the journal could not be undone");
	}
	journal->reserved = journal->end;
	if (is_no_room(error))
		return refuse_full(err);
	errno = error;
	return err_set_errno(err, "cannot write to the journal");
}

static bool
finish_last_line(struct journal *journal, struct err *err)
{
	if (!journal->needs_newline)
		return true;
	if (pwrite(journal->fd, "\n", 1, (off_t)journal->end) != 1)
		return undo(journal, errno, err);
	journal->end++;
	journal->needs_newline = false;
	return true;
}

static bool
write_line(struct journal *journal, struct err *err)
{
	size_t done = 0;

	while (done < journal->line.length) {
		ssize_t n = pwrite(journal->fd, journal->line.data + done,
		    journal->line.length - done, (off_t)(journal->end + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return undo(journal, n < 0 ? errno : ENOSPC, err);
		done += (size_t)n;
	}
	return true;
}

static bool
may_append(const struct journal *journal, enum journal_urgency urgency,
    struct err *err)
{
	if (journal->is_spoiled)
		return err_set(err, ERR_UNCERTAIN,
		    "the journal could not be written; the role must restart");
	if (journal->trouble != NULL && urgency != JOURNAL_URGENT)
		return err_set_code(err, ERR_SYSTEM, "journal_broken",
		    "the signer's journal is broken, nothing is issued: %s",
		    journal->trouble);
	return true;
}

bool
journal_append(struct journal *journal, json_t *entry,
    enum journal_urgency urgency, int64_t now_ms, struct err *err)
{
	struct signer_head head = journal->head;
	uint64_t offset;

	if (!may_append(journal, urgency, err) ||
	    !finish_last_line(journal, err))
		return false;
	offset = journal->end;
	buf_clear(&journal->line);
	if (!journal_line_write(&journal->line, &head, entry, now_ms, err))
		return false;
	if (urgency == JOURNAL_ORDINARY &&
	    !reserve(journal, journal->line.length, err))
		return false;
	if (!write_line(journal, err))
		return false;
	journal->end += journal->line.length;
	/* Behind a break the chain ends where it broke. */
	if (journal->trouble == NULL) {
		journal->head = head;
		remember_offset(journal, offset);
	}
	return true;
}

bool
journal_is_synced(const struct journal *journal)
{
	return journal->synced == journal->end;
}

bool
journal_sync(struct journal *journal, struct err *err)
{
	if (journal->is_spoiled)
		return err_set(err, ERR_UNCERTAIN,
		    "the journal's end is not what it should be");
	if (journal_is_synced(journal))
		return true;
	if (fdatasync(journal->fd) != 0) {
		journal->is_spoiled = true;
		err_set_errno(err, "cannot make the journal durable");
		err->category = ERR_UNCERTAIN;
		return false;
	}
	journal->synced = journal->end;
	return true;
}

/* The bytes of line n, without its newline. */
static bool
read_line(struct journal *journal, uint64_t n, struct buf *out, struct err *err)
{
	uint64_t from = journal->offsets[n - 1];
	uint64_t to = n < journal->head.n ? journal->offsets[n] : journal->end;

	return fd_read_at(journal->fd, from, (size_t)(to - from) - 1, out, err);
}

bool
journal_last(
    const struct journal *journal, struct journal_entry *out, struct err *err)
{
	struct view line = buf_view(&journal->line);

	check(line.length > 0);
	return journal_line_entry(
	    view_slice(line, 0, line.length - 1), out, err);
}

bool
journal_read(struct journal *journal, uint32_t n, struct buf *line,
    struct journal_entry *out, struct err *err)
{
	if (n == 0 || n > journal->head.n)
		return err_set(
		    err, ERR_NOT_FOUND, "the journal has no entry %u", n);
	buf_clear(line);
	return read_line(journal, n, line, err) &&
	    journal_line_entry(buf_view(line), out, err);
}

static bool
hash_of(struct journal *journal, uint64_t n, uint8_t *out, struct err *err)
{
	scoped(buf_donep) struct buf line = BUF_INIT(JOURNAL_LINE_MAX);

	if (n == journal->head.n) {
		memcpy(out, journal->head.hash, SIGNER_HASH_BYTES);
		return true;
	}
	return read_line(journal, n, &line, err) &&
	    journal_line_hash(buf_view(&line), out, err);
}

bool
journal_contains(
    struct journal *journal, const struct signer_head *head, struct err *err)
{
	uint8_t hash[SIGNER_HASH_BYTES];

	if (head->n == 0)
		return true;
	if (head->n > journal->head.n || head->epoch > journal->head.epoch)
		return err_set_code(err, ERR_SYSTEM, "journal_rolled_back",
		    "the signer's journal ends at entry %u:%llu, but entry "
		    "%u:%llu was seen elsewhere: it was set back or exchanged",
		    journal->head.epoch, (unsigned long long)journal->head.n,
		    head->epoch, (unsigned long long)head->n);
	if (!hash_of(journal, head->n, hash, err))
		return false;
	if (memcmp(hash, head->hash, sizeof(hash)) != 0)
		return err_set_code(err, ERR_SYSTEM, "journal_rolled_back",
		    "entry %llu of the signer's journal is not the one that "
		    "was seen elsewhere: it was set back or exchanged",
		    (unsigned long long)head->n);
	return true;
}
