// SPDX-License-Identifier: GPL-2.0
/* The lines of ipsec.conf: sections, settings, include. What they mean together is in conf.c. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_source.h"

#define FILE_MAX (16 << 20)		/* bytes */
#define ERRORS_SHOWN 20

/* One file being read; they form a stack through include. */
struct reader {
	struct conf_source *src;
	struct reader *from;
	struct conf_place place;
	unsigned int depth;
	dev_t dev;
	ino_t ino;
	bool open;			/* a section is: sects[n_sects - 1] */
	bool skip;			/* its head was wrong: say nothing about its lines */
};

static void tell(struct conf_source *src, bool error, struct conf_place place,
		 const char *fmt, va_list args)
{
	char text[1024];
	int n = 0;

	if (place.line)
		n = snprintf(text, sizeof(text), "%s:%u: ", place.file, place.line);
	else if (place.file)
		n = snprintf(text, sizeof(text), "%s: ", place.file);
	if (n < 0 || (size_t)n >= sizeof(text))
		n = 0;
	vsnprintf(text + n, sizeof(text) - n, fmt, args);
	src->report(src->ctx, error, text);
}

void conf_error(struct conf_source *src, struct conf_place place, const char *fmt, ...)
{
	va_list args;

	if (!src->err)
		src->err = -EINVAL;
	if (++src->errors > ERRORS_SHOWN)
		return;
	va_start(args, fmt);
	tell(src, true, place, fmt, args);
	va_end(args);
	if (src->errors == ERRORS_SHOWN)
		src->report(src->ctx, true, "that was the twentieth error, more are not shown");
}

void conf_warning(struct conf_source *src, struct conf_place place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(src, false, place, fmt, args);
	va_end(args);
}

/* Makes room for one more at the end of an array that doubles; false: no memory. */
static bool grow(struct conf_source *src, void *array, unsigned int n, size_t size)
{
	void **at = array, *bigger;

	if (n & (n - 1) || (n && n < 16))
		return true;
	bigger = reallocarray(*at, n ? 2 * (size_t)n : 16, size);
	if (!bigger) {
		if (!src->err)
			src->err = -ENOMEM;
		conf_error(src, (struct conf_place){ 0 }, "out of memory");
		return false;
	}
	*at = bigger;
	return true;
}

/* Gives @text to @src, which frees it at the end. */
static const char *keep(struct conf_source *src, char *text)
{
	if (!text || !grow(src, &src->texts, src->n_texts, sizeof(*src->texts))) {
		free(text);
		return NULL;
	}
	src->texts[src->n_texts++] = text;
	return text;
}

static char *blanks(char *text)
{
	return text + strspn(text, " \t");
}

/* Cuts the value out of what follows "=", in place; NULL after an error. */
static char *value_cut(struct reader *r, char *text)
{
	char *value = blanks(text), *rest;
	char close = *value == '"' ? '"' : *value == '{' ? '}' : 0;

	if (*value == '#')
		*value = '\0';
	if (close) {
		rest = strchr(++value, close);
		if (!rest) {
			conf_error(r->src, r->place, "no closing %c; expected it on the same line", close);
			return NULL;
		}
	} else {
		rest = value + strcspn(value, " \t");
		if (memchr(value, '"', rest - value)) {
			conf_error(r->src, r->place, "a quote inside a value; expected \"...\" around all of it");
			return NULL;
		}
	}
	if (*rest)
		*rest++ = '\0';
	rest = blanks(rest);
	if (*rest && *rest != '#') {
		conf_error(r->src, r->place, "\"%s\" after the value; expected \"...\" around a value of several words",
			   rest);
		return NULL;
	}
	return value;
}

static const struct conf_sect *sect_now(const struct reader *r)
{
	return &r->src->sects[r->src->n_sects - 1];
}

static bool is_default(const struct conf_sect *sect)
{
	return sect->name && sect->name[0] == '%';
}

