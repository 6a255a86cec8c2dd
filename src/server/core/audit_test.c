/* What core records, what it counts, and what it gives away. */
#include "base/cmocka_test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "server/core/api/operation.h"
#include "server/core/audit.h"
#include "server/core/audit_export.h"
#include "server/core/core.h"
#include "store/audit_chain.h"

struct fixture {
	char folder[32];
	struct core core;
};

static int
set_up(void **state)
{
	struct fixture *f = memory_zeroed(sizeof(*f));
	struct store_options options = {0};
	scoped(memory_freep) char *location = NULL;
	struct err err = ERR_INIT;

	snprintf(f->folder, sizeof(f->folder), "/tmp/audit-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	location = memory_format("sqlite:%s/db", f->folder);
	options.location = location;
	assert_true(store_open(&options, &f->core.store, &err));
	f->core.audit_refusals = audit_refusals_new();
	f->core.state_directory = f->folder;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const NAMES[] = {"db", "db-wal", "db-shm"};
	struct fixture *f = *state;

	audit_refusals_free(f->core.audit_refusals);
	store_close(f->core.store);
	for (size_t i = 0; i < array_length(NAMES); i++) {
		scoped(memory_freep) char *path =
		    memory_format("%s/%s", f->folder, NAMES[i]);

		unlink(path);
	}
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static struct store_audit_list
rows_of(struct fixture *f)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_audit_filter filter = {.is_ascending = true};
	struct store_page page = {.limit = STORE_PAGE_MAX};
	struct store_audit_list list = {0};
	struct err err = ERR_INIT;

	assert_true(store_reader_open(f->core.store, &reader, &err));
	assert_true(store_audit_list(reader, &filter, &page, &list, &err));
	return list;
}

static int64_t
occurrences_of(struct fixture *f, size_t *out_rows)
{
	struct store_audit_list list = rows_of(f);
	int64_t sum = 0;

	for (size_t i = 0; i < list.count; i++)
		sum += list.items[i].occurrences;
	*out_rows = list.count;
	store_audit_list_done(&list);
	return sum;
}

static struct request
request_from(struct fixture *f, const char *address)
{
	struct request request = {.core = &f->core, .listener = LISTENER_HTTPS};

	store_text_copy(request.address, sizeof(request.address), address);
	return request;
}

static void
refuse_from(struct fixture *f, const char *address, const char *code)
{
	struct request request = request_from(f, address);
	struct err err = ERR_INIT;
	struct audit audit;

	audit_init_request(&audit, &request, STORE_AUDIT_SIGN_IN);
	err_set_code(&err, ERR_DENIED, code, "no");
	audit_refuse(&f->core, &audit, &err);
}

static void
write_all(struct fixture *f)
{
	struct err err = ERR_INIT;

	assert_true(audit_refusals_write(&f->core, true, &err));
}

static void
attempts_of_one_kind_are_two_rows_with_their_number(void **state)
{
	struct fixture *f = *state;
	size_t rows;

	for (int i = 0; i < 1000; i++)
		refuse_from(f, "192.0.2.1", "sign_in_failed");
	assert_int_equal(occurrences_of(f, &rows), 1);
	assert_int_equal(rows, 1);
	write_all(f);
	assert_int_equal(occurrences_of(f, &rows), 1000);
	assert_int_equal(rows, 2);
	write_all(f);
	assert_int_equal(occurrences_of(f, &rows), 1000);
}

static void
strangers_with_many_addresses_do_not_fill_the_disk(void **state)
{
	struct fixture *f = *state;
	char address[32];
	size_t rows;

	for (int i = 0; i < 5000; i++) {
		snprintf(
		    address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		refuse_from(f, address, "sign_in_failed");
	}
	write_all(f);
	assert_int_equal(occurrences_of(f, &rows), 5000);
	assert_in_range(rows, 1, AUDIT_STRANGERS_A_MINUTE + 2);
}

/* A gateway that was taken over may say a new word each time. */
static void
invented_codes_do_not_fill_memory_or_disk(void **state)
{
	struct fixture *f = *state;
	char code[32];
	size_t rows;

	for (int i = 0; i < 5000; i++) {
		snprintf(code, sizeof(code), "invented_%d", i);
		refuse_from(f, "192.0.2.1", code);
	}
	refuse_from(f, "192.0.2.1", "No Code\x1b");
	write_all(f);
	assert_int_equal(occurrences_of(f, &rows), 5001);
	assert_in_range(rows, 1, 2000);
}

static void
one_network_of_ipv6_is_one_address(void **state)
{
	struct fixture *f = *state;
	size_t rows;

	refuse_from(f, "2001:db8::1", "sign_in_failed");
	refuse_from(f, "2001:db8::2", "sign_in_failed");
	refuse_from(f, "2001:db8:1::1", "sign_in_failed");
	assert_int_equal(occurrences_of(f, &rows), 2);
	write_all(f);
	assert_int_equal(occurrences_of(f, &rows), 3);
}

static void
secrets_are_not_recorded(void **state)
{
	struct audit audit;

	audit_init_server(&audit, STORE_AUDIT_USER_CREATE);
	audit_after(&audit,
	    json_pack("{s:s, s:s, s:{s:s, s:i}, s:[{s:s}], s:n}", "name",
		"anna", "Password", "hunter2hunter2", "deep", "token_hash",
		"abcd", "uses", 3, "list", "secret", "s3cr3t", "token"));
	assert_null(strstr(audit.row.value_after, "hunter2"));
	assert_null(strstr(audit.row.value_after, "abcd"));
	assert_null(strstr(audit.row.value_after, "s3cr3t"));
	assert_non_null(strstr(audit.row.value_after, "\"name\":\"anna\""));
	assert_non_null(strstr(audit.row.value_after, "\"uses\":3"));
}

static void
a_value_that_is_too_long_is_told_by_its_digest(void **state)
{
	scoped(memory_freep) char *text = memory_zeroed(5000);
	struct audit audit;

	memset(text, 'x', 4999);
	audit_init_server(&audit, STORE_AUDIT_SETTING_CHANGE);
	audit_before(&audit, json_pack("{s:s}", "comment", text));
	assert_non_null(strstr(audit.row.value_before, "\"too_long\":5013"));
	assert_non_null(strstr(audit.row.value_before, "\"sha256\""));
	audit_before(&audit, NULL);
	assert_string_equal(audit.row.value_before, "");
}

/* Text that is no UTF-8 must not keep a change from happening. */
static void
foreign_text_is_made_text_and_cut(void **state)
{
	struct fixture *f = *state;
	char name[2 * STORE_AUDIT_NAME_SIZE];
	struct store_audit_list list;
	struct err err = ERR_INIT;
	struct audit audit;

	memset(name, 'n', sizeof(name));
	memcpy(name, "\xff\xfe", 2);
	name[sizeof(name) - 1] = '\0';
	audit_init_server(&audit, STORE_AUDIT_USER_CREATE);
	audit_target(&audit, STORE_AUDIT_TARGET_USER, "u", name);
	assert_true(audit_write(&f->core, &audit, NULL, NULL, &err));
	assert_true(audit.is_recorded);
	list = rows_of(f);
	assert_memory_equal(
	    list.items[0].target_name, "\xef\xbf\xbd\xef\xbf\xbdnn", 8);
	store_audit_list_done(&list);
}

static bool
does_something(struct api_call *call, struct err *err)
{
	response_empty(call->response, 204);
	return true;
}

/* What the framework is for: a handler that forgets shows at once. */
static void
a_handler_that_records_nothing_is_answered_500(void **state)
{
	static const struct route ROUTE = {
	    .method = "POST", .operation = "office_create"};
	struct fixture *f = *state;
	struct api_operation forgetful = *api_operation_find("office_create");
	struct request request = request_from(f, "192.0.2.1");
	struct store_audit_list list;
	struct response response;

	request.route = &ROUTE;
	forgetful.security = API_ANYONE;
	forgetful.has_body = false;
	forgetful.handle = does_something;
	response_init(&response);
	api_run(&forgetful, &request, &response);
	assert_int_equal(response.status, 500);
	response_done(&response);
	list = rows_of(f);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].action, "office.create");
	store_audit_list_done(&list);
}

