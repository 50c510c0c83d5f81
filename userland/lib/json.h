/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes JSON (RFC 8259) to a stream: escapes, separators and closing brackets are its
 * job. A key is given inside an object and NULL inside an array. No failure mode of
 * its own: look at ferror() of the stream at the end.
 */
#ifndef KLIPS_LIB_JSON_H
#define KLIPS_LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 16

struct json {
	FILE *out;
	unsigned int depth;		/* open brackets */
	char close[JSON_DEPTH];		/* what closes each */
	bool more[JSON_DEPTH];		/* it has a member already */
};

void json_start(struct json *json, FILE *out);
/* The same, and opens an object with the array @key in it: the output of a command that lists. */
void json_start_list(struct json *json, FILE *out, const char *key);

/*
 * Opens an object or array. At most JSON_DEPTH deep: callers nest by the letter of
 * their code.
 */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Closes the innermost one. */
void json_end(struct json *json);
/* Closes all that is open, and the line. */
void json_finish(struct json *json);

/* Bytes that are no UTF-8 become U+FFFD; NULL becomes null. */
void json_string(struct json *json, const char *key, const char *value);
void json_u64(struct json *json, const char *key, uint64_t value);
void json_i64(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
