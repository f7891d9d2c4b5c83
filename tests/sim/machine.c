/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine of many CPUs in one host thread. Each LWP that can run has a CPU and a stack of its
 * own (struct strand), so all of them run at once as far as the kernel can tell; which of them
 * takes the next step is decided at each atomic access (yield.h), sleep, wake and wait for a spin
 * lock. The decision is a function of the run's seed, or comes from its list of places, so a run
 * repeats exactly. Memory is sequentially consistent: what processors reorder is not tried.
 *
 * This is the scheduler, too: sched.h and park.h over these strands. It is not the one that boots
 * (kernel/sched): states change at once, without run queues. Each function here is one step;
 * where one calls the kernel, `steady` forbids a switch.
 *
 * Strand 0 is the calling thread, init's LWP. Strand 1 is an idle LWP that buries the dead, as the
 * next LWP on their CPU would. When no strand can run, time goes on to the first sleeper's
 * deadline; without one all wait, which fails the run and says who waits for what. So does a run
 * in which everybody spins.
 *
 * The allocators tell which memory is free (KASAN); the host's address sanitizer is told so.
 */
/* The C library's, and the vnodes of the tests of vm, are not ours. */
#define sigset_t sim_sigset_t
#define vnode sim_vnode
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/host/host.h"
#undef sigset_t
#undef vnode
#include "lib/kasan.h"
#include "machine/frame.h"
#include "mem/cache.h"
#include "proc/proc_int.h"
#include "sched/clock.h"
#include "sim.h"

#define STACK_BYTES	(512u << 10)
#define SPIN_LIMIT	20000u		/* waits for a spin lock in a row, by anybody */
#define POINT_LIMIT	5000000u	/* a run that is longer does not end */
#define RAM_MAX		(64ul << 20)

struct strand {
	struct cpu	 st_cpu;
	struct lwp	*st_lwp;	/* null: free */
	void		*st_sp;		/* of a strand that does not run */
	void		*st_fake;	/* the sanitizer's */
	char		*st_stack;
	size_t		 st_size;
	bool		 st_intr;
	uint64_t	 st_deadline;	/* of its sleep; 0: none */
	void		(*st_next)(void *);	/* program of the LWP that it makes next */
	void		*st_next_arg;
};

/* What a kernel stack is here: where its LWP begins. */
struct start {
	void	(*s_fn)(void *);
	void	*s_arg;
	bool	 s_program;	/* not a kernel function */
};

static struct strand	strands[MAXCPU];
static struct strand	*now = &strands[0];
static struct lwp	*dead[MAXCPU];
static uint32_t		ndead, steady = 1, spins;
static bool		burying;
static uint64_t		random_state, odds, time_ns = 1000;
static uint8_t		why[RAM_MAX / KASAN_GRAIN];
static struct trapframe frame;
struct sim_run		*sim_run;

/* ---- choice ---- */

static uint64_t
draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 11;
}

static bool
ready(const struct strand *s)
{
	if (s->st_lwp == NULL)
		return false;
	if (s == &strands[1])
		return ndead > 0 || burying;
	return s->st_lwp->l_sched.s_state == SCHED_RUNNABLE ||
	    s->st_lwp->l_sched.s_state == SCHED_RUNNING;
}

static const char *
state_text(const struct lwp *l)
{
	static const char *const names[] = { "new", "ready", "runs", "sleeps", "stopped", "dead" };

	return names[l->l_sched.s_state];
}

void
sim_fail(const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	kvsnprintf(sim_run->sr_text, sizeof(sim_run->sr_text), fmt, ap);
	va_end(ap);
	for (uint32_t i = 0; i < MAXCPU; i++) {
		const struct lwp *l = strands[i].st_lwp;

		n = strlen(sim_run->sr_text);
		if (l != NULL && i != 1)
			ksnprintf(sim_run->sr_text + n, sizeof(sim_run->sr_text) - n,
			    "; pid %d tid %d %s%s%s", l->l_proc->p_pid, l->l_tid, state_text(l),
			    l->l_sched.s_wmesg != NULL ? " on " : "",
			    l->l_sched.s_wmesg != NULL ? l->l_sched.s_wmesg : "");
	}
	_exit(1);
}

