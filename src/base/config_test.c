/* Configuration: refusals name file, line and what is allowed. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/memory.h"

struct target {
	char *text;
	char **list;
	int64_t port;
	int64_t wait_ms;
	int64_t colour;
	bool is_on;
};

static const char *const COLOURS[] = {"red", "green", NULL};

static const struct config_option OPTIONS[] = {
    {"one", "text", CONFIG_TEXT, offsetof(struct target, text), 0, 3000, NULL,
	"", "--text", "A text."},
    {"one", "list", CONFIG_LIST, offsetof(struct target, list), 0, 3, NULL,
	"a, b", NULL, "A list."},
    {"two", "port", CONFIG_NUMBER, offsetof(struct target, port), 1, 65535,
	NULL, "80", "--port", "A port."},
    {"two", "wait", CONFIG_DURATION, offsetof(struct target, wait_ms), 100,
	DAYS_MS(2), NULL, "90min", NULL, "A time."},
    {"two", "colour", CONFIG_CHOICE, offsetof(struct target, colour), 0, 0,
	COLOURS, "green", NULL, "A colour."},
    {"two", "on", CONFIG_BOOLEAN, offsetof(struct target, is_on), 0, 1, NULL,
	"no", NULL, "A switch."},
};
enum {
	COUNT = array_length(OPTIONS)
};

static bool
parse(struct target *target, const char *text, struct err *err)
{
	config_defaults(OPTIONS, COUNT, target);
	return config_parse(
	    OPTIONS, COUNT, target, "x.conf", view_string(text), err);
}

static void
assert_refused(const char *text, const char *sentence)
{
	struct target target = {0};
	struct err err = ERR_INIT;

	assert_false(parse(&target, text, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_string_equal(err.code, "configuration");
	assert_string_equal(err.sentence, sentence);
	config_done(OPTIONS, COUNT, &target);
}

static void
faults_are_refused_with_file_line_and_what_is_allowed(void **state)
{
	assert_refused("[one]\n\n# c\ncolor = red\n",
	    "x.conf:4: [one] has no key \"color\"; allowed are text, list");
	assert_refused("[three]\na = b\n",
	    "x.conf:2: there is no section [three] (key \"a\"); allowed are "
	    "one, two");
	assert_refused("[two]\nport = 65536\n",
	    "x.conf:2: [two] port cannot be \"65536\"; allowed is a number "
	    "from 1 to 65535");
	assert_refused("[two]\nport = 0x10\n",
	    "x.conf:2: [two] port cannot be \"0x10\"; allowed is a number "
	    "from 1 to 65535");
	assert_refused("[two]\nwait = 5\n",
	    "x.conf:2: [two] wait cannot be \"5\"; allowed is a time from "
	    "100ms to 2d (units ms, s, min, h, d)");
	assert_refused("[two]\ncolour = blue\n",
	    "x.conf:2: [two] colour cannot be \"blue\"; allowed is one of "
	    "red, green");
	assert_refused("[two]\non = maybe\n",
	    "x.conf:2: [two] on cannot be \"maybe\"; allowed is yes or no");
	assert_refused("[one]\nlist = a b c d\n",
	    "x.conf:2: [one] list cannot be \"a b c d\"; allowed is any "
	    "number of words parted by commas or blanks");
}

static void
lines_out_of_form_are_refused(void **state)
{
	assert_refused("[two]\nport\n",
	    "x.conf:2: neither \"[section]\" nor \"key = value\" nor a "
	    "comment");
	assert_refused("[two]\nport = 1\n  2\n",
	    "x.conf:3: a line must not begin with a blank");
	assert_refused(
	    "[one]\ntext = \xff\n", "x.conf:2: the line is not UTF-8 text");
	assert_refused("[two\nport = 1\n", "x.conf:1: not a \"[section]\"");
}

static void
a_long_value_arrives_whole(void **state)
{
	struct target target = {0};
	struct err err = ERR_INIT;
	char value[2001], text[2100];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	snprintf(
	    text, sizeof(text), "[one]\ntext =  %s ; comment\n[two]\n", value);
	assert_true(parse(&target, text, &err));
	assert_string_equal(target.text, value);
	snprintf(text, sizeof(text), "[two]\nport = %s\n", value);
	assert_false(parse(&target, text, &err));
	config_done(OPTIONS, COUNT, &target);
}

static void
values_of_every_kind_are_read(void **state)
{
	struct target target = {0};
	struct err err = ERR_INIT;

	assert_true(parse(&target,
	    "[one]\r\ntext = a = b ; c\nlist=x,y\n[two]\nport=2K\n"
	    "wait = 5 s\ncolour=red\non=yes",
	    &err));
	assert_string_equal(target.text, "a = b");
	assert_string_equal(target.list[1], "y");
	assert_null(target.list[2]);
	assert_int_equal(target.port, 2048);
	assert_int_equal(target.wait_ms, 5000);
	assert_int_equal(target.colour, 0);
	assert_true(target.is_on);
	config_done(OPTIONS, COUNT, &target);
}

static void
what_is_printed_reads_back_the_same(void **state)
{
	scoped(buf_donep) struct buf first = BUF_INIT(10000);
	scoped(buf_donep) struct buf second = BUF_INIT(10000);
	struct target target = {0}, copy = {0};
	struct err err = ERR_INIT;

	assert_true(parse(&target, "[one]\ntext=t\nlist=\n[two]\nwait=0s\n",
			&err) == false);
	config_done(OPTIONS, COUNT, &target);
	assert_true(
	    parse(&target, "[one]\ntext=t\nlist=\n[two]\nwait=150ms\n", &err));
	assert_true(config_print(OPTIONS, COUNT, &target, &first, &err));
	assert_true(
	    config_parse(OPTIONS, COUNT, &copy, "p", buf_view(&first), &err));
	assert_true(config_print(OPTIONS, COUNT, &copy, &second, &err));
	assert_true(view_equal(buf_view(&first), buf_view(&second)));
	assert_int_equal(copy.wait_ms, 150);
	config_done(OPTIONS, COUNT, &target);
	config_done(OPTIONS, COUNT, &copy);
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
drop_ins_come_later_in_the_order_of_their_names(void **state)
{
	char folder[] = "/tmp/warifu-config-XXXXXX";
	struct target target = {0};
	struct err err = ERR_INIT;
	char path[200];

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	put("s.conf", "[two]\nport = 1\n");
	assert_int_equal(mkdir("s.conf.d", 0700), 0);
	put("s.conf.d/20.conf", "[two]\nport = 20\n");
	put("s.conf.d/10.conf", "[two]\nport = 10\nwait = 1s\n");
	put("s.conf.d/30.conf~", "[two]\nport = 30\n");
	config_defaults(OPTIONS, COUNT, &target);
	snprintf(path, sizeof(path), "%s/s.conf", folder);
	assert_true(config_load(OPTIONS, COUNT, &target, path, &err));
	assert_int_equal(target.port, 20);
	assert_int_equal(target.wait_ms, 1000);
	put("s.conf.d/40.conf", "[two]\nport = no\n");
	assert_false(config_load(OPTIONS, COUNT, &target, path, &err));
	assert_non_null(strstr(err.sentence, "s.conf.d/40.conf:2: "));
	config_done(OPTIONS, COUNT, &target);
	assert_int_equal(unlink("s.conf"), 0);
	assert_int_equal(unlink("s.conf.d/10.conf"), 0);
	assert_int_equal(unlink("s.conf.d/20.conf"), 0);
	assert_int_equal(unlink("s.conf.d/30.conf~"), 0);
	assert_int_equal(unlink("s.conf.d/40.conf"), 0);
	assert_int_equal(rmdir("s.conf.d"), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* What a walk tells, as one line of text. */
