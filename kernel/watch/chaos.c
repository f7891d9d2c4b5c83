/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chaos: boot parameter chaos=SEED, in debug kernels.
 *
 * A scheduler that always does the sensible thing shows few of the orders that it allows. With a
 * seed, what it may choose is drawn:
 *
 *	a spin lock		a delay before it is taken, while it is held, and after; one
 *				unlock in 32 has the LWP give the CPU up on its way to user mode
 *	a mutex			before and behind its taking others may have the CPU
 *	a point with a stall	the same, or a sleep of up to 2 ms
 *	a wake-up, a new LWP	any CPU that it may run on; at once or after who runs there
 *	the next LWP		any of the queue
 *	a slice			20 us to 10 ms
 *
 * Nothing of it is an order that a kernel without chaos could not have: a delay may be a slow
 * CPU or an interrupt, and who may sleep may find the lock taken. Promises about who goes first
 * (priorities, fairness, the child that runs before its parent) do not hold meanwhile.
 *
 * Each CPU has a generator of its own, so that the draws of one do not depend on how far the
 * others are. A seed gives the same disorder, not the same order: what several CPUs do at the
 * same time is the machine's choice, and the clock is real. On one CPU in virtual time only what
 * the host sends is left, which comes at an instruction of its choice: about half of the runs
 * make the same choices. /proc/bident/chaos tells the number of draws of each CPU and a digest
 * of them, which two runs can be compared by.
 */
#include "watch/watch_int.h"

#ifdef CHAOS
#include "lib/chaos.h"
#include "sched/clock.h"
#include "sched/sched.h"
#include "sync/park.h"

#define SHORT_ROUNDS	32u	/* rounds of arch_cpu_relax */
#define LONG_ROUNDS	2000u
#define NAP_NS		(2 * NSEC_PER_MSEC)

struct generator {
	uint64_t	g_state;
	uint64_t	g_draws;
	uint64_t	g_digest;	/* of all draws and their limits, in order */
} __aligned(64);

bool			chaos_on;
static uint64_t		chaos_seed;
static struct generator	generators[MAXCPU];	/* each its CPU's own, interrupts off */

uint32_t
chaos_draw(uint32_t n)
{
	bool on = arch_intr_off();
	struct generator *g = &generators[curcpu()->c_id];
	uint64_t z = (g->g_state += 0x9e3779b97f4a7c15ull);
	uint32_t drawn;

	/* Steele, Lea and Flood's mixer, as in fail.c. */
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	drawn = (uint32_t)(z >> 33) % n;
	g->g_draws++;
	g->g_digest = (g->g_digest ^ drawn ^ (uint64_t)n << 32) * 0x100000001b3ull;
	if (on)
		arch_intr_on();
	return drawn;
}

void
chaos_delay_on(void)
{
	uint32_t drawn = chaos_draw(1024), rounds = 0;

	if (drawn == 0)
		rounds = chaos_draw(LONG_ROUNDS);
	else if (drawn < 32)
		rounds = chaos_draw(SHORT_ROUNDS);
	while (rounds-- > 0)
		arch_cpu_relax();
}

/* Whether the caller is an LWP of a user's process that may give its CPU up. */
static bool
may_sleep(void)
{
	return arch_intr_enabled() && curcpu()->c_spin_depth == 0 && watch_passer() != NULL;
}

void
chaos_sleep_on(void)
{
	if (chaos_draw(16) == 0 && may_sleep()) {
		curcpu()->c_need_resched = true;
		sched_preempt_point();
	} else {
		chaos_delay_on();
	}
}

void
chaos_pass(void)
{
	struct spinlock interlock = SPINLOCK_INIT("chaos", RANK_CV);

	if (chaos_draw(8) != 0 || !may_sleep()) {
		chaos_sleep_on();
		return;
	}
	spin_lock(&interlock);
	(void)park(&interlock, "chaos", false, clock_mono_ns() + 1 + chaos_draw(NAP_NS));
}

void
chaos_init(void)
{
	const char *text = boot_param("chaos"), *end;

	if (text == NULL)
		return;
	chaos_seed = strtou64(text, &end);
	if (end == text || *end != '\0')
		panic("chaos=%s: must be a number, the seed", text);
	for (uint32_t i = 0; i < MAXCPU; i++)
		generators[i].g_state = chaos_seed * 0xd1342543de82ef95ull + i;
	klog(KLOG_INFO, "chaos: seed %llu\n", (unsigned long long)chaos_seed);
	foreach_point(pt) {
		if ((pt->pt_kinds & POINT_STALL) != 0)
			watch_arm(pt, POINT_CHAOS, true);
	}
	chaos_on = true;
}

size_t
chaos_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };

	if (!chaos_on) {
		textbuf_printf(&o, "off\n");
		return o.tb_len;
	}
	textbuf_printf(&o, "seed %llu\n", (unsigned long long)chaos_seed);
	for (uint32_t i = 0; i < ncpu; i++)
		textbuf_printf(&o, "cpu %u draws %llu digest %016llx\n", i,
		    (unsigned long long)load_relaxed(&generators[i].g_draws),
		    (unsigned long long)load_relaxed(&generators[i].g_digest));
	return o.tb_len;
}
#else
void
chaos_init(void)
{
	if (boot_param("chaos") != NULL)
		panic("chaos=: a release kernel has no chaos; boot one that was made with "
		    "CONFIG=debug");
}
#endif
