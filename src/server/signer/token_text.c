/* Base32 tokens and address ranges. */
#include <arpa/inet.h>

#include "base/secret.h"
#include "crypto/digest.h"
#include "server/signer/token_text.h"

static const char PREFIX[] = "wft_";
static const char DIGITS[] = "abcdefghijklmnopqrstuvwxyz234567";

enum {
	PREFIX_LENGTH = sizeof(PREFIX) - 1,
	RANDOM_BYTES = 20,
	IPV4_BYTES = 4,
	IPV6_BYTES = 16,
};

void
token_text_make(char out[SIGNER_TOKEN_SIZE])
{
	uint8_t bytes[RANDOM_BYTES];
	size_t at = PREFIX_LENGTH;
	uint64_t bits = 0;
	unsigned held = 0;

	random_fill(bytes, sizeof(bytes));
	memcpy(out, PREFIX, PREFIX_LENGTH);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bits = bits << 8 | bytes[i];
		held += 8;
		while (held >= 5) {
			held -= 5;
			out[at++] = DIGITS[bits >> held & 31];
		}
	}
	out[at] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
}

static char
lower(uint8_t character)
{
	return (char)(character >= 'A' && character <= 'Z'
		? character - 'A' + 'a'
		: character);
}

bool
token_text_hash(struct view text, uint8_t out[SIGNER_HASH_BYTES])
{
	char copy[SIGNER_TOKEN_SIZE];

	text = view_trim(text);
	if (text.length != SIGNER_TOKEN_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.length; i++)
		copy[i] = lower(text.data[i]);
	copy[text.length] = '\0';
	if (memcmp(copy, PREFIX, PREFIX_LENGTH) != 0 ||
	    strspn(copy + PREFIX_LENGTH, DIGITS) != text.length - PREFIX_LENGTH)
		return false;
	digest_sha256(view_of(copy, text.length), out);
	explicit_bzero(copy, sizeof(copy));
	return true;
}

struct range {
	uint8_t bytes[IPV6_BYTES];
	unsigned length; /* of bytes in use: 4 or 16 */
	unsigned bits;
};

static bool
read_address(struct view text, struct range *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char copy[SIGNER_WORD_MAX + 1];

	if (text.length == 0 || text.length > SIGNER_WORD_MAX ||
	    view_has_nul(text))
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	out->length = IPV4_BYTES;
	if (inet_pton(AF_INET, copy, out->bytes) == 1)
		return true;
	if (inet_pton(AF_INET6, copy, out->bytes) != 1)
		return false;
	out->length = IPV6_BYTES;
	if (memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
		memmove(out->bytes, out->bytes + sizeof(mapped), IPV4_BYTES);
		out->length = IPV4_BYTES;
	}
	return true;
}

static bool
read_range(struct view text, struct range *out)
{
	struct view address;
	struct view bits;
	uint64_t count;
	bool has_bits = view_cut(text, '/', &address, &bits);

	if (!read_address(address, out))
		return false;
	out->bits = out->length * 8;
	if (!has_bits)
		return true;
	if (!view_to_u64(bits, out->length * 8, &count))
		return false;
	out->bits = (unsigned)count;
	return true;
}

bool
token_range_check(struct view range, struct err *err)
{
	struct range value;

	if (!read_range(range, &value))
		return err_set_code(err, ERR_MALFORMED, "address_range",
		    "an address range is written like 192.0.2.0/24 or "
		    "2001:db8::/32");
	return true;
}

static bool
range_holds(const struct range *range, const struct range *address)
{
	unsigned whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return range->length == address->length &&
	    memcmp(range->bytes, address->bytes, whole) == 0 &&
	    (rest == 0 ||
		((range->bytes[whole] ^ address->bytes[whole]) & mask) == 0);
}

bool
token_range_holds(struct view ranges, struct view text)
{
	struct range address;
	struct range range;
	struct view one;

	if (!read_address(text, &address))
		return false;
	while (ranges.length > 0) {
		ignore_result(view_cut(ranges, ',', &one, &ranges));
		if (read_range(one, &range) && range_holds(&range, &address))
			return true;
	}
	return false;
}
