/* The bodies of the errands' frames. */
#include "agent/errand.h"

#include "base/limits.h"
#include "base/memory.h"

bool
errand_command_write(
    const struct errand_command *command, struct buf *out, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_bytes(&writer, command->jws);
	writer_bytes(&writer, command->certificate);
	return writer_done(&writer, err);
}

bool
errand_command_read(
    struct view body, struct errand_command *out, struct err *err)
{
	struct errand_command command;
	struct reader reader;

	reader_init(&reader, body);
	command.jws = reader_bytes(&reader, ERRAND_COMMAND_MAX);
	command.certificate = reader_bytes(&reader, LIMIT_CERTIFICATE);
	if (!reader_done(&reader, err))
		return false;
	*out = command;
	return true;
}

bool
errand_result_write(
    const struct errand_result *result, struct buf *out, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_bool(&writer, result->is_accepted);
	writer_i64(&writer, result->epoch);
	writer_i64(&writer, result->counter);
	writer_string(&writer, result->action);
	writer_string(&writer, result->sentence);
	return writer_done(&writer, err);
}

bool
errand_result_read(struct view body, struct errand_result *out, struct err *err)
{
	struct errand_result result = {0};
	scoped(memory_freep) char *action = NULL, *sentence = NULL;
	struct reader reader;

	reader_init(&reader, body);
	result.is_accepted = reader_bool(&reader);
	result.epoch = reader_i64(&reader);
	result.counter = reader_i64(&reader);
	action = reader_string(&reader, sizeof(result.action) - 1);
	sentence = reader_string(&reader, sizeof(result.sentence) - 1);
	if (!reader_done(&reader, err))
		return false;
	snprintf(result.action, sizeof(result.action), "%s", action);
	snprintf(result.sentence, sizeof(result.sentence), "%s", sentence);
	*out = result;
	return true;
}
