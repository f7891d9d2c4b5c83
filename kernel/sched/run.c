/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues: which LWP runs where, and for how long.
 *
 * Each CPU has a queue of runnable LWPs by priority, 64 lists and a word that tells which are not
 * empty. The priority comes from nice and from recent CPU use (s_estcpu, in ns; halved each
 * second, and later on a crowded CPU, where each of many gets little of it), so that who waits
 * much goes before who computes much. Who has slept goes before who has not until it has used up
 * a slice (s_rested): a shell stays usable beside hundreds that never sleep. A fork hands both
 * on: a fork bomb does not shed its penalty. Of the policies (s_policy), BATCH earns nothing by
 * rest, and IDLE is on the last list whatever its nice value and use.
 *
 *	NEW --enqueue_new--> RUNNABLE <--pick / preempt--> RUNNING
 *	RUNNING --park--> SLEEPING --unpark--> RUNNABLE
 *	RUNNING --stop_self--> STOPPED --unstop--> RUNNABLE
 *	RUNNING --sched_exit--> DEAD
 *
 * rq_lock of the CPU s_cpu guards an LWP's state; it is held over a switch, from the moment that
 * the state leaves RUNNING until the next LWP has the CPU: who gets the lock and finds an LWP not
 * RUNNING knows that its registers are saved. Two queue locks are held together only as try-lock
 * of the second.
 *
 * The kernel is not preempted: a slice's end, or a better LWP, sets c_need_resched, which is
 * honoured on the way to user mode, at a sleep, and at sched_preempt_point. There is no tick: the
 * slice timer runs only while somebody waits for the CPU. Every 16th pick takes from the worst
 * list, so that none starves.
 *
 * Balance: a wake-up prefers the CPU where the LWP last ran, then an idle one; a CPU that goes
 * idle, or ends a slice, takes an LWP from the longest queue. A change of affinity takes effect
 * at the next wake-up or steal.
 */
#include "lib/chaos.h"
#include "sched/sched_int.h"

#define SLICE_NS	(10 * NSEC_PER_MSEC)
#define PRIO_NICE0	20u		/* nice 0 with no recent use */
#define ESTCPU_PER_PRIO	(16 * NSEC_PER_MSEC)	/* ns of use for one step down */
#define ESTCPU_STEPS	24u
#define ESTCPU_MAX	(2 * ESTCPU_STEPS * ESTCPU_PER_PRIO)
#define DECAY_ROUNDS	4u		/* ... is halved after so many rounds of the queue, at
					 * least a second */
#define PRIO_IDLE	(SCHED_NQUEUES - 1u)	/* SCHED_POLICY_IDLE, whatever its nice value */
#define REST_STEPS	8u		/* steps up for who has slept, till it has used a slice */
#define LOAD_PERIOD_NS	(5 * NSEC_PER_SEC)

struct runq {
	struct spinlock	 rq_lock;
	uint32_t	 rq_cpu;
	uint32_t	 rq_n;			/* LWPs on the lists; others read it unlocked, as
						 * a hint */
	uint64_t	 rq_nonempty;		/* bit p: rq_list[p] has some */
	struct list	 rq_list[SCHED_NQUEUES];
	struct lwp	*rq_cur;		/* without the lock it may be freed at any time:
						 * only looked at for null */
	bool		 rq_idle;		/* rq_cur is the idle LWP; others read it
						 * unlocked, as a hint */
	struct lwp	*rq_prev;		/* who gave the CPU up, until the switch is
						 * complete */
	uint32_t	 rq_picks;
	uint64_t	 rq_switches;
	uint64_t	 rq_user_ns, rq_sys_ns, rq_idle_ns;
	uint64_t	 rq_switch_ns;	/* when what runs now began */
} __aligned(64);

static struct runq runqs[MAXCPU];
static uint32_t loads[3];
static struct timeout load_timeout;

/* --- priorities --- */

