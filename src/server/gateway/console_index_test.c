/* A bundle's index: read whole, refused when cut or wrong in any way. */
#include "base/cmocka_test.h"

#include <string.h>

#include "server/gateway/console_index.h"

enum {
	TOTAL = 5000,
};

struct form {
	uint8_t coding;
	uint64_t offset, length;
};

static void
put_file(struct writer *writer, const char *path, uint8_t flags,
    const struct form *forms, uint8_t count)
{
	writer_string(writer, path);
	writer_string(writer, "text/html");
	writer_string(writer, "W/\"1\"");
	writer_u8(writer, flags);
	writer_u8(writer, count);
	for (uint8_t i = 0; i < count; i++) {
		writer_u8(writer, forms[i].coding);
		writer_u64(writer, forms[i].offset);
		writer_u64(writer, forms[i].length);
	}
}

static const struct form PLAIN = {CONSOLE_IDENTITY, 4000, 1000};

static struct buf
two_files(const char *first, const char *second, struct form form)
{
	const struct form both[] = {{CONSOLE_GZIP, 3000, 10}, form};
	struct buf bytes = BUF_INIT(4096);
	struct err err = ERR_INIT;
	struct writer writer;

	writer_init(&writer, &bytes);
	writer_u32(&writer, 2);
	put_file(&writer, first, CONSOLE_IMMUTABLE, both, 2);
	put_file(&writer, second, CONSOLE_PAGE, &form, 1);
	assert_true(writer_done(&writer, &err));
	return bytes;
}

static bool
reads(const char *first, const char *second, struct form form)
{
	scoped(buf_donep) struct buf bytes = two_files(first, second, form);
	struct console_index index = {0};
	struct err err = ERR_INIT;
	bool is_read =
	    console_index_read(&index, buf_view(&bytes), TOTAL, &err);

	console_index_done(&index);
	return is_read;
}

static void
what_the_index_names_is_found(void **state)
{
	scoped(buf_donep) struct buf bytes =
	    two_files("/assets/a.js", "/index.html", PLAIN);
	static const char *const absent[] = {"", "/", "/assets/", "/assets",
	    "/assets/a.j", "/assets/a.jss", "/assets/../index.html",
	    "assets/a.js", "/index.html/"};
	struct console_index index = {0};
	struct err err = ERR_INIT;

	assert_true(console_index_read(&index, buf_view(&bytes), TOTAL, &err));
	assert_ptr_equal(&index.files[0],
	    console_index_find(&index, view_string("/assets/a.js")));
	assert_ptr_equal(
	    index.page, console_index_find(&index, view_string("/index.html")));
	for (size_t i = 0; i < array_length(absent); i++)
		assert_null(console_index_find(&index, view_string(absent[i])));
	assert_int_equal(index.files[0].form_count, 2);
	console_index_done(&index);
}

static void
a_wrong_index_is_refused(void **state)
{
	static const struct form wrong[] = {
	    {CONSOLE_IDENTITY, 4001, 1000},       /* ends outside */
	    {CONSOLE_IDENTITY, 5001, 0},          /* begins outside */
	    {CONSOLE_IDENTITY, UINT64_MAX, 1000}, /* wraps round */
	    {CONSOLE_IDENTITY, 4000, UINT64_MAX},
	    {CONSOLE_IDENTITY, 5, 10},  /* inside the index */
	    {CONSOLE_BROTLI, 4000, 10}, /* no plain form */
	    {CONSOLE_CODINGS, 4000, 10},
	};

	assert_true(reads("/a", "/b", PLAIN));
	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(reads("/a", "/b", wrong[i]));
	assert_false(reads("/b", "/a", PLAIN));
	assert_false(reads("/a", "/a", PLAIN));
	assert_false(reads("a", "b", PLAIN));
	assert_false(reads("", "/b", PLAIN));
	assert_false(reads("/a\r\nX: y", "/b", PLAIN));
}

static void
a_cut_index_is_refused_at_every_length(void **state)
{
	scoped(buf_donep) struct buf bytes = two_files("/a", "/b", PLAIN);
	struct console_index index = {0};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < bytes.length; i++)
		assert_false(console_index_read(
		    &index, view_slice(buf_view(&bytes), 0, i), TOTAL, &err));
	assert_true(buf_append(&bytes, "x", 1, &err));
	assert_false(console_index_read(&index, buf_view(&bytes), TOTAL, &err));
}

static void
the_head_tells_the_index_length(void **state)
{
	struct err err = ERR_INIT;
	size_t length;

	assert_true(
	    console_head_read(view_of("WRFCNSL1\0\0\1\2", 12), &length, &err));
	assert_int_equal(length, 258);
	assert_false(
	    console_head_read(view_of("WRFCNSL2\0\0\1\2", 12), &length, &err));
	assert_false(console_head_read(
	    view_of("WRFCNSL1\xff\0\1\2", 12), &length, &err));
	assert_false(
	    console_head_read(view_of("WRFCNSL1\0\0\1", 11), &length, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_index_names_is_found),
	    cmocka_unit_test(a_wrong_index_is_refused),
	    cmocka_unit_test(a_cut_index_is_refused_at_every_length),
	    cmocka_unit_test(the_head_tells_the_index_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
