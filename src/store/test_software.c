/* For tests: software of computers, in words. */
#include "store/test_software.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "store/statement.h"

enum {
	WORDS_MAX = 8,
	TEXT_MAX = 4096,
};

CALL(apply_software, store_software_set(tx, a, err))

static void
add_package(json_t *section, char *words, size_t number)
{
	char *parts[WORDS_MAX] = {NULL}, *rest = NULL, key[16];
	size_t count = 0, first;
	json_t *item;

	for (char *word = strtok_r(words, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		parts[count++] = word;
	if (count == 0)
		return;
	item = json_object();
	first = strcmp(parts[0], "rpm") == 0 ? 1 : 0;
	json_set_string(item, "format", first == 1 ? "rpm" : "dpkg");
	json_set_string(item, "name", parts[first]);
	json_set_string(
	    item, "version", parts[first + 1] != NULL ? parts[first + 1] : "");
	if (count > first + 2 && parts[first + 2][0] == '@')
		json_set_time(item, "installed_at",
		    strtoll(parts[first + 2] + 1, NULL, 10) * 1000);
	snprintf(key, sizeof(key), "%zu", number);
	json_set_value(section, key, item);
}

json_t *
software_section(const char *words)
{
	scoped(memory_freep) char *copy = memory_string(words);
	json_t *section = json_object();
	char *rest = NULL;
	size_t number = 0;

	for (char *one = strtok_r(copy, ";", &rest); one != NULL;
	     one = strtok_r(NULL, ";", &rest))
		add_package(section, one, number++);
	return section;
}

struct software_set
software_words(const char *words)
{
	scoped(json_freep) json_t *section = software_section(words);
	struct software_set set;

	software_set_read(section, &set);
	return set;
}

void
software_digest(const char *words, char out[STORE_SHA256_SIZE])
{
	digest_sha256_hex(view_string(words), out);
}

bool
try_software(void **state, const char *computer_id, const char *before,
    const char *words, struct err *err)
{
	scoped(software_set_donep) struct software_set old =
	    software_words(before != NULL ? before : "");
	scoped(software_set_donep) struct software_set new =
	    software_words(words);
	char old_digest[STORE_SHA256_SIZE], digest[STORE_SHA256_SIZE];
	struct store_software_change change = {.computer_id = computer_id,
	    .digest_before = before != NULL ? old_digest : NULL,
	    .before = &old,
	    .digest = digest,
	    .after = &new};

	software_digest(before != NULL ? before : "", old_digest);
	software_digest(words, digest);
	return do_write(state, apply_software, &change, NULL, err);
}

void
put_software(void **state, const char *computer_id, const char *before,
    const char *words)
{
	struct err err = ERR_INIT;

	assert_ok(try_software(state, computer_id, before, words, &err), &err);
}

int64_t
ask_number(void **state, const char *sql)
{
	scoped(store_reader_closep) struct store_reader *reader =
	    open_reader(state);
	scoped(statement_done) struct statement statement;
	struct err err = ERR_INIT;
	bool has_row = false;

	statement_init(&statement, reader, sql);
	assert_ok(statement_next(&statement, &has_row, &err), &err);
	assert_true(has_row);
	return statement_column_integer(&statement, 0);
}

void
assert_software_is_whole(void **state)
{
	static const char *const FAULTS[] = {
	    "SELECT count(*) FROM software_version WHERE computers = 0"
	    " OR computers <> (SELECT count(*) FROM computer_software"
	    " WHERE version_id = software_version.id)",
	    "SELECT count(*) FROM software_title WHERE computers = 0"
	    " OR computers <> (SELECT count(DISTINCT computer_number)"
	    " FROM computer_software JOIN software_version"
	    " ON version_id = software_version.id"
	    " WHERE title_id = software_title.id)",
	    "SELECT count(*) FROM computer_software WHERE version_id NOT IN"
	    " (SELECT id FROM software_version)",
	    "SELECT count(*) FROM computer_software WHERE computer_number"
	    " NOT IN (SELECT number FROM software_computer)",
	    "SELECT count(*) FROM software_version WHERE title_id NOT IN"
	    " (SELECT id FROM software_title)",
	    "SELECT count(*) FROM software_packed WHERE packed_number NOT IN"
	    " (SELECT number FROM software_computer)",
	    "SELECT count(*) FROM software_computer WHERE number NOT IN"
	    " (SELECT packed_number FROM software_packed)",
	    "SELECT count(*) FROM software_computer WHERE computer_id IN"
	    " (SELECT id FROM computer WHERE state <> 'active')",
	    "SELECT count(*) FROM software_uncounted WHERE computer_id IN"
	    " (SELECT computer_id FROM software_computer)",
	};

	for (size_t i = 0; i < array_length(FAULTS); i++)
		if (ask_number(state, FAULTS[i]) != 0)
			fail_msg("%s", FAULTS[i]);
}

printf_like(2, 3) static void append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, TEXT_MAX - used, format, arguments);
	va_end(arguments);
}