static void
estcpu_decay(struct sched_lwp *s, uint64_t now)
{
	uint64_t round = load_relaxed(&runqs[s->s_cpu].rq_n) * SLICE_NS;
	uint64_t period = MAX(NSEC_PER_SEC, DECAY_ROUNDS * round);
	uint64_t halvings = (now - s->s_decay_ns) / period;

	if (halvings == 0)
		return;
	s->s_estcpu = halvings < 32 ? s->s_estcpu >> halvings : 0;
	s->s_decay_ns += halvings * period;
}

/* The queue of an LWP that has not used the CPU lately. */
static int
prio_base(const struct sched_lwp *s)
{
	int base = (int)PRIO_NICE0 + s->s_nice;

	switch (s->s_policy) {
	case SCHED_POLICY_IDLE:
		return (int)PRIO_IDLE;
	case SCHED_POLICY_BATCH:
		return base;
	default:
		return base - (s->s_rested ? (int)REST_STEPS : 0);
	}
}

static void
prio_update(struct sched_lwp *s, uint64_t now)
{
	uint32_t steps;
	int base = prio_base(s);

	estcpu_decay(s, now);
	steps = (uint32_t)MIN(s->s_estcpu / ESTCPU_PER_PRIO, (uint64_t)ESTCPU_STEPS);
	s->s_prio = (uint8_t)MIN((uint32_t)MAX(base, 0) + steps, SCHED_NQUEUES - 1u);
}

/* --- queues --- */

static struct runq *
runq_self(void)
{
	return &runqs[curcpu()->c_id];
}

struct runq *
runq_lock_self(void)
{
	struct runq *rq;

	spin_enter();
	rq = runq_self();
	spin_lock(&rq->rq_lock);
	spin_leave();
	return rq;
}

struct runq *
runq_lock_of(struct lwp *l)
{
	for (;;) {
		uint32_t cpu = load_relaxed(&lwp_sched(l)->s_cpu);
		struct runq *rq = &runqs[cpu];

		spin_lock(&rq->rq_lock);
		if (lwp_sched(l)->s_cpu == cpu)
			return rq;
		spin_unlock(&rq->rq_lock);
	}
}

void
runq_unlock(struct runq *rq)
{
	spin_unlock(&rq->rq_lock);
}

static void
runq_insert(struct runq *rq, struct sched_lwp *s)
{
	KASSERT(s->s_state == SCHED_RUNNABLE && !list_linked(&s->s_link));
	list_push_back(&rq->rq_list[s->s_prio], &s->s_link);
	rq->rq_nonempty |= 1ull << s->s_prio;
	store_relaxed(&rq->rq_n, rq->rq_n + 1);
}

static void
runq_remove(struct runq *rq, struct sched_lwp *s)
{
	list_remove(&s->s_link);
	if (list_empty(&rq->rq_list[s->s_prio]))
		rq->rq_nonempty &= ~(1ull << s->s_prio);
	store_relaxed(&rq->rq_n, rq->rq_n - 1);
}

/* Any of the queue; there is one. */
static struct sched_lwp *
runq_pick_any(struct runq *rq)
{
	uint32_t skip = chaos_draw(rq->rq_n);

	for (uint64_t bits = rq->rq_nonempty;; bits &= bits - 1) {
		list_foreach(s, &rq->rq_list[__builtin_ctzll(bits)], struct sched_lwp, s_link) {
			if (skip-- == 0)
				return s;
		}
	}
}

static struct sched_lwp *
runq_pick(struct runq *rq)
{
	uint32_t prio;

	if (rq->rq_nonempty == 0)
		return NULL;
	if (unlikely(chaos_on))
		return runq_pick_any(rq);
	if (++rq->rq_picks % 16 == 0)
		prio = 63 - (uint32_t)__builtin_clzll(rq->rq_nonempty);
	else
		prio = (uint32_t)__builtin_ctzll(rq->rq_nonempty);
	return list_first(&rq->rq_list[prio], struct sched_lwp, s_link);
}

