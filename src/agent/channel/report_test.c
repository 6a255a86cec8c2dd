/* Reports: whole once, then differences, never what is the same. */
#include "agent/testing.h"

#include "agent/channel/report.h"
#include "base/memory.h"

static void
fill(struct report *report, const char *text,
    struct proto_refresh_request *request)
{
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *inventory =
	    json_read(view_string(text), 4096, &err);

	assert_non_null(inventory);
	proto_refresh_request_init(request);
	report_fill(report, inventory, request);
}

/* The server applied all that was sent. */
static void
settle(struct report *report, const struct proto_refresh_request *request)
{
	struct proto_refresh_answer answer;
	struct err err = ERR_INIT;

	proto_refresh_answer_init(&answer);
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (request->has_section[i])
			memcpy(answer.applied[i], request->sections[i].digest,
			    INVENTORY_DIGEST_SIZE);
	assert_true(report_settle(report, &answer, &err));
	proto_refresh_answer_done(&answer);
}

static void
open_report(struct report *report, const char *folder)
{
	struct err err = ERR_INIT;

	if (!report_open(report, folder, &err))
		fail_msg("%s", err_sentence(&err));
}

static void
the_first_is_whole_and_the_same_is_not_sent_again(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_refresh_request request;
	struct report report;

	open_report(&report, folder);
	fill(&report, "{\"users\":{\"root\":{\"uid\":0}},\"other\":{}}",
	    &request);
	assert_true(request.has_section[INVENTORY_USERS]);
	assert_true(request.sections[INVENTORY_USERS].is_full);
	assert_false(request.sections[INVENTORY_USERS].has_base);
	settle(&report, &request);
	proto_refresh_request_done(&request);
	report_close(&report);
	/* Also after a restart. */
	open_report(&report, folder);
	fill(&report, "{\"users\":{\"root\":{\"uid\":0}}}", &request);
	assert_false(request.has_section[INVENTORY_USERS]);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
a_change_is_sent_as_a_difference(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_refresh_request request;
	struct inventory_change *change = &request.sections[INVENTORY_USERS];
	char first[INVENTORY_DIGEST_SIZE];
	struct report report;

	open_report(&report, folder);
	fill(&report, "{\"users\":{\"a\":{\"uid\":1},\"b\":{\"uid\":2}}}",
	    &request);
	memcpy(first, change->digest, sizeof(first));
	settle(&report, &request);
	proto_refresh_request_done(&request);
	fill(&report, "{\"users\":{\"a\":{\"uid\":1},\"c\":{\"uid\":3}}}",
	    &request);
	assert_true(request.has_section[INVENTORY_USERS]);
	assert_false(change->is_full);
	assert_true(change->has_base);
	assert_string_equal(change->base, first);
	assert_int_equal(json_object_size(change->set), 1);
	assert_non_null(json_object_get(change->set, "c"));
	assert_int_equal(json_array_size(change->remove), 1);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
what_was_not_acknowledged_is_sent_again(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_refresh_request request;
	struct report report;

	open_report(&report, folder);
	fill(&report, "{\"users\":{\"a\":{}}}", &request);
	proto_refresh_request_done(&request); /* no answer came */
	fill(&report, "{\"users\":{\"a\":{}}}", &request);
	assert_true(request.sections[INVENTORY_USERS].is_full);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
a_digest_that_is_not_confirmed_makes_the_next_one_whole(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_refresh_request request;
	struct proto_refresh_answer answer;
	struct err err = ERR_INIT;
	struct report report;

	open_report(&report, folder);
	fill(&report, "{\"users\":{\"a\":{}}}", &request);
	settle(&report, &request);
	proto_refresh_request_done(&request);
	fill(&report, "{\"users\":{\"b\":{}}}", &request);
	proto_refresh_request_done(&request);
	proto_refresh_answer_init(&answer);
	snprintf(
	    answer.applied[INVENTORY_USERS], INVENTORY_DIGEST_SIZE, "%064d", 0);
	assert_true(report_settle(&report, &answer, &err));
	proto_refresh_answer_done(&answer);
	fill(&report, "{\"users\":{\"b\":{}}}", &request);
	assert_true(request.sections[INVENTORY_USERS].is_full);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
a_forgotten_section_is_sent_whole(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_refresh_request request;
	struct err err = ERR_INIT;
	struct report report;

	open_report(&report, folder);
	fill(&report, "{\"users\":{\"a\":{}},\"disks\":{}}", &request);
	settle(&report, &request);
	proto_refresh_request_done(&request);
	assert_true(report_forget(&report, INVENTORY_USERS, &err));
	fill(&report, "{\"users\":{\"a\":{}},\"disks\":{}}", &request);
	assert_true(request.sections[INVENTORY_USERS].is_full);
	assert_false(request.has_section[INVENTORY_DISKS]);
	settle(&report, &request);
	proto_refresh_request_done(&request);
	assert_true(report_forget_all(&report, &err));
	fill(&report, "{\"users\":{\"a\":{}},\"disks\":{}}", &request);
	assert_true(request.has_section[INVENTORY_DISKS]);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
events_are_told_until_they_are_answered(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_event event = {.type = "command_result",
	    .at_ms = 5,
	    .epoch = 1,
	    .counter = 2,
	    .action = "uninstall",
	    .result = "refused",
	    .sentence = (char *)"because"};
	struct proto_refresh_request request;
	struct err err = ERR_INIT;
	struct report report;

	id_make(event.id);
	open_report(&report, folder);
	assert_true(report_add_event(&report, &event, &err));
	report_close(&report);
	open_report(&report, folder);
	fill(&report, "{}", &request);
	assert_int_equal(request.event_count, 1);
	assert_string_equal(request.events[0].id, event.id);
	assert_int_equal(request.events[0].counter, 2);
	assert_string_equal(request.events[0].sentence, "because");
	settle(&report, &request);
	proto_refresh_request_done(&request);
	report_close(&report);
	open_report(&report, folder);
	assert_int_equal(report.event_count, 0);
	report_close(&report);
}

static void
a_section_that_is_too_large_is_left_out(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(json_freep) json_t *inventory = json_object();
	scoped(memory_freep) char *large =
	    memory_zeroed(INVENTORY_SECTION_BYTES_MAX + 1);
	json_t *users = json_object();
	struct proto_refresh_request request;
	struct report report;

	memset(large, 'x', INVENTORY_SECTION_BYTES_MAX);
	json_set_string(users, "root", large);
	json_set_value(inventory, "users", users);
	json_set_value(inventory, "disks", json_object());
	open_report(&report, folder);
	proto_refresh_request_init(&request);
	report_fill(&report, inventory, &request);
	assert_true(report.is_too_large[INVENTORY_USERS]);
	assert_false(request.has_section[INVENTORY_USERS]);
	assert_true(request.has_section[INVENTORY_DISKS]);
	proto_refresh_request_done(&request);
	report_close(&report);
}

static void
too_many_events_drop_the_oldest(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct proto_event event = {.type = "command_result"};
	struct err err = ERR_INIT;
	struct report report;

	open_report(&report, folder);
	for (int i = 0; i < PROTO_EVENTS_MAX + 3; i++) {
		event.counter = i;
		assert_true(report_add_event(&report, &event, &err));
	}
	assert_int_equal(report.event_count, PROTO_EVENTS_MAX);
	assert_int_equal(report.events[0].counter, 3);
	report_close(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_is_whole_and_the_same_is_not_sent_again),
	    cmocka_unit_test(a_change_is_sent_as_a_difference),
	    cmocka_unit_test(what_was_not_acknowledged_is_sent_again),
	    cmocka_unit_test(
		a_digest_that_is_not_confirmed_makes_the_next_one_whole),
	    cmocka_unit_test(a_forgotten_section_is_sent_whole),
	    cmocka_unit_test(events_are_told_until_they_are_answered),
	    cmocka_unit_test(a_section_that_is_too_large_is_left_out),
	    cmocka_unit_test(too_many_events_drop_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
