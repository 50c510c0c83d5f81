// SPDX-License-Identifier: GPL-2.0
/* Writes JSON (RFC 8259). */
#include <inttypes.h>

#include "json.h"

void json_start(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out };
}

/*
 * Bytes of the well-formed UTF-8 sequence at @s (RFC 3629), 0: none. The terminating
 * zero is no continuation byte, so it is never overrun.
 */
static unsigned int utf8_len(const unsigned char *s)
{
	static const unsigned char least[] = { 0, 0, 0x80, 0xa0, 0x90 };
	unsigned int len;

	if (s[0] < 0x80)
		return 1;
	len = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
	      s[0] < 0xf5 ? 4 : 0;
	for (unsigned int i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 || s[0] == 0xf0) && s[1] < least[len])
		return 0;		/* overlong */
	if ((s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;		/* surrogate; beyond U+10FFFF */
	return len;
}

static void quoted(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putc('"', out);
	while (*s) {
		unsigned int len = utf8_len(s);

		if (!len) {
			fputs("\\ufffd", out);
			len = 1;
		} else if (*s < 0x20 || *s == 0x7f) {
			fprintf(out, "\\u%04x", *s);
		} else if (*s == '"' || *s == '\\') {
			fprintf(out, "\\%c", *s);
		} else {
			fwrite(s, 1, len, out);
		}
		s += len;
	}
	putc('"', out);
}

/* What stands before a value: comma and key. */
static void before(struct json *json, const char *key)
{
	if (json->depth) {
		if (json->more[json->depth - 1])
			putc(',', json->out);
		json->more[json->depth - 1] = true;
	}
	if (key) {
		quoted(json->out, key);
		putc(':', json->out);
	}
}

static void open_bracket(struct json *json, const char *key, char open, char close)
{
	before(json, key);
	if (json->depth == JSON_DEPTH)
		return;
	putc(open, json->out);
	json->close[json->depth] = close;
	json->more[json->depth] = false;
	json->depth++;
}

void json_object(struct json *json, const char *key)
{
	open_bracket(json, key, '{', '}');
}

void json_array(struct json *json, const char *key)
{
	open_bracket(json, key, '[', ']');
}

void json_end(struct json *json)
{
	if (json->depth)
		putc(json->close[--json->depth], json->out);
}

void json_finish(struct json *json)
{
	while (json->depth)
		json_end(json);
	putc('\n', json->out);
	fflush(json->out);
}

void json_start_list(struct json *json, FILE *out, const char *key)
{
	json_start(json, out);
	json_object(json, NULL);
	json_array(json, key);
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	before(json, key);
	quoted(json->out, value);
}

void json_u64(struct json *json, const char *key, uint64_t value)
{
	before(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json_i64(struct json *json, const char *key, int64_t value)
{
	before(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	before(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	before(json, key);
	fputs("null", json->out);
}