struct told {
	char text[400];
	size_t length;
};

static bool
tell_section(
    void *context, const char *where, const char *section, struct err *err)
{
	struct told *told = context;

	told->length += (size_t)snprintf(told->text + told->length,
	    sizeof(told->text) - told->length, "%s [%s] ", where, section);
	return true;
}

static bool
tell_pair(void *context, const char *where, const char *section,
    const char *key, const char *value, struct err *err)
{
	struct told *told = context;

	if (strcmp(key, "bad") == 0)
		return err_set(err, ERR_MALFORMED, "%s: bad", where);
	told->length += (size_t)snprintf(told->text + told->length,
	    sizeof(told->text) - told->length, "%s %s=%s in %s ", where, key,
	    value, section);
	return true;
}

static void
a_walk_tells_empty_and_repeated_sections_in_their_order(void **state)
{
	static const struct config_walker walker = {tell_section, tell_pair};
	struct told told = {0};
	struct err err = ERR_INIT;

	assert_true(config_walk(&walker, &told, "f",
	    view_string("[a]\n# c\n[b]\nk = 1\n[a]\n[a]\nk = 2 ; c\n"), &err));
	assert_string_equal(told.text,
	    "f:1 [a] f:3 [b] f:4 k=1 in b f:5 [a] f:6 [a] f:7 k=2 in a ");
	assert_false(config_walk(
	    &walker, &told, "f", view_string("[a]\nbad = 1\n[b]\n"), &err));
	assert_string_equal(err.sentence, "f:2: bad");
	assert_null(strstr(told.text, "[b] f:3"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		faults_are_refused_with_file_line_and_what_is_allowed),
	    cmocka_unit_test(lines_out_of_form_are_refused),
	    cmocka_unit_test(a_long_value_arrives_whole),
	    cmocka_unit_test(values_of_every_kind_are_read),
	    cmocka_unit_test(what_is_printed_reads_back_the_same),
	    cmocka_unit_test(drop_ins_come_later_in_the_order_of_their_names),
	    cmocka_unit_test(
		a_walk_tells_empty_and_repeated_sections_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
