// SPDX-License-Identifier: GPL-2.0
/*
 * Every option of every tool with the wrong and the missing value: exit status 1, one
 * line on stderr that names it, nothing on stdout, no key in it. All of these are refused
 * before the kernel is asked for anything; what only the kernel can refuse is in
 * tests/scenarios/60-bad-options.sh.
 */
/* sources: userland/ipsec/cmd_eroute.c userland/ipsec/cmd_spi.c userland/ipsec/cmd_spigrp.c userland/ipsec/cmd_tncfg.c */
/* sources: userland/ipsec/cmd_why.c userland/ipsec/cmd_look.c userland/ipsec/cmd_pf_key.c */
/* sources: userland/ipsec/cmd_drops.c userland/ipsec/show_drop.c userland/ipsec/cmd_klipsdebug.c */
/* sources: userland/ipsec/options.c userland/ipsec/optionsfrom.c userland/ipsec/saidopts.c */
/* sources: userland/ipsec/spi_request.c userland/ipsec/kernel.c userland/ipsec/show_eroute.c userland/ipsec/show_hold.c */
/* sources: userland/ipsec/show_sa.c userland/ipsec/show_device.c */
/* sources: userland/lib/addr.c userland/lib/diag.c userland/lib/espalg.c userland/lib/genl.c */
/* sources: userland/lib/genl_parse.c userland/lib/json.c userland/lib/nl.c userland/lib/pfkey.c */
/* sources: userland/lib/pfkey_msg.c userland/lib/pfkey_ops.c userland/lib/pfkey_text.c */
/* sources: userland/lib/pfkey_ext_text.c */
/* sources: userland/lib/protoport.c userland/lib/rtnl.c userland/lib/rtnl_parse.c */
/* sources: userland/lib/rtnl_route.c userland/lib/said.c userland/lib/subnet.c */
/* sources: userland/lib/ttodata.c userland/lib/value.c */
/* sources: userland/keys/cmd_rsasigkey.c userland/keys/cmd_newhostkey.c userland/keys/cmd_showhostkey.c */
/* sources: userland/keys/hostkey.c userland/ipsec/paths.c userland/lib/rsakey.c userland/lib/rsapriv.c userland/lib/conf_secrets.c userland/lib/conf_secrets_match.c */
/* sources: userland/lib/conf_id.c userland/lib/dn.c */
/* libs: -lmnl -lcrypto -lgmp */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diag.h"
#include "unit.h"
#include "userland/ipsec/commands.h"
#include "userland/ipsec/optionsfrom.h"
#include "userland/ipsec/why_conn.h"

/* Asks pluto; nobody does here. */
int why_conn(const char *ctl, const char *name, bool json)
{
	(void)ctl;
	(void)name;
	(void)json;
	abort();
}

