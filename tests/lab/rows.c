// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix of what an SA can be: its rows, made from the tables that module and commands are made from.
 *
 *   rows pairwise          set-ups, at most 200, in which every pair of values occurs that can occur in a row
 *   rows product [FIRST COUNT]   every row there is, each a set-up of its own; COUNT of them from number FIRST on
 *   rows check             reads rows and says which pairs of values are in none of them: exit status 1
 *   rows names             every algorithm
 *
 * A row is one line:
 *
 *   SETUP ALGORITHM PROTOCOL MODE OUTER INNER ENCAP ESN WINDOW EKEY-BITS AKEY-BITS ICV-BYTES CIPHER HASH
 *
 * Lines that follow each other with the same SETUP are one group of SAs, innermost first. EKEY-BITS count the salt;
 * CIPHER and HASH are the kernel's names, - where there is none. Mode "pair" is the classic one of a tunnel SA and an
 * ESP SA in transport mode.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <klips/algs.h>

#define MAX_SETUPS 200
#define WINDOWS 4

enum column { ALG, MODE, OUTER, INNER, ENCAP, ESN, WINDOW, COLUMNS };
enum mode { TUNNEL, TRANSPORT, PAIR };

struct alg {
	int proto;
	const char *name;
	int ekey_bits, akey_bits, icv;
	const char *cipher, *hash;
};

#define ESP_ALG(name, ealg, bits, salt, aalg, abits, iv, icv, block, cipher, hash) \
	{ IPPROTO_ESP, name, (bits) + (salt), abits, icv, cipher, hash },
#define AH_ALG(name, aalg, bits, icv, hash) { IPPROTO_AH, name, 0, bits, icv, "", hash },
#define COMP_ALG(name, calg) { IPPROTO_COMP, name, 0, 0, 0, name, "" },

/* By protocol: first those of ESP. */
static const struct alg algs[] = {
	KLIPS_ESP_ALGS(ESP_ALG)
	KLIPS_AH_ALGS(AH_ALG)
	KLIPS_COMP_ALGS(COMP_ALG)
	{ IPPROTO_IPIP, "none", 0, 0, 0, "", "" },
};

#define ALGS ((int)(sizeof(algs) / sizeof(algs[0])))

struct row {
	int at[COLUMNS];		/* number of the value */
};

/* SAs that work on one packet, innermost first. */
struct setup {
	int count;
	struct row row[2];
};

static const int values[COLUMNS] = { ALGS, 3, 2, 2, 2, 2, WINDOWS };
static const char *const titles[COLUMNS] = { "algorithm", "mode", "outer", "inner", "encap", "esn", "window" };
static const char *const texts[COLUMNS][WINDOWS] = {
	[MODE] = { "tunnel", "transport", "pair" },
	[OUTER] = { "v4", "v6" },
	[INNER] = { "v4", "v6" },
	[ENCAP] = { "plain", "udp" },
	[ESN] = { "no", "esn" },
	[WINDOW] = { "0", "32", "64", "4096" },
};

static const char *proto_name(const struct alg *alg)
{
	switch (alg->proto) {
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_AH:
		return "ah";
	case IPPROTO_COMP:
		return "comp";
	default:
		return "ipip";
	}
}

/* Names of ESP and AH are different ones: "sha1" is no name of ESP's. */
static const char *value_name(int column, int value)
{
	return column == ALG ? algs[value].name : texts[column][value];
}

/* Transport mode has one IP header; only ESP goes in UDP; only ESP and AH have numbers; IPIP is a tunnel. */
static bool valid(const struct row *r)
{
	int proto = algs[r->at[ALG]].proto;

	if (r->at[MODE] == TRANSPORT && r->at[INNER] != r->at[OUTER])
		return false;
	if (proto == IPPROTO_ESP)
		return true;
	if (r->at[ENCAP] || r->at[MODE] == PAIR)
		return false;
	if (proto == IPPROTO_AH)
		return true;
	if (r->at[ESN] || r->at[WINDOW])
		return false;
	return proto == IPPROTO_COMP || r->at[MODE] == TUNNEL;
}

/* The next combination of values, valid or not; false: that was the last. */
static bool next_row(struct row *r)
{
	for (int c = COLUMNS; c--; ) {
		if (++r->at[c] < values[c])
			return true;
		r->at[c] = 0;
	}
	return false;
}

/* Pairs of values. */

#define MAX_VALUES (ALGS + 3 + 2 + 2 + 2 + 2 + WINDOWS)

typedef bool pairs[MAX_VALUES][MAX_VALUES];

static int value_id(int column, int value)
{
	for (int c = 0; c < column; c++)
		value += values[c];
	return value;
}

