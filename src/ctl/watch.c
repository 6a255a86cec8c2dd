/* watch: print what changes on the server, as it does. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/terminal.h"
#include "http/websocket.h"

enum {
	HEAD_MAX = 16 * 1024,
	SEND_MAX = 4096,    /* pongs and a close */
	MESSAGE_MAX = 4096, /* a note is far shorter */
	HEAD_WAIT_S = 30,
	/* The server asks whether one lives more often than that. */
	SILENCE_S = 120,
};

struct watch {
	struct ctl *ctl;
	struct client_line *line;
	struct websocket *websocket;
	struct buf out;
	bool is_broken;
};

static void
print(void *context, bool is_text, struct view payload)
{
	struct watch *watch = context;
	scoped(json_freep) json_t *note = NULL;
	const json_t *topics;
	struct err err = ERR_INIT;

	note = is_text ? json_read(payload, MESSAGE_MAX, &err) : NULL;
	topics = json_object_get(note, "changed");
	if (!json_is_array(topics))
		return; /* a newer server's: not for us */
	if (ctl_is_set(watch->ctl, "json")) {
		scoped(memory_freep) char *line = json_write(note);

		printf("%s\n", line);
	}
	for (size_t i = 0;
	     !ctl_is_set(watch->ctl, "json") && i < json_array_size(topics);
	     i++) {
		const char *word = json_string_value(json_array_get(topics, i));

		if (word != NULL)
			printf("%s\n", word);
	}
	if (fflush(stdout) != 0)
		watch->is_broken = true;
}

/* The request of a WebSocket (RFC 6455 section 4.1). That the answer is 101 is
 * enough: the connection is to the server whose certificate was pinned. */
static enum ctl_exit
ask(struct watch *watch)
{
	scoped(memory_freep) char *key = NULL;
	scoped(secret_textp) char *request = NULL;
	uint8_t random[16];

	random_fill(random, sizeof(random));
	key = base64_encode(view_of(random, sizeof(random)));
	request = memory_format("GET /api/v1/changes HTTP/1.1\r\n"
				"Host: %s\r\n"
				"Authorization: Bearer %s\r\n"
				"Upgrade: websocket\r\n"
				"Connection: Upgrade\r\n"
				"Sec-WebSocket-Key: %s\r\n"
				"Sec-WebSocket-Version: 13\r\n\r\n",
	    client_line_host(watch->ctl),
	    watch->ctl->token == NULL ? "" : watch->ctl->token, key);
	return client_line_send(watch->line, view_string(request));
}

static enum ctl_exit
judge(const struct buf *head)
{
	uint64_t status = 0;

	if (head->length < 12 ||
	    !view_starts_with(buf_view(head), "HTTP/1.1 ") ||
	    !view_to_u64(view_slice(buf_view(head), 9, 3), 999, &status)) {
		ctl_complain("the answer is not HTTP: is it a Warifu server?");
		return CTL_FAILED;
	}
	if (status == 101)
		return CTL_OK;
	ctl_complain("the server refused it with status %d", (int)status);
	if (status != 401)
		return CTL_FAILED;
	ctl_complain("run: warifuctl login");
	return CTL_NOT_SIGNED_IN;
}

/* The answer's head; what came behind it is the first of the frames. */
static enum ctl_exit
receive_head(struct watch *watch, struct buf *out_rest)
{
	scoped(buf_donep) struct buf head = BUF_INIT(HEAD_MAX);
	struct err err = ERR_INIT;

	for (;;) {
		struct view part;
		const uint8_t *end;
		size_t length;
		enum ctl_exit result =
		    client_line_receive(watch->line, HEAD_WAIT_S, &part);

		if (result != CTL_OK)
			return result;
		if (!buf_append_view(&head, part, &err)) {
			ctl_complain("%s", err_sentence(&err));
			return CTL_FAILED;
		}
		end = memmem(head.data, head.length, "\r\n\r\n", 4);
		if (end == NULL)
			continue;
		length = (size_t)(end - head.data) + 4;
		result = judge(&head);
		if (result == CTL_OK &&
		    !buf_append_view(out_rest,
			view_slice(buf_view(&head), length, head.length), &err))
			result = CTL_FAILED;
		return result;
	}
}

static enum ctl_exit
tell_end(const struct watch *watch)
{
	unsigned code = websocket_close_code(watch->websocket);

	if (watch->is_broken)
		return CTL_OK; /* nobody reads what is printed any more */
	ctl_complain("the server has ended it (%u)", code);
	return code == 4401 ? CTL_NOT_SIGNED_IN : CTL_UNREACHABLE;
}

static enum ctl_exit
take_in(struct watch *watch, struct view input, bool *out_goes_on)
{
	bool is_open = websocket_receive(watch->websocket, input);
	enum ctl_exit result = CTL_OK;

	if (watch->out.length > 0) {
		result = client_line_send(watch->line, buf_view(&watch->out));
		buf_clear(&watch->out);
	}
	*out_goes_on = is_open && result == CTL_OK && !watch->is_broken &&
	    !websocket_is_closing(watch->websocket);
	return result;
}

static enum ctl_exit
follow(struct watch *watch, struct view first)
{
	bool goes_on = true;
	enum ctl_exit result = take_in(watch, first, &goes_on);
	struct view part;

	while (result == CTL_OK && goes_on) {
		result = client_line_receive(watch->line, SILENCE_S, &part);
		if (result == CTL_OK)
			result = take_in(watch, part, &goes_on);
	}
	return result == CTL_OK ? tell_end(watch) : result;
}

enum ctl_exit
watch_changes(struct ctl *ctl)
{
	struct watch watch = {.ctl = ctl, .out = BUF_INIT(SEND_MAX)};
	scoped(buf_donep) struct buf rest = BUF_INIT(HEAD_MAX);
	enum ctl_exit result = client_line_open(ctl, &watch.line);

	if (result == CTL_OK)
		result = ask(&watch);
	if (result == CTL_OK)
		result = receive_head(&watch, &rest);
	if (result == CTL_OK) {
		watch.websocket = websocket_new_client(
		    MESSAGE_MAX, print, &watch, &watch.out);
		result = follow(&watch, buf_view(&rest));
	}
	websocket_free(watch.websocket);
	client_line_close(watch.line);
	buf_done(&watch.out);
	return result;
}
