/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --optionsfrom FILE: words of a file in the place of the option, so that keys need
 * not stand where ps shows them.
 */
#ifndef KLIPS_IPSEC_OPTIONSFROM_H
#define KLIPS_IPSEC_OPTIONSFROM_H

#include <stdbool.h>

/*
 * Copies @argv to *@out with every "--optionsfrom FILE" or "--optionsfrom=FILE"
 * replaced by the
 * file's words: separated by blanks, a word that begins with ' or " goes to the next
 * such one,
 * # in front of a word begins a comment to the end of the line. FILE "-" is standard
 * input.
 * Complains and returns false where that cannot be done. The result lives until the
 * next call.
 */
bool optionsfrom(int argc, char **argv, int *out_argc, char ***out);

/* Ends the word at *@p and steps behind it; NULL: there is none; *@bad: an open quote. */
char *optionsfrom_word(char **p, bool *bad);

#endif
