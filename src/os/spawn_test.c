/* Programs get what they are given and nothing else; listeners share. */
#include "base/cmocka_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/listen.h"
#include "os/spawn.h"

/* Run a shell text with descriptors; what it wrote to the first of them. */
static char *
output_of(const char *text, const struct spawn_descriptor *descriptors,
    size_t count, int reader, int *out_status)
{
	scoped(memory_freep) char *script = memory_string(text);
	char shell[] = "sh", option[] = "-c", variable[] = "A=b";
	char *argv[] = {shell, option, script, NULL};
	char *envp[] = {variable, NULL};
	struct spawn spawn = {.path = "/bin/sh",
	    .argv = argv,
	    .envp = envp,
	    .descriptors = descriptors,
	    .descriptor_count = count};
	scoped(buf_donep) struct buf out = BUF_INIT(10000);
	struct spawn_child child;
	struct err err = ERR_INIT;
	struct pollfd ended;

	assert_true(spawn_start(&spawn, &child, &err));
	fd_close(descriptors[0].fd);
	assert_true(fd_read_all(reader, &out, &err));
	ended = (struct pollfd){.fd = child.pidfd, .events = POLLIN};
	assert_int_equal(poll(&ended, 1, 5000), 1);
	assert_true(spawn_collect(child.pid, out_status));
	fd_close(child.pidfd);
	return view_to_string(buf_view(&out));
}

static void
a_child_has_only_what_it_was_given(void **state)
{
	int ends[2], other = open("/dev/null", O_RDONLY), status;
	scoped(memory_freep) char *text = NULL;
	struct spawn_descriptor given[2];

	assert_int_equal(pipe(ends), 0);
	/* Crossed on purpose: each target is the other's source. */
	given[0] = (struct spawn_descriptor){ends[1], other};
	given[1] = (struct spawn_descriptor){other, ends[1]};
	{
		scoped(memory_freep) char *script =
		    memory_format("{ echo /proc/self/fd/*; env; } >&%d", other);

		text = output_of(script, given, 2, ends[0], &status);
	}
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "A=b"));
	assert_null(strstr(text, "HOME="));
	assert_null(strstr(text, "/proc/self/fd/100"));
	fd_close(ends[0]);
	fd_close(other);
}

static void
a_program_that_is_not_there_is_an_error_at_once(void **state)
{
	char name[] = "none";
	char *argv[] = {name, NULL}, *envp[] = {NULL};
	struct spawn spawn = {.path = "/none/such", .argv = argv, .envp = envp};
	struct spawn_child child;
	struct err err = ERR_INIT;

	assert_false(spawn_start(&spawn, &child, &err));
	assert_string_equal(
	    err.sentence, "cannot start /none/such: No such file or directory");
}

static void
an_end_is_told_in_words(void **state)
{
	scoped(memory_freep) char *code = spawn_status_text(3 << 8);
	scoped(memory_freep) char *killed = spawn_status_text(9);

	assert_string_equal(code, "exited with code 3");
	assert_string_equal(killed, "killed by signal 9 (SIGKILL)");
}

static void
a_port_in_use_is_refused_with_its_option(void **state)
{
	struct err err = ERR_INIT;
	int first, second, port;

	assert_true(listen_open("127.0.0.1", 0, "--p", true, &first, &err));
	port = listen_port(first);
	assert_false(listen_open(
	    "127.0.0.1", (uint16_t)port, "--p", true, &second, &err));
	assert_int_equal(err.category, ERR_CONFLICT);
	assert_string_equal(err.code, "port_in_use");
	assert_non_null(strstr(err.sentence, "--p"));
	/* A further slot shares it. */
	assert_true(listen_open(
	    "127.0.0.1", (uint16_t)port, "--p", false, &second, &err));
	fd_close(first);
	fd_close(second);
}

static void
an_address_that_is_none_is_refused(void **state)
{
	struct err err = ERR_INIT;
	int fd;

	assert_false(listen_open("localhost", 0, "--p", true, &fd, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
}

static void
a_connection_says_where_it_comes_from(void **state)
{
	struct sockaddr_in where = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct listen_peer peer;
	struct err err = ERR_INIT;
	int listening, client, accepted;

	assert_true(listen_open("*", 0, "--p", true, &listening, &err));
	assert_int_equal(
	    listen_accept(listening, &accepted, &peer, &err), IO_AGAIN);
	where.sin_port = htons(listen_port(listening));
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    connect(client, (struct sockaddr *)&where, sizeof(where)), 0);
	assert_int_equal(
	    listen_accept(listening, &accepted, &peer, &err), IO_OK);
	assert_string_equal(peer.address, "127.0.0.1");
	assert_true(peer.is_loopback);
	assert_true((fcntl(accepted, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(accepted, F_GETFL) & O_NONBLOCK) != 0);
	fd_close(accepted);
	fd_close(client);
	fd_close(listening);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_child_has_only_what_it_was_given),
	    cmocka_unit_test(a_program_that_is_not_there_is_an_error_at_once),
	    cmocka_unit_test(an_end_is_told_in_words),
	    cmocka_unit_test(a_port_in_use_is_refused_with_its_option),
	    cmocka_unit_test(an_address_that_is_none_is_refused),
	    cmocka_unit_test(a_connection_says_where_it_comes_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
