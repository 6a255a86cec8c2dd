/* Answers of the agent's archive. */
#include "server/gateway/installer.h"

#include <sys/stat.h>

#include "os/fd.h"
#include "server/gateway/exchange.h"

#define ARCHIVE_PATH "/installer/agent.tar.gz"

static const struct {
	const char *name, *value;
} HEADERS[] = {
    {"Content-Type", "application/gzip"},
    {"Content-Disposition", "attachment; filename=\"warifu-agent.tar.gz\""},
    {"Cache-Control", "no-cache"},
    {"X-Content-Type-Options", "nosniff"},
};

void
gateway_installer_open(struct gateway *gateway)
{
	struct gateway_installer *installer = &gateway->installer;
	struct stat status;

	installer->fd = role_descriptor_take(gateway->role, "installer");
	if (installer->fd >= 0 && fstat(installer->fd, &status) == 0)
		installer->bytes = (uint64_t)status.st_size;
}

void
gateway_installer_close(struct gateway *gateway)
{
	fd_close(fd_take(&gateway->installer.fd));
}

static void
answer_archive(struct connection *connection)
{
	const struct gateway_installer *installer =
	    &connection->gateway->installer;
	struct ipc_response response = {.status = 200};
	struct err err = ERR_INIT;
	int fd = -1;

	for (size_t i = 0; i < array_length(HEADERS); i++) {
		struct ipc_header *header =
		    &response.headers.items[response.headers.count++];

		header->name = view_string(HEADERS[i].name);
		header->value = view_string(HEADERS[i].value);
	}
	response.accepts_ranges = true;
	response.has_body_descriptor = true;
	response.body_length = installer->bytes;
	if (fd_duplicate(installer->fd, &fd, &err))
		answer_response(connection, &response, fd);
	else
		answer_problem_with(connection, 503, "descriptors_full",
		    "Too many files are open. Try again.", "Retry-After", "5");
}

bool
installer_answer(struct connection *connection)
{
	const struct http_request *request = &connection->reader->request;

	if (connection->listener == LISTENER_AGENT ||
	    !view_equal_string(request->path, ARCHIVE_PATH))
		return false;
	if (!view_equal_string(request->method, "GET") &&
	    !view_equal_string(request->method, "HEAD"))
		answer_problem_with(connection, 405, "method_not_allowed",
		    "This path does not take that method.", "Allow",
		    "GET, HEAD");
	else if (connection->listener == LISTENER_HTTP)
		answer_problem(connection, 403, "https_required",
		    "This is answered over HTTPS alone.");
	else if (connection->gateway->installer.fd < 0)
		answer_problem(connection, 404, "installer_unavailable",
		    "This server has no agent to hand out.");
	else
		answer_archive(connection);
	return true;
}
