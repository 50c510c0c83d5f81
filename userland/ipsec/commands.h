/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands of ipsec. Each is a function in a file cmd_NAME.c, with a row in the
 * table of main.c. It gets argv[0] = its name, has diag_name() set to "ipsec NAME", and
 * returns the exit status.
 */
#ifndef KLIPS_IPSEC_COMMANDS_H
#define KLIPS_IPSEC_COMMANDS_H

/* the kernel: SAs, eroutes, devices */
int cmd_drops(int argc, char **argv);
int cmd_eroute(int argc, char **argv);
int cmd_klipsdebug(int argc, char **argv);
int cmd_look(int argc, char **argv);
int cmd_pf_key(int argc, char **argv);
int cmd_spi(int argc, char **argv);
int cmd_spigrp(int argc, char **argv);
int cmd_tncfg(int argc, char **argv);
int cmd_barf(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_why(int argc, char **argv);

/* conns and pluto */
int cmd_auto(int argc, char **argv);
int cmd_auto_short(int argc, char **argv);	/* up, down, add ...: argv[0] says which */
int cmd_trafficstatus(int argc, char **argv);
int cmd_whack(int argc, char **argv);
int cmd_addconn(int argc, char **argv);
int cmd_readwriteconf(int argc, char **argv);
int cmd_setup(int argc, char **argv);
int cmd_setup_short(int argc, char **argv);	/* start, stop, restart */

/* keys: of the program in userland/keys */
int cmd_newhostkey(int argc, char **argv);
int cmd_rsasigkey(int argc, char **argv);
int cmd_showhostkey(int argc, char **argv);

#endif
