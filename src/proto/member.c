/* Members of protocol messages: short texts and times. */
#include "proto/member.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

bool
member_is_printable(const char *text, const char *name, struct err *err)
{
	if (!text_is_printable(view_string(text)))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the member \"%s\" must have no control characters", name);
	return true;
}

bool
member_text(const json_t *object, const char *name, enum json_need need,
    char *out, size_t size, struct err *err)
{
	const char *text = NULL;

	if (!json_get_string(object, name, need, size - 1, &text, err))
		return false;
	if (text == NULL)
		return true;
	if (!member_is_printable(text, name, err))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

bool
member_time(const json_t *object, const char *name, enum json_need need,
    int64_t *out_ms, struct err *err)
{
	const char *text = NULL;

	if (!json_get_string(object, name, need, 64, &text, err))
		return false;
	if (text == NULL)
		return true;
	if (!clock_parse_rfc3339(view_string(text), out_ms))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the member \"%s\" must be a time as in RFC 3339", name);
	return true;
}