#define KEY "0x000102030405060708090a0b0c0d0e0f10111213"
#define FLOW "--src 10.1.0.0/24 --dst 10.2.0.0/24"
#define GOOD "--said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY
#define ESP "--said esp0x1235@192.0.2.2 --src 192.0.2.1"
#define NATT " --natt nonesp --sport 4500 --dport 4500"
#define SA "--said esp0x1234@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} tools[] = {
	{ "eroute", cmd_eroute }, { "spi", cmd_spi }, { "spigrp", cmd_spigrp }, { "tncfg", cmd_tncfg },
	{ "why", cmd_why }, { "look", cmd_look }, { "pf_key", cmd_pf_key },
	{ "drops", cmd_drops }, { "klipsdebug", cmd_klipsdebug },
	{ "rsasigkey", cmd_rsasigkey }, { "newhostkey", cmd_newhostkey }, { "showhostkey", cmd_showhostkey },
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* What the message says (* is anything) and the command line; '' is an empty word. */
static const struct bad {
	const char *says;
	const char *args;
} bad[] = {
	{ "one of --add", "eroute --src 10.1.0.0/24" },
	{ "unexpected argument 'word'", "eroute word" },
	{ "unexpected argument 'word'", "eroute --clear word" },
	{ "--json", "eroute --json --src 10.1.0.0/24" },
	{ "only one of --add", "eroute --add --del " FLOW },
	{ "--json and --holds list all", "eroute --json --clear" },
	{ "--json and --holds list all", "eroute --holds --src 1.2.3.4" },
	{ "'--add' takes no value", "eroute --add=1" },
	{ "'--json' takes no value", "eroute --json=1" },
	{ "'--src' was given twice", "eroute --add --src 1.2.3.4 --src 1.2.3.4" },
	{ "'--eraf' needs", "eroute --eraf" },
	{ "'--src' needs", "eroute --src" },
	{ "'--dst' needs", "eroute --dst" },
	{ "'--said' needs", "eroute --said" },
	{ "'--af' needs", "eroute --af" },
	{ "'--edst' needs", "eroute --edst" },
	{ "'--spi' needs", "eroute --spi" },
	{ "'--proto' needs", "eroute --proto" },
	{ "'--transport-proto' needs", "eroute --transport-proto" },
	{ "'--src-port' needs", "eroute --src-port" },
	{ "'--dst-port' needs", "eroute --dst-port" },
	{ "'--device' needs", "eroute --device" },
	{ "'--src' is missing", "eroute --add" },
	{ "'--dst' is missing", "eroute --add --src 10.9.0.0/24" },
	{ "'--said' is missing", "eroute --add --src 10.9.0.0/24 --dst 10.8.0.0/24" },
	{ "'--src' is missing", "eroute --del" },
	{ "'--dst' is missing", "eroute --del --src 10.1.0.0/24" },
	{ "'--said' is missing", "eroute --addin " FLOW },
	{ "'--said' is missing", "eroute --delin " FLOW },
	{ "--eraf 'inet5'", "eroute --add --eraf inet5 " FLOW " --said %pass" },
	{ "--eraf ''", "eroute --add --eraf '' " FLOW " --said %pass" },
	{ "--src '10.1.0.0/24'*IPv6", "eroute --add --eraf inet6 " FLOW " --said %pass" },
	{ "--src ''", "eroute --add --src '' --dst 10.2.0.0/24 --said %pass" },
	{ "--src 'host'", "eroute --add --src host --dst 10.2.0.0/24 --said %pass" },
	{ "--src '10.1.0.0/33'*0 to 32", "eroute --replace --src 10.1.0.0/33 --dst 10.2.0.0/24 --said %pass" },
	{ "--dst '10.2.0.0/x'", "eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/x --said %pass" },
	{ "--dst '10.2.0/24'", "eroute --del --src 10.1.0.0/24 --dst 10.2.0/24" },
	{ "--dst '::/0'*family", "eroute --add --src 10.1.0.0/24 --dst ::/0 --said %pass" },
	{ "--said 'x'", "eroute --replace " FLOW " --said x" },
	{ "--said '%past'", "eroute --replace " FLOW " --said %past" },
	{ "--said 'esp0x1234'", "eroute --replace " FLOW " --said esp0x1234" },
	{ "--said 'esp0xff@1.2.3.4'*0x100", "eroute --replace " FLOW " --said esp0xff@1.2.3.4" },
	{ "--said '%passthrough'", "eroute --replace " FLOW " --said %passthrough" },
	{ "int SPIs", "eroute --replace " FLOW " --said int262@0.0.0.0" },
	{ "--said * one or the other", "eroute --replace " FLOW " --said esp0x1234@192.0.2.2 --spi 0x1234" },
	{ "--af 'ipv4'", "eroute --replace " FLOW " --af ipv4 --edst 1.2.3.4 --spi 0x1234 --proto esp" },
	{ "'--edst' is missing", "eroute --replace " FLOW " --spi 0x1234 --proto esp" },
	{ "--edst '1.2.3'", "eroute --replace " FLOW " --edst 1.2.3 --spi 0x1234 --proto esp" },
	{ "--edst '::1'", "eroute --replace " FLOW " --af inet --edst ::1 --spi 0x1234 --proto esp" },
	{ "'--spi' is missing", "eroute --replace " FLOW " --edst 1.2.3.4 --proto esp" },
	{ "--spi 'x'", "eroute --replace " FLOW " --edst 1.2.3.4 --spi x --proto esp" },
	{ "--spi '0x100000000'", "eroute --replace " FLOW " --edst 1.2.3.4 --spi 0x100000000 --proto esp" },
	{ "--spi '255'*0x100", "eroute --replace " FLOW " --edst 1.2.3.4 --spi 255 --proto esp" },
	{ "'--proto' is missing", "eroute --replace " FLOW " --edst 1.2.3.4 --spi 0x1234" },
	{ "--proto 'udp'", "eroute --replace " FLOW " --edst 1.2.3.4 --spi 0x1234 --proto udp" },
	{ "--transport-proto '256'", "eroute --replace " FLOW " --said %pass --transport-proto 256" },
	{ "--transport-proto 'nosuch'", "eroute --replace " FLOW " --said %pass --transport-proto nosuch" },
	{ "--src-port '80'*transport", "eroute --replace " FLOW " --said %pass --src-port 80" },
	{ "--dst-port '80'*transport", "eroute --replace " FLOW " --said %pass --dst-port 80 --transport-proto esp" },
	{ "--src-port '65536'", "eroute --replace " FLOW " --said %pass --src-port 65536 --transport-proto tcp" },
	{ "--dst-port '-1'", "eroute --replace " FLOW " --said %pass --dst-port -1 --transport-proto tcp" },
	{ "--dst-port 'nosuch'", "eroute --replace " FLOW " --said %pass --dst-port nosuch --transport-proto udp" },
	{ "--device ''", "eroute --replace " FLOW " --said %pass --device ''" },
	{ "--device 'sixteencharacter'", "eroute --replace " FLOW " --said %pass --device sixteencharacter" },
	{ "--clear", "eroute --clear --src 10.1.0.0/24" },
	{ "not about %pass", "eroute --addin " FLOW " --said %pass" },
	{ "--device 'ipsec0'", "eroute --addin " FLOW " --said esp0x1234@192.0.2.2 --device ipsec0" },
	{ "BITS '1024'*2048 to 8192", "rsasigkey 1024" },
	{ "BITS '2050'*multiple of 16", "rsasigkey 2050" },
	{ "BITS '16384'", "rsasigkey 16384" },
	{ "BITS 'many'", "rsasigkey many" },
	{ "BITS ''", "rsasigkey ''" },
	{ "unexpected argument '3072'", "rsasigkey 2048 3072" },
	{ "--random has no meaning", "rsasigkey --random /dev/random 2048" },
	{ "--rounds has no meaning", "rsasigkey --rounds 10" },
	{ "--noopt has no meaning", "rsasigkey --noopt" },
	{ "--oldkey has no meaning", "rsasigkey --oldkey f" },
	{ "--configdir has no meaning", "rsasigkey --configdir d" },
	{ "--password has no meaning", "rsasigkey --password p" },
	{ "'--random' needs", "rsasigkey --random" },
	{ "'--rounds' needs", "rsasigkey --rounds" },
	{ "'--oldkey' needs", "rsasigkey --oldkey" },
	{ "'--configdir' needs", "rsasigkey --configdir" },
	{ "'--password' needs", "rsasigkey --password" },
	{ "'--hostname' needs", "rsasigkey --hostname" },
	{ "'--verbose' takes no value", "rsasigkey --verbose=1" },
	{ "--output is missing", "newhostkey" },
	{ "--output is missing", "newhostkey --bits 2048 --quiet --verbose --hostname h" },
	{ "'--output' needs", "newhostkey --output" },
	{ "'--hostname' needs", "newhostkey --hostname" },
	{ "'--bits' needs", "newhostkey --bits" },
	{ "'--random' needs", "newhostkey --random" },
	{ "'--configdir' needs", "newhostkey --configdir" },
	{ "'--password' needs", "newhostkey --password" },
	{ "--bits '1024'*2048 to 8192", "newhostkey --output /dev/null --bits 1024" },
	{ "no meaning any more", "newhostkey --output /dev/null --random r" },
	{ "no meaning any more", "newhostkey --output /dev/null --configdir d" },
	{ "no meaning any more", "newhostkey --output /dev/null --password p" },
	{ "unexpected argument 'word'", "newhostkey --output /dev/null word" },
	{ "'--quiet' takes no value", "newhostkey --quiet=1" },
	{ "'--verbose' takes no value", "newhostkey --verbose=1" },
	{ "expected one of --left", "showhostkey" },
	{ "expected one of --left", "showhostkey --verbose --precedence 1 --gateway 192.0.2.1" },
	{ "together, expected one", "showhostkey --left --right" },
	{ "together, expected one", "showhostkey --list --ipseckey" },
	{ "together, expected one", "showhostkey --dump --left" },
	{ "--gateway 'gw'*numeric", "showhostkey --ipseckey --gateway gw" },
	{ "--precedence '256'*0 to 255", "showhostkey --ipseckey --precedence 256" },
	{ "'--gateway' needs", "showhostkey --gateway" },
	{ "'--precedence' needs", "showhostkey --precedence" },
	{ "'--file' needs", "showhostkey --file" },
	{ "'--id' needs", "showhostkey --id" },
	{ "'--rsaid' needs", "showhostkey --rsaid" },
	{ "'--keynum' needs", "showhostkey --keynum" },
	{ "'--txt' needs", "showhostkey --txt" },
	{ "'--secretroot' needs", "showhostkey --secretroot" },
	{ "are history", "showhostkey --txt 192.0.2.1" },
	{ "are history", "showhostkey --key" },
	{ "are history", "showhostkey --dhclient" },
	{ "are history", "showhostkey --keynum 1" },
	{ "are history", "showhostkey --secretroot d" },
	{ "/nonexistent*no such file", "showhostkey --list --file /nonexistent" },
	{ "unexpected argument 'word'", "showhostkey --left word" },
	{ "'--left' takes no value", "showhostkey --left=1" },
	{ "unexpected argument 'word'", "spi word" },
	{ "'--said' is missing", "spi --src 192.0.2.1" },
	{ "--json", "spi --json --src 192.0.2.1" },
	{ "only one of --add", "spi --add --del " SA },
	{ "'--del' takes no value", "spi --del=1" },
	{ "'--src' was given twice", "spi --src 192.0.2.1 --src 192.0.2.1" },
	{ "'--replay_window' was given", "spi --replay_window 1 --replay-window 1" },
	{ "'--said' needs", "spi --said" },
	{ "'--af' needs", "spi --af" },
	{ "'--edst' needs", "spi --edst" },
	{ "'--spi' needs", "spi --spi" },
	{ "'--proto' needs", "spi --proto" },
	{ "'--src' needs", "spi --src" },
	{ "'--esp' needs", "spi --esp" },
	{ "'--enckey' needs", "spi --enckey" },
	{ "'--authkey' needs", "spi --authkey" },
	{ "'--mode' needs", "spi --mode" },
	{ "'--replay_window' needs", "spi --replay_window" },
	{ "'--life' needs", "spi --life" },
	{ "'--reqid' needs", "spi --reqid" },
	{ "'--device' needs", "spi --device" },
	{ "'--ah' needs", "spi --ah" },
	{ "'--comp' needs", "spi --comp" },
	{ "'--dst' needs", "spi --dst" },
	{ "'--new-dst' needs", "spi --new-dst" },
	{ "'--natt' needs", "spi --natt" },
	{ "'--encap' needs", "spi --encap" },
	{ "'--sport' needs", "spi --sport" },
	{ "'--dport' needs", "spi --dport" },
	{ "'--natt-oa' needs", "spi --natt-oa" },
	{ "'--natt-oa-dst' needs", "spi --natt-oa-dst" },
	{ "'--keepalive' needs", "spi --keepalive" },
	{ "only one of --esp", "spi --ah sha1 --esp aes_gcm128" },
	{ "only one of --esp", "spi --ip4 --ip6" },
	{ "'--ip4' takes no value", "spi --ip4=1" },
	{ "'--update' takes no value", "spi --update=1" },
	{ "'--iv'*obsolete", "spi --iv 0x1234567812345678" },
	{ "'--outif'*not supported", "spi --outif ipsec0" },
	{ "'--saref'*not supported", "spi --saref" },
	{ "'--sarefme'*not supported", "spi --sarefme 1" },
	{ "'--sarefhim'*not supported", "spi --sarefhim 1" },
	{ "'--dumpsaref'*not supported", "spi --dumpsaref" },
	{ "'--listenreply'*not supported", "spi --listenreply" },
	{ "--said 'x'", "spi --said x --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY },
	{ "--said 'esp0x12@192.0.2.2'", "spi --said esp0x12@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY },
	{ "--esp makes an SA of esp, ah0x1235@192.0.2.2 is another", "spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY },
	{ "--ah makes an SA of ah", "spi " ESP " --ah sha1 --authkey " KEY },
	{ "--comp makes an SA of comp", "spi " ESP " --comp deflate" },
	{ "--ip4 makes an SA of tun", "spi " ESP " --ip4" },
	{ "--ip6*other family", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip6" },
	{ "--ip4*other family", "spi --said tun0x1235@2001:db8::2 --src 2001:db8::1 --ip4" },
	{ "%pass is no SA", "spi --said %pass --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY },
	{ "esp0x1235@0.0.0.0 is no SA", "spi --said esp0x1235@0.0.0.0 --src 192.0.2.1 --esp aes_gcm128 --enckey " KEY },
	{ "comp0x10000@192.0.2.2*16 bits", "spi --said comp0x10000@192.0.2.2 --src 192.0.2.1 --comp deflate" },
	{ "--ah 'hmac-md5-96'*sha2_256", "spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --ah hmac-md5-96 --authkey " KEY },
	{ "--ah 'null'", "spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --ah null" },
	{ "'--authkey' is missing*160", "spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --ah hmac-sha1-96" },
	{ "--enckey*no such key", "spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --ah sha1 --authkey 0x0001020304050607080900010203040506070809 --enckey " KEY },
	{ "--authkey*no such key", "spi --said comp0x1235@192.0.2.2 --src 192.0.2.1 --comp deflate --authkey " KEY },
	{ "--comp 'lzs'*deflate", "spi --said comp0x1235@192.0.2.2 --src 192.0.2.1 --comp lzs" },
	{ "'--replay_window': comp", "spi --said comp0x1235@192.0.2.2 --src 192.0.2.1 --comp deflate --replay_window 32" },
	{ "'--esn': tun", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip4 --esn" },
	{ "--mode 'transport'*tunnel", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip4 --mode transport" },
	{ "--dst '192.0.2.3'*another", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip4 --dst 192.0.2.3" },
	{ "--dst '::1'*family", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip4 --dst ::1" },
	{ "one of --esp, --ah", "spi " ESP " --enckey " KEY },
	{ "--natt 'nonike'*nonesp", "spi " GOOD " --natt nonike --sport 4500 --dport 4500" },
	{ "--natt '1'*nonesp", "spi " GOOD " --natt 1" },
	{ "--natt 'udp'", "spi " GOOD " --natt udp --sport 4500 --dport 4500" },
	{ "'--sport' is missing", "spi " GOOD " --natt nonesp --dport 4500" },
	{ "'--dport' is missing", "spi " GOOD " --natt 2 --sport 4500" },
	{ "--sport '0'", "spi " GOOD " --natt nonesp --sport 0 --dport 4500" },
	{ "--dport '65536'", "spi " GOOD " --natt nonesp --sport 4500 --dport 65536" },
	{ "'--dport' has a meaning only with --natt", "spi " GOOD " --dport 4500" },
	{ "'--keepalive' has a meaning only with --natt", "spi " GOOD " --natt none --keepalive 20" },
	{ "--keepalive '0'", "spi " GOOD NATT " --keepalive 0" },
	{ "--natt-oa '10.0.0.1'*transport", "spi " GOOD NATT " --natt-oa 10.0.0.1" },
	{ "--natt-oa-dst '10.0.0.1'*transport", "spi " GOOD NATT " --natt-oa-dst 10.0.0.1 --mode tunnel" },
	{ "--natt-oa '::1'*family", "spi " GOOD NATT " --mode transport --natt-oa ::1" },
	{ "--natt-oa-dst 'x'", "spi " GOOD NATT " --mode transport --natt-oa-dst x" },
	{ "--natt 'nonesp'*esp", "spi --said tun0x1235@192.0.2.2 --src 192.0.2.1 --ip4" NATT },
	{ "'--new-dst'*--update", "spi " GOOD " --new-dst 192.0.2.3" },
	{ "'--said' is missing", "spi --update --src 192.0.2.1" },
	{ "'--src' is missing", "spi --update --said esp0x1235@192.0.2.2" },
	{ "--enckey: cannot be changed", "spi --update " ESP " --enckey " KEY },
	{ "--esp: cannot be changed", "spi --update " ESP " --esp aes_gcm128" },
	{ "--replay_window: cannot be changed", "spi --update " ESP " --replay_window 1" },
	{ "--new-dst '::1'*family", "spi --update " ESP " --new-dst ::1" },
	{ "'--ip4' has no meaning with --del", "spi --del --said tun0x1235@192.0.2.2 --ip4" },
	{ "'--natt' has no meaning with --clear", "spi --clear --natt none" },
	{ "'--noecn' has no meaning with --del", "spi --del --said tun0x1235@192.0.2.2 --noecn" },
	{ "'--soft' has a meaning only", "eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %pass --soft" },
	{ "'--soft' has a meaning only", "eroute --del --src 10.1.0.0/24 --dst 10.2.0.0/24 --soft" },
	{ "'--fragments' has no meaning with --del", "spi --del --said tun0x1235@192.0.2.2 --fragments" },
	{ "'--fragments'*tunnel", "spi " GOOD " --mode transport --fragments" },
	{ "'--src' is missing", "spi --said esp0x1235@192.0.2.2 --esp aes_gcm128 --enckey " KEY },
	{ "'--enckey' is missing*160", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128" },
	{ "'--authkey' is missing*256", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes128-sha2_256 --enckey 0x00010203040506070809000102030405" },
	{ "--src 'x'", "spi --said esp0x1235@192.0.2.2 --src x --esp aes_gcm128 --enckey " KEY },
	{ "--src '::1'", "spi --said esp0x1235@192.0.2.2 --src ::1 --esp aes_gcm128 --enckey " KEY },
	{ "--esp '3des'*aes_gcm128", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp 3des --enckey " KEY },
	{ "--esp '3des-md5-96'", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp 3des-md5-96 --enckey " KEY },
	{ "--esp ''", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp '' --enckey " KEY },
	{ "--enckey*too short", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey ''" },
	{ "--enckey*format prefix", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 00010203040506070809" },
	{ "--enckey*format prefix", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 0y00010203040506070809" },
	{ "--enckey*152 bits*160", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 0x000102030405060708090a0b0c0d0e0f101112" },
	{ "--enckey*mid-byte", "spi " GOOD "4" },
	{ "--enckey*160 bits*288", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm256 --enckey " KEY },
	{ "--authkey*no such key", "spi " GOOD " --authkey " KEY },
	{ "--authkey*160 bits*256", "spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes128-sha2_256 --enckey 0x00010203040506070809000102030405 --authkey " KEY },
	{ "--mode 'beet'", "spi " GOOD " --mode beet" },
	{ "--replay_window '4097'", "spi " GOOD " --replay_window 4097" },
	{ "--replay_window '-1'", "spi " GOOD " --replay_window -1" },
	{ "--life ''", "spi " GOOD " --life ''" },
	{ "--life 'bytes=1'", "spi " GOOD " --life bytes=1" },
	{ "--life 'soft-bytes'", "spi " GOOD " --life soft-bytes" },
	{ "--life 'soft-words=1'", "spi " GOOD " --life soft-words=1" },
	{ "--life 'soft-bytes=x'", "spi " GOOD " --life soft-bytes=x" },
	{ "--life *twice", "spi " GOOD " --life soft-bytes=1,soft-bytes=2" },
	{ "--life 'soft-bytes=1,'", "spi " GOOD " --life soft-bytes=1," },
	{ "--reqid 'x'", "spi " GOOD " --reqid x" },
	{ "--reqid '4294967296'", "spi " GOOD " --reqid 4294967296" },
	{ "--device ''", "spi " GOOD " --device ''" },
	{ "'--said' is missing", "spi --del" },
	{ "'--enckey' has no meaning", "spi --del --said esp0x1234@192.0.2.2 --enckey " KEY },
	{ "--clear", "spi --clear --said esp0x1234@192.0.2.2" },
	{ "'--life' has no meaning", "spi --clear --life soft-bytes=1" },
	{ "unknown *'--enckeyy'", "spi --enckeyy=" KEY },
	{ "'--said' needs", "spigrp --said" },
	{ "'--json' takes no value", "spigrp --json=1" },
	{ "'--said' was given twice", "spigrp --said tun0x1@1.2.3.4 --said tun0x2@1.2.3.4" },
	{ "--json*no other", "spigrp --json --said tun0x1000@192.0.2.2" },
	{ "--json*no other", "spigrp --json inet 192.0.2.2 0x1000 tun" },
	{ "expected FAMILY ADDRESS SPI PROTO*3 words", "spigrp inet 192.0.2.2 0x1000" },
	{ "expected FAMILY ADDRESS SPI PROTO*5 words", "spigrp inet 192.0.2.2 0x1000 tun inet" },
	{ "--af 'ipv4'", "spigrp ipv4 192.0.2.2 0x1000 tun" },
	{ "--edst '::1'", "spigrp inet ::1 0x1000 tun" },
	{ "--spi 'x'", "spigrp inet 192.0.2.2 x tun" },
	{ "--spi '255'", "spigrp inet 192.0.2.2 255 tun" },
	{ "--proto 'udp'", "spigrp inet 192.0.2.2 0x1000 udp" },
	{ "--said 'x'", "spigrp --said x" },
	{ "--said 'esp0x12@1.2.3.4'", "spigrp --said tun0x1000@192.0.2.2 esp0x12@1.2.3.4" },
	{ "%pass is no SA", "spigrp --said %pass" },
	{ "no SA: expected tun, comp", "spigrp inet 192.0.2.2 0x1000 int" },
	{ "tun0x1000@192.0.2.2 was given twice", "spigrp --said tun0x1000@192.0.2.2 esp0x1000@192.0.2.2 tun0x1000@192.0.2.2" },
	{ "at most 4", "spigrp --said ah0x1001@1.2.3.4 ah0x1002@1.2.3.4 ah0x1003@1.2.3.4 ah0x1004@1.2.3.4 ah0x1005@1.2.3.4" },
	{ "at most 4", "spigrp inet 1.2.3.4 0x1001 ah inet 1.2.3.4 0x1002 ah inet 1.2.3.4 0x1003 ah inet 1.2.3.4 0x1004 ah inet 1.2.3.4 0x1005 ah" },
	{ "unknown *'--saidd'", "spigrp --saidd x" },
	{ "one of --attach", "tncfg --virtual ipsec1" },
	{ "unexpected argument 'word'", "tncfg word" },
	{ "--json", "tncfg --json --virtual ipsec1" },
	{ "only one of --attach", "tncfg --attach --detach" },
	{ "virtual *missing", "tncfg --attach" },
	{ "virtual *missing", "tncfg --attach --physical eth0" },
	{ "physical *missing", "tncfg --attach --virtual ipsec1" },
	{ "virtual *missing", "tncfg --detach" },
	{ "'--virtual' needs", "tncfg --attach --virtual" },
	{ "'--physical' needs", "tncfg --attach --physical" },
	{ "'--create' needs", "tncfg --create" },
	{ "'--delete' needs", "tncfg --delete" },
	{ "'--attach' takes no value", "tncfg --attach=x" },
	{ "'--clear' takes no value", "tncfg --clear=x" },
	{ "--virtual ''", "tncfg --attach --virtual '' --physical eth0" },
	{ "--virtual 'sixteencharacter'", "tncfg --attach --virtual sixteencharacter --physical eth0" },
	{ "--virtual 'a/b'", "tncfg --attach --virtual a/b --physical eth0" },
	{ "--physical ''", "tncfg --attach --virtual ipsec1 --physical ''" },
	{ "--physical", "tncfg --detach --virtual ipsec0 --physical eth0" },
	{ "--create '..'", "tncfg --create .." },
	{ "without --virtual", "tncfg --create ipsec1 --virtual ipsec1" },
	{ "--clear", "tncfg --clear --virtual ipsec0" },
	{ "--set needs", "tncfg --set ipsec0" },
	{ "'--set' needs", "tncfg --set" },
	{ "--set '..'", "tncfg --set .. --df copy" },
	{ "without --virtual", "tncfg --set ipsec1 --virtual ipsec1 --df copy" },
	{ "--df 'yes'*clear, copy or set", "tncfg --set ipsec0 --df yes" },
	{ "'--df' needs", "tncfg --set ipsec0 --df" },
	{ "--hidetos 'copy'*yes or no", "tncfg --set ipsec0 --hidetos copy" },
	{ "--fwmark '0x100000000'*0 to 4294967295", "tncfg --set ipsec0 --fwmark 0x100000000" },
	{ "--fwmark '-1'*0 to 4294967295", "tncfg --set ipsec0 --fwmark -1" },
	{ "--parallel '2'*yes or no", "tncfg --set ipsec0 --parallel 2" },
	{ "--guard 'on'*drop, count or off", "tncfg --set ipsec0 --guard on" },
	{ "--guard ''*drop, count or off", "tncfg --set ipsec0 --guard ''" },
	{ "--guard have a meaning only", "tncfg --guard off --delete ipsec0" },
	{ "--fragicmp ''*yes or no", "tncfg --set ipsec0 --fragicmp ''" },
	{ "--mss '87'*off, auto or 88", "tncfg --set ipsec0 --mss 87" },
	{ "--mss '65496'*off, auto or 88", "tncfg --set ipsec0 --mss 65496" },
	{ "--mss 'yes'*off, auto or 88", "tncfg --set ipsec0 --mss yes" },
	{ "only with --attach, --create and --set", "tncfg --detach --virtual ipsec0 --mss auto" },
	{ "only with --attach, --create and --set", "tncfg --delete ipsec0 --df copy" },
	{ "without --virtual", "tncfg --set ipsec0 --delete ipsec0" },
	{ "expected SRC DST", "why" },
	{ "expected SRC DST", "why 10.1.0.2" },
	{ "expected SRC DST", "why 10.1.0.2 10.2.0.2 udp 53" },
	{ "expected SRC DST", "why 10.1.0.2 10.2.0.2 udp 53 53 53" },
	{ "--device: not expected with CONN", "why --device ipsec0 x" },
	{ "--ctlbase: not expected with a packet", "why --ctlbase /x 10.1.0.2 10.2.0.2" },
	{ "expected SRC DST", "why ''" },
	{ "SRC 'x'", "why x 10.2.0.2" },
	{ "SRC '10.1.0.2/32'", "why 10.1.0.2/32 10.2.0.2" },
	{ "DST ''", "why 10.1.0.2 ''" },
	{ "DST '::1'", "why 10.1.0.2 ::1" },
	{ "PROTO 'nosuch'", "why 10.1.0.2 10.2.0.2 nosuch" },
	{ "PROTO 'esp'", "why 10.1.0.2 10.2.0.2 esp 1 2" },
	{ "SPORT '65536'", "why 10.1.0.2 10.2.0.2 udp 65536 1" },
	{ "DPORT 'nosuch'", "why 10.1.0.2 10.2.0.2 udp 1 nosuch" },
	{ "'--device' needs", "why 10.1.0.2 10.2.0.2 --device" },
	{ "--device ''", "why --device '' 10.1.0.2 10.2.0.2" },
	{ "'--json' takes no value", "why --json=x 10.1.0.2 10.2.0.2" },
	{ "'--stdin' takes no value", "why --stdin=x" },
	{ "unexpected argument '10.1.0.2'", "why --stdin 10.1.0.2 10.2.0.2" },
	{ "unexpected argument 'word'", "drops word" },
	{ "unexpected argument 'word'", "drops --follow word" },
	{ "'--follow' takes no value", "drops --follow=x" },
	{ "'--json' takes no value", "drops --json=x" },
	{ "'--json' was given twice", "drops --json --json" },
	{ "'--device' needs", "drops --device" },
	{ "--device ''", "drops --device ''" },
	{ "--device 'sixteencharacter'", "drops --device sixteencharacter" },
	{ "'--reason' needs", "drops --reason" },
	{ "--reason 'nosuch'*ipsec_drops", "drops --reason nosuch" },
	{ "--reason ''", "drops --reason ''" },
	{ "unexpected argument 'word'", "klipsdebug word" },
	{ "unexpected argument 'word'", "klipsdebug --all word" },
	{ "'--set' needs", "klipsdebug --set" },
	{ "'--clear' needs", "klipsdebug --clear" },
	{ "--set 'nosuch'*tunnel", "klipsdebug --set nosuch" },
	{ "--set ''", "klipsdebug --set ''" },
	{ "--clear 'nosuch'", "klipsdebug --clear nosuch" },
	{ "'--all' takes no value", "klipsdebug --all=x" },
	{ "'--none' takes no value", "klipsdebug --none=x" },
	{ "'--set' was given twice", "klipsdebug --set esp --set ah" },
	{ "only one of", "klipsdebug --set esp --clear ah" },
	{ "only one of", "klipsdebug --all --none" },
	{ "only one of", "klipsdebug --json --none" },
	{ "unexpected argument 'word'", "look word" },
	{ "'--json' takes no value", "look --json=x" },
	{ "'--json' was given twice", "look --json --json" },
	{ "unexpected argument 'word'", "pf_key word" },
	{ "'--count' needs", "pf_key --count" },
	{ "--count '0'", "pf_key --count 0" },
	{ "--count 'x'", "pf_key --count x" },
	{ "'--daemon' needs", "pf_key --daemon" },
	{ "--daemon '/nonexistent/pid'", "pf_key --daemon /nonexistent/pid" },
	{ "'--esp' takes no value", "pf_key --esp=x" },
};

/* The same for every tool. */
static const struct bad common[] = {
	{ "option '--optionsfrom' needs", "--optionsfrom" },
	{ "--optionsfrom '/nonexistent'", "--optionsfrom /nonexistent" },
	{ "option '--label' needs", "--label" },
	{ "'--help' takes no value", "--help=x" },
	{ "'--version' takes no value", "--version=x" },
	{ "'--debug' takes no value", "--debug=x" },
	{ "unknown *'--nonsense'", "--nonsense" },
	{ "unknown *'-x'", "-x" },
};

/* In the child: never returns. */
static void run_tool(const char *line, FILE *out, FILE *err)
{
	char *argv[64], text[1024], name[32];
	int argc = 0, status = 99;

	dup2(fileno(out), 1);
	dup2(fileno(err), 2);
	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok(text, " "); w && argc < 63; w = strtok(NULL, " "))
		argv[argc++] = strcmp(w, "''") ? w : w + 2;
	argv[argc] = NULL;
	snprintf(name, sizeof(name), "ipsec %s", argv[0]);
	diag_name(name);
	for (size_t i = 0; i < N(tools); i++)
		if (!strcmp(argv[0], tools[i].name))
			status = tools[i].run(argc, argv);
	fflush(NULL);
	/* not exit(): hundreds of searches for leaks would take minutes */
	_exit(status);
}

/* All that was written to @file, which is closed. */
static void slurp(FILE *file, char *buf, size_t size)
{
	size_t n;

	rewind(file);
	n = fread(buf, 1, size - 1, file);
	buf[n] = '\0';
	fclose(file);
}

/* Runs @line; returns the exit status, 128 and more: a signal. */
static int run(const char *line, char out[4096], char err[4096])
{
	FILE *out_file = tmpfile(), *err_file = tmpfile();
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		run_tool(line, out_file, err_file);
	waitpid(pid, &status, 0);
	slurp(out_file, out, 4096);
	slurp(err_file, err, 4096);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void check_bad(const char *line, const char *says)
{
	char out[4096], err[4096], want[256], *end;
	int status = run(line, out, err);

	snprintf(want, sizeof(want), "ipsec %.*s: *%s*",
		 (int)strcspn(line, " "), line, says);
	end = strchr(err, '\n');
	CHECK(status == 1, "ipsec %s: exit status %d, %s", line, status, err);
	CHECK(end && !end[1], "ipsec %s: not one line on stderr: '%s'", line, err);
	CHECK(!fnmatch(want, err, 0), "ipsec %s: wanted %s, got %s", line, want, err);
	CHECK(!*out, "ipsec %s: printed '%s'", line, out);
	CHECK(!strstr(err, "0001020304"), "ipsec %s: shows the key", line);
}

static void test_own(void)
{
	for (size_t i = 0; i < N(bad); i++)
		check_bad(bad[i].args, bad[i].says);
	unit_done("bad_options");
}

static void test_common(void)
{
	char line[128];

	for (size_t t = 0; t < N(tools); t++) {
		for (size_t i = 0; i < N(common); i++) {
			snprintf(line, sizeof(line), "%s %s", tools[t].name, common[i].args);
			check_bad(line, common[i].says);
		}
	}
	unit_done("bad_options_common");
}

static void test_help(void)
{
	char line[128], out[4096], err[4096];

	for (size_t t = 0; t < N(tools); t++) {
		snprintf(line, sizeof(line), "%s --help", tools[t].name);
		CHECK(!run(line, out, err) && !strncmp(out, "Usage: ", 7) && !*err, "%s", line);
		snprintf(line, sizeof(line), "%s --src x --version", tools[t].name);
		if (!strcmp(tools[t].name, "spi"))
			CHECK(!run(line, out, err) && !strncmp(out, "ipsec spi ", 10) && !*err, "%s", line);
	}
	unit_done("help_and_version");
}

/* @text as a file of options. */
static void check_file(const char *text, const char *says)
{
	char name[] = "/tmp/klips-options-XXXXXX", line[128];
	int fd = mkstemp(name);

	snprintf(line, sizeof(line), "spi --optionsfrom %s", name);
	if (!strcmp(text, "itself"))
		text = line + 4;
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", name);
	close(fd);
	check_bad(line, says);
	unlink(name);
}

static void test_files(void)
{
	static char big[70001];

	memset(big, 'x', sizeof(big) - 1);
	check_file("--said 'esp0x1234", "quote is not closed");
	check_file("--said 'esp\n0x1234'", "quote is not closed");
	check_file("itself", "deep");
	check_file(big, "longer than");
	check_file("# --said x\n--said 'a b' # c", "--said 'a b': too short");
	check_file("--said \"x'y z\"", "--said 'x'y z': no @");
	check_file("--said", "'--said' needs");
	check_file("", "klips is not loaded");
	unit_done("options_from_files");
}

/* The lines of a batch follow each other in one process: nothing is left of a longer one. */
static void test_next_line(void)
{
	char *longer[] = { "spigrp", "inet", "192.0.2.2", "0x1000", "tun", NULL }, *shorter[] = { "spigrp", NULL };
	char **argv;
	int argc;

	CHECK(optionsfrom(5, longer, &argc, &argv) && argc == 5 && !argv[5], "five words");
	CHECK(optionsfrom(1, shorter, &argc, &argv) && argc == 1 && !argv[1], "one word, and '%s'", argv[1]);
	unit_done("options_next_line");
}

int main(void)
{
	test_own();
	test_common();
	test_help();
	test_files();
	test_next_line();
	return unit_status();
}
