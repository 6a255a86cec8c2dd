/* UUID version 7 identifiers. */
#include "base/id.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/secret.h"

void
id_make(char out[ID_SIZE])
{
	uint64_t now = (uint64_t)clock_wall_ms();
	uint8_t b[16];

	random_fill(b, sizeof(b));
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(now >> (40 - 8 * i));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x70);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(out, ID_SIZE,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
}

bool
id_is_valid(struct view text)
{
	if (text.length != ID_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		uint8_t c = text.data[i];
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

		if (is_dash ? c != '-' : !is_hex)
			return false;
	}
	return true;
}