static bool
runq_is_idle(const struct runq *rq)
{
	return load_relaxed(&rq->rq_idle) && load_relaxed(&rq->rq_n) == 0;
}

bool
lwp_on_cpu(const struct lwp *l)
{
	for (uint32_t i = 0; i < ncpu; i++) {
		if (load_relaxed(&runqs[i].rq_cur) == l)
			return true;
	}
	return false;
}

static bool
cpu_allowed(const struct sched_lwp *s, uint32_t cpu)
{
	return (s->s_affinity >> cpu & 1) != 0 && load_relaxed(&runqs[cpu].rq_cur) != NULL;
}

/*
 * Where to run s next: its last CPU if idle, another idle one, or the least loaded of the
 * allowed.
 */
static uint32_t
choose_cpu(const struct sched_lwp *s)
{
	uint32_t best = s->s_cpu, best_load = UINT32_MAX;

	if (unlikely(chaos_on)) {
		uint32_t any = chaos_draw(ncpu);

		if (cpu_allowed(s, any))
			return any;
	}
	if (cpu_allowed(s, s->s_cpu) && runq_is_idle(&runqs[s->s_cpu]))
		return s->s_cpu;
	for (uint32_t i = 0; i < ncpu; i++) {
		uint32_t load;

		if (!cpu_allowed(s, i))
			continue;
		if (runq_is_idle(&runqs[i]))
			return i;
		load = load_relaxed(&runqs[i].rq_n) * 2 + (i != s->s_cpu);
		if (load < best_load) {
			best_load = load;
			best = i;
		}
	}
	return best;
}

/*
 * rq has just got s: makes its CPU notice, now if s is better than what runs, else at the slice's
 * end.
 */
static void
runq_notify(struct runq *rq, const struct sched_lwp *s)
{
	const struct sched_lwp *cur = lwp_sched_const(rq->rq_cur);
	bool now = cur->s_idle || s->s_prio < cur->s_prio || chaos_chance(4);

	if (rq->rq_cpu != curcpu()->c_id) {
		if (now || rq->rq_n == 1)
			arch_send_resched(rq->rq_cpu);
		return;
	}
	if (now)
		curcpu()->c_need_resched = true;
	else if (rq->rq_n == 1)
		timer_set_slice(MAX(cur->s_slice_end_ns, clock_mono_ns() + NSEC_PER_MSEC));
}

void
sched_make_runnable(struct runq *rq, struct lwp *l)
{
	struct sched_lwp *s = lwp_sched(l);
	uint32_t cpu;

	KASSERT(spin_held(&rq->rq_lock) && s->s_state != SCHED_RUNNABLE &&
	    s->s_state != SCHED_RUNNING);
	s->s_rested = s->s_rested || s->s_state == SCHED_SLEEPING;
	s->s_state = SCHED_RUNNABLE;
	s->s_wmesg = NULL;
	prio_update(s, clock_mono_ns());
	cpu = choose_cpu(s);
	if (cpu != rq->rq_cpu) {
		/*
		 * On no queue and RUNNABLE: only we may enqueue it, so the gap between the locks
		 * is safe.
		 */
		store_relaxed(&s->s_cpu, cpu);
		runq_unlock(rq);
		rq = &runqs[cpu];
		spin_lock(&rq->rq_lock);
	}
	runq_insert(rq, s);
	runq_notify(rq, s);
	runq_unlock(rq);
}

/*
 * Takes an LWP that may run here from the longest queue that has at least min; null: none. It is
 * on no queue then, with s_cpu ours.
 */
