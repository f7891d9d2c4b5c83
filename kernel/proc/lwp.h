/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct lwp: one thread of control. Born in lwp.c (lwp_create), freed by lwp_reap after its last
 * switch.
 *
 *   C  constant once published	P  l_proc->p_lock	o  only the LWP itself	A  atomic
 *   o+P  written by the LWP itself under p_lock: it reads without, others with the lock
 */
#ifndef PROC_LWP_H
#define PROC_LWP_H

#include "arch/arch.h"
#include "sched/sched.h"
#include "signal/sigtypes.h"

struct proc;
struct fork_hold;
struct ucount;

/*
 * Why an LWP must look up before it goes to user mode (l_attn). An interruptible sleep ends when
 * one is set.
 */
#define LATTN_SIGNAL	0x01u	/* an unblocked signal may be pending */
#define LATTN_STOP	0x02u	/* the process is stopping */
#define LATTN_DIE	0x04u	/* the process exits, or another LWP execs */
/* These do not end sleeps. */
#define LATTN_BORN	0x10u	/* has not been in user mode yet: l_set_tid is to be written */
#define LATTN_MASK	0x20u	/* l_oldmask is to be put back */
#define LATTN_ITIMER	0x40u	/* CPU-time timers are to be looked at */
#define LATTN_PROF	0x80u	/* profiled: samples may be due (prof.c) */
#define LATTN_STOPSIG	0x100u	/* a signal that stops by default was sent: who waits for vfork's
				 * child takes it */

#define LATTN_INTERRUPTS	(LATTN_SIGNAL | LATTN_STOP | LATTN_DIE)

/* l_pi */
#define LPI_OWNER	0x1u	/* somebody waits for a lock that this LWP holds, or held */
#define LPI_GONE	0x2u	/* it leaves its space, and nobody may start to wait for it */

struct lwp {
	struct sched_lwp	 l_sched;	/* first: sched converts by cast */
	struct arch_lwp		 l_arch;

	struct proc		*l_proc;	/* C  weak: the process outlives its LWPs */
	pid_t			 l_tid;		/* C  the first LWP's is the pid */
	struct list		 l_link;	/* P  on p_lwps */
	uint32_t		 l_attn;	/* A  LATTN_*; the first 3 change under p_lock */
	uint32_t		 l_sleep_ends;	/* o  which of them end an interruptible sleep:
						 * normally LATTN_INTERRUPTS */
	char			 l_name[16];	/* o */

	sigset_t		 l_sigmask;	/* o+P */
	sigset_t		 l_oldmask;	/* o  sigsuspend's and its kin, valid while
						 * LATTN_MASK */
	sigset_t		 l_sigwait;	/* o+P  sigtimedwait wants these, blocked or not */
	struct sigpend		 l_sigpend;	/* P */
	struct sigaltstack_k	 l_altstack;	/* o */

	/* The system call under way, for the personality and for restarting. */
	uint64_t		 l_syscall_nr;	/* o  number as the program gave it */
	int			 l_restart;	/* o  0, or ERESTART, ERESTARTNOHAND,
						 * ERESTARTALWAYS: the call ended so;
						 *    user_return decides */
	uint64_t		 l_restart_deadline_ns;	/* o  a timed call leaves its end here for
							 * the restart; it takes it
							 * (reads and zeroes) when it is entered.
							 * 0: none */

	/* User words, by the personality's wish. */
	vaddr_t			 l_set_tid;	/* o  the tid is written here when the LWP first
						 * runs (0: no) */
	vaddr_t			 l_clear_tid;	/* o  zeroed, and its futex woken, when the LWP
						 * leaves its space (0: no) */
	vaddr_t			 l_robust_list;	/* o  of futexes */
	size_t			 l_robust_len;

