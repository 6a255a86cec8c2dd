/* Opening a WebSocket: the request, and the judging of its answer. */
#include "agent/channel/upgrade.h"

#include <string.h>

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/sha1.h"

static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static void
make_accept(const char *key, char out[32])
{
	scoped(memory_freep) char *joined = memory_format("%s%s", key, GUID);
	scoped(memory_freep) char *text = NULL;
	uint8_t digest[SHA1_SIZE];

	sha1_short(view_string(joined), digest);
	text = base64_encode(view_of(digest, sizeof(digest)));
	snprintf(out, 32, "%s", text);
}

/* The value of a header line with that name, empty when there is none. */
static struct view
find_header(struct view head, const char *wanted)
{
	struct view line, name, value;

	while (head.length > 0) {
		view_cut(head, '\n', &line, &head);
		if (view_cut(line, ':', &name, &value) &&
		    view_equal_string_nocase(name, wanted)) {
			if (value.length > 0 &&
			    value.data[value.length - 1] == '\r')
				value.length--;
			return view_trim(value);
		}
	}
	return view_of(NULL, 0);
}

bool
upgrade_accepts(struct view head, const char *key, struct err *err)
{
	char accept[32];
	uint64_t status = 0;

	if (!view_starts_with(head, "HTTP/1.1 ") ||
	    !view_to_u64(view_slice(head, 9, 3), 999, &status))
		return err_set_code(err, ERR_MALFORMED, "answer_broken",
		    "the server's answer to the WebSocket is not HTTP/1.1");
	if (status != 101)
		return err_set_code(err, ERR_DENIED, "link_refused",
		    "the server answered the WebSocket with HTTP status %d",
		    (int)status);
	make_accept(key, accept);
	if (!view_equal_string_nocase(
		find_header(head, "Upgrade"), "websocket") ||
	    !view_equal_string(
		find_header(head, "Sec-WebSocket-Accept"), accept))
		return err_set_code(err, ERR_MALFORMED, "answer_broken",
		    "the server did not accept this WebSocket");
	return true;
}

bool
upgrade_request(const struct server_address *address,
    char out_key[UPGRADE_KEY_SIZE], struct buf *out, struct err *err)
{
	scoped(memory_freep) char *key = NULL;
	bool is_ipv6 = strchr(address->name, ':') != NULL;
	uint8_t random[16];

	random_fill(random, sizeof(random));
	key = base64_encode(view_of(random, sizeof(random)));
	snprintf(out_key, UPGRADE_KEY_SIZE, "%s", key);
	return buf_append_format(out, err,
	    "GET /agent/v1/channel HTTP/1.1\r\n"
	    "Host: %s%s%s:%u\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Key: %s\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "User-Agent: warifu-agent/%s\r\n\r\n",
	    is_ipv6 ? "[" : "", address->name, is_ipv6 ? "]" : "",
	    address->agent_port, out_key, WARIFU_VERSION);
}
