/* What the files of src/crypto share: errors, times and serials of OpenSSL. */
#include "crypto/openssl.h"

#include <openssl/crypto.h>

#include "base/memory.h"
#include "base/text.h"

bool
openssl_failed(struct err *err, enum err_category category, const char *code,
    const char *sentence)
{
	unsigned long number = ERR_peek_last_error();
	const char *reason =
	    number == 0 ? NULL : ERR_reason_error_string(number);

	ERR_clear_error();
	if (reason == NULL)
		return err_set_code(err, category, code, "%s", sentence);
	return err_set_code(err, category, code, "%s: %s", sentence, reason);
}

bool
openssl_append_bio(struct buf *out, BIO *bio, struct err *err)
{
	char *data = NULL;
	long length = BIO_get_mem_data(bio, &data);

	return buf_append(out, data, (size_t)length, err);
}

bool
openssl_set_time(ASN1_TIME *time, int64_t ms)
{
	return ASN1_TIME_adj(time, (time_t)(ms / 1000), 0, 0) != NULL;
}

bool
openssl_get_time(const ASN1_TIME *time, int64_t *out_ms)
{
	struct tm parts;
	time_t seconds;

	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	seconds = timegm(&parts);
	*out_ms = (int64_t)seconds * 1000;
	return true;
}

char *
openssl_serial_hex(const ASN1_INTEGER *serial)
{
	int length = ASN1_STRING_length(serial);
	struct view bytes =
	    view_of(ASN1_STRING_get0_data(serial), (size_t)length);

	while (bytes.length > 1 && bytes.data[0] == 0)
		bytes = view_slice(bytes, 1, bytes.length);
	return hex_encode(bytes);
}

ASN1_INTEGER *
openssl_serial_from_hex(const char *hex)
{
	uint8_t bytes[20];
	size_t digits = strlen(hex);
	scoped(BN_freep) BIGNUM *number = NULL;

	if (digits == 0 || digits % 2 != 0 || digits / 2 > sizeof(bytes) ||
	    !hex_decode(view_string(hex), bytes, digits / 2))
		return NULL;
	number = BN_bin2bn(bytes, (int)(digits / 2), NULL);
	return number == NULL ? NULL : BN_to_ASN1_INTEGER(number, NULL);
}
