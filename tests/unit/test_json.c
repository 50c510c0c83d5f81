// SPDX-License-Identifier: GPL-2.0
/* The JSON writer: what it writes is what was meant, and is JSON. */
/* sources: userland/lib/json.c */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "unit.h"

static char *text;
static size_t text_size;

static struct json begin(void)
{
	struct json json;

	json_start(&json, open_memstream(&text, &text_size));
	return json;
}

/* Ends @json and compares; the newline at the end goes without saying. */
static void expect(struct json *json, const char *want)
{
	json_finish(json);
	fclose(json->out);
	CHECK(text_size == strlen(want) + 1 && !memcmp(text, want, strlen(want)) &&
	      text[text_size - 1] == '\n', "wanted %s got %s", want, text);
	free(text);
}

static void test_structure(void)
{
	struct json json = begin();

	json_object(&json, NULL);
	json_array(&json, "list");
	json_u64(&json, NULL, 1);
	json_object(&json, NULL);
	json_end(&json);
	json_array(&json, NULL);
	json_end(&json);
	json_null(&json, NULL);
	json_end(&json);
	json_bool(&json, "yes", true);
	json_bool(&json, "no", false);
	json_u64(&json, "max", UINT64_MAX);
	json_i64(&json, "min", INT64_MIN);
	json_string(&json, "none", NULL);
	json_object(&json, "in");
	json_string(&json, "a", "b");
	expect(&json, "{\"list\":[1,{},[],null],\"yes\":true,\"no\":false,\"max\":18446744073709551615,"
	       "\"min\":-9223372036854775808,\"none\":null,\"in\":{\"a\":\"b\"}}");
	unit_done("json_structure");
}

static void test_list(void)
{
	struct json json;

	json_start_list(&json, open_memstream(&text, &text_size), "sas");
	expect(&json, "{\"sas\":[]}");
	json_start_list(&json, open_memstream(&text, &text_size), "sas");
	json_u64(&json, NULL, 1);
	expect(&json, "{\"sas\":[1]}");
	unit_done("json_list");
}

static void test_strings(void)
{
	static const struct { const char *in, *out; } strings[] = {
		{ "", "\"\"" }, { "plain", "\"plain\"" }, { "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\\ufffd\"" }, { "\xc3", "\"\\ufffd\"" }, { "\xc3(", "\"\\ufffd(\"" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" }, { "\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" }, { "\xe2\x82", "\"\\ufffd\\ufffd\"" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		{ "\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct json json = begin();

		json_string(&json, NULL, strings[i].in);
		expect(&json, strings[i].out);
	}
	unit_done("json_strings");
}

static void test_depth(void)
{
	struct json json = begin();

	for (int i = 0; i < JSON_DEPTH + 5; i++)
		json_array(&json, NULL);
	for (int i = 0; i < JSON_DEPTH + 5; i++)
		json_end(&json);
	expect(&json, "[[[[[[[[[[[[[[[[,,,,]]]]]]]]]]]]]]]]");
	unit_done("json_depth");
}

int main(void)
{
	test_structure();
	test_list();
	test_strings();
	test_depth();
	return unit_status();
}