static struct sched_lwp *
runq_steal(struct runq *self, uint32_t min)
{
	struct runq *from = NULL;
	struct sched_lwp *got = NULL;
	uint32_t most = MAX(min, 1u) - 1;

	for (uint32_t i = 0; i < ncpu; i++) {
		if (&runqs[i] != self && load_relaxed(&runqs[i].rq_n) > most) {
			from = &runqs[i];
			most = load_relaxed(&from->rq_n);
		}
	}
	if (from == NULL || !spin_trylock(&from->rq_lock))
		return NULL;
	for (uint64_t bits = from->rq_nonempty; bits != 0 && got == NULL; bits &= bits - 1) {
		list_foreach(s, &from->rq_list[__builtin_ctzll(bits)], struct sched_lwp, s_link) {
			if (cpu_allowed(s, self->rq_cpu)) {
				got = s;
				break;
			}
		}
	}
	if (got != NULL) {
		runq_remove(from, got);
		store_relaxed(&got->s_cpu, self->rq_cpu);
	}
	spin_unlock(&from->rq_lock);
	return got;
}

/* --- accounting --- */

/* ns of a mode that are not booked yet. */
static uint64_t
unbooked_ns(const struct sched_lwp *s, bool user)
{
	return arch_cycles_to_ns(s->s_cycles[user] - s->s_booked[user]);
}

/* What the running LWP used since it was last booked, or began to run, goes where it is summed. */
static void
account(struct sched_lwp *s, struct runq *rq, uint64_t now)
{
	uint64_t user, sys;

	sched_mode_mark(s, s->s_in_user);
	user = unbooked_ns(s, true);
	sys = unbooked_ns(s, false);
	memcpy(s->s_booked, s->s_cycles, sizeof(s->s_booked));
	if (s->s_idle) {
		rq->rq_idle_ns += now - rq->rq_switch_ns;
		return;
	}
	s->s_estcpu = MIN(s->s_estcpu + user + sys, ESTCPU_MAX);
	rq->rq_user_ns += user;
	rq->rq_sys_ns += sys;
}

void
sched_cpu_times(uint32_t cpu, uint64_t *user_ns, uint64_t *sys_ns, uint64_t *idle_ns)
{
	const struct runq *rq = &runqs[cpu];

	*user_ns = load_relaxed(&rq->rq_user_ns);
	*sys_ns = load_relaxed(&rq->rq_sys_ns);
	*idle_ns = load_relaxed(&rq->rq_idle_ns);
	if (runq_is_idle(rq))	/* its idle time is booked when it ends */
		*idle_ns += clock_mono_ns() - MIN(clock_mono_ns(),
		    load_relaxed(&rq->rq_switch_ns));
}

uint64_t
sched_switches(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < ncpu; i++)
		n += load_relaxed(&runqs[i].rq_switches);
	return n;
}

uint32_t
sched_nrunnable(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ncpu; i++)
		n += load_relaxed(&runqs[i].rq_n) +
		    (load_relaxed(&runqs[i].rq_cur) != NULL && !load_relaxed(&runqs[i].rq_idle));
	return n;
}

/* exp(-5 s / 1, 5, 15 min) in 1/65536. */
static const uint32_t load_decay[3] = { 60296, 64453, 65173 };

static void
load_sample(void *arg __unused)
{
	uint64_t n = (uint64_t)sched_nrunnable() << 16;

	for (uint32_t i = 0; i < nitems(loads); i++)
		loads[i] = (uint32_t)((loads[i] * (uint64_t)load_decay[i] +
		    n * (65536 - load_decay[i])) >> 16);
	timeout_set(&load_timeout, clock_mono_ns() + LOAD_PERIOD_NS);
}

void
sched_loadavg(uint32_t load[3])
{
	memcpy(load, loads, sizeof(loads));
}

