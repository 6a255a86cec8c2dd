/* Writers and readers of what supervisor and roles say to each other. */
#include "server/role_control.h"

#include "base/memory.h"

static void
read_peer(struct reader *reader, struct role_peer *out)
{
	uint8_t role = reader_u8(reader);

	out->role =
	    role < IPC_ROLE_COUNT ? (enum ipc_role)role : IPC_SUPERVISOR;
	out->slot = reader_u32(reader);
	out->instance = reader_u32(reader);
	if (role >= IPC_ROLE_COUNT)
		reader->has_failed = true;
}

void
role_attach_write(struct writer *writer, const struct role_peer *peer)
{
	writer_u8(writer, (uint8_t)peer->role);
	writer_u32(writer, peer->slot);
	writer_u32(writer, peer->instance);
}

bool
role_attach_read(struct view body, struct role_peer *out, struct err *err)
{
	struct role_peer peer;
	struct reader reader;

	reader_init(&reader, body);
	read_peer(&reader, &peer);
	if (!reader_done(&reader, err))
		return err_prefix(err, "ATTACH");
	*out = peer;
	return true;
}

void
role_broken_write(
    struct writer *writer, const struct role_peer *peer, const char *sentence)
{
	role_attach_write(writer, peer);
	writer_string(writer, sentence);
}

bool
role_broken_read(struct view body, struct role_peer *out, char **out_sentence,
    struct err *err)
{
	scoped(memory_freep) char *sentence = NULL;
	struct role_peer peer;
	struct reader reader;

	reader_init(&reader, body);
	read_peer(&reader, &peer);
	sentence = reader_string(&reader, ERR_SENTENCE_MAX);
	if (!reader_done(&reader, err))
		return err_prefix(err, "PEER_BROKEN");
	*out = peer;
	*out_sentence = take(sentence);
	return true;
}