/* The next strand after `now` that can run, or one drawn; null: none but now, or none. */
static struct strand *
choose(void)
{
	uint32_t start = (uint32_t)(now - strands), skip = 0;
	struct strand *found = NULL;

	if (sim_run->sr_seed != 0)
		skip = (uint32_t)(draw() % MAXCPU);
	else if (sim_run->sr_back)
		start += MAXCPU;		/* downwards */
	for (uint32_t i = 1; i <= MAXCPU; i++) {
		struct strand *s = &strands[(sim_run->sr_back ? start - i : start + skip + i) %
		    MAXCPU];

		if (s != now && ready(s) && found == NULL)
			found = s;
	}
	return found;
}

/* Leaves the caller's registers on its stack, and takes those of another stack. */
void	sim_switch(void **from_sp, void *to_sp);
__asm__(
	".globl sim_switch\n"
	"sim_switch:\n"
	"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"	ret\n");

static void
go(struct strand *to, bool for_ever)
{
	struct strand *from = now;
	const void *bottom;
	size_t size;

	if (to == from)
		return;
	sim_run->sr_switches++;
	from->st_intr = host_intr_on;
	now = to;
	host_cpu_now = to == &strands[0] ? &host_cpu : &to->st_cpu;
	host_intr_on = to->st_intr;
	__sanitizer_start_switch_fiber(for_ever ? NULL : &from->st_fake, to->st_stack, to->st_size);
	sim_switch(&from->st_sp, to->st_sp);
	__sanitizer_finish_switch_fiber(now->st_fake, &bottom, &size);
	if (strands[0].st_stack == NULL) {
		strands[0].st_stack = (char *)(uintptr_t)bottom;
		strands[0].st_size = size;
	}
}

/* No strand can run: the first deadline is reached. */
static void
pass_time(void)
{
	struct strand *first = NULL;

	for (uint32_t i = 0; i < MAXCPU; i++) {
		struct strand *s = &strands[i];

		if (s->st_lwp != NULL && s->st_deadline != 0 &&
		    (first == NULL || s->st_deadline < first->st_deadline))
			first = s;
	}
	if (first == NULL)
		sim_fail("all wait");
	time_ns = MAX(time_ns, first->st_deadline);
	first->st_deadline = 0;
	first->st_lwp->l_sched.s_timed_out = true;
	first->st_lwp->l_sched.s_state = SCHED_RUNNABLE;
}

/* now cannot go on, or ends. */
static void
give_up(bool for_ever)
{
	struct strand *s;

	while ((s = choose()) == NULL && !ready(now))
		pass_time();
	if (s != NULL && (!ready(now) || for_ever || sim_run->sr_seed != 0))
		go(s, for_ever);
}

void
sim_point(void)
{
	uint64_t n;
	struct strand *s;

	if (steady > 0)
		return;
	spins = 0;
	n = ++sim_run->sr_points;
	if (n > POINT_LIMIT)
		sim_fail("does not end");
	if (sim_run->sr_seed != 0 ? draw() % odds == 0 : n == sim_run->sr_at[0] ||
	    n == sim_run->sr_at[1]) {
		if ((s = choose()) != NULL)
			go(s, false);
	}
}

void
arch_cpu_relax(void)
{
	struct strand *s = choose();

	if (s == NULL || spins++ > SPIN_LIMIT)
		sim_fail("all spin");
	go(s, false);
}

/* ---- birth and death ---- */

static void
strand_main(void)
{
	struct start s = *(struct start *)now->st_lwp->l_arch.al_stack;
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (strands[0].st_stack == NULL) {
		strands[0].st_stack = (char *)(uintptr_t)bottom;
		strands[0].st_size = size;
	}
	if (s.s_program)
		sim_user();
	s.s_fn(s.s_arg);
	proc_exit(curlwp(), 0, 0, false);
}

/* The dead get their burial, one by one. */
static void
bury(void)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	for (;;) {
		while (ndead > 0) {
			struct lwp *l = dead[--ndead];

			burying = true;
			sched_reap(l);
			burying = false;
		}
		give_up(false);
	}
}

