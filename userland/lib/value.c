// SPDX-License-Identifier: GPL-2.0
/* The small values of ipsec.conf and of options: numbers, times, booleans. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "value.h"

/* Digits at the front of @text; *@end is what follows them. False: none, or too many. */
static bool digits(const char *text, int base, const char **end, uint64_t *value)
{
	char *stop;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &stop, base);
	*end = stop;
	return stop != text && !errno;
}

const char *number_parse(const char *text, uint64_t min, uint64_t max,
			 uint64_t *value)
{
	int base = 10;
	const char *end;
	uint64_t n;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	/* strtoull() would take a second 0x */
	if (base == 16 && text[0] == '0' && tolower((unsigned char)text[1]) == 'x')
		return "not a number";
	if (!digits(text, base, &end, &n) || *end)
		return "not a number";
	if (n < min || n > max)
		return "number out of range";
	*value = n;
	return NULL;
}

const char *time_parse(const char *text, uint64_t *seconds)
{
	static const struct { char unit; uint32_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 },
	};
	uint64_t n, factor = 1;
	const char *end;

	if (!digits(text, 10, &end, &n))
		return "time is not a number with s, m, h, d or w behind it";
	if (*end) {
		factor = 0;
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (*end == units[i].unit && !end[1])
				factor = units[i].seconds;
	}
	if (!factor)
		return "time has an unknown unit, expected s, m, h, d or w";
	if (n > INT64_MAX / factor)
		return "time is too long";
	*seconds = n * factor;
	return NULL;
}

const char *percent_parse(const char *text, unsigned int *percent)
{
	const char *end;
	uint64_t n;

	if (!digits(text, 10, &end, &n) || strcmp(end, "%") || n > 10000)
		return "not a percentage, expected 0% to 10000%";
	*percent = n;
	return NULL;
}

const char *bool_parse(const char *text, bool *value)
{
	static const char *const words[2][4] = {
		{ "no", "false", "off", "0" }, { "yes", "true", "on", "1" },
	};

	for (int v = 0; v < 2; v++) {
		for (int i = 0; i < 4; i++) {
			if (!strcasecmp(text, words[v][i])) {
				*value = v;
				return NULL;
			}
		}
	}
	return "neither yes nor no";
}
