/* The bodies of REQUEST, RESPONSE and SOCKET_… between gateway and core. */
#include "ipc/gateway_messages.h"

#include <string.h>

#include "ipc/gateway_fields.h"

enum {
	MAX_METHOD = 32,
	MAX_CLOSE_REASON = 123,
};

struct view
ipc_headers_find(
    const struct ipc_headers *headers, const char *name, bool *out_found)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (view_equal_string_nocase(headers->items[i].name, name)) {
			*out_found = true;
			return headers->items[i].value;
		}
	}
	*out_found = false;
	return view_of(NULL, 0);
}

/* A fixed-size text field; the bytes on the wire never hold NUL. */
static void
read_text(struct reader *reader, char *out, size_t size)
{
	struct view text = reader_bytes(reader, size - 1);

	if (view_has_nul(text))
		reader->has_failed = true;
	memset(out, 0, size);
	if (text.length > 0 && !reader->has_failed)
		memcpy(out, text.data, text.length);
}

void
ipc_peer_put(struct writer *writer, const struct ipc_peer *peer)
{
	writer_string(writer, peer->address);
	writer_u16(writer, peer->port);
	writer_bool(writer, peer->has_certificate);
	if (!peer->has_certificate)
		return;
	writer_fixed(writer, peer->fingerprint, sizeof(peer->fingerprint));
	writer_string(writer, peer->serial_hex);
	writer_string(writer, peer->agent_id);
	writer_string(writer, peer->unit);
	writer_bytes(writer, peer->certificate);
}

void
ipc_peer_get(struct reader *reader, struct ipc_peer *out)
{
	memset(out, 0, sizeof(*out));
	read_text(reader, out->address, sizeof(out->address));
	out->port = reader_u16(reader);
	out->has_certificate = reader_bool(reader);
	if (!out->has_certificate || reader->has_failed)
		return;
	reader_fixed(reader, out->fingerprint, sizeof(out->fingerprint));
	read_text(reader, out->serial_hex, sizeof(out->serial_hex));
	read_text(reader, out->agent_id, sizeof(out->agent_id));
	read_text(reader, out->unit, sizeof(out->unit));
	out->certificate = reader_bytes(reader, LIMIT_CERTIFICATE);
}

enum listener
ipc_listener_get(struct reader *reader)
{
	uint8_t value = reader_u8(reader);

	if (value != LISTENER_HTTP && value != LISTENER_HTTPS &&
	    value != LISTENER_AGENT) {
		reader->has_failed = true;
		return LISTENER_HTTP;
	}
	return (enum listener)value;
}

static void
put_headers(struct writer *writer, const struct ipc_headers *headers)
{
	writer_u8(writer, (uint8_t)headers->count);
	for (size_t i = 0; i < headers->count; i++) {
		writer_bytes(writer, headers->items[i].name);
		writer_bytes(writer, headers->items[i].value);
	}
}

static void
get_headers(struct reader *reader, struct ipc_headers *out)
{
	out->count = reader_u8(reader);
	if (out->count > LIMIT_HTTP_HEADER_COUNT) {
		reader->has_failed = true;
		out->count = 0;
	}
	for (size_t i = 0; i < out->count; i++) {
		out->items[i].name =
		    reader_bytes(reader, LIMIT_HTTP_HEADER_BYTES);
		out->items[i].value =
		    reader_bytes(reader, LIMIT_HTTP_HEADER_BYTES);
	}
}

bool
ipc_request_write(
    struct buf *out, const struct ipc_request *request, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u8(&writer, (uint8_t)request->listener);
	writer_u64(&writer, request->socket);
	writer_bytes(&writer, request->method);
	writer_bytes(&writer, request->path);
	writer_bool(&writer, request->has_query);
	writer_bytes(&writer, request->query);
	writer_bytes(&writer, request->host);
	put_headers(&writer, &request->headers);
	ipc_peer_put(&writer, &request->peer);
	writer_bool(&writer, request->has_body_descriptor);
	writer_u64(&writer, request->body_length);
	writer_bytes(&writer, request->body);
	return writer_done(&writer, err);
}

/* The length is said twice for an inline body: both must agree. */
static void
check_body(struct reader *reader, struct view body, bool has_descriptor,
    uint64_t length)
{
	if (has_descriptor ? body.length != 0 : body.length != length)
		reader->has_failed = true;
}