void
sched_print(void (*print)(const char *fmt, ...))
{
	static const char *const states[] = {
		"new", "runnable", "running", "sleeping", "stopped", "dead"
	};

	STATIC_ASSERT(nitems(states) == SCHED_DEAD + 1);
	for (uint32_t i = 0; i < ncpu; i++) {
		const struct runq *rq = &runqs[i];
		uint64_t timer, slice;

		timeout_peek(i, &timer, &slice);
		print("nmi: CPU %u: %u queued, current %p %s, lock %s, resched %d; now %llu, "
		    "timer %llu, slice %llu, armed %llu ns\n", i, rq->rq_n, (void *)rq->rq_cur,
		    rq->rq_cur == NULL ? "-" : lwp_sched(rq->rq_cur)->s_idle ? "idle" :
		    states[lwp_sched(rq->rq_cur)->s_state], rq->rq_lock.sl_owner != NULL ? "held" :
		    "free",
		    cpus[i]->c_need_resched, (unsigned long long)clock_mono_ns(),
		    (unsigned long long)timer, (unsigned long long)slice,
		    (unsigned long long)arch_timer_armed(i));
	}
}

/* --- the switch --- */

/*
 * The second half of a switch, on the new LWP: lets go of the lock, and of the old LWP if it
 * ended.
 */
static void
switch_done(void)
{
	struct runq *rq = runq_self();
	struct lwp *prev = rq->rq_prev;
	bool dead = prev != NULL && lwp_sched(prev)->s_state == SCHED_DEAD;

	rq->rq_prev = NULL;
	spin_unlock(&rq->rq_lock);
	if (dead)
		sched_reap(prev);
}

static struct lwp *
choose_next(struct runq *rq)
{
	struct sched_lwp *next = runq_pick(rq);

	if (next == NULL)
		return curcpu()->c_idle;
	runq_remove(rq, next);
	return sched_lwp_of(next);
}

/* Tells the program, if it wants to know, that s runs on a CPU from now on (-1: on none). */
static void
ctl_note(struct sched_lwp *s, int32_t cpu)
{
	struct sched_ctl *ctl = load_relaxed(&s->s_ctl);
	int32_t *words;

	if (likely(ctl == NULL) || load_relaxed(&ctl->sc_user) != s ||
	    (words = load_relaxed(&ctl->sc_words)) == NULL)
		return;
	store_relaxed(&words[0], cpu);
	if (cpu >= 0)
		store_relaxed(&words[1], words[1] + 1);
}

static uint64_t
slice_ns(void)
{
	return likely(!chaos_on) ? SLICE_NS : SLICE_NS >> chaos_draw(10);
}

void
sched_switch(struct runq *rq)
{
	struct lwp *self = curlwp(), *next;
	struct sched_lwp *s = lwp_sched(self), *n;
	bool intr_was_on = curcpu()->c_intr_was_on;
	uint64_t now = clock_mono_ns();

	KASSERT(curcpu()->c_spin_depth == 1 && spin_held(&rq->rq_lock) &&
	    s->s_state != SCHED_RUNNING);
	account(s, rq, now);
	store_relaxed(&rq->rq_switch_ns, now);
	curcpu()->c_need_resched = false;
	next = choose_next(rq);
	n = lwp_sched(next);
	n->s_state = SCHED_RUNNING;
	if (n->s_idle) {
		timer_set_slice(0);
	} else {
		n->s_slice_end_ns = now + slice_ns();
		timer_set_slice(rq->rq_n > 0 ? n->s_slice_end_ns : 0);
	}
	if (next == self) {
		spin_unlock(&rq->rq_lock);
		return;
	}
	n->s_mark = arch_cycles();
	rq->rq_switches++;
	store_relaxed(&rq->rq_cur, next);
	store_relaxed(&rq->rq_idle, n->s_idle);
	rq->rq_prev = self;
	ctl_note(s, -1);
	ctl_note(n, (int32_t)rq->rq_cpu);
	arch_switch(self, next);
	/* Perhaps on another CPU. */
	curcpu()->c_intr_was_on = intr_was_on;
	switch_done();
}

void
sched_lwp_started(void)
{
	curcpu()->c_intr_was_on = true;
	switch_done();
}

