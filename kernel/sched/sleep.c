/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping: the primitive under every mutex, rwlock and condition variable (sync/park.h), and
 * stops.
 *
 * The sleeper holds its queue's spin lock, takes its run queue's lock, marks itself SLEEPING and
 * only then gives the queue's lock up. Whoever wakes it holds the queue's lock first, so it
 * either comes before the sleeper is on the queue or finds it SLEEPING: no wake-up is lost, none
 * is remembered. Signals and time limits reach the sleeper by its run queue's lock alone and
 * leave the queue's entry to it.
 */
#include "sched/sched_int.h"

/* The sleep's time limit is over; interrupt context. */
static void
sleep_timeout(void *arg)
{
	struct lwp *l = arg;
	struct runq *rq = runq_lock_of(l);

	if (lwp_sched(l)->s_state == SCHED_SLEEPING) {
		lwp_sched(l)->s_timed_out = true;
		sched_make_runnable(rq, l);
	} else {
		runq_unlock(rq);
	}
}

int
park(struct spinlock *interlock, const char *wmesg, bool interruptible, uint64_t deadline_ns)
{
	struct lwp *l = curlwp();
	struct sched_lwp *s = lwp_sched(l);
	struct runq *rq;
	bool interrupted, timed_out;

	KASSERT(spin_held(interlock) && !s->s_idle);
	if (deadline_ns != 0) {
		timeout_init(&s->s_timeout, sleep_timeout, l);
		timeout_set(&s->s_timeout, deadline_ns);
	}
	rq = runq_lock_self();
	s->s_interrupted = s->s_timed_out = false;
	s->s_interruptible = interruptible;
	if (interruptible && lwp_signal_pending(l)) {
		runq_unlock(rq);
		spin_unlock(interlock);
		interrupted = true;
		timed_out = false;
	} else {
		s->s_state = SCHED_SLEEPING;
		s->s_wmesg = wmesg;
		s->s_nvcsw++;
		spin_unlock(interlock);
		sched_switch(rq);
		interrupted = s->s_interrupted;
		timed_out = s->s_timed_out;
	}
	s->s_interruptible = false;
	if (deadline_ns != 0)
		timeout_cancel(&s->s_timeout);
	return interrupted ? EINTR : timed_out ? ETIMEDOUT : 0;
}

void
unpark(struct lwp *l)
{
	struct runq *rq = runq_lock_of(l);

	if (lwp_sched(l)->s_state == SCHED_SLEEPING)
		sched_make_runnable(rq, l);
	else
		runq_unlock(rq);
}

/* A wake-up chooses among the allowed CPUs: so a sleep of no length will do. */
void
sched_obey_affinity(void)
{
	struct sched_lwp *s = lwp_sched(curlwp());

	while ((load_relaxed(&s->s_affinity) >> load_relaxed(&s->s_cpu) & 1) == 0) {
		struct spinlock interlock = SPINLOCK_INIT("affinity", RANK_CV);

		spin_lock(&interlock);
		(void)park(&interlock, "affinity", false, clock_mono_ns() + 1);
	}
}

struct held_ranks *
lwp_held_ranks(struct lwp *l)
{
	return &lwp_sched(l)->s_held;
}

void
sched_signal_wakeup(struct lwp *l)
{
	struct runq *rq = runq_lock_of(l);
	struct sched_lwp *s = lwp_sched(l);

	if (s->s_state == SCHED_SLEEPING && s->s_interruptible) {
		s->s_interrupted = true;
		sched_make_runnable(rq, l);
		return;
	}
	if (s->s_state == SCHED_RUNNING && s->s_cpu != curcpu()->c_id)
		arch_send_resched(s->s_cpu);
	runq_unlock(rq);
}

void
sched_stop_self(struct spinlock *interlock)
{
	struct sched_lwp *s = lwp_sched(curlwp());
	struct runq *rq = runq_lock_self();

	s->s_state = SCHED_STOPPED;
	s->s_nvcsw++;
	spin_unlock(interlock);
	sched_switch(rq);
}

void
sched_unstop(struct lwp *l)
{
	struct runq *rq = runq_lock_of(l);

	if (lwp_sched(l)->s_state == SCHED_STOPPED)
		sched_make_runnable(rq, l);
	else
		runq_unlock(rq);
}
