// SPDX-License-Identifier: GPL-2.0
/* Binary data as text: 0x hex, 0s base64, 0t literal. */
#include <string.h>

#include "ttodata.h"

/* Where the bytes go. */
struct sink {
	uint8_t *buf;
	size_t size;
	size_t len;
};

static const char too_long[] = "more data bytes than can be used here";
static const char unknown_char[] = "unknown character in input";
static const char mid_byte[] = "input ends in mid-byte, perhaps truncated";

static const char *put(struct sink *out, uint8_t byte)
{
	if (out->len == out->size)
		return too_long;
	out->buf[out->len++] = byte;
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static const char *hex(const char *text, size_t len, struct sink *out)
{
	const char *err = NULL;

	for (size_t i = 0; i < len && !err; i += 2) {
		if (text[i] == '_' && i && i + 1 < len)
			i++;
		if (hex_digit(text[i]) < 0)
			return unknown_char;
		if (i + 1 == len)
			return mid_byte;
		if (text[i + 1] == '_')
			return "underscore in mid-byte";
		if (hex_digit(text[i + 1]) < 0)
			return unknown_char;
		err = put(out, hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
	}
	return err;
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? p - digits : -1;
}

/* The four characters at @text, the last ones of the input if @last. */
static const char *base64_group(const char *text, int last, struct sink *out)
{
	unsigned int bits = 0, pad = 0;
	const char *err = NULL;

	for (unsigned int i = 0; i < 4; i++) {
		int digit = base64_digit(text[i]);

		if (last && i >= 2 && text[i] == '=') {
			pad++;
			digit = 0;
		} else if (digit < 0 || pad) {
			return unknown_char;
		}
		bits = bits << 6 | digit;
	}
	if (pad && bits & ((1u << 8 * pad) - 1))
		return "bad (non-zero) padding at end of base64 input";
	for (unsigned int i = 0; i < 3 - pad && !err; i++)
		err = put(out, bits >> (16 - 8 * i));
	return err;
}

static const char *base64(const char *text, size_t len, struct sink *out)
{
	const char *err = NULL;

	for (size_t i = 0; i < len && !err; i += 4) {
		if (len - i < 4)
			return mid_byte;
		err = base64_group(text + i, i + 4 == len, out);
	}
	return err;
}

static const char *literal(const char *text, size_t len, struct sink *out)
{
	const char *err = NULL;

	for (size_t i = 0; i < len && !err; i++)
		err = put(out, text[i]);
	return err;
}

const char *ttodata_base(const char *text, size_t text_len, int base,
			 uint8_t *buf, size_t size, size_t *len)
{
	struct sink out = { .buf = buf, .size = size };
	const char *err;

	if (base == 16)
		err = hex(text, text_len, &out);
	else if (base == 64)
		err = base64(text, text_len, &out);
	else
		err = literal(text, text_len, &out);
	if (!err && !out.len)
		err = "no data bytes specified by input";
	if (err)
		explicit_bzero(buf, out.len);
	else
		*len = out.len;
	return err;
}

const char *ttodata(const char *text, uint8_t *buf, size_t size, size_t *len)
{
	size_t text_len = strlen(text);
	int base;

	if (text_len < 2)
		return "input too short to be valid";
	if (text[0] != '0')
		return "input does not begin with format prefix";
	switch (text[1]) {
	case 'x':
	case 'X':
		base = 16;
		break;
	case 's':
	case 'S':
		base = 64;
		break;
	case 't':
	case 'T':
		base = 256;
		break;
	default:
		return "unknown format prefix";
	}
	return ttodata_base(text + 2, text_len - 2, base, buf, size, len);
}

char *base64_format(const uint8_t *data, size_t len, char *buf)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *to = buf;

	for (; len; data += 3, len -= len < 3 ? len : 3) {
		uint32_t bits = data[0] << 16 | (len > 1 ? data[1] << 8 : 0) | (len > 2 ? data[2] : 0);

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = len > 1 ? digits[bits >> 6 & 63] : '=';
		*to++ = len > 2 ? digits[bits & 63] : '=';
	}
	*to = '\0';
	return buf;
}
