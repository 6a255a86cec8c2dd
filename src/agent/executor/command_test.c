/* Commands: what the root executor refuses, whoever asks it. */
#include "agent/testing.h"

#include "agent/executor/command.h"
#include "base/clock.h"
#include "base/memory.h"

static const char TYPE[] = "warifu-command+jwt";

struct scene {
	struct testing_fleet fleet;
	struct command_memory memory;
	struct key *key;
	struct certificate *certificate;
	char *publication;
};

static void
scene_init(struct scene *scene)
{
	struct err err = ERR_INIT;

	testing_fleet_init(&scene->fleet);
	scene->memory = (struct command_memory){0};
	snprintf(scene->memory.pin, sizeof(scene->memory.pin), "%s",
	    key_spki_sha256(scene->fleet.publication_key));
	assert_true(key_generate(KEY_EC_P256, 0, &scene->key, &err));
	scene->certificate =
	    testing_certificate(&scene->fleet, scene->key, TESTING_AGENT);
	scene->publication = testing_publication(&scene->fleet, 1, 3);
}

static void
scene_done(struct scene *scene)
{
	testing_fleet_done(&scene->fleet);
	key_free(scene->key);
	certificate_free(scene->certificate);
	free(scene->publication);
}

/* Member by member: between them lies what nobody wrote. */
static void
is_same(const struct command_memory *a, const struct command_memory *b)
{
	assert_string_equal(a->pin, b->pin);
	assert_string_equal(a->token, b->token);
	assert_string_equal(a->agent_id, b->agent_id);
	assert_int_equal(a->publication_epoch, b->publication_epoch);
	assert_int_equal(a->publication_number, b->publication_number);
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->counter, b->counter);
}

static bool
judges(struct scene *scene, char *jws, struct errand_result *result,
    struct err *err)
{
	enum command_action action;
	struct errand_command command = {
	    .jws = view_string(jws),
	    .certificate = certificate_der_view(scene->certificate),
	};
	bool is_accepted;

	*result = (struct errand_result){0};
	is_accepted = command_judge(&scene->memory, &command,
	    view_string(scene->publication), clock_wall_ms(), &action, result,
	    err);
	free(jws);
	return is_accepted;
}

static void
refuses(struct scene *scene, char *jws, const char *code)
{
	struct command_memory before = scene->memory;
	struct errand_result result;
	struct err err = ERR_INIT;

	assert_false(judges(scene, jws, &result, &err));
	if (strcmp(err.code, code) != 0)
		fail_msg(
		    "not %s but %s: %s", code, err.code, err_sentence(&err));
	/* A refused command leaves no trace that could shut out a good one. */
	is_same(&before, &scene->memory);
}

static char *
bent(const struct scene *scene, const char *member, json_t *value)
{
	json_t *payload = testing_command(1, 5);

	json_set_value(payload, member, value);
	return testing_sign(scene->fleet.command_key, TYPE, payload);
}

static char *
good(const struct scene *scene, int64_t epoch, int64_t counter)
{
	return testing_sign(
	    scene->fleet.command_key, TYPE, testing_command(epoch, counter));
}

static void
a_command_that_is_not_for_this_agent_now_is_refused(void **state)
{
	struct scene scene;

	scene_init(&scene);
	refuses(&scene,
	    bent(&scene, "target",
		json_string("018f0000-0000-7000-8000-0000000000bb")),
	    "command_target");
	refuses(&scene,
	    bent(&scene, "expires_at", json_string("2020-01-01T00:00:00Z")),
	    "command_expired");
	refuses(&scene, bent(&scene, "expires_at", json_string("soon")),
	    "command_expired");
	refuses(&scene, bent(&scene, "action", json_string("shell")),
	    "command_action");
	refuses(&scene, bent(&scene, "arguments_sha256", json_string("00")),
	    "command_action");
	refuses(&scene, bent(&scene, "counter", json_integer(0)), "json_range");
	refuses(&scene, bent(&scene, "target", json_integer(1)), "json_type");
	scene_done(&scene);
}

static void
a_command_signed_by_another_key_is_refused(void **state)
{
	struct scene scene;

	scene_init(&scene);
	refuses(&scene, testing_sign(scene.key, TYPE, testing_command(1, 5)),
	    "jws_key");
	refuses(&scene,
	    testing_sign(
		scene.fleet.publication_key, TYPE, testing_command(1, 5)),
	    "jws_key");
	refuses(&scene,
	    testing_sign(scene.fleet.command_key, "warifu-publication+jwt",
		testing_command(1, 5)),
	    "jws_type");
	scene_done(&scene);
}

static void
a_publication_that_the_network_process_made_up_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet evil;
	struct scene scene;

	scene_init(&scene);
	testing_fleet_init(&evil);
	free(scene.publication);
	scene.publication = testing_publication(&evil, 9, 9);
	refuses(&scene,
	    testing_sign(evil.command_key, TYPE, testing_command(9, 9)),
	    "publication_key");
	scene_done(&scene);
}

static void
a_certificate_of_another_authority_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet evil;
	struct scene scene;

	scene_init(&scene);
	testing_fleet_init(&evil);
	certificate_free(scene.certificate);
	scene.certificate =
	    testing_certificate(&evil, scene.key, TESTING_AGENT);
	refuses(&scene, good(&scene, 1, 5), "certificate_unknown_issuer");
	scene_done(&scene);
}