/* The calling LWP stays runnable and lets others go first. */
static void
sched_preempt(void)
{
	struct runq *rq = runq_lock_self();
	struct sched_lwp *s = lwp_sched(curlwp());
	uint64_t now = clock_mono_ns();

	if (rq->rq_n == 0) {
		struct sched_lwp *other = runq_steal(rq, 2);

		if (other != NULL)
			runq_insert(rq, other);
	}
	s->s_state = SCHED_RUNNABLE;
	s->s_nivcsw++;
	if (s->s_slice_end_ns <= now)
		s->s_rested = false;
	prio_update(s, now);
	runq_insert(rq, s);
	sched_switch(rq);
}

void
sched_preempt_point(void)
{
	if (unlikely(curcpu()->c_need_resched) && curcpu()->c_spin_depth == 0 &&
	    arch_intr_enabled())
		sched_preempt();
}

void
sched_user_return(void)
{
	while (unlikely(curcpu()->c_need_resched))
		sched_preempt();
}

void
sched_yield_user(void)
{
	if (load_relaxed(&runq_self()->rq_n) > 0)
		sched_preempt();
}

void
sched_exit(void)
{
	struct runq *rq = runq_lock_self();

	lwp_sched(curlwp())->s_state = SCHED_DEAD;
	sched_switch(rq);
	UNREACHABLE();
}

void
sched_idle_loop(void)
{
	for (;;) {
		struct runq *rq;
		struct sched_lwp *other = NULL;

		arch_intr_off();
		rq = runq_self();
		if (rq->rq_n == 0)
			other = runq_steal(rq, 1);
		if (other == NULL && rq->rq_n == 0) {
			curcpu()->c_need_resched = false;
			arch_idle();
			arch_intr_on();
			continue;
		}
		spin_lock(&rq->rq_lock);
		if (other != NULL)
			runq_insert(rq, other);
		lwp_sched(curlwp())->s_state = SCHED_RUNNABLE;
		sched_switch(rq);
		arch_intr_on();
	}
}

/* --- interrupts --- */

void
sched_timer_interrupt(void)
{
	struct sched_lwp *s = lwp_sched(curlwp());

	timeout_run();
	if (!s->s_idle && s->s_slice_end_ns <= clock_mono_ns()) {
		timer_set_slice(0);
		if (load_relaxed(&runq_self()->rq_n) > 0)
			curcpu()->c_need_resched = true;
	}
}

void
sched_resched_interrupt(void)
{
	struct runq *rq = runq_self();
	struct sched_lwp *s = lwp_sched(curlwp());
	uint64_t better;

	spin_lock(&rq->rq_lock);
	better = s->s_idle ? ~0ull : (1ull << s->s_prio) - 1;
	if ((rq->rq_nonempty & better) != 0)
		curcpu()->c_need_resched = true;
	else if (rq->rq_n > 0)
		timer_set_slice(MAX(s->s_slice_end_ns, clock_mono_ns() + NSEC_PER_MSEC));
	spin_unlock(&rq->rq_lock);
}

/* --- birth and settings --- */

void
sched_init(void)
{
	timeout_init_cpus();
	for (uint32_t i = 0; i < MAXCPU; i++) {
		spin_init(&runqs[i].rq_lock, "runq", RANK_SCHED);
		runqs[i].rq_cpu = i;
		for (uint32_t p = 0; p < SCHED_NQUEUES; p++)
			list_init(&runqs[i].rq_list[p]);
	}
	timeout_init(&load_timeout, load_sample, NULL);
}

void
sched_lwp_init_idle(struct lwp *l, uint32_t cpu)
{
	struct sched_lwp *s = lwp_sched(l);

	sched_lwp_init(l, NULL);
	s->s_idle = true;
	s->s_state = SCHED_RUNNING;
	s->s_cpu = cpu;
	s->s_prio = SCHED_NQUEUES - 1;
	cpus[cpu]->c_idle = cpus[cpu]->c_curlwp = l;
	store_relaxed(&runqs[cpu].rq_idle, true);
	store_release(&runqs[cpu].rq_cur, l);
	if (cpu == 0)
		timeout_set(&load_timeout, clock_mono_ns() + LOAD_PERIOD_NS);
}

