/* SPDX-License-Identifier: GPL-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The bytes of @text, with or without 0x, at most @room; how many there are. */
static inline int hex(const char *text, uint8_t *out, int room)
{
	int n = 0;

	if (!strncmp(text, "0x", 2))
		text += 2;
	while (n < room && sscanf(text, "%2hhx", out + n) == 1) {
		text += 2;
		n++;
	}
	return n;
}
