/* session …, user sessions, user end-sessions, user unlock. */
#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/people.h"

#define OWN   "/api/v1/me/sessions"
#define USERS "/api/v1/users"

static const struct table_column LIST[] = {
    {"ID", "id"},
    {"ADDRESS", "address"},
    {"THIS ONE", "is_current"},
    {"SINCE", "created_at"},
    {"LAST USED", "last_used_at"},
    {"UNTIL", "expires_at"},
    {"PROGRAM", "user_agent"},
};

enum ctl_exit
own_session_list(struct ctl *ctl)
{
	return output_get_list(ctl, OWN, LIST, array_length(LIST));
}

static enum ctl_exit
end(struct ctl *ctl, const char *path, const char *done)
{
	enum ctl_exit result = client_ask(ctl, "DELETE", path, NULL, NULL);

	if (result == CTL_OK)
		ctl_say(ctl, "%s", done);
	return result;
}

enum ctl_exit
own_session_end(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    memory_format(OWN "/%s", ctl->arguments[0]);

	return end(ctl, path, "The session has ended.");
}

enum ctl_exit
own_session_end_others(struct ctl *ctl)
{
	return end(ctl, OWN, "All your other sessions have ended.");
}

static enum ctl_exit
user_path(struct ctl *ctl, const char *rest, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result =
	    people_find(ctl, USERS, "user", ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(USERS "/%s/%s", id, rest);
	return result;
}

enum ctl_exit
user_sessions(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = user_path(ctl, "sessions", &path);

	return result != CTL_OK
	    ? result
	    : output_get_list(ctl, path, LIST, array_length(LIST));
}

enum ctl_exit
user_end_sessions(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	scoped(memory_freep) char *rest = ctl->argument_count == 1
	    ? memory_string("sessions")
	    : memory_format("sessions/%s", ctl->arguments[1]);
	enum ctl_exit result = user_path(ctl, rest, &path);

	return result != CTL_OK
	    ? result
	    : end(ctl, path,
		  ctl->argument_count == 1 ? "The sessions have ended."
					   : "The session has ended.");
}

enum ctl_exit
user_unlock(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = user_path(ctl, "unlock", &path);

	if (result == CTL_OK)
		result = client_ask(ctl, "POST", path, NULL, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Unlocked.");
	return result;
}