static void mark(const struct row *r, pairs seen)
{
	for (int a = 0; a < COLUMNS; a++)
		for (int b = a + 1; b < COLUMNS; b++)
			seen[value_id(a, r->at[a])][value_id(b, r->at[b])] = true;
}

static void mark_all(pairs need)
{
	struct row r = { 0 };

	do {
		if (valid(&r))
			mark(&r, need);
	} while (next_row(&r));
}

/* How many pairs there must be and are not; each is printed. */
static int missing(int a, int b, pairs need, pairs seen)
{
	int n = 0;

	for (int i = 0; i < values[a]; i++) {
		for (int k = 0; k < values[b]; k++) {
			int x = value_id(a, i), y = value_id(b, k);

			if (!need[x][y] || seen[x][y])
				continue;
			printf("no row has %s %s with %s %s\n", titles[a], value_name(a, i), titles[b], value_name(b, k));
			n++;
		}
	}
	return n;
}

/* Making rows. */

/* The same numbers on every machine. */
static int pick(int n)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

/* Whether these rows of one algorithm have every value that one of its rows can have. */
static bool has_all(const struct row *rows, int n)
{
	static pairs need;
	pairs seen = { 0 };
	int alg = rows[0].at[ALG];

	if (!need[value_id(ALG, ALGS - 1)][value_id(MODE, TUNNEL)])
		mark_all(need);
	for (int i = 0; i < n; i++)
		mark(&rows[i], seen);
	return !memcmp(need[alg], seen[alg], sizeof(seen[alg]));
}

static struct row draw(int alg)
{
	struct row r = { 0 };

	do {
		r.at[ALG] = alg;
		for (int c = MODE; c < COLUMNS; c++)
			r.at[c] = pick(values[c]);
	} while (!valid(&r));
	return r;
}

static bool all_differ(const struct row *rows, int n)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < i; k++)
			if (!memcmp(&rows[i], &rows[k], sizeof(rows[i])))
				return false;
	return true;
}

/* @n rows of @alg, one for each window in turn where it has them, that have all values. */
static void draw_rows(int alg, struct row *rows, int n)
{
	bool numbered = algs[alg].proto == IPPROTO_ESP || algs[alg].proto == IPPROTO_AH;

	do {
		for (int i = 0; i < n; i++) {
			rows[i] = draw(alg);
			if (numbered)
				rows[i].at[WINDOW] = i % WINDOWS;
		}
	} while (!has_all(rows, n) || !all_differ(rows, n));
}

/*
 * An AH row for behind one of the set-ups of ESP at @s, which are in tunnel or in transport mode: the other mode.
 * UDP in AH is for nobody. Returns which set-up.
 */
static int draw_ah(int alg, int window, const struct setup *s, struct row *r)
{
	const struct row *esp;
	int i;

	do {
		i = pick(WINDOWS);
		esp = &s[i].row[0];
	} while (esp->at[ENCAP]);
	*r = draw(alg);
	r->at[WINDOW] = window;
	r->at[MODE] = esp->at[MODE] == TRANSPORT ? TUNNEL : TRANSPORT;
	r->at[INNER] = esp->at[OUTER];
	if (r->at[MODE] == TRANSPORT)
		r->at[OUTER] = r->at[INNER];
	return i;
}

static int first_of(int proto)
{
	int i = 0;

	while (algs[i].proto != proto)
		i++;
	return i;
}

/* One AH row for each window, each behind ESP of another algorithm. */
static void add_ah(int alg, struct setup *setups)
{
	int nth = alg - first_of(IPPROTO_AH), on[WINDOWS];
	struct row rows[WINDOWS];

	do {
		for (int w = 0; w < WINDOWS; w++) {
			int esp = (nth * WINDOWS + w) * 3 % first_of(IPPROTO_AH);

			on[w] = esp * WINDOWS + draw_ah(alg, w, setups + esp * WINDOWS, &rows[w]);
		}
	} while (!has_all(rows, WINDOWS));
	for (int w = 0; w < WINDOWS; w++)
		setups[on[w]].row[setups[on[w]].count++] = rows[w];
}

/* IPCOMP in front of a plain set-up of ESP of algorithm @esp, again the other mode. */
static void add_comp(int esp, struct setup *setups)
{
	struct setup *s = setups + esp * WINDOWS;
	struct row comp;

	while (s->row[0].at[ENCAP] || s->count > 1)
		s++;
	comp = draw(first_of(IPPROTO_COMP));
	comp.at[MODE] = s->row[0].at[MODE] == TRANSPORT ? TUNNEL : TRANSPORT;
	comp.at[OUTER] = s->row[0].at[INNER];
	if (comp.at[MODE] == TRANSPORT)
		comp.at[INNER] = comp.at[OUTER];
	s->row[1] = s->row[0];
	s->row[0] = comp;
	s->count = 2;
}

