/* Certificates in PEM, and lists of them. */
#include "crypto/openssl.h"

#include <openssl/pem.h>

#include "base/limits.h"
#include "base/memory.h"

void
certificate_list_add(
    struct certificate_list *list, struct certificate *certificate)
{
	list->items =
	    memory_resize(list->items, list->count + 1, sizeof(list->items[0]));
	list->items[list->count++] = certificate;
}

void
certificate_list_done(struct certificate_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		certificate_free(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

/* The next block; false with *out_is_end at the end of the text. */
static bool
read_block(
    BIO *bio, struct certificate **out, bool *out_is_end, struct err *err)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	long length = 0;
	bool is_read = false;

	if (PEM_read_bio(bio, &name, &header, &data, &length) != 1) {
		*out_is_end = ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE;
		return openssl_failed(err, ERR_MALFORMED,
		    "certificate_malformed", "a PEM block cannot be read");
	}
	if (strcmp(name, PEM_STRING_X509) != 0 || header[0] != '\0')
		err_set_code(err, ERR_MALFORMED, "certificate_malformed",
		    "there is a PEM block that is not a certificate");
	else
		is_read = certificate_parse_der(
		    view_of(data, (size_t)length), out, err);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return is_read;
}

static bool
read_blocks(
    BIO *bio, struct certificate_list *list, size_t max, struct err *err)
{
	for (;;) {
		struct certificate *certificate = NULL;
		bool is_end = false;

		if (!read_block(bio, &certificate, &is_end, err))
			return is_end;
		certificate_list_add(list, certificate);
		if (list->count > max)
			return err_set_code(err, ERR_LIMIT,
			    "certificate_malformed",
			    "there are more than %zu certificates", max);
	}
}

bool
certificate_list_parse_pem(
    struct certificate_list *list, struct view pem, size_t max, struct err *err)
{
	scoped(certificate_list_donep) struct certificate_list read = {0};
	scoped(BIO_free_allp) BIO *bio = NULL;

	/* Base64 and lines make it at most half as long again. */
	if (pem.length > (max + 1) * LIMIT_CERTIFICATE * 2)
		return err_set_code(err, ERR_LIMIT, "certificate_malformed",
		    "%zu bytes are too many for %zu certificates", pem.length,
		    max);
	bio = BIO_new_mem_buf(
	    pem.length > 0 ? (const void *)pem.data : "", (int)pem.length);
	if (!read_blocks(bio, &read, max, err))
		return false;
	if (read.count == 0)
		return err_set_code(err, ERR_MALFORMED, "certificate_malformed",
		    "there is no PEM certificate");
	for (size_t i = 0; i < read.count; i++)
		certificate_list_add(list, take(read.items[i]));
	return true;
}

bool
certificate_parse_pem(
    struct view pem, struct certificate **out, struct err *err)
{
	scoped(certificate_list_donep) struct certificate_list list = {0};

	if (!certificate_list_parse_pem(&list, pem, 1, err))
		return false;
	*out = take(list.items[0]);
	return true;
}

bool
certificate_pem(
    const struct certificate *certificate, struct buf *out, struct err *err)
{
	scoped(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

	if (bio == NULL ||
	    PEM_write_bio_X509(bio, certificate_x509(certificate)) != 1)
		return openssl_failed(err, ERR_CRYPTO, "certificate_failed",
		    "the certificate cannot be written");
	return openssl_append_bio(out, bio, err);
}
