/*
 * The messages between core and signer: their numbers and their forms.
 *
 * One message number each way. A request's body is the message's own fields; an
 * answer's body begins with a bool: true and the result, or false and the error
 * (category, code, sentence). An answer too long for a frame has an empty frame
 * body and the body as its sealed memfd. There is no message that signs the
 * caller's bytes, lifts a revocation, unsays a setting or names a subject.
 *
 * Writers append to a buf and fail only at its maximum. Readers take foreign
 * bytes: ERR_MALFORMED for anything but the exact form, and their views borrow
 * from the body.
 */
#ifndef IPC_SIGNER_MESSAGES_H
#define IPC_SIGNER_MESSAGES_H

#include "ipc/signer_audit.h"
#include "ipc/signer_enforcement.h"
#include "ipc/signer_types.h"

enum {
	SIGNER_ANSWER_MAX = 64 * 1024 * 1024, /* bytes, as a memfd */
	/* The type of the first message's frame; IPC_MESSAGE_SIGNER_… */
	SIGNER_TYPE_FIRST = 60,
};

/* The messages, in the order of their numbers. */
#define SIGNER_MESSAGES(X)                                                     \
	X(SERVER_IDENTITY) /* the server's chain; its key as descriptor */     \
	X(TRUST_SET)       /* agent CAs, revoked and retired agents */         \
	X(PUBLICATION)     /* the newest signed statement to agents */         \
	X(TOKEN_CREATE)                                                        \
	X(TOKEN_REVOKE)                                                        \
	X(TOKEN_LIST)                                                          \
	X(ENROL)   /* token and request give a certificate */                  \
	X(REENROL) /* earlier certificate and request with proof */            \
	X(NONCE)   /* for the renewal proof of one agent */                    \
	X(REVOKE)  /* every certificate of an agent, for good */               \
	X(RETIRE)  /* good for the uninstall order alone */                    \
	X(SIGN_COMMAND)                                                        \
	X(CRL)                                                                 \
	X(OCSP)                                                                \
	X(JOURNAL_HEAD)                                                        \
	X(STATUS)                                                              \
	X(AUDIT_HEAD)       /* remember how far the audit log goes */          \
	X(AUDIT_HEADS)      /* what was remembered */                          \
	X(AUDIT_CHECKPOINT) /* a statement about one of them that is old */    \
	X(ENFORCE)          /* a setting, for good */                          \
	X(ENFORCED)         /* which ones are */

#define SIGNER_MESSAGE_ENUM(name) SIGNER_##name,
enum signer_message {
	SIGNER_MESSAGES(SIGNER_MESSAGE_ENUM) SIGNER_MESSAGE_COUNT
};
#undef SIGNER_MESSAGE_ENUM

/* An upper-case word for logs; "?" for a number that is none. */
must_use const char *signer_message_name(unsigned message);

/* The two beginnings of an answer, and how the asker takes it apart: false with
 * the signer's own error, or true and the rest in out_result. */
void signer_answer_ok(struct writer *writer);
must_use bool signer_answer_error(
    struct buf *buf, const struct err *refusal, struct err *err);
must_use bool
signer_answer_open(struct view body, struct view *out_result, struct err *err);

/* Each struct of signer_types.h as the fields of a request or a result. The
 * reader must find exactly these fields. */
#define SIGNER_FORMS(X)                                                        \
	X(head, struct signer_head)                                            \
	X(server_identity, struct signer_server_identity)                      \
	X(trust_set, struct signer_trust_set)                                  \
	X(publication, struct signer_publication)                              \
	X(token_create, struct signer_token_create)                            \
	X(token_created, struct signer_token_created)                          \
	X(token_revoke, struct signer_token_revoke)                            \
	X(enrol, struct signer_enrol)                                          \
	X(reenrol, struct signer_reenrol)                                      \
	X(issued, struct signer_issued)                                        \
	X(nonce, struct signer_nonce)                                          \
	X(agent, struct signer_agent)                                          \
	X(agent_order, struct signer_agent_order)                              \
	X(revision, struct signer_revision)                                    \
	X(command, struct signer_command)                                      \
	X(ocsp, struct signer_ocsp)                                            \
	X(object, struct signer_object)                                        \
	X(status, struct signer_status)                                        \
	X(audit_head, struct signer_audit_head)                                \
	X(audit_from, struct signer_audit_from)                                \
	X(audit_heads, struct signer_audit_heads)                              \
	X(audit_checkpoint, struct signer_audit_checkpoint)                    \
	X(enforce, struct signer_enforce)                                      \
	X(enforced, struct signer_enforced)

#define SIGNER_FORM_DECLARE(name, type)                                        \
	void signer_##name##_write(struct writer *writer, const type *value);  \
	must_use bool signer_##name##_read(                                    \
	    struct view body, type *out, struct err *err);
SIGNER_FORMS(SIGNER_FORM_DECLARE)
#undef SIGNER_FORM_DECLARE

/* A list of tokens has no count: write them one after another, read until the
 * reader's rest is empty. */
void
signer_token_write(struct writer *writer, const struct signer_token *value);
must_use bool signer_token_next(
    struct reader *reader, struct signer_token *out, struct err *err);

/* 16 bytes of a packed list as UUID text, and back (false: not a UUID). */
void signer_uuid_text(const uint8_t *bytes, char out[ID_SIZE]);
must_use bool signer_uuid_bytes(const char *text, uint8_t *out);

#endif