/* Whether the section has the setting already; reports it where it says something else. */
static bool said_before(struct reader *r, const struct conf_item *item)
{
	const struct conf_sect *sect = sect_now(r);
	const struct conf_item *old = &r->src->items[sect->first];
	char name[CONF_NAME_MAX];
	unsigned int i;

	if (item->key->list)
		return false;
	for (i = 0; i < sect->n; i++, old++) {
		if (old->key != item->key || old->end != item->end)
			continue;
		if (!strcmp(item->key->name, "auto"))
			return false;
		if (strcmp(old->value, item->value))
			conf_error(r->src, item->place, "%s= is set twice in this section, first at %s:%u to \"%s\"; expected it once",
				   conf_item_name(item, name), old->place.file, old->place.line, old->value);
		return true;
	}
	return false;
}

char *conf_item_name(const struct conf_item *item, char buf[CONF_NAME_MAX])
{
	const char *end = "";

	if (item->key->section == CONF_END)
		end = item->end ? "right" : "left";
	strcpy(stpcpy(buf, end), item->key->name);
	return buf;
}

void conf_item_check(struct conf_source *src, const struct conf_item *item)
{
	const struct conf_key *key = item->key;
	union {
		struct conf_setup setup;
		struct conf_conn conn;
		struct conf_end end;
		char name[CONF_NAME_MAX];
	} scratch;
	char name[CONF_NAME_MAX];
	const char *wrong;

	conf_item_name(item, name);
	if (key->status == CONF_OBSOLETE) {
		conf_warning(src, item->place, "%s= has no effect: %s", name, key->note);
	} else if (key->status == CONF_LATER) {
		if (conf_among(key->same, item->value))
			return;
		conf_error(src, item->place, "%s=%s: %s; expected %s", name, item->value, key->note,
			   key->same ? key->same : "a conn without it");
	} else {
		wrong = key->parse(item->value, &scratch);
		if (wrong)
			conf_error(src, item->place, "%s=%s: %s", name, item->value, wrong);
	}
}

static void key_unknown(struct reader *r, const char *name)
{
	bool setup = !sect_now(r)->name;
	char like[CONF_NAME_MAX];
	unsigned int end;

	if (conf_key_find(name, setup ? CONF_CONN : CONF_SETUP, &end))
		conf_error(r->src, r->place, "%s= stands in %s; expected it in %s", name,
			   setup ? "config setup" : "a conn", setup ? "a conn" : "config setup");
	else if (conf_key_similar(name, setup ? CONF_SETUP : CONF_CONN, like))
		conf_error(r->src, r->place, "unknown keyword \"%s\"; expected perhaps %s", name, like);
	else
		conf_error(r->src, r->place, "unknown keyword \"%s\"; expected one of ipsec.conf(5)", name);
}

static void item_add(struct reader *r, const char *name, const char *value)
{
	struct conf_source *src = r->src;
	struct conf_item item = { .value = value, .place = r->place };

	item.key = conf_key_find(name, sect_now(r)->name ? CONF_CONN : CONF_SETUP, &item.end);
	if (!item.key) {
		key_unknown(r, name);
		return;
	}
	if (!*value) {
		conf_warning(src, r->place, "%s= without a value has no effect", name);
		return;
	}
	if (is_default(sect_now(r)) && item.key->list) {
		conf_error(src, r->place, "%s= cannot stand in conn %%default; expected it in the conns", name);
		return;
	}
	conf_item_check(src, &item);
	if (said_before(r, &item) || item.key->status != CONF_BUILT ||
	    !grow(src, &src->items, src->n_items, sizeof(item)))
		return;
	src->items[src->n_items++] = item;
	src->sects[src->n_sects - 1].n++;
}

static void parameter(struct reader *r, char *line)
{
	size_t len = strcspn(line, "= \t");
	char *equal = blanks(line + len), *value;

	if (r->skip)
		return;
	if (!r->open) {
		conf_error(r->src, r->place, "a setting outside of any section; expected \"config setup\" or \"conn NAME\" before it");
		r->skip = true;
		return;
	}
	if (*equal != '=' || !len) {
		conf_error(r->src, r->place, "\"%s\": expected KEYWORD=VALUE", line);
		return;
	}
	line[len] = '\0';
	value = value_cut(r, equal + 1);
	if (value && !conf_among("x", line) && strncasecmp(line, "x-", 2) && strncasecmp(line, "x_", 2))
		item_add(r, line, value);
}

