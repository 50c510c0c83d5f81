/* SPDX-License-Identifier: GPL-2.0 */
/* Binary data as text: 0x hex, 0s base64, 0t literal. */
#ifndef KLIPS_LIB_TTODATA_H
#define KLIPS_LIB_TTODATA_H

#include <stddef.h>
#include <stdint.h>

/*
 * 0x: hexadecimal, an underscore may follow every whole byte. 0s: base64, strict (RFC
 * 4648: padded, pad bits zero). 0t: the text itself. Writes up to @size bytes and sets
 * @len.
 * Returns NULL or what is wrong; then nothing of the data is left in @buf.
 */
const char *ttodata(const char *text, uint8_t *buf, size_t size, size_t *len);

/*
 * The same without a prefix: @base 16, 64 or 256, over @text_len characters. For
 * readers that found the prefix themselves.
 */
const char *ttodata_base(const char *text, size_t text_len, int base,
			 uint8_t *buf, size_t size, size_t *len);

/* Base64 with padding, and a zero behind it; returns @buf of BASE64_LEN(@len) bytes. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4 + 1)
char *base64_format(const uint8_t *data, size_t len, char *buf);

#endif
