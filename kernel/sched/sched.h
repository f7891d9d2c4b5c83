/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: which LWP runs on which CPU. See run.c for the theory, sleep.c for sleeping,
 * balance in run.c.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "arch/arch.h"
#include "sync/park.h"
#include "sched/timer.h"

struct lwp;

enum sched_state {
	SCHED_NEW,		/* built, never run */
	SCHED_RUNNABLE,		/* on one run queue */
	SCHED_RUNNING,		/* on a CPU, on no queue */
	SCHED_SLEEPING,		/* parked */
	SCHED_STOPPED,		/* stopped by job control or a tracer: only sched_unstop or death
				 * ends it */
	SCHED_DEAD,		/* called sched_exit */
};

#define SCHED_NQUEUES	64	/* priorities, 0 the best */
#define SCHED_NICE_MIN	(-20)
#define SCHED_NICE_MAX	19

/* How an LWP shares the CPUs with others. Inherited by fork and by new LWPs. */
enum sched_policy {
	SCHED_POLICY_TIME,	/* what has rested goes before what has not */
	SCHED_POLICY_BATCH,	/* as TIME, but rest earns nothing: it works in long stretches */
	SCHED_POLICY_IDLE,	/* behind every nice value */
};

/*
 * Two words that a program sees (proc/lwpctl.h): where its LWP runs, and how often it was
 * switched to.
 */
struct sched_ctl {
	int32_t		*sc_words;	/* A  kernel address; null: taken back */
	const struct sched_lwp *sc_user;	/* A  whose switches are noted */
};

/*
 * The scheduler's part of an LWP: its first member, so that one pointer is the other (proc/lwp.h
 * asserts it).
 *   S  the lock of the run queue of s_cpu (sched_lwp_lock finds it)
 *   o  only the LWP itself	A atomic
 */
struct sched_lwp {
	struct list	 s_link;		/* S  run queue */
	enum sched_state s_state;		/* S */
	uint32_t	 s_cpu;			/* S  where it runs or last ran */
	uint64_t	 s_affinity;		/* S  bit per CPU */
	bool		 s_interruptible;	/* S  this sleep ends by a signal */
	bool		 s_interrupted;		/* S  ... and did */
	bool		 s_timed_out;		/* S */
	bool		 s_idle;		/* constant: the idle LWP of a CPU */
	int8_t		 s_nice;		/* S */
	uint8_t		 s_policy;		/* S  enum sched_policy */
	bool		 s_rested;		/* S  has slept and not used a slice since;
						 * inherited by fork */
	uint8_t		 s_prio;		/* S  queue index */
	uint64_t	 s_estcpu;		/* S  recent CPU use, ns, decays; inherited by fork
						 * (NEW-18) */
	uint64_t	 s_decay_ns;		/* S  when s_estcpu was last decayed */
	uint64_t	 s_slice_end_ns;	/* S */
	const char	*s_wmesg;		/* S  what it sleeps on, null when awake */
	struct timeout	 s_timeout;		/* o  of the current sleep */
	struct sched_ctl *s_ctl;		/* o  null: none (lwpctl.c) */
	uint64_t	 s_mark;		/* o  arch_cycles() since when s_in_user holds */
	bool		 s_in_user;		/* o */
	uint64_t	 s_cycles[2];		/* o  spent in the kernel, in user mode; read
						 * unlocked by others */
	uint64_t	 s_booked[2];		/* o  of them, what s_estcpu and the CPU's sums
						 * have */
	uint64_t	 s_nvcsw, s_nivcsw;	/* S  switches: voluntary, preempted */
	struct held_ranks s_held;		/* o  sleeping locks (debug) */
};

/* Once, after mem_init and arch_init_late, before the second CPU starts. */
void	sched_init(void);
/*
 * Prepares a new LWP; with a parent its nice, policy, affinity and CPU estimate are handed
 * on. State SCHED_NEW.
 */