/* ---- sections ---- */

static void sect_begin(struct reader *r, const char *name)
{
	struct conf_source *src = r->src;

	if (!grow(src, &src->sects, src->n_sects, sizeof(*src->sects)))
		return;
	src->sects[src->n_sects++] = (struct conf_sect){
		.name = name, .place = r->place, .first = src->n_items,
	};
	r->open = true;
	r->skip = false;
}

static void head_config(struct reader *r, char *word)
{
	unsigned int i;

	if (strcmp(word, "setup")) {
		conf_error(r->src, r->place, "config %s: expected \"config setup\"", word);
		return;
	}
	for (i = 0; i < r->src->n_sects; i++) {
		if (r->src->sects[i].name)
			continue;
		conf_error(r->src, r->place, "a second \"config setup\"; expected one, the first is at %s:%u",
			   r->src->sects[i].place.file, r->src->sects[i].place.line);
		return;
	}
	sect_begin(r, NULL);
}

static void head_conn(struct reader *r, char *word)
{
	char name[CONF_NAME_MAX];

	if (!strcmp(word, "%default"))
		sect_begin(r, word);
	else if (word[0] == '%')
		conf_error(r->src, r->place, "conn %s: expected a name, or %%default", word);
	else if (!*word || strpbrk(word, "=\"{}") || strlen(word) >= sizeof(name))
		conf_error(r->src, r->place, "conn \"%s\": expected a name of at most %zu characters without quotes and \"=\"",
			   word, sizeof(name) - 1);
	else if (conf_base_len(word) != strlen(word))
		conf_error(r->src, r->place, "conn \"%s\": names with [NUMBER] at their end are those of instances; expected another one",
			   word);
	else
		sect_begin(r, word);
}

static void head_version(struct reader *r, char *word)
{
	if (strcmp(word, "2") && strcmp(word, "2.0"))
		conf_error(r->src, r->place, "version %s: expected \"version 2\"", word);
}

/* ---- include ---- */

static void file_read(struct conf_source *src, const char *path, struct reader *from);

static bool has_wildcard(const char *pattern)
{
	return strpbrk(pattern, "*?[{") != NULL;
}

static char *include_path(struct reader *r, const char *word)
{
	char *copy, *path = NULL;

	if (word[0] == '/')
		return strdup(word);
	copy = strdup(r->place.file);
	if (copy && asprintf(&path, "%s/%s", dirname(copy), word) < 0)
		path = NULL;
	free(copy);
	return path;
}

static void head_include(struct reader *r, char *word)
{
	char *pattern;
	glob_t found;
	size_t i;

	if (!*word) {
		conf_error(r->src, r->place, "include: expected the name of a file");
		return;
	}
	pattern = include_path(r, word);
	if (!pattern) {
		conf_error(r->src, r->place, "out of memory");
		return;
	}
	if (!has_wildcard(pattern)) {
		file_read(r->src, pattern, r);
	} else if (!glob(pattern, GLOB_BRACE, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++)
			file_read(r->src, found.gl_pathv[i], r);
		globfree(&found);
	}
	free(pattern);
}

static const struct {
	const char *word;
	void (*take)(struct reader *r, char *argument);
} heads[] = {
	{ "version", head_version },
	{ "config", head_config },
	{ "conn", head_conn },
	{ "include", head_include },
};

static void head(struct reader *r, char *line)
{
	size_t len = strcspn(line, " \t"), i;
	char *argument = blanks(line + len), *rest;

	r->open = false;
	r->skip = true;
	line[len] = '\0';
	rest = argument + strcspn(argument, " \t");
	if (*rest)
		*rest++ = '\0';
	rest = blanks(rest);
	if (*rest && *rest != '#') {
		conf_error(r->src, r->place, "\"%s\" after \"%s %s\"; expected the end of the line", rest, line,
			   argument);
		return;
	}
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (strcmp(line, heads[i].word))
			continue;
		/* What follows "include" in its own section is another error than a bad head. */
		r->skip = heads[i].take != head_version && heads[i].take != head_include;
		heads[i].take(r, argument);
		return;
	}
	if (strchr(line, '='))
		conf_error(r->src, r->place, "\"%s\" starts in the first column; expected blanks before a setting",
			   line);
	else if (!strcmp(line, "ca"))
		conf_error(r->src, r->place, "section ca: certificates are not built yet; expected config setup or conn");
	else
		conf_error(r->src, r->place, "\"%s\": expected \"config setup\", \"conn NAME\", \"include FILE\" or \"version 2\"",
			   line);
}

