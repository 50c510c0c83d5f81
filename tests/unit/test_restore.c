// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/restore.c userland/pluto/remover.c */
/* Who removes for ever is given way to, and not told for ever; and who that is. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "remover.h"
#include "restore.h"
#include "unit.h"

static void at_once(void)
{
	struct restore r = { 0 };
	uint64_t now = 70000;
	int i;

	for (i = 1; i < RESTORE_AT_ONCE; i++) {
		CHECK(restore_done(&r, now, now + 1) == (i == 1 ? RESTORE_SAY : RESTORE_QUIET), "time %d: told", i);
		CHECK(r.next <= now + 1, "time %d: not at once", i);
		now += 50;
	}
	CHECK(restore_done(&r, now, now) == RESTORE_SAY_PAUSES && r.next == now + RESTORE_PAUSE_MIN, "no pause");
	/* what stays a while is put back at once each time, and told */
	for (i = 0; i < 100; i++) {
		now += 2 * RESTORE_TELL / RESTORE_LINES;
		CHECK(restore_done(&r, now, now) == RESTORE_SAY && r.next <= now, "it stayed, time %d: not told, or not at once", i);
	}
	unit_done("restore: at once, as long as it stays a while");
}

/* Who removes it @stays milliseconds after it was put back, for ten minutes: how often it is, and is told. */
static void for_ten_minutes(uint64_t stays, unsigned int *done, unsigned int *said, unsigned int *pauses)
{
	uint64_t now = 100000, end = now + 600000, gone_at = now;
	struct restore r = { 0 };
	enum restore_say say;

	*done = *said = *pauses = 0;
	while (now < end) {
		say = restore_done(&r, gone_at, now);
		*said += say != RESTORE_QUIET;
		*pauses += say == RESTORE_SAY_PAUSES;
		++*done;
		CHECK(r.next <= now + RESTORE_PAUSE_MAX, "a pause of %llu", (unsigned long long)(r.next - now));
		gone_at = now + stays;
		now = r.next > gone_at ? r.next : gone_at;
	}
	now = gone_at + RESTORE_TELL;
	CHECK(restore_done(&r, now, now) == RESTORE_SAY && r.next <= now, "after a calm it is not at once again");
}

static void for_ever(void)
{
	unsigned int done, said, pauses;

	for_ten_minutes(1, &done, &said, &pauses);
	CHECK(done > 590 && done < 620, "put back %u times", done);
	CHECK(said >= 10 && said <= 12 && pauses == 1, "told %u times, %u times of pauses", said, pauses);
	for_ten_minutes(RESTORE_STAYED, &done, &said, &pauses);
	CHECK(done == 600000 / RESTORE_STAYED, "put back %u times", done);
	CHECK(said <= 11 * RESTORE_LINES && !pauses, "told %u times, %u times of pauses", said, pauses);
	unit_done("restore: somebody who never ends");
}

static void who(void)
{
	char buf[REMOVER_TEXT], want[REMOVER_TEXT];

	CHECK(!strcmp(remover_text(0, buf), ""), "nobody is '%s'", buf);
	snprintf(want, sizeof(want), "pid %d (test_restore)", getpid());
	CHECK(!strcmp(remover_text(getpid(), buf), want), "'%s', not '%s'", buf, want);
	CHECK(strstr(remover_text(0x7ffffffe, buf), "unknown"), "'%s' of a pid that cannot be", buf);
	CHECK(strstr(remover_text(0xffffefff, buf), "port 4294963199 (unknown"), "'%s' of no pid", buf);
	unit_done("restore: who it was");
}

int main(void)
{
	at_once();
	for_ever();
	who();
	return unit_status();
}
