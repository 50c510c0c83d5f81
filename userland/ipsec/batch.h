/* SPDX-License-Identifier: GPL-2.0 */
/* ipsec --batch FILE */
#ifndef KLIPS_IPSEC_BATCH_H
#define KLIPS_IPSEC_BATCH_H

/*
 * Runs @run for every line of FILE ("-": standard input): argv[0] is the subcommand. Words as in
 * optionsfrom(). Ends with the first that fails, after having told its line. Exit status.
 */
int batch(const char *name, int (*run)(int argc, char **argv));

#endif