static void line_take(struct reader *r, char *line)
{
	size_t len = strlen(line);

	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	if (*line && *line != '#' && *line != ' ' && *line != '\t') {
		head(r, line);
		return;
	}
	line = blanks(line);
	if (*line && *line != '#')
		parameter(r, line);
}

/* ---- files ---- */

/* The whole of an open file as text of our own, zero-terminated; NULL and errno. */
static char *slurp(int fd, size_t *len)
{
	char *text = NULL, *bigger;
	size_t size = 0;
	ssize_t got;

	*len = 0;
	do {
		if (size - *len < 4096) {
			size += 65536;
			bigger = size > FILE_MAX ? NULL : realloc(text, size);
			if (!bigger) {
				free(text);
				errno = size > FILE_MAX ? EFBIG : ENOMEM;
				return NULL;
			}
			text = bigger;
		}
		got = read(fd, text + *len, size - *len - 1);
		if (got < 0) {
			int err = errno;

			free(text);
			errno = err;
			return NULL;
		}
		*len += got;
	} while (got);
	text[*len] = '\0';
	return text;
}

static void lines_take(struct reader *r, char *text, size_t len)
{
	char *end = text + len, *next;

	while (text < end) {
		next = memchr(text, '\n', end - text);
		if (!next)
			next = end;
		*next = '\0';
		r->place.line++;
		if (strlen(text) != (size_t)(next - text)) {
			conf_error(r->src, r->place, "a zero byte; expected text");
			return;
		}
		line_take(r, text);
		text = next + 1;
	}
}

static bool reader_begin(struct reader *r, int fd)
{
	const struct reader *up;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return false;
	}
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	for (up = r->from; up; up = up->from) {
		if (up->dev == r->dev && up->ino == r->ino) {
			errno = ELOOP;
			return false;
		}
	}
	return true;
}

static void cannot_read(struct conf_source *src, const char *path, struct reader *from)
{
	int err = errno;

	if (!src->err)
		src->err = from ? -EINVAL : -err;
	if (!from)
		conf_error(src, (struct conf_place){ 0 }, "%s: cannot read it: %s", path, strerror(err));
	else if (err == ELOOP)
		conf_error(src, from->place, "include %s: the file includes itself; expected another one", path);
	else
		conf_error(src, from->place, "include %s: cannot read it: %s; expected a file", path, strerror(err));
}

static void file_read(struct conf_source *src, const char *path, struct reader *from)
{
	struct reader r = { .src = src, .from = from, .depth = from ? from->depth + 1 : 0 };
	char *text;
	size_t len;
	int fd;

	if (r.depth > CONF_DEPTH) {
		conf_error(src, from->place, "include %s: expected at most %d files one in another", path, CONF_DEPTH);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		cannot_read(src, path, from);
		return;
	}
	text = reader_begin(&r, fd) ? slurp(fd, &len) : NULL;
	if (!text) {
		cannot_read(src, path, from);
		close(fd);
		return;
	}
	close(fd);
	r.place.file = keep(src, strdup(path));
	if (!keep(src, text) || !r.place.file)
		conf_error(src, (struct conf_place){ 0 }, "out of memory");
	else
		lines_take(&r, text, len);
}

void conf_source_read(struct conf_source *src, const char *path)
{
	file_read(src, path, NULL);
}

void conf_source_free(struct conf_source *src)
{
	unsigned int i;

	for (i = 0; i < src->n_texts; i++)
		free(src->texts[i]);
	free(src->texts);
	free(src->items);
	free(src->sects);
	free(src->order);
}
