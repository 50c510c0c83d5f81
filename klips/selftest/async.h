/* SPDX-License-Identifier: GPL-2.0 */
/* Waits for crypto that may finish later: init_completion(), the request with test_async, test_finish(). */
#ifndef KLIPS_SELFTEST_ASYNC_H
#define KLIPS_SELFTEST_ASYNC_H

#include <linux/completion.h>

static struct {
	struct completion done;
	int err;
} test_wait;

static void test_async(klips_crypto_arg_t arg, int err)
{
	if (err == -EINPROGRESS)
		return;
	test_wait.err = err;
	complete(&test_wait.done);
}

/* What became of the request that was answered with @err. */
static int test_finish(int err)
{
	if (err != -EINPROGRESS)
		return err;
	wait_for_completion(&test_wait.done);
	return test_wait.err;
}

#endif