static void
strand_start(struct strand *s, struct lwp *l, void (*fn)(void))
{
	uintptr_t *sp;

	if (s->st_stack == NULL) {
		s->st_size = STACK_BYTES;
		s->st_stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (s->st_stack == MAP_FAILED)
			abort();
	}
	__asan_unpoison_memory_region(s->st_stack, s->st_size);
	s->st_cpu = (struct cpu){ .c_self = &s->st_cpu, .c_curlwp = l,
	    .c_id = (uint32_t)(s - strands) };
	cpus[s->st_cpu.c_id] = &s->st_cpu;
	s->st_lwp = l;
	s->st_fake = NULL;
	s->st_intr = true;
	s->st_deadline = 0;
	s->st_next = NULL;
	sp = (uintptr_t *)(void *)(s->st_stack + s->st_size - 64);
	*--sp = 0;				/* where fn would return to */
	*--sp = (uintptr_t)fn;
	s->st_sp = memset(sp - 6, 0, 6 * sizeof(*sp));
}

static struct strand *
strand_of(const struct lwp *l)
{
	for (uint32_t i = 0; i < MAXCPU; i++) {
		if (strands[i].st_lwp == l)
			return &strands[i];
	}
	return NULL;
}

static void
make_ready(struct lwp *l)
{
	struct strand *s = strand_of(l);

	l->l_sched.s_state = SCHED_RUNNABLE;
	for (uint32_t i = 2; s == NULL; i++) {
		if (i == MAXCPU)
			sim_fail("more than %d LWPs", MAXCPU - 2);
		if (strands[i].st_lwp == NULL)
			strand_start(s = &strands[i], l, strand_main);
	}
	s->st_deadline = 0;
}

void
sim_begin(struct lwp *l)
{
	static struct lwp buries = { .l_proc = &proc0 };

	strands[0].st_lwp = l;
	strands[0].st_intr = true;
	host_cpu.c_curlwp = l;
	host_cpu.c_idle = NULL;
	l->l_sched.s_state = SCHED_RUNNABLE;
	ncpu = MAXCPU;
	buries.l_sched.s_state = SCHED_RUNNABLE;
	strand_start(&strands[1], &buries, bury);
	random_state = sim_run->sr_seed * 0x9e3779b97f4a7c15ull + 1;
	for (int i = 0; i < 8; i++)
		draw();
	odds = 2ull << draw() % 9;
	steady = 0;
}

void
sim_end(void)
{
	while (ndead > 0 || burying)
		go(&strands[1], false);
	steady = 1;
	for (uint32_t i = 2; i < MAXCPU; i++) {
		if (strands[i].st_lwp != NULL)
			sim_fail("an LWP is left");
	}
}

void
sim_next(void (*fn)(void *), void *arg)
{
	now->st_next = fn;
	now->st_next_arg = arg;
}

void
sim_user(void)
{
	user_return(&frame);
}

/* ---- arch.h ---- */

int
arch_lwp_create(struct lwp *l, void (*entry)(void *), void *arg)
{
	struct start *s = kmalloc(sizeof(*s));

	if (s == NULL)
		return ENOMEM;
	*s = (struct start){ entry, arg, false };
	l->l_arch.al_stack = s;
	return 0;
}

int
arch_lwp_fork(struct lwp *child, const struct lwp *parent __unused)
{
	int error = arch_lwp_create(child, now->st_next, now->st_next_arg);

	if (error == 0)
		((struct start *)child->l_arch.al_stack)->s_program = true;
	return error;
}

void
arch_lwp_destroy(struct lwp *l)
{
	kfree(l->l_arch.al_stack);
	l->l_arch.al_stack = NULL;
}

struct trapframe *
arch_lwp_frame(struct lwp *l __unused)
{
	return &frame;
}

/* ---- sched.h, park.h, clocks ---- */

void
sched_lwp_init(struct lwp *l, const struct lwp *parent __unused)
{
	memset(&l->l_sched, 0, sizeof(l->l_sched));
	l->l_sched.s_state = SCHED_NEW;
	list_init(&l->l_sched.s_link);
}

void
sched_lwp_init_idle(struct lwp *l, uint32_t cpu __unused)
{
	sched_lwp_init(l, NULL);
}

void
sched_enqueue_new(struct lwp *l)
{
	if (steady > 0)			/* init, which is strand 0 later */
		l->l_sched.s_state = SCHED_RUNNABLE;
	else
		make_ready(l);
	sim_point();
}

void
sched_enqueue_new_here(struct lwp *l)
{
	sched_enqueue_new(l);
}

