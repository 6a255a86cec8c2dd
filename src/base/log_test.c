/* The log's budget: what is held back, and how that is told. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

static char text[65536];

/* What the budget lets through of so many lines, into text with what it says
 * by itself. */
static unsigned
let_through(struct log_budget *budget, enum log_level level, unsigned lines)
{
	int pipes[2], saved = dup(STDERR_FILENO);
	unsigned allowed = 0;
	ssize_t length;

	assert_true(saved >= 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
	for (unsigned i = 0; i < lines; i++)
		if (log_budget_take(budget, level))
			allowed++;
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	length = read(pipes[0], text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
	return allowed;
}

static void
a_second_has_so_many_lines_and_the_next_one_tells_of_the_rest(void **state)
{
	struct log_budget budget = {0};

	log_init("test", LOG_LEVEL_INFO);
	assert_int_equal(
	    let_through(&budget, LOG_LEVEL_INFO, LOG_BUDGET_PER_SECOND),
	    LOG_BUDGET_PER_SECOND);
	/* Held back as if it were all in that second, however slow we are. */
	budget.suppressed = 7;
	budget.window_start_ms -= 1000;
	assert_int_equal(let_through(&budget, LOG_LEVEL_INFO, 1), 1);
	assert_non_null(strstr(text, "info"));
	assert_non_null(strstr(text, "similar lines were held back"));
	assert_non_null(strstr(text, "suppressed=7"));
	assert_int_equal(budget.suppressed, 0);
}

static void
what_is_not_logged_is_not_told_as_held_back(void **state)
{
	struct log_budget budget = {0};

	log_init("test", LOG_LEVEL_WARNING);
	assert_int_equal(let_through(&budget, LOG_LEVEL_INFO, 1000), 0);
	assert_int_equal(budget.suppressed, 0);
	assert_int_equal(let_through(&budget, LOG_LEVEL_WARNING, 1), 1);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_second_has_so_many_lines_and_the_next_one_tells_of_the_rest),
	    cmocka_unit_test(what_is_not_logged_is_not_told_as_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