	bool			 l_unparked;	/* P  NetBSD: a wake-up came before the park */
	struct fork_hold	*l_hold;	/* o  the vfork that holds this LWP now */
	void			(*l_start)(void *);	/* C  kernel LWPs: where to begin */
	void			*l_start_arg;
	uint64_t		 l_minflt;	/* o  page faults that were served (none reads a
						 * device: files are in memory) */

	/* Profiling: prof.c. */
	struct timeout		 l_prof_timeout;	/* o  when the next sample may be due */
	uint64_t		 l_prof_ns;	/* o  user time that is counted */
	uint32_t		 l_prof_gen;	/* o  of the settings that it was counted for */
	bool			 l_prof_on;	/* o  the timeout is in use */

	struct ucount		*l_charge;	/* C  ref  whose count of LWPs this one is in;
						 * null: a process' first */
	bool			 l_forked;	/* T  is, or was, p_parent_tid of some process */

	/* Restartable sequences: ras.c. */
	vaddr_t			 l_rseq;	/* o  the registered struct rseq; 0: none */
	uint32_t		 l_rseq_sig;	/* o */
	uint64_t		 l_ras_switches;	/* o  how often it had been switched away
							 * from when that was last told */
	uint32_t		 l_pi;		/* A  LPI_*: locks with an owner,
						 * abi/linux/futex_pi.c */
};

/*
 * A new LWP of p, not in its list and not runnable; scheduling is inherited from parent. Null: no
 * memory.
 */
struct lwp *lwp_alloc(struct proc *p, const struct lwp *parent);
/*
 * Gives it a kernel stack. With start it begins at that kernel function (a null arg is replaced by
 * l); else as a copy of parent, which is the caller, that returns to user mode with 0, on another
 * stack if that is not 0. ENOMEM.
 */
int	lwp_set_context(struct lwp *l, const struct lwp *parent, void (*start)(void *), void *arg,
	    vaddr_t stack);
/* Takes back both; l has never run. */
void	lwp_free(struct lwp *);
/* What a new LWP of the caller's own process gets. Zero means: nothing of the kind. */
struct lwp_args {
	void		(*la_start)(void *);	/* kernel function where it begins; null: as a
						 * copy of the caller */
	void		*la_start_arg;		/* null: the new LWP */
	vaddr_t		 la_stack;		/* stack pointer; 0: the caller's */
	bool		 la_set_tls;
	uint64_t	 la_tls;		/* FS base, if set_tls */
	vaddr_t		 la_parent_tid;		/* the tid is stored here before the LWP can run */
	vaddr_t		 la_child_tid;		/* ... and here when it first runs */
	vaddr_t		 la_clear_tid;		/* zeroed and woken when it leaves the space */
	pid_t		 la_tid;		/* this number and no other; 0: any */
};

/*
 * One more LWP of the caller's process: listed, signalled and waited for by exec from now on, but
 * not running. The caller may still change its frame; it must call lwp_begin, even if it is dying
 * itself. The signal mask is the caller's, there is no alternate stack. EAGAIN: too many LWPs of
 * this user, or numbers are out; EEXIST, EINVAL: la_tid; EPERM: la_tls; ENOMEM; ERESTARTALWAYS: the
 * process is dying, or another LWP execs. May sleep.
 */
int	lwp_create(struct lwp *caller, const struct lwp_args *, struct lwp **);
void	lwp_begin(struct lwp *);
/*
 * Makes the calling context, on a stack of arch's, the idle LWP of its CPU. Panics without memory.
 */
struct lwp *lwp_create_idle(uint32_t cpu);
/*
 * A kernel thread: fn(arg), which may return. *lp (may be null) is only valid while it lives.
 * EAGAIN, ENOMEM.
 */
int	kthread_create(const char *name, void (*fn)(void *), void *arg, struct lwp **lp);

/*
 * Whether l has to die: true from the moment that its process exits. Long loops of the kernel look
 * at it.
 */
static inline bool
lwp_dying(const struct lwp *l)
{
	return (load_relaxed(&l->l_attn) & LATTN_DIE) != 0;
}

#endif