bool
ipc_request_read(struct view body, struct ipc_request *out, struct err *err)
{
	struct ipc_request got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.listener = ipc_listener_get(&reader);
	got.socket = reader_u64(&reader);
	got.method = reader_bytes(&reader, MAX_METHOD);
	got.path = reader_bytes(&reader, LIMIT_HTTP_REQUEST_LINE);
	got.has_query = reader_bool(&reader);
	got.query = reader_bytes(&reader, LIMIT_HTTP_REQUEST_LINE);
	got.host = reader_bytes(&reader, LIMIT_HTTP_REQUEST_LINE);
	get_headers(&reader, &got.headers);
	ipc_peer_get(&reader, &got.peer);
	got.has_body_descriptor = reader_bool(&reader);
	got.body_length = reader_u64(&reader);
	got.body = reader_bytes(&reader, LIMIT_FRAME_BODY);
	check_body(&reader, got.body, got.has_body_descriptor, got.body_length);
	if (!reader_done(&reader, err))
		return err_prefix(err, "REQUEST");
	*out = got;
	return true;
}

bool
ipc_response_write(
    struct buf *out, const struct ipc_response *response, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u16(&writer, response->status);
	put_headers(&writer, &response->headers);
	writer_bool(&writer, response->accepts_ranges);
	writer_bool(&writer, response->closes);
	writer_bool(&writer, response->has_body_descriptor);
	writer_u64(&writer, response->body_offset);
	writer_u64(&writer, response->body_length);
	writer_bytes(&writer, response->body);
	return writer_done(&writer, err);
}

static bool
is_final_status(uint16_t status)
{
	return status == 101 || (status >= 200 && status <= 599);
}

bool
ipc_response_read(struct view body, struct ipc_response *out, struct err *err)
{
	struct ipc_response got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.status = reader_u16(&reader);
	get_headers(&reader, &got.headers);
	got.accepts_ranges = reader_bool(&reader);
	got.closes = reader_bool(&reader);
	got.has_body_descriptor = reader_bool(&reader);
	got.body_offset = reader_u64(&reader);
	got.body_length = reader_u64(&reader);
	got.body = reader_bytes(&reader, LIMIT_FRAME_BODY);
	check_body(&reader, got.body, got.has_body_descriptor, got.body_length);
	if (!is_final_status(got.status) || got.body_offset > INT64_MAX ||
	    got.body_length > INT64_MAX - got.body_offset)
		reader.has_failed = true;
	if (!reader_done(&reader, err))
		return err_prefix(err, "RESPONSE");
	*out = got;
	return true;
}

bool
ipc_socket_open_write(
    struct buf *out, const struct ipc_socket_open *open, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, open->socket);
	writer_bytes(&writer, open->path);
	ipc_peer_put(&writer, &open->peer);
	return writer_done(&writer, err);
}

bool
ipc_socket_open_read(
    struct view body, struct ipc_socket_open *out, struct err *err)
{
	struct ipc_socket_open got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.socket = reader_u64(&reader);
	got.path = reader_bytes(&reader, LIMIT_HTTP_REQUEST_LINE);
	ipc_peer_get(&reader, &got.peer);
	if (!reader_done(&reader, err))
		return err_prefix(err, "SOCKET_OPEN");
	*out = got;
	return true;
}

bool
ipc_socket_message_write(
    struct buf *out, const struct ipc_socket_message *message, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, message->socket);
	writer_bool(&writer, message->is_text);
	writer_bytes(&writer, message->payload);
	return writer_done(&writer, err);
}

bool
ipc_socket_message_read(
    struct view body, struct ipc_socket_message *out, struct err *err)
{
	struct ipc_socket_message got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.socket = reader_u64(&reader);
	got.is_text = reader_bool(&reader);
	got.payload = reader_bytes(&reader, LIMIT_WEBSOCKET_MESSAGE);
	if (!reader_done(&reader, err))
		return err_prefix(err, "SOCKET_MESSAGE");
	*out = got;
	return true;
}

bool
ipc_socket_close_write(
    struct buf *out, const struct ipc_socket_close *close, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, close->socket);
	writer_u16(&writer, close->code);
	writer_bytes(&writer, close->reason);
	return writer_done(&writer, err);
}

bool
ipc_socket_close_read(
    struct view body, struct ipc_socket_close *out, struct err *err)
{
	struct ipc_socket_close got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.socket = reader_u64(&reader);
	got.code = reader_u16(&reader);
	got.reason = reader_bytes(&reader, MAX_CLOSE_REASON);
	if (!reader_done(&reader, err))
		return err_prefix(err, "SOCKET_CLOSE");
	*out = got;
	return true;
}
