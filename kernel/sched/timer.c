/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timeouts: one pairing heap and one hardware timer a CPU.
 *
 * A timeout is on the heap of the CPU that set it and fires there. tq_lock guards the heap and
 * the fields of the timeouts on it. While a function runs, tq_running names its timeout, which is
 * on no heap, so that cancel can wait for the end. Callers serialise set and cancel of the same
 * timeout; only firing is concurrent with them.
 *
 * Setting never waits, so it may be done with a lock held that the function takes. A timeout
 * whose function runs just then stays with that function's CPU, for cancel must find there that
 * it runs; that CPU programs its timer when the function ends.
 *
 * Setting costs O(1), firing and cancelling O(log n) amortised; a sleep with a time limit that is
 * woken in time, the most common case by far, sets and cancels at the cost of a few links.
 */
#include "sched/sched_int.h"

struct timerq {
	struct spinlock	 tq_lock;
	struct timeout	*tq_root;
	struct timeout	*tq_running;
	uint64_t	 tq_slice_ns;	/* this CPU alone, interrupts off */
} __aligned(64);

static struct timerq timerqs[MAXCPU];

static struct timeout *
heap_meld(struct timeout *a, struct timeout *b)
{
	if (a == NULL)
		return b;
	if (b == NULL)
		return a;
	if (b->t_deadline_ns < a->t_deadline_ns) {
		struct timeout *t = a;

		a = b;
		b = t;
	}
	b->t_prev = a;
	b->t_right = a->t_left;
	if (a->t_left != NULL)
		a->t_left->t_prev = b;
	a->t_left = b;
	return a;
}

/* Melds a list of siblings into one heap: in pairs from the left, then all from the right. */
static struct timeout *
heap_meld_siblings(struct timeout *first)
{
	struct timeout *pairs = NULL, *root = NULL;

	while (first != NULL) {
		struct timeout *a = first, *b = a->t_right;

		first = b != NULL ? b->t_right : NULL;
		a->t_right = a->t_prev = NULL;
		if (b != NULL)
			b->t_right = b->t_prev = NULL;
		a = heap_meld(a, b);
		a->t_right = pairs;
		pairs = a;
	}
	while (pairs != NULL) {
		struct timeout *next = pairs->t_right;

		pairs->t_right = pairs->t_prev = NULL;
		root = heap_meld(root, pairs);
		pairs = next;
	}
	return root;
}

static void
heap_remove(struct timerq *tq, struct timeout *t)
{
	struct timeout *sub = heap_meld_siblings(t->t_left);

	if (tq->tq_root == t) {
		tq->tq_root = sub;
	} else {
		if (t->t_prev->t_left == t)
			t->t_prev->t_left = t->t_right;
		else
			t->t_prev->t_right = t->t_right;
		if (t->t_right != NULL)
			t->t_right->t_prev = t->t_prev;
		tq->tq_root = heap_meld(tq->tq_root, sub);
	}
	t->t_left = t->t_right = t->t_prev = NULL;
	t->t_queued = false;
}

void
timeout_init_cpus(void)
{
	for (uint32_t i = 0; i < MAXCPU; i++)
		spin_init(&timerqs[i].tq_lock, "timerq", RANK_TIMER);
}

void
timeout_init(struct timeout *t, void (*fn)(void *), void *arg)
{
	*t = (struct timeout){ .t_fn = fn, .t_arg = arg };
}

/* Programs this CPU's timer for whichever comes first. */
static void
timer_program(struct timerq *tq)
{
	uint64_t next = timeout_next();

	if (tq->tq_slice_ns != 0 && (next == 0 || tq->tq_slice_ns < next))
		next = tq->tq_slice_ns;
	arch_timer_set(next);
}

void
timer_set_slice(uint64_t deadline_ns)
{
	struct timerq *tq = &timerqs[curcpu()->c_id];

	if (tq->tq_slice_ns == deadline_ns)
		return;
	tq->tq_slice_ns = deadline_ns;
	timer_program(tq);
}

/* tq is locked. */
static void
heap_insert(struct timerq *tq, struct timeout *t)
{
	t->t_left = t->t_right = t->t_prev = NULL;
	t->t_cpu = (uint32_t)(tq - timerqs);
	t->t_queued = true;
	tq->tq_root = heap_meld(tq->tq_root, t);
}

/* Takes t off its heap. If its function runs now, t is entered there again. */
static bool
set_while_running(struct timeout *t, uint64_t deadline_ns)
{
	struct timerq *tq = &timerqs[load_relaxed(&t->t_cpu)];
	bool running;

	spin_lock(&tq->tq_lock);
	if (t->t_queued)
		heap_remove(tq, t);
	t->t_deadline_ns = deadline_ns;
	running = tq->tq_running == t;
	if (running)
		heap_insert(tq, t);
	spin_unlock(&tq->tq_lock);
	return running;
}

void
timeout_set(struct timeout *t, uint64_t deadline_ns)
{
	struct timerq *tq;

	if (set_while_running(t, MAX(deadline_ns, 1ull)))
		return;
	spin_enter();
	tq = &timerqs[curcpu()->c_id];
	spin_lock(&tq->tq_lock);
	heap_insert(tq, t);
	spin_unlock(&tq->tq_lock);
	if (tq->tq_root == t)
		timer_program(tq);
	spin_leave();
}

bool
timeout_cancel(struct timeout *t)
{
	bool queued;

	for (;;) {
		struct timerq *tq = &timerqs[load_relaxed(&t->t_cpu)];
		bool self, running;

		spin_lock(&tq->tq_lock);
		queued = t->t_queued;
		if (queued)
			heap_remove(tq, t);
		running = tq->tq_running == t;
		self = tq == &timerqs[curcpu()->c_id];
		spin_unlock(&tq->tq_lock);
		/*
		 * On our own CPU "running" can only mean that the caller is the function itself,
		 * or was interrupted by nothing.
		 */
		if (!running || self)
			return queued;
		arch_cpu_relax();
	}
}

uint64_t
timeout_next(void)
{
	struct timerq *tq = &timerqs[curcpu()->c_id];
	uint64_t next;

	spin_lock(&tq->tq_lock);
	next = tq->tq_root != NULL ? tq->tq_root->t_deadline_ns : 0;
	spin_unlock(&tq->tq_lock);
	return next;
}

void
timeout_run(void)
{
	struct timerq *tq = &timerqs[curcpu()->c_id];
	uint64_t now = clock_mono_ns();

	spin_lock(&tq->tq_lock);
	for (struct timeout *t; (t = tq->tq_root) != NULL && t->t_deadline_ns <= now;) {
		void (*fn)(void *) = t->t_fn;
		void *arg = t->t_arg;

		heap_remove(tq, t);
		tq->tq_running = t;
		spin_unlock(&tq->tq_lock);
		fn(arg);	/* may free or set t */
		spin_lock(&tq->tq_lock);
		tq->tq_running = NULL;
	}
	spin_unlock(&tq->tq_lock);
	timer_program(tq);
}

void
timeout_peek(uint32_t cpu, uint64_t *first_ns, uint64_t *slice_ns)
{
	const struct timerq *tq = &timerqs[cpu];

	*first_ns = tq->tq_root != NULL ? tq->tq_root->t_deadline_ns : 0;
	*slice_ns = tq->tq_slice_ns;
}
