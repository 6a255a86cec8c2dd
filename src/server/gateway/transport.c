/* Bytes of a connection, over TLS or plainly. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "os/fd.h"
#include "server/gateway/connection.h"

static enum io
from_tls(struct connection *connection, enum tls_io result)
{
	switch (result) {
	case TLS_IO_OK:
		return IO_OK;
	case TLS_IO_WANT_READ:
		connection->wants |= LOOP_READ;
		return IO_AGAIN;
	case TLS_IO_WANT_WRITE:
		connection->wants |= LOOP_WRITE;
		return IO_AGAIN;
	case TLS_IO_EOF:
		return IO_EOF;
	case TLS_IO_FAILED:
		break;
	}
	return IO_FAILED;
}

/* A plain read's or write's failure. */
static enum io
from_errno(struct connection *connection, unsigned wants)
{
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return IO_FAILED;
	connection->wants |= wants;
	return IO_AGAIN;
}

static enum io
read_plain(
    struct connection *connection, void *out, size_t size, size_t *out_length)
{
	ssize_t n = recv(connection->fd, out, size, 0);

	if (n < 0)
		return from_errno(connection, LOOP_READ);
	*out_length = (size_t)n;
	return n == 0 ? IO_EOF : IO_OK;
}

enum io
connection_read(
    struct connection *connection, void *out, size_t size, size_t *out_length)
{
	struct err err = ERR_INIT;
	enum io result;

	if (connection->tls == NULL)
		result = read_plain(connection, out, size, out_length);
	else
		result = from_tls(connection,
		    tls_session_read(
			connection->tls, out, size, out_length, &err));
	if (result == IO_OK)
		gateway_count(connection->gateway,
		    &connection->gateway->counters.bytes_received, *out_length);
	return result;
}

static enum io
write_some(struct connection *connection, struct view bytes, size_t *out_length)
{
	struct err err = ERR_INIT;
	ssize_t n;

	if (connection->tls != NULL)
		return from_tls(connection,
		    tls_session_write(
			connection->tls, bytes, out_length, &err));
	n = send(connection->fd, bytes.data, bytes.length, MSG_NOSIGNAL);
	if (n < 0)
		return from_errno(connection, LOOP_WRITE);
	*out_length = (size_t)n;
	return IO_OK;
}

/* Bytes that the socket took, for the rate of a reader and for the counter. */
static void
count_sent(struct connection *connection, uint64_t sent)
{
	connection->moved_bytes += sent;
	gateway_count(connection->gateway,
	    &connection->gateway->counters.bytes_sent, sent);
}

/* All of bytes as far as it goes; out_sent tells how far. */
static enum io
write_all(struct connection *connection, struct view bytes, size_t *out_sent)
{
	enum io result = IO_OK;

	*out_sent = 0;
	while (result == IO_OK && *out_sent < bytes.length) {
		size_t length = 0;

		result = write_some(connection,
		    view_slice(bytes, *out_sent, bytes.length), &length);
		if (result == IO_OK)
			*out_sent += length;
	}
	count_sent(connection, *out_sent);
	return result;
}

static size_t
kept(const struct connection *connection)
{
	return connection->tls == NULL ? 0 : tls_session_kept(connection->tls);
}

static enum io
flush_kept(struct connection *connection)
{
	size_t before = kept(connection);
	struct err err = ERR_INIT;
	enum io result;

	if (before == 0)
		return IO_OK;
	result = from_tls(connection, tls_session_flush(connection->tls, &err));
	count_sent(connection, before - kept(connection));
	return result;
}

/* Over TLS many records at once, unless slow readers keep too many already;
 * out_taken: sent, or kept by the session. */
static enum io
write_part(struct connection *connection, struct view bytes, size_t *out_taken)
{
	struct tls_batch *batch = connection->gateway->batch;
	struct err err = ERR_INIT;
	enum io result;

	if (connection->tls == NULL || !tls_batch_has_room(batch))
		return write_all(connection, bytes, out_taken);
	result = from_tls(connection,
	    tls_session_write_batch(
		connection->tls, batch, bytes, out_taken, &err));
	/* What is kept is a little more than its content. */
	if (*out_taken > kept(connection))
		count_sent(connection, *out_taken - kept(connection));
	return result;
}

bool
connection_has_output(const struct connection *connection)
{
	return connection->out_at < connection->out.length ||
	    connection->file_left > 0 || kept(connection) > 0;
}

static enum io
flush_out(struct connection *connection)
{
	struct view rest = view_slice(buf_view(&connection->out),
	    connection->out_at, connection->out.length);
	enum io result;
	size_t sent;

	if (rest.length == 0)
		return IO_OK;
	result = write_all(connection, rest, &sent);
	connection->out_at += sent;
	if (result == IO_OK) {
		buf_done(&connection->out);
		connection->out_at = 0;
	}
	return result;
}

/* A part of the file. Without a batch it is read again where the socket took
 * less of it: cheaper than a buffer of this size per slow reader. */
static enum io
flush_file_part(struct connection *connection)
{
	uint8_t *scratch = connection->gateway->scratch;
	size_t part = GATEWAY_FILE_BYTES, taken;
	enum io result;
	ssize_t n;

	if (part > connection->file_left)
		part = (size_t)connection->file_left;
	n = pread(
	    connection->file, scratch, part, (off_t)connection->file_offset);
	if (n <= 0)
		/* The file is shorter than was promised: all that an honest
		 * end can be now is an early one. */
		return IO_FAILED;
	result = write_part(connection, view_of(scratch, (size_t)n), &taken);
	connection->file_offset += taken;
	connection->file_left -= taken;
	return result;
}

enum io
connection_flush(struct connection *connection)
{
	enum io result = flush_kept(connection);

	if (result == IO_OK)
		result = flush_out(connection);
	while (result == IO_OK && connection->file_left > 0)
		result = flush_file_part(connection);
	if (result == IO_OK)
		connection_drop_file(connection);
	return result;
}

void
connection_drop_file(struct connection *connection)
{
	if (connection->file < 0)
		return;
	fd_close(fd_take(&connection->file));
	connection->gateway->files--;
	connection->gateway->body_bytes -= connection->file_bytes;
	connection->file_bytes = 0;
}

void
connection_shut(struct connection *connection)
{
	if (connection->tls != NULL)
		tls_session_shutdown(connection->tls);
	(void)shutdown(connection->fd, SHUT_WR);
}
