/* Batches of TLS records, and what is left of them. */
#include "crypto/tls_batch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/tls_kept.h"

enum {
	/* One more record, and a key update before it. */
	RECORD_ROOM = 17 * 1024,
};

struct tls_batch {
	BIO_METHOD *method;
	BIO *bio; /* what OpenSSL writes to meanwhile */
	size_t kept_max;
	size_t kept_bytes;
	size_t length;
	uint8_t bytes[TLS_BATCH_MAX];
};

struct tls_kept {
	struct tls_batch *batch;
	size_t size; /* as it is counted */
	size_t at;
	uint8_t bytes[];
};

static int
on_write(BIO *bio, const char *data, size_t length, size_t *out_written)
{
	struct tls_batch *batch = BIO_get_data(bio);

	check(length <= sizeof(batch->bytes) - batch->length);
	memcpy(batch->bytes + batch->length, data, length);
	batch->length += length;
	*out_written = length;
	return 1;
}

static long
on_control(BIO *bio, int command, long number, void *pointer)
{
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct tls_batch *
tls_batch_new(size_t kept_max)
{
	struct tls_batch *batch = memory_zeroed(sizeof(*batch));
	int type = BIO_get_new_index();

	check(type > 0);
	batch->kept_max = kept_max;
	batch->method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "batch");
	check(batch->method != NULL);
	check(BIO_meth_set_write_ex(batch->method, on_write) == 1);
	check(BIO_meth_set_ctrl(batch->method, on_control) == 1);
	batch->bio = BIO_new(batch->method);
	check(batch->bio != NULL);
	BIO_set_data(batch->bio, batch);
	BIO_set_init(batch->bio, 1);
	return batch;
}

void
tls_batch_free(struct tls_batch *batch)
{
	if (batch == NULL)
		return;
	check(batch->kept_bytes == 0);
	BIO_free(batch->bio);
	BIO_meth_free(batch->method);
	free(batch);
}

bool
tls_batch_has_room(const struct tls_batch *batch)
{
	return batch->kept_max >= TLS_BATCH_MAX &&
	    batch->kept_bytes <= batch->kept_max - TLS_BATCH_MAX;
}

size_t
tls_batch_kept(const struct tls_batch *batch)
{
	return batch->kept_bytes;
}

static enum tls_io
encrypt(struct tls_batch *batch, SSL *ssl, struct view bytes,
    size_t *out_length, struct err *err)
{
	*out_length = 0;
	batch->length = 0;
	ERR_clear_error();
	while (*out_length < bytes.length &&
	    sizeof(batch->bytes) - batch->length >= RECORD_ROOM) {
		struct view rest = view_slice(bytes, *out_length, bytes.length);
		size_t length = 0;
		int result;

		result = SSL_write_ex(ssl, rest.data, rest.length, &length);
		if (result != 1)
			return tls_io_of(ssl, result, err);
		*out_length += length;
	}
	return TLS_IO_OK;
}

/* OpenSSL writes into the batch for the time of this call alone: whatever else
 * it has to say goes to the socket itself. */
static enum tls_io
encrypt_aside(struct tls_batch *batch, SSL *ssl, struct view bytes,
    size_t *out_length, struct err *err)
{
	BIO *socket = SSL_get_wbio(ssl);
	enum tls_io io;

	check(BIO_up_ref(socket) == 1 && BIO_up_ref(batch->bio) == 1);
	SSL_set0_wbio(ssl, batch->bio);
	io = encrypt(batch, ssl, bytes, out_length, err);
	SSL_set0_wbio(ssl, socket);
	return io;
}

/* What the socket takes now: none is fine. */
static bool
send_some(SSL *ssl, struct view bytes, size_t *out_sent, struct err *err)
{
	ssize_t n =
	    send(SSL_get_wfd(ssl), bytes.data, bytes.length, MSG_NOSIGNAL);

	*out_sent = n > 0 ? (size_t)n : 0;
	if (n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return true;
	err_set_errno(err, "the connection broke");
	return false;
}

static struct tls_kept *
keep(struct tls_batch *batch, struct view rest)
{
	struct tls_kept *kept = memory_zeroed(sizeof(*kept) + rest.length);

	kept->batch = batch;
	kept->size = rest.length;
	memcpy(kept->bytes, rest.data, rest.length);
	batch->kept_bytes += kept->size;
	return kept;
}

enum tls_io
tls_batch_write(struct tls_batch *batch, SSL *ssl, struct view bytes,
    size_t *out_length, struct tls_kept **out_kept, struct err *err)
{
	enum tls_io io = encrypt_aside(batch, ssl, bytes, out_length, err);
	size_t sent;

	if (io != TLS_IO_OK)
		return io;
	if (!send_some(ssl, view_of(batch->bytes, batch->length), &sent, err))
		return TLS_IO_FAILED;
	if (sent == batch->length)
		return TLS_IO_OK;
	*out_kept =
	    keep(batch, view_of(batch->bytes + sent, batch->length - sent));
	return TLS_IO_WANT_WRITE;
}

enum tls_io
tls_kept_send(struct tls_kept **kept, SSL *ssl, struct err *err)
{
	struct tls_kept *rest = *kept;
	size_t sent;

	if (!send_some(ssl,
		view_of(rest->bytes + rest->at, rest->size - rest->at), &sent,
		err))
		return TLS_IO_FAILED;
	rest->at += sent;
	if (rest->at < rest->size)
		return TLS_IO_WANT_WRITE;
	tls_kept_free(take(*kept));
	return TLS_IO_OK;
}

size_t
tls_kept_length(const struct tls_kept *kept)
{
	return kept == NULL ? 0 : kept->size - kept->at;
}

void
tls_kept_free(struct tls_kept *kept)
{
	if (kept == NULL)
		return;
	kept->batch->kept_bytes -= kept->size;
	free(kept);
}
