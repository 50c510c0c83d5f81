# SPDX-License-Identifier: GPL-2.0
# What became of each set-up of the matrix. Files, file=1 to file=6 before each: the rows; traffic (what build/lab/bin/pairs said);
# sas (of matrix.awk); klips: "SAID PACKETS DROPS"; xfrm: "SPI PACKETS ERRORS"; seen: names found on the wire in the clear
# that may not be.
# Prints for each row "ok ROW" or "FAILED ROW: why", with all that both sides counted for its SAs. Exit status 1: one failed.

file == 1 {
	sub(/ [^ ]* [^ ]*$/, "")
	row[++rows] = $0
	short[$1] = too_short()
	next
}

file == 2 {
	sub(/^setup-/, "")
	traffic[$1] = $0
	sub(/^[^ ]* /, "", traffic[$1])
	next
}

file == 3 {
	sas++
	setup_of[sas] = $1
	spi[sas] = $2
	said[sas] = $3
	way[sas] = $4
	counted[sas] = $5 == "count"
	next
}

file == 4 {
	packets[$1] = $2
	drops[$1] = $3
	next
}

file == 5 {
	xfrm[$1] = $2
	errors[$1] = $3
	next
}

{
	gsub(/[^0-9]/, "", $1)
	clear[$1] = 1
}

# Whether ESP of a datagram of one byte is less than 40 bytes, in UDP over IPv6: the kernel's receive function, XFRM's and ours,
# drops it. klips fills it up, XFRM does not, so of what comes back the smallest is lost.
function too_short()
{
	return $3 == "esp" && $4 == "transport" && $5 == "v6" && $7 == "udp" && 8 + ($2 ~ /^null-/ ? 0 : 8) + 12 + $12 < 40
}

# Of a packet too big for the way an IPv6 sender has heard, and sent smaller ones.
function fair(drop, traffic)
{
	return drop == "" || drop == "-" || (drop ~ /^too_big=[0-9]+$/ && traffic ~ /^ok .*:/)
}

# Packets of transports that may be left out are counted by one side only.
function judge(i,	s, why)
{
	s = setup_of[i]
	if (!fair(drops[said[i]], traffic[s]))
		why = " drops"
	if (errors[spi[i]] > 0)
		why = why " errors of XFRM"
	if (counted[i] && packets[said[i]] != xfrm[spi[i]] && !(short[s] && way[i] == "in"))
		why = why " counts"
	if (counted[i] && packets[said[i]] < (short[s] && way[i] == "in" ? 3 : 4))
		why = why " too few packets"
	if (why)
		wrong[s] = wrong[s] " [" said[i] why "]"
	told[s] = told[s] sprintf("; %s %s: klips %d packets, drops %s, XFRM %d packets, %d errors", way[i], said[i],
		packets[said[i]], drops[said[i]] ? drops[said[i]] : "-", xfrm[spi[i]], errors[spi[i]])
}

END {
	for (i = 1; i <= sas; i++)
		judge(i)
	for (i = 1; i <= rows; i++) {
		split(row[i], part, " ")
		s = part[1]
		if (traffic[s] !~ (short[s] ? "^1:lost$" : "^ok"))
			wrong[s] = " traffic" wrong[s]
		if (clear[s])
			wrong[s] = wrong[s] " in the clear on the wire"
		if (!wrong[s]) {
			print "ok " row[i] (short[s] ? ": without the smallest, which XFRM sends too short" : "")
			continue
		}
		failed++
		print "FAILED " row[i] ":" wrong[s] "; " (traffic[s] ? traffic[s] : "no traffic") told[s]
	}
	exit failed > 0
}
