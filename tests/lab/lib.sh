# SPDX-License-Identifier: GPL-2.0
# What a scenario has at hand. tests/lab/scenario sources this, net.sh and then the scenario, with
# `set -eE`: a command that fails ends the scenario, and its line is the reason given.
#
# A scenario may start with these lines (defaults: 60, yes):
#   # limit: SECONDS
#   # module: no           the module is not loaded when it starts
#
# Hosts are named A, G1, G2, B (see net.sh). $TMP is a directory of the scenario's own that all hosts see.
# What the scenario starts, on any host, is ended for it.

# Verdicts.

# fail REASON: ends the scenario.
fail()
{
	[ -s "$TMP/.reason" ] || echo "$*" >"$TMP/.reason"
	echo "FAIL: $*"
	exit 1
}

# skip REASON: what it needs is not there. The name must be listed in tests/skips.
skip()
{
	echo "$*" >"$TMP/.reason"
	echo "SKIP: $*"
	exit 77
}

# note TEXT: a line in the log, with the seconds since the scenario began.
note()
{
	local ms=$(((${EPOCHREALTIME/./} - SCENARIO_START) / 1000))

	printf '[%d.%03d] %s\n' $((ms / 1000)) $((ms % 1000)) "$*"
}

# figure NAME VALUE UNIT: a measured value; it appears in the output of the whole run.
figure()
{
	echo "figure $1 $2 $3" | tee -a /lab/figures
}