static const char *
separator(const char *text)
{
	return text[0] == '\0' ? "" : ", ";
}

void
assert_titles(struct store_reader *reader,
    const struct store_software_filter *filter, unsigned limit,
    const char *expected)
{
	char cursor[STORE_CURSOR_SIZE] = "", text[TEXT_MAX] = "";
	struct store_page page = {.cursor = cursor, .limit = limit};
	int64_t total = -1, count = 0;
	struct err err = ERR_INIT;

	do {
		struct store_software_title_list list;

		assert_ok(
		    store_software_list(reader, filter, &page, &list, &err),
		    &err);
		if (cursor[0] == '\0')
			total = list.total;
		else
			assert_int_equal(list.total, -1);
		count += (int64_t)list.count;
		for (size_t i = 0; i < list.count; i++)
			append(text, "%s%s %lld/%lld", separator(text),
			    list.items[i].name,
			    (long long)list.items[i].computers,
			    (long long)list.items[i].versions);
		memcpy(cursor, list.next, sizeof(cursor));
		store_software_title_list_done(&list);
	} while (cursor[0] != '\0');
	assert_string_equal(text, expected);
	assert_int_equal(total, count);
}

int64_t
title_number(struct store_reader *reader, const char *name)
{
	struct store_software_filter filter = {.text = name};
	struct store_software_title_list list;
	struct err err = ERR_INIT;
	int64_t number = 0;

	assert_ok(
	    store_software_list(reader, &filter, NULL, &list, &err), &err);
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].name, name) == 0)
			number = list.items[i].id;
	store_software_title_list_done(&list);
	return number;
}

void
assert_versions(struct store_reader *reader, int64_t title_id, unsigned limit,
    const char *expected)
{
	char cursor[STORE_CURSOR_SIZE] = "", text[TEXT_MAX] = "";
	struct store_page page = {.cursor = cursor, .limit = limit};
	struct err err = ERR_INIT;

	do {
		struct store_software_version_list list;

		assert_ok(store_software_versions(
			      reader, title_id, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++)
			append(text, "%s%s %lld", separator(text),
			    list.items[i].version,
			    (long long)list.items[i].computers);
		memcpy(cursor, list.next, sizeof(cursor));
		store_software_version_list_done(&list);
	} while (cursor[0] != '\0');
	assert_string_equal(text, expected);
}

void
assert_having(struct store_reader *reader, int64_t title_id, int64_t version_id,
    unsigned limit, const char *expected)
{
	char cursor[STORE_CURSOR_SIZE] = "", text[TEXT_MAX] = "";
	struct store_page page = {.cursor = cursor, .limit = limit};
	struct err err = ERR_INIT;

	do {
		struct store_software_computer_list list;

		assert_ok(store_software_computers(
			      reader, title_id, version_id, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++)
			append(text, "%s%s %s", separator(text),
			    list.items[i].name, list.items[i].version);
		memcpy(cursor, list.next, sizeof(cursor));
		store_software_computer_list_done(&list);
	} while (cursor[0] != '\0');
	assert_string_equal(text, expected);
}