void
sched_new_stopped(struct lwp *l)
{
	l->l_sched.s_state = SCHED_STOPPED;
}

void
sched_exit(void)
{
	struct lwp *l = now->st_lwp;

	if (host_cpu_now->c_spin_depth != 0 || l->l_sched.s_held.h_n != 0)
		sim_fail("dies with a lock held");
	l->l_sched.s_state = SCHED_DEAD;
	dead[ndead++] = l;
	now->st_lwp = NULL;
	give_up(true);
	abort();
}

int
park(struct spinlock *interlock, const char *wmesg, bool interruptible, uint64_t deadline_ns)
{
	struct strand *self = now;
	struct sched_lwp *s = &self->st_lwp->l_sched;

	sim_point();
	steady++;
	s->s_interrupted = s->s_timed_out = false;
	s->s_interruptible = interruptible;
	s->s_interrupted = interruptible && lwp_signal_pending(self->st_lwp);
	if (!s->s_interrupted) {
		s->s_state = SCHED_SLEEPING;
		s->s_wmesg = wmesg;
		self->st_deadline = deadline_ns;
	}
	spin_unlock(interlock);
	if (host_cpu_now->c_spin_depth != 0)
		sim_fail("sleeps on %s with a spin lock held", wmesg);
	steady--;
	if (!s->s_interrupted)
		give_up(false);
	s->s_wmesg = NULL;
	s->s_interruptible = false;
	return s->s_interrupted ? EINTR : s->s_timed_out ? ETIMEDOUT : 0;
}

void
unpark(struct lwp *l)
{
	if (l->l_sched.s_state == SCHED_SLEEPING)
		make_ready(l);
}

void
sched_signal_wakeup(struct lwp *l)
{
	if (l->l_sched.s_state == SCHED_SLEEPING && l->l_sched.s_interruptible) {
		l->l_sched.s_interrupted = true;
		make_ready(l);
	}
}

void
sched_stop_self(struct spinlock *interlock)
{
	steady++;
	now->st_lwp->l_sched.s_state = SCHED_STOPPED;
	spin_unlock(interlock);
	steady--;
	give_up(false);
}

void
sched_unstop(struct lwp *l)
{
	if (l->l_sched.s_state == SCHED_STOPPED)
		make_ready(l);
}

enum sched_state
sched_state_of(const struct lwp *l)
{
	return l->l_sched.s_state;
}

struct held_ranks *
lwp_held_ranks(struct lwp *l)
{
	return &l->l_sched.s_held;
}

/* Who finds a mutex taken sleeps at once. */
bool
lwp_on_cpu(const struct lwp *l __unused)
{
	return false;
}

void
sched_preempt_point(void)
{
	sim_point();
}

void
sched_user_return(void)
{
	sim_point();
}

void
timeout_init(struct timeout *t, void (*fn)(void *) __unused, void *arg __unused)
{
	memset(t, 0, sizeof(*t));
}

/* Nobody's timers run out here. */
void
timeout_set(struct timeout *t __unused, uint64_t when __unused)
{
}

bool
timeout_cancel(struct timeout *t __unused)
{
	return true;
}

uint64_t
clock_mono_ns(void)
{
	return time_ns++;
}

uint64_t
clock_wall_ns(void)
{
	return time_ns++;
}

const char *
arch_symbol(uintptr_t addr __unused, size_t *off __unused)
{
	return NULL;
}

/* ---- lib/kasan.h ---- */

void
kasan_poison(const void *p, size_t len, uint8_t reason)
{
	ASAN_POISON_MEMORY_REGION(p, len);
	memset(why + ((const char *)p - host_ram) / KASAN_GRAIN, reason, len / KASAN_GRAIN);
}

void
kasan_unpoison(const void *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p, len);
	memset(why + ((const char *)p - host_ram) / KASAN_GRAIN, 0, howmany(len, KASAN_GRAIN));
}

void
kasan_check(const void *p, size_t len, bool write __unused)
{
	if (__asan_region_is_poisoned((void *)(uintptr_t)p, len) != NULL)
		sim_fail("kernel looks at memory that is nobody's");
}

uint8_t
kasan_why(const void *p)
{
	return why[((const char *)p - host_ram) / KASAN_GRAIN];
}