static void
every_operation_that_changes_something_is_audited(void **state)
{
	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++) {
		const struct api_operation *operation = &API_OPERATIONS[i];
		bool is_get = false;

		for (size_t r = 0; r < routes_count(); r++)
			if (strcmp(routes_get(r)->operation, operation->name) ==
			    0)
				is_get =
				    strcmp(routes_get(r)->method, "GET") == 0;
		/* What asks for the level read changes nothing, whatever its
		 * method: the generator sees to that. */
		assert_true(is_get || operation->level == POLICY_READ ||
		    operation->audit != API_NOT_AUDITED);
	}
}

static void
assert_csv(const char *name, const char *wanted)
{
	scoped(buf_donep) struct buf line = BUF_INIT(64 * 1024);
	struct store_audit_row row = {.n = 1, .occurrences = 1};
	struct err err = ERR_INIT;

	store_text_copy(row.actor_name, sizeof(row.actor_name), name);
	assert_true(audit_row_csv(&row, &line, &err));
	assert_true(buf_append(&line, "", 1, &err));
	if (strstr((const char *)line.data, wanted) == NULL) {
		print_error("%s\n", (const char *)line.data);
		fail();
	}
	assert_string_equal((const char *)line.data + line.length - 3, "\r\n");
}

static void
a_cell_is_quoted_and_runs_nowhere(void **state)
{
	assert_csv("plain", ",\"plain\",");
	assert_csv("a \"b\", c", ",\"a \"\"b\"\", c\",");
	assert_csv("=1+1", ",\"'=1+1\",");
	assert_csv("+1", ",\"'+1\",");
	assert_csv("-1", ",\"'-1\",");
	assert_csv("@SUM(A1)", ",\"'@SUM(A1)\",");
	assert_csv("\t=1", ",\"'\\u0009=1\",");
	assert_csv("\r\n=1", ",\"'\\u000D\\u000A=1\",");
	assert_csv("\n=1", ",\"'\\u000A=1\",");
	/* ＝１ ＋１ －１ ＠A, behind a space, a wide one; and what is none. */
	assert_csv("\xef\xbc\x9d"
		   "1",
	    ",\"'\xef\xbc\x9d"
	    "1\",");
	assert_csv("\xef\xbc\x8b"
		   "1",
	    ",\"'\xef\xbc\x8b"
	    "1\",");
	assert_csv("\xef\xbc\x8d"
		   "1",
	    ",\"'\xef\xbc\x8d"
	    "1\",");
	assert_csv("\xef\xbc\xa0"
		   "A",
	    ",\"'\xef\xbc\xa0"
	    "A\",");
	assert_csv(" =1", ",\"' =1\",");
	assert_csv("\xe3\x80\x80=1", ",\"'\xe3\x80\x80=1\",");
	assert_csv(" a=1", ",\" a=1\",");
	assert_csv("  ", ",\"  \",");
	assert_csv("a\x1b[2Jb", ",\"a\\u001B[2Jb\",");
	assert_csv("x\xe2\x80\xaetxt.exe", ",\"x\\u202Etxt.exe\",");
	assert_csv(
	    "\xe5\x89\xb2\xe7\xac\xa6", ",\"\xe5\x89\xb2\xe7\xac\xa6\",");
	assert_csv("<script>", ",\"<script>\",");
}

