/* SHA-1 of short inputs, for the WebSocket handshake. */
#include "http/sha1.h"

#include <string.h>

#include "base/check.h"

enum {
	BLOCK = 64,
};

static uint32_t
rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

static void
expand(const uint8_t block[BLOCK], uint32_t words[80])
{
	for (size_t i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] << 24 |
		    (uint32_t)block[4 * i + 1] << 16 |
		    (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < 80; i++)
		words[i] = rotate(
		    words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16],
		    1);
}

static uint32_t
mix(size_t round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void
take_block(uint32_t state[5], const uint8_t block[BLOCK])
{
	uint32_t words[80], s[5];

	expand(block, words);
	memcpy(s, state, sizeof(s));
	for (size_t i = 0; i < 80; i++) {
		uint32_t next = rotate(s[0], 5) + mix(i, s[1], s[2], s[3]) +
		    s[4] + words[i];

		s[4] = s[3];
		s[3] = s[2];
		s[2] = rotate(s[1], 30);
		s[1] = s[0];
		s[0] = next;
	}
	for (size_t i = 0; i < 5; i++)
		state[i] += s[i];
}

void
sha1_short(struct view input, uint8_t out[SHA1_SIZE])
{
	uint32_t state[5] = {
	    0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t blocks[2 * BLOCK] = {0};
	size_t count = input.length < BLOCK - 8 ? 1 : 2;
	size_t bits = input.length * 8;

	check(input.length <= SHA1_INPUT_MAX);
	if (input.length > 0)
		memcpy(blocks, input.data, input.length);
	blocks[input.length] = 0x80;
	blocks[count * BLOCK - 2] = (uint8_t)(bits >> 8);
	blocks[count * BLOCK - 1] = (uint8_t)bits;
	for (size_t i = 0; i < count; i++)
		take_block(state, blocks + i * BLOCK);
	for (size_t i = 0; i < SHA1_SIZE; i++)
		out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}
