// SPDX-License-Identifier: GPL-2.0
/* sources: klips/pfkey_parse.c */
/*
 * libFuzzer: any bytes as a PF_KEY message. Build: clang -fsanitize=fuzzer,address,undefined
 * -Iinclude -Iklips tests/fuzz/fuzz_pfkey.c klips/pfkey_parse.c
 */
#include <stdint.h>
#include <stdlib.h>

#include "klips/pfkey_parse.h"

/* Reads all that a handler would read of an extension. */
static uint8_t read_ext(const struct sadb_ext *ext)
{
	const uint8_t *bytes = (const uint8_t *)ext;
	uint8_t sum = 0;

	for (size_t i = 0; i < ext->sadb_ext_len * 8UL; i++)
		sum ^= bytes[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct klips_pfkey_addr addr;
	struct klips_pfkey_msg msg;
	volatile uint8_t sink = 0;
	uint8_t *copy = malloc(size ? size : 1);	/* aligned, and ends where it ends */

	memcpy(copy, data, size);
	if (!klips_pfkey_frame(copy, size) && !klips_pfkey_parse(copy, size, &msg)) {
		for (unsigned int slot = 0; slot < KLIPS_SLOTS; slot++)
			if (msg.ext[slot])
				sink ^= read_ext(msg.ext[slot]);
		klips_pfkey_address(&msg, SADB_EXT_ADDRESS_SRC, &addr);
		klips_pfkey_address(&msg, SADB_EXT_ADDRESS_DST, &addr);
	}
	free(copy);
	return 0;
}
