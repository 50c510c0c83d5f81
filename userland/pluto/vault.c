// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ike_crypto.h"
#include "loop.h"
#include "plog.h"
#include "vault.h"

/* One request, owned by one side at a time: the loop, the queue, the thread, the results. */
struct job {
	struct job *next;
	enum ike_action_kind kind;
	uint32_t id;
	int error;
	struct ike_dh dh;		/* DH_GENERATE: made; DH_SHARED: used */
	uint8_t seed[64];
	uint16_t group;
	uint8_t *input;			/* the peer's value */
	size_t input_len;
	struct auth_job *auth;		/* AUTH_MAKE, AUTH_CHECK */
	uint8_t out[IKE_MAX_KE + IKE_MAX_DH];
	size_t out_len;
};

struct queue {
	struct job *first, **last;
};

/* A private value, by the id of the request that made it. */
struct private {
	struct private *next;
	uint32_t id;
	struct ike_dh dh;
	bool made;			/* else the thread is still at it */
};

static struct private *privates;
static vault_result_fn give_result;
static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct queue todo, done;		/* under lock */
static bool stop;			/* under lock */
static struct watch results;

/* ---- jobs ---- */

static void job_free(struct job *job)
{
	if (job->input)
		explicit_bzero(job->input, job->input_len);
	free(job->input);
	auth_job_free(job->auth);
	explicit_bzero(job, sizeof(*job));
	free(job);
}

static void queue_put(struct queue *q, struct job *job)
{
	job->next = NULL;
	if (!q->first)
		q->last = &q->first;
	*q->last = job;
	q->last = &job->next;
}

static struct job *queue_get(struct queue *q)
{
	struct job *job = q->first;

	if (job)
		q->first = job->next;
	return job;
}

/* ---- the thread ---- */

static int job_do(struct job *job)
{
	switch (job->kind) {
	case IKE_DH_GENERATE:
		return ike_dh_generate(&job->dh, job->group, job->seed, job->out, &job->out_len);
	case IKE_KE_ANSWER:
		return ike_ke_answer(job->group, job->seed, job->input, job->input_len, job->out, &job->out_len);
	case IKE_DH_SHARED:
		return ike_dh_shared(&job->dh, job->input, job->input_len, job->out, &job->out_len);
	default:
		return auth_job_do(job->auth);
	}
}

static void *work(void *unused)
{
	uint64_t one = 1;
	struct job *job;

	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		job = queue_get(&todo);
		if (!job && stop)
			break;
		if (!job) {
			pthread_cond_wait(&wake, &lock);
			continue;
		}
		pthread_mutex_unlock(&lock);
		job->error = job_do(job);
		pthread_mutex_lock(&lock);
		queue_put(&done, job);
		if (write(results.fd, &one, sizeof(one)) < 0)
			break;		/* the loop is gone */
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- private values ---- */

static struct private **private_find(uint32_t id)
{
	struct private **at = &privates;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void private_drop(struct private **at)
{
	struct private *p = *at;

	if (!p)
		return;
	*at = p->next;
	explicit_bzero(p, sizeof(*p));
	free(p);
}

/* The thread made it: keep it, unless it was forgotten meanwhile. */
static void private_made(const struct job *job)
{
	struct private **at = private_find(job->id);

	if (!*at)
		return;
	if (job->error) {
		private_drop(at);
		return;
	}
	(*at)->dh = job->dh;
	(*at)->made = true;
}

/* ---- the loop's side ---- */

static void tell(const struct job *job)
{
	const uint8_t *data = job->out;
	size_t len = job->error ? 0 : job->out_len;

	if (job->auth)
		data = auth_job_result(job->auth, &len);
	give_result(job->id, job->error, len ? data : NULL, len);
}

static void results_ready(struct watch *w, uint32_t events)
{
	uint64_t count;
	struct job *job;

	(void)events;
	if (read(w->fd, &count, sizeof(count)) < 0)
		return;
	for (;;) {
		pthread_mutex_lock(&lock);
		job = queue_get(&done);
		pthread_mutex_unlock(&lock);
		if (!job)
			return;
		if (job->kind == IKE_DH_GENERATE)
			private_made(job);
		tell(job);
		job_free(job);
	}
}

static void submit(struct job *job)
{
	pthread_mutex_lock(&lock);
	queue_put(&todo, job);
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
}

static int input_set(struct job *job, const uint8_t *data, size_t len)
{
	job->input = malloc(len ? len : 1);
	if (!job->input)
		return -ENOMEM;
	memcpy(job->input, data, len);
	job->input_len = len;
	return 0;
}

static int prepare_generate(struct job *job, const struct ike_action *a)
{
	struct private *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->id = a->id;
	p->next = privates;
	privates = p;
	job->group = a->dh_generate.group;
	memcpy(job->seed, a->dh_generate.seed, sizeof(job->seed));
	return 0;
}

static int prepare_shared(struct job *job, const struct ike_action *a)
{
	struct private **at = private_find(a->dh_shared.key);
	int err;

	if (!*at || !(*at)->made)
		return -ENOENT;
	job->dh = (*at)->dh;
	err = input_set(job, a->dh_shared.peer, a->dh_shared.len);
	private_drop(at);
	return err;
}

static int prepare_answer(struct job *job, const struct ike_action *a)
{
	job->group = a->ke_answer.group;
	memcpy(job->seed, a->ke_answer.seed, sizeof(job->seed));
	return input_set(job, a->ke_answer.peer, a->ke_answer.len);
}

static int prepare(struct job *job, const struct ike_action *a, const struct conn_creds *conn, char why[CERT_WHY])
{
	int err;

	switch (a->kind) {
	case IKE_DH_GENERATE:
		return prepare_generate(job, a);
	case IKE_DH_SHARED:
		return prepare_shared(job, a);
	case IKE_KE_ANSWER:
		return prepare_answer(job, a);
	default:
		job->auth = auth_job_new(a, conn, &err, why);
		return job->auth ? 0 : err;
	}
}

void vault_serve(const struct ike_action *a, const struct conn_creds *conn)
{
	char why[CERT_WHY] = "";
	uint32_t id = a->id;
	struct job *job;
	int err;

	if (a->kind == IKE_DH_FORGET) {
		private_drop(private_find(a->dh_forget.key));
		return;
	}
	job = calloc(1, sizeof(*job));
	if (!job) {
		give_result(id, -ENOMEM, NULL, 0);
		return;
	}
	job->kind = a->kind;
	job->id = id;
	err = prepare(job, a, conn, why);
	if (!err) {
		submit(job);
		return;
	}
	job_free(job);
	give_result(id, err, why[0] ? (const uint8_t *)why : NULL, strlen(why));
}

int vault_open(vault_result_fn result)
{
	sigset_t all, before;
	int err;

	give_result = result;
	results.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	results.ready = results_ready;
	if (results.fd < 0)
		return -errno;
	err = loop_add(&results, EPOLLIN);
	if (err)
		return err;
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&thread, NULL, work, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

void vault_close(void)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	stop = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	while ((job = queue_get(&todo)) || (job = queue_get(&done)))
		job_free(job);
	while (privates)
		private_drop(&privates);
	creds_free();
	loop_del(&results);
	close(results.fd);
}
