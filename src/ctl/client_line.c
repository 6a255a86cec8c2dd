/* A connection to the server for what is no request and answer. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client_transfer.h"
#include "ctl/terminal.h"

enum {
	LINE_BODY_MAX = 1024, /* of a line: none comes */
};

struct client_line {
	struct ctl *ctl;
	struct transfer transfer;
	uint8_t part[4096];
};

enum ctl_exit
client_line_open(struct ctl *ctl, struct client_line **out)
{
	struct client_line *line = memory_zeroed(sizeof(*line));
	struct transfer *transfer = &line->transfer;
	CURLcode result;

	line->ctl = ctl;
	transfer->curl = curl_easy_init();
	buf_init(&transfer->body, LINE_BODY_MAX);
	transfer_set_common(transfer, ctl->server->url);
	transfer_set_trust(transfer, ctl);
	curl_easy_setopt(transfer->curl, CURLOPT_CONNECT_ONLY, 1L);
	*out = line;
	result = curl_easy_perform(transfer->curl);
	return result == CURLE_OK
	    ? CTL_OK
	    : transfer_tell_unreachable(ctl, transfer, result);
}

void
client_line_close(struct client_line *line)
{
	if (line == NULL)
		return;
	transfer_donep(&line->transfer);
	free(line);
}

const char *
client_line_host(const struct ctl *ctl)
{
	const char *behind = strstr(ctl->server->url, "://");

	return behind == NULL ? ctl->server->url : behind + 3;
}

static bool
wait_for(struct client_line *line, short events, int seconds)
{
	struct pollfd waiting = {.events = events};
	curl_socket_t socket = CURL_SOCKET_BAD;
	int result;

	curl_easy_getinfo(line->transfer.curl, CURLINFO_ACTIVESOCKET, &socket);
	waiting.fd = socket;
	do {
		result = poll(&waiting, 1, seconds * 1000);
	} while (result < 0 && errno == EINTR);
	return result > 0;
}

static enum ctl_exit
line_lost(const struct client_line *line)
{
	ctl_complain("the connection to %s was lost", line->ctl->server->url);
	return CTL_UNREACHABLE;
}

enum ctl_exit
client_line_send(struct client_line *line, struct view bytes)
{
	while (bytes.length > 0) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(
		    line->transfer.curl, bytes.data, bytes.length, &sent);

		if (code == CURLE_AGAIN &&
		    wait_for(line, POLLOUT, CLIENT_TIMEOUT_S))
			continue;
		if (code != CURLE_OK)
			return line_lost(line);
		bytes = view_slice(bytes, sent, bytes.length);
	}
	return CTL_OK;
}

enum ctl_exit
client_line_receive(struct client_line *line, int seconds, struct view *out)
{
	size_t got = 0;
	CURLcode code;

	do {
		code = curl_easy_recv(
		    line->transfer.curl, line->part, sizeof(line->part), &got);
	} while (code == CURLE_AGAIN && wait_for(line, POLLIN, seconds));
	if (code != CURLE_OK || got == 0)
		return line_lost(line);
	*out = view_of(line->part, got);
	return CTL_OK;
}