static int pairwise(struct setup *setups)
{
	struct row rows[WINDOWS];
	int alg, n = 0;

	for (alg = 0; alg < ALGS; alg++) {
		if (algs[alg].proto == IPPROTO_AH)
			continue;
		draw_rows(alg, rows, WINDOWS);
		for (int i = 0; i < WINDOWS; i++)
			setups[n++] = (struct setup) { 1, { rows[i] } };
	}
	for (alg = first_of(IPPROTO_AH); algs[alg].proto == IPPROTO_AH; alg++)
		add_ah(alg, setups);
	for (alg = 1; alg < first_of(IPPROTO_AH); alg += 6)
		add_comp(alg, setups);
	return n;
}

/* Text. */

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void print_row(int setup, const struct row *r)
{
	const struct alg *alg = &algs[r->at[ALG]];

	printf("%d %s %s", setup, alg->name, proto_name(alg));
	for (int c = MODE; c < COLUMNS; c++)
		printf(" %s", value_name(c, r->at[c]));
	printf(" %d %d %d %s %s\n", alg->ekey_bits, alg->akey_bits, alg->icv, or_dash(alg->cipher), or_dash(alg->hash));
}

static int print_pairwise(void)
{
	static struct setup setups[ALGS * WINDOWS];
	int n = pairwise(setups);

	for (int i = 0; i < n; i++)
		for (int k = 0; k < setups[i].count; k++)
			print_row(i + 1, &setups[i].row[k]);
	return 0;
}

static int print_product(int first, int count)
{
	struct row r = { 0 };
	int n = 0;

	do {
		if (valid(&r) && ++n >= first && n - first < count)
			print_row(n, &r);
	} while (next_row(&r));
	return 0;
}

static int find_alg(const char *name, const char *proto)
{
	for (int i = 0; i < ALGS; i++)
		if (!strcmp(algs[i].name, name) && !strcmp(proto_name(&algs[i]), proto))
			return i;
	return -1;
}

static int find_value(int column, const char *text)
{
	for (int i = 0; i < values[column]; i++)
		if (!strcmp(texts[column][i], text))
			return i;
	return -1;
}

static bool parse_row(const char *line, int *setup, struct row *r)
{
	char word[2 + COLUMNS - MODE][32];

	if (sscanf(line, "%d %31s %31s %31s %31s %31s %31s %31s %31s", setup, word[0], word[1], word[2], word[3], word[4],
		   word[5], word[6], word[7]) != 9)
		return false;
	r->at[ALG] = find_alg(word[0], word[1]);
	for (int c = MODE; c < COLUMNS; c++)
		r->at[c] = find_value(c, word[2 + c - MODE]);
	for (int c = 0; c < COLUMNS; c++)
		if (r->at[c] < 0)
			return false;
	return valid(r);
}

static int check(void)
{
	static pairs need, seen;
	int setup, last = 0, setups = 0, rows = 0, wrong = 0;
	char line[512];
	struct row r;

	while (fgets(line, sizeof(line), stdin)) {
		if (!parse_row(line, &setup, &r)) {
			printf("not a row: %s", line);
			return 1;
		}
		mark(&r, seen);
		rows++;
		setups += setup != last;
		last = setup;
	}
	mark_all(need);
	for (int a = 0; a < COLUMNS; a++)
		for (int b = a + 1; b < COLUMNS; b++)
			wrong += missing(a, b, need, seen);
	if (setups > MAX_SETUPS)
		printf("%d set-ups, expected at most %d\n", setups, MAX_SETUPS);
	printf("%d rows in %d set-ups, %d pairs of values are missing\n", rows, setups, wrong);
	return wrong || setups > MAX_SETUPS;
}

static int print_names(void)
{
	for (int i = 0; i < ALGS; i++)
		printf("%s %s\n", proto_name(&algs[i]), algs[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "pairwise"))
		return print_pairwise();
	if (argc == 2 && !strcmp(argv[1], "product"))
		return print_product(1, INT32_MAX);
	if (argc == 4 && !strcmp(argv[1], "product"))
		return print_product(atoi(argv[2]), atoi(argv[3]));
	if (argc == 2 && !strcmp(argv[1], "check"))
		return check();
	if (argc == 2 && !strcmp(argv[1], "names"))
		return print_names();
	fprintf(stderr, "usage: rows pairwise | product [FIRST COUNT] | check | names\n");
	return 2;
}