# assert_eq WHAT EXPECTED ACTUAL
assert_eq()
{
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# assert_match WHAT REGEX TEXT: REGEX is extended, and may match any line.
assert_match()
{
	grep -qE -- "$2" <<<"$3" || fail "$1: expected a match of /$2/, got '${3:0:2000}'"
}

# assert_no_match WHAT REGEX TEXT
assert_no_match()
{
	! grep -qE -- "$2" <<<"$3" || fail "$1: expected no match of /$2/, got '${3:0:2000}'"
}

# assert_fails WHAT COMMAND...: it must fail; its output is in $OUTPUT.
assert_fails()
{
	local what=$1

	shift
	if OUTPUT=$("$@" 2>&1); then
		fail "$what: '$*' succeeded, and should have failed"
	fi
}

# A descriptor that never becomes readable: read -t on it is a sleep without a process.
exec {NEVER}<> <(:)

pause()
{
	read -rt "$1" -u $NEVER || true
}

# wait_for SECONDS WHAT COMMAND...: polls until COMMAND succeeds.
wait_for()
{
	local what=$2 seconds=$1 deadline=$((${EPOCHREALTIME/./} + $1 * 1000000)) output

	shift 2
	until "$@" >"$TMP/.wait" 2>&1; do
		if [ "${EPOCHREALTIME/./}" -gt $deadline ]; then
			output=$(<"$TMP/.wait")
			fail "$what: not within $seconds s; last: '${output:0:500}'"
		fi
		pause 0.03
	done
}

# Captures.

declare -gA CAPTURE_PID CAPTURE_SEEN CAPTURE_ONE_WAY

# capture_start NAME HOST DEVICE [inbound|outbound] [FILTER]: returns when tcpdump listens, and nothing that comes after is
# missing. The file is $TMP/NAME.pcap.
# (-s: in immediate mode each packet takes a slot of that size, and slots are what runs out.)
# On a gateway that uses the kernel's own stack a decrypted packet appears on the physical device a second time, as if
# it had come in by it: there, capture outbound.
# The direction is not for the filter: libpcap runs that a second time itself on the first packets (those that the ring may
# have held before the filter was set, at least one), knows no direction there, and throws them away.
capture_start()
{
	local name=$1 host=$2 device=$3 err=$TMP/$1.tcpdump direction=()

	shift 3
	case ${1:-} in
	inbound) direction=(-Q in) ;;
	outbound) direction=(-Q out) ;;
	esac
	[ ${#direction[@]} -eq 0 ] || shift
	[[ " $* " != *[\ \(]@(in|out)bound[\ \)]* ]] || fail "capture $name: the direction goes before the filter, not into '$*'"
	: >"$err"
	on_bg "$host" tcpdump -i "$device" -n -U --immediate-mode -s 2048 -B 16384 \
		-w "$TMP/$name.pcap" "${direction[@]}" "$@" 2>>"$err"
	CAPTURE_PID[$name]=$!
	CAPTURE_SEEN[$name]=
	CAPTURE_ONE_WAY[$name]=${direction[*]}
	wait_for 20 "capture $name on $host $device" file_says "$err" 'listening on'
}

# file_says FILE REGEX
file_says()
{
	[[ $(<"$1") =~ $2 ]]
}

# True when tcpdump has read all that the kernel had for it: it answers twice, and has read and been given nothing between.
# (The two numbers need not be equal: libpcap throws away what came before the filter was set.) Of a capture of one direction
# the number given counts both, and the other may go on: there, tcpdump sleeps, which it does when there is nothing to read.
capture_drained()
{
	local err=$TMP/$1.tcpdump regex='([0-9]+ packets? captured[^0-9]*[0-9]+ packets? received)' before=${CAPTURE_SEEN[$1]:-}
	local tries=100

	if [ -n "${CAPTURE_ONE_WAY[$1]}" ]; then
		file_says "/proc/${CAPTURE_PID[$1]}/stat" '\) S ' || return 1
		regex='([0-9]+ packets? captured)[^0-9]*[0-9]+ packets? received'
	fi
	: >"$err"
	kill -USR1 "${CAPTURE_PID[$1]}"
	until file_says "$err" "$regex"; do
		[ $((tries--)) -gt 0 ] || return 1
		pause 0.03
	done
	CAPTURE_SEEN[$1]=${BASH_REMATCH[1]}
	[ "$before" = "${BASH_REMATCH[1]}" ]
}

# capture_stop NAME: ends it when every packet seen so far is in the file; a lost packet fails the scenario.
capture_stop()
{
	local err=$TMP/$1.tcpdump

	wait_for 10 "capture $1 drained" capture_drained "$1"
	: >"$err"
	kill -INT "${CAPTURE_PID[$1]}"
	wait "${CAPTURE_PID[$1]}" || true
	file_says "$err" '(^|[^0-9])0 packets dropped by kernel' || fail "capture $1 lost packets: $(<"$err")"
}

# capture_count NAME [FILTER]: how many of its packets match the tcpdump filter. Fails where that cannot be told: no file, or a
# wrong filter. (In $(...) that ends only the substitution; what it is compared with is no number then.) While the
# capture runs its last packet may be there in part.
capture_count()
{
	local name=$1 err=$TMP/$1.count count

	shift
	count=$(tcpdump -n -r "$TMP/$name.pcap" "$@" 2>"$err" | wc -l) ||
		{ [ -e "/proc/${CAPTURE_PID[$name]:-none}" ] && file_says "$err" 'truncated dump file'; } ||
		fail "capture $name, '$*': $(<"$err")"
	echo "$count"
}

# Traffic.

# listening HOST tcp|udp PORT: somebody does, whatever the family.
listening()
{
	local port state table

	printf -v port '%04X' "$3"
	state=$([ "$2" = tcp ] && echo 0A || echo 07)
	for table in "/proc/${HOST_PID[$1]}/net/$2" "/proc/${HOST_PID[$1]}/net/${2}6"; do
		[ ! -e "$table" ] || ! file_says "$table" ":$port 0+:0000 $state" || return 0
	done
	return 1
}

# transfer FROM TO ADDRESS BYTES [PORT]: over TCP; fails unless every byte arrives unchanged.
transfer()
{
	local from=$1 to=$2 address=$3 bytes=$4 port=${5:-5001} receiver

	on_bg "$to" tcp receive "$port" >"$TMP/.received" 2>&1
	receiver=$!
	wait_for 10 "receiver on $to" listening "$to" tcp "$port"
	on "$from" tcp send "$address" "$port" "$bytes" || fail "transfer $from to $address: cannot send"
	wait $receiver || true
	assert_eq "transfer $from to $address" "received $bytes bytes" "$(<"$TMP/.received")"
}

# ping_ok HOST ADDRESS [COUNT [PING-OPTION...]]: every one of them must be answered.
ping_ok()
{
	local host=$1 address=$2 count=${3:-3} text

	shift $(($# < 3 ? $# : 3))
	text=$(on "$host" ping -q -n -c "$count" -i 0.05 -W 5 "$@" "$address") || true
	echo "$text"
	# The exit status says only whether any was.
	[[ $text == *" $count received, 0% packet loss"* ]] ||
		fail "ping from $host to $address: not every packet was answered"
}

# pings_lost FILE: of pings (not -q) that were ended while the last ones were under way: how many have no answer though a
# later one has. More than 25 without any at the end are lost, too. The numbers have 16 bits, and begin at 0 again.
pings_lost()
{
	awk '/bytes from .*icmp_seq=/ {
			seq = $0
			sub(/.*icmp_seq=/, "", seq)
			seq = last + (seq - last % 65536 + 98304) % 65536 - 32768
			answered += !seen[seq]++
			last = seq > last ? seq : last
		}
		/packets transmitted/ { sent = $1 }
		END { print sent ? (sent - last > 25 ? sent : last) - answered : "all" }' "$1"
}

# all_answered FILE COUNT: of "ping -c COUNT -w SECONDS" (not -q) none is lost. Without -w ping waits for the last ones only as
# long as twice the slowest one took, or one interval, whatever -W says; with it, it goes on until COUNT are answered.
all_answered()
{
	[[ $(<"$1") == *" $2 received"* ]] && [ "$(pings_lost "$1")" = 0 ]
}

# ping_fails HOST ADDRESS: none may be answered.
ping_fails()
{
	! on "$1" ping -q -n -c 2 -i 0.05 -W 1 "$2" || fail "ping from $1 to $2 was answered, and should not have been"
}

# udp_echo HOST PORT: answers every datagram to PORT with itself, until the scenario ends.
udp_echo()
{
	on_bg "$1" udp echo "$2"
	wait_for 10 "udp echo on $1" listening "$1" udp "$2"
}

# udp_sink HOST PORT FILE: appends a line "BYTES FROM-ADDRESS FROM-PORT" to FILE for each datagram.
udp_sink()
{
	on_bg "$1" udp sink "$2" >"$3"
	wait_for 10 "udp sink on $1" listening "$1" udp "$2"
}

# udp_send HOST ADDRESS PORT [OPTION...]: options of build/lab/bin/udp; prints "sent N answered N".
udp_send()
{
	local host=$1 address=$2 port=$3

	shift 3
	on "$host" udp send "$@" "$address" "$port"
}

# klips.

# module_load [PARAMETER=VALUE...]: for scenarios with "# module: no".
module_load()
{
	"$LAB/load-module" "$@"
}

# ipsec_in HOST ARGUMENT...
ipsec_in()
{
	local host=$1

	shift
	on "$host" ipsec "$@"
}

# with_ciphers COMMAND...: for commands that use many algorithms for the first time. Each time the kernel would ask for
# modules and test what it got, which takes nearly all of the time here: they are loaded before, and it is told not to.
with_ciphers()
{
	local status=0 notests=/sys/module/cryptomgr/parameters/notests loader

	# Which of them are modules, and how they are called, is each kernel's own.
	modprobe -qa gcm ccm chacha20poly1305 authenc authencesn seqiv echainiv cbc ctr des_generic sha1_generic \
		sha256_generic sha512_generic drbg jitterentropy_rng crypto_null chacha_generic chacha poly1305_generic \
		ghash_generic hmac || true
	loader=$(</proc/sys/kernel/modprobe)
	[ ! -w $notests ] || echo 1 >$notests
	echo >/proc/sys/kernel/modprobe
	"$@" || status=$?
	echo "$loader" >/proc/sys/kernel/modprobe
	[ ! -w $notests ] || echo 0 >$notests
	return $status
}

# pluto_start HOST CONF SECRETS: these files become its /etc/ipsec.conf and ipsec.secrets.
pluto_start()
{
	on "$1" install -m 644 "$2" /etc/ipsec.conf
	on "$1" install -m 600 "$3" /etc/ipsec.secrets
	ipsec_in "$1" setup start || fail "ipsec setup start on $1: exit status $?"
	wait_for 20 "pluto on $1" ipsec_in "$1" status
}

pluto_stop()
{
	ipsec_in "$1" setup stop
}

# lab_counters_add_up: packets into each klips device = transformed + passed + held + the sum of drops.
# Packets may be on their way: it has 2 s to come true.
lab_counters_add_up()
{
	local deadline=$((${EPOCHREALTIME/./} + 2000000)) wrong

	while true; do
		wrong=$(lab_counters_wrong) || fail "counters: ${wrong#FAIL: }"
		[ -n "$wrong" ] || return 0
		[ "${EPOCHREALTIME/./}" -lt $deadline ] || fail "counters do not add up: $wrong"
		pause 0.1
	done
}

# One line per device whose counters do not add up.
lab_counters_wrong()
{
	local host json all=

	for host in "${!HOST_PID[@]}"; do
		json=$(ipsec_in "$host" tncfg --json) || fail "ipsec tncfg --json on $host: exit status $?"
		# jq takes longer to start than all the rest.
		[[ $json =~ \"devices\":[[:space:]]*\[[[:space:]]*\] ]] || all+="{\"host\":\"$host\",\"tncfg\":$json}"
	done
	[ -n "$all" ] || return 0
	jq -r '.host as $host | .tncfg.devices[] | .name as $name | .tx
		| (.transformed + .passed + .held + ([.drops[]] | add // 0)) as $sum
		| select(.packets != $sum)
		| "\($host) \($name): \(.packets) in, \($sum) accounted for: \(tojson)"' <<<"$all" ||
		fail "ipsec tncfg --json: not the JSON that was agreed"
}

# strongSwan.

# strongswan_start HOST DIR: DIR has a swanctl.conf, which is loaded. Log: $TMP/charon-HOST.log
strongswan_start()
{
	cat >"$TMP/strongswan-$1.conf" <<-END
		charon {
			load = random nonce kdf hmac sha1 sha2 aes pem pkcs1 pkcs8 x509 pubkey constraints revocation openssl gcm curve25519 kernel-netlink socket-default vici updown
			filelog {
				log {
					path = $TMP/charon-$1.log
					default = 1
					ike = 2
					cfg = 2
					flush_line = yes
				}
			}
		}
		swanctl {
			load = random openssl pem pkcs1 pkcs8 x509 pubkey curve25519
		}
	END
	charon_start "$1"
	# Or the first negotiation waits for them, and the peer sends everything again.
	fast_ciphers
	modprobe -qa xfrm_user esp4 cbc authenc hmac sha256_generic seqiv echainiv || true
	wait_for 45 "strongSwan on $1" swanctl_in "$1" --stats
	strongswan_load "$1" "$2"
}

charon_start()
{
	on_bg "$1" env STRONGSWAN_CONF="$TMP/strongswan-$1.conf" /usr/lib/ipsec/charon >/dev/null 2>&1
}

# strongswan_load HOST DIR: what its swanctl.conf says from now on.
strongswan_load()
{
	SWANCTL_DIR=$2 swanctl_in "$1" --load-all --file "$2/swanctl.conf" || fail "strongSwan on $1 refuses $2/swanctl.conf"
}

# fast_ciphers: those of this CPU, which no kernel loads by itself. GHASH is a module of its own up to 6.x.
fast_ciphers()
{
	modprobe -a aesni_intel gcm
	modprobe -q ghash_clmulni_intel || true
}

# swanctl_in HOST ARGUMENT...
swanctl_in()
{
	local host=$1

	shift
	on "$host" env STRONGSWAN_CONF="$TMP/strongswan-$host.conf" swanctl "$@"
}