void
sched_lwp_init(struct lwp *l, const struct lwp *parent)
{
	struct sched_lwp *s = lwp_sched(l);
	uint64_t now = clock_mono_ns();

	memset(s, 0, sizeof(*s));
	list_init(&s->s_link);
	s->s_state = SCHED_NEW;
	s->s_affinity = ~0ull;
	s->s_cpu = curcpu()->c_id;
	s->s_decay_ns = now;
	if (parent != NULL) {
		const struct sched_lwp *p = lwp_sched_const(parent);

		s->s_affinity = p->s_affinity;
		s->s_nice = p->s_nice;
		s->s_policy = p->s_policy;
		s->s_estcpu = MIN(p->s_estcpu + unbooked_ns(p, true) + unbooked_ns(p, false),
		    ESTCPU_MAX);
		s->s_rested = p->s_rested && now < p->s_slice_end_ns;
		s->s_decay_ns = p->s_decay_ns;
	}
	prio_update(s, now);
}

void
sched_enqueue_new(struct lwp *l)
{
	struct runq *rq = runq_lock_of(l);

	KASSERT(lwp_sched(l)->s_state == SCHED_NEW);
	sched_make_runnable(rq, l);
}

void
sched_enqueue_new_here(struct lwp *l)
{
	struct runq *rq = runq_lock_self();
	struct sched_lwp *s = lwp_sched(l);

	KASSERT(s->s_state == SCHED_NEW);
	if (chaos_chance(2)) {
		runq_unlock(rq);
		sched_enqueue_new(l);
		return;
	}
	store_relaxed(&s->s_cpu, rq->rq_cpu);
	s->s_state = SCHED_RUNNABLE;
	prio_update(s, clock_mono_ns());
	runq_insert(rq, s);
	runq_unlock(rq);
}

void
sched_new_stopped(struct lwp *l)
{
	struct runq *rq = runq_lock_of(l);

	KASSERT(lwp_sched(l)->s_state == SCHED_NEW);
	lwp_sched(l)->s_state = SCHED_STOPPED;
	runq_unlock(rq);
}

/* Gives an LWP the two things that its priority begins with; one on a run queue moves. */
static void
sched_set_base(struct lwp *l, const int8_t *nice, const uint8_t *policy)
{
	struct runq *rq = runq_lock_of(l);
	struct sched_lwp *s = lwp_sched(l);
	bool queued = list_linked(&s->s_link);

	if (queued)
		runq_remove(rq, s);
	if (nice != NULL)
		s->s_nice = *nice;
	if (policy != NULL)
		s->s_policy = *policy;
	prio_update(s, clock_mono_ns());
	if (queued)
		runq_insert(rq, s);
	runq_unlock(rq);
}

void
sched_set_nice(struct lwp *l, int nice)
{
	int8_t n = (int8_t)MAX(MIN(nice, SCHED_NICE_MAX), SCHED_NICE_MIN);

	sched_set_base(l, &n, NULL);
}

void
sched_set_policy(struct lwp *l, enum sched_policy policy)
{
	uint8_t p = (uint8_t)policy;

	sched_set_base(l, NULL, &p);
}

enum sched_policy
sched_get_policy(const struct lwp *l)
{
	return (enum sched_policy)lwp_sched_const(l)->s_policy;
}

int
sched_get_nice(const struct lwp *l)
{
	return lwp_sched_const(l)->s_nice;
}

int
sched_set_affinity(struct lwp *l, uint64_t mask)
{
	uint64_t online = ncpu >= 64 ? ~0ull : (1ull << ncpu) - 1;
	struct runq *rq;

	if ((mask & online) == 0)
		return EINVAL;
	rq = runq_lock_of(l);
	lwp_sched(l)->s_affinity = mask;
	runq_unlock(rq);
	return 0;
}

enum sched_state
sched_state_of(const struct lwp *l)
{
	return load_relaxed(&lwp_sched_const(l)->s_state);
}