void	sched_lwp_init(struct lwp *, const struct lwp *parent);
/* Makes l the idle LWP of a CPU and its current one; called on that CPU, interrupts off. */
void	sched_lwp_init_idle(struct lwp *l, uint32_t cpu);
/*
 * Puts a SCHED_NEW LWP on a run queue: the only way in. Its stack may run before the call
 * returns.
 */
void	sched_enqueue_new(struct lwp *);
/* The same on this CPU, which the caller is about to leave for it: no other CPU is told. */
void	sched_enqueue_new_here(struct lwp *);
/* A SCHED_NEW LWP that is born stopped: sched_unstop starts it. */
void	sched_new_stopped(struct lwp *);
/*
 * First thing that a new LWP executes (called by arch's trampoline): ends the switch that brought
 * it here.
 */
void	sched_lwp_started(void);
/*
 * The calling LWP ends. After its stack is free, sched_reap(l) is called from another LWP's
 * context (may not sleep).
 */
void	sched_exit(void) __noreturn;
/*
 * Implemented by proc: l will never run again, its stack may be freed. Interrupts on, no locks,
 * may not sleep.
 */
void	sched_reap(struct lwp *l);

/* The body of a CPU's idle LWP. */
void	sched_idle_loop(void) __noreturn;
/* Lets others run if a better or equal one waits (sched_yield(2)). */
void	sched_yield_user(void);
/* A safe point of a long kernel path: switches if somebody should run. No spin lock held. */
void	sched_preempt_point(void);
/* On the way to user mode, interrupts on. */
void	sched_user_return(void);
/*
 * l has something new to look at: ends an interruptible sleep, or makes a CPU in user mode enter
 * the kernel. Any lock but RANK_SCHED and later may be held.
 */
void	sched_signal_wakeup(struct lwp *l);
/*
 * Stops the calling LWP till sched_unstop; returns then. The interlock is given up once the stop
 * can be seen.
 */
void	sched_stop_self(struct spinlock *interlock);
/* Ends a stop (also for death); nothing when l is not stopped. */
void	sched_unstop(struct lwp *l);

void	sched_set_nice(struct lwp *, int nice);
int	sched_get_nice(const struct lwp *);
void	sched_set_policy(struct lwp *, enum sched_policy);
enum sched_policy sched_get_policy(const struct lwp *);
/* EINVAL when no CPU of the mask exists. */
int	sched_set_affinity(struct lwp *, uint64_t mask);
/* The calling LWP moves to a CPU that its mask allows, if it is on none. May sleep. */
void	sched_obey_affinity(void);
enum sched_state sched_state_of(const struct lwp *);
/* One, five and fifteen minutes, in 1/65536. */
void	sched_loadavg(uint32_t load[3]);
uint32_t sched_nrunnable(void);
/* ns that a CPU spent in user mode, in the kernel, idle; switches in all. */
void	sched_cpu_times(uint32_t cpu, uint64_t *user_ns, uint64_t *sys_ns, uint64_t *idle_ns);
uint64_t sched_switches(void);

/* For kernel_print_state: a line for each CPU. */
void	sched_print(void (*print)(const char *fmt, ...));

/* Called by arch. */
void	sched_timer_interrupt(void);
void	sched_resched_interrupt(void);
/* Time until now goes to the mode that curlwp is in. Interrupts off. */
static inline void
sched_mode_mark(struct sched_lwp *s, bool user)
{
	uint64_t now = arch_cycles();

	store_relaxed(&s->s_cycles[user], s->s_cycles[user] + (now - s->s_mark));
	s->s_mark = now;
}
/* At the boundary. Inline, and in cycles: each system call does it twice. */
static inline void
sched_mode_switch(bool to_user)
{
	struct sched_lwp *s = (struct sched_lwp *)curlwp();

	sched_mode_mark(s, !to_user);
	s->s_in_user = to_user;
}

#endif