static void
a_command_is_accepted_once(void **state)
{
	struct errand_result result;
	struct err err = ERR_INIT;
	struct scene scene;

	scene_init(&scene);
	assert_true(judges(&scene, good(&scene, 1, 5), &result, &err));
	assert_string_equal(result.action, "uninstall");
	assert_int_equal(result.counter, 5);
	refuses(&scene, good(&scene, 1, 5), "command_replayed");
	refuses(&scene, good(&scene, 1, 4), "command_replayed");
	refuses(&scene, good(&scene, 0, 99), "command_replayed");
	assert_true(judges(&scene, good(&scene, 1, 6), &result, &err));
	assert_true(judges(&scene, good(&scene, 2, 1), &result, &err));
	scene_done(&scene);
}

static void
what_was_learned_first_cannot_be_unlearned(void **state)
{
	struct errand_result result;
	struct err err = ERR_INIT;
	struct scene scene;

	scene_init(&scene);
	assert_true(judges(&scene, good(&scene, 1, 5), &result, &err));
	/* Another computer's certificate, and a command for that one. */
	certificate_free(scene.certificate);
	scene.certificate = testing_certificate(
	    &scene.fleet, scene.key, "018f0000-0000-7000-8000-0000000000bb");
	refuses(&scene,
	    bent(&scene, "target",
		json_string("018f0000-0000-7000-8000-0000000000bb")),
	    "command_target");
	free(scene.publication);
	scene.publication = testing_publication(&scene.fleet, 1, 2);
	refuses(&scene, good(&scene, 1, 6), "publication_old");
	scene_done(&scene);
}

static void
without_a_pin_nothing_is_accepted(void **state)
{
	struct scene scene;

	scene_init(&scene);
	scene.memory.pin[0] = '\0';
	refuses(&scene, good(&scene, 1, 5), "command_target");
	scene_done(&scene);
}

static void
a_new_token_may_make_another_agent_but_forgets_no_counter(void **state)
{
	struct command_memory memory = {
	    .agent_id = TESTING_AGENT, .epoch = 3, .counter = 4};
	scoped(secret_freep) struct secret *one =
	    secret_new(VIEW_LITERAL("wft_one"));
	scoped(secret_freep) struct secret *two =
	    secret_new(VIEW_LITERAL("wft_two"));

	assert_true(command_memory_adopt(&memory, "aa", one));
	assert_int_equal(memory.counter, 0);
	snprintf(memory.agent_id, ID_SIZE, "%s", TESTING_AGENT);
	memory.counter = 5;
	assert_false(command_memory_adopt(&memory, "aa", one));
	assert_string_equal(memory.agent_id, TESTING_AGENT);
	assert_true(command_memory_adopt(&memory, "aa", two));
	assert_string_equal(memory.agent_id, "");
	assert_int_equal(memory.counter, 5);
	assert_true(command_memory_adopt(&memory, "bb", two));
	assert_int_equal(memory.counter, 0);
}

static void
the_memory_is_kept_on_disk(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	struct command_memory memory = {.pin = "aa",
	    .token = "bb",
	    .agent_id = TESTING_AGENT,
	    .publication_epoch = 1,
	    .publication_number = 2,
	    .epoch = 3,
	    .counter = 4};
	struct command_memory back;
	struct err err = ERR_INIT;

	assert_true(command_memory_load(folder, &back, &err));
	assert_string_equal(back.pin, "");
	assert_true(command_memory_save(folder, &memory, &err));
	assert_true(command_memory_load(folder, &back, &err));
	is_same(&memory, &back);
}

static void
errand_bodies_are_refused_cut_or_stretched(void **state)
{
	struct errand_command command = {
	    VIEW_LITERAL("a.b.c"), VIEW_LITERAL("der")};
	struct errand_result result = {.is_accepted = true,
	    .epoch = 1,
	    .counter = 2,
	    .action = "uninstall",
	    .sentence = "why"};
	struct errand_command command_back;
	struct errand_result result_back;
	scoped(buf_donep) struct buf one = BUF_INIT(1000);
	scoped(buf_donep) struct buf two = BUF_INIT(1000);
	struct err err = ERR_INIT;

	assert_true(errand_command_write(&command, &one, &err));
	assert_true(errand_result_write(&result, &two, &err));
	for (size_t i = 0; i < one.length; i++)
		assert_false(errand_command_read(
		    view_of(one.data, i), &command_back, &err));
	for (size_t i = 0; i < two.length; i++)
		assert_false(errand_result_read(
		    view_of(two.data, i), &result_back, &err));
	assert_true(errand_command_read(buf_view(&one), &command_back, &err));
	assert_true(view_equal(command_back.jws, command.jws));
	assert_true(errand_result_read(buf_view(&two), &result_back, &err));
	assert_true(result_back.is_accepted);
	assert_int_equal(result_back.epoch, 1);
	assert_int_equal(result_back.counter, 2);
	assert_string_equal(result_back.action, "uninstall");
	assert_string_equal(result_back.sentence, "why");
	assert_true(buf_append(&one, "x", 1, &err));
	assert_false(errand_command_read(buf_view(&one), &command_back, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_command_that_is_not_for_this_agent_now_is_refused),
	    cmocka_unit_test(a_command_signed_by_another_key_is_refused),
	    cmocka_unit_test(
		a_publication_that_the_network_process_made_up_is_refused),
	    cmocka_unit_test(a_certificate_of_another_authority_is_refused),
	    cmocka_unit_test(a_command_is_accepted_once),
	    cmocka_unit_test(what_was_learned_first_cannot_be_unlearned),
	    cmocka_unit_test(without_a_pin_nothing_is_accepted),
	    cmocka_unit_test(
		a_new_token_may_make_another_agent_but_forgets_no_counter),
	    cmocka_unit_test(the_memory_is_kept_on_disk),
	    cmocka_unit_test(errand_bodies_are_refused_cut_or_stretched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