static void
an_export_is_a_nameless_file_of_all_rows(void **state)
{
	struct fixture *f = *state;
	scoped(buf_donep) struct buf text = BUF_INIT(1024 * 1024);
	struct store_audit_filter all = {0};
	struct err err = ERR_INIT;
	uint64_t length = 0;
	size_t lines = 0;
	int file = -1;

	for (int i = 0; i < 1200; i++) {
		struct audit audit;

		audit_init_server(&audit, STORE_AUDIT_AUDIT_CUT);
		assert_true(audit_write(&f->core, &audit, NULL, NULL, &err));
	}
	assert_true(audit_export(
	    &f->core, all, AUDIT_JSON_LINES, &file, &length, &err));
	assert_true(fd_read_at(file, 0, (size_t)length, &text, &err));
	close(file);
	for (size_t i = 0; i < text.length; i++)
		lines += text.data[i] == '\n';
	assert_int_equal(lines, 1200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    TEST(attempts_of_one_kind_are_two_rows_with_their_number),
	    TEST(strangers_with_many_addresses_do_not_fill_the_disk),
	    TEST(invented_codes_do_not_fill_memory_or_disk),
	    TEST(one_network_of_ipv6_is_one_address),
	    TEST(foreign_text_is_made_text_and_cut),
	    TEST(a_handler_that_records_nothing_is_answered_500),
	    TEST(an_export_is_a_nameless_file_of_all_rows),
	    cmocka_unit_test(secrets_are_not_recorded),
	    cmocka_unit_test(a_value_that_is_too_long_is_told_by_its_digest),
	    cmocka_unit_test(every_operation_that_changes_something_is_audited),
	    cmocka_unit_test(a_cell_is_quoted_and_runs_nowhere),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
