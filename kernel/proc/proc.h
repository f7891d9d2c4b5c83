/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct proc: one per process. Born in fork.c, a zombie in exit.c, taken off the tree in wait.c,
 * freed when the last hold is dropped.
 *
 *   C  constant once published	P  p_lock	T  proc_tree_lock	A  atomic
 *   T+P  write needs both, read needs either	L  its own lock inside
 * Second column, who keeps the thing alive: own we free it | ref we hold a count | weak never
 * followed without the lock or a hold
 *
 * States. EMBRYO: published, not started: signals queue, wait skips it. ACTIVE. STOPPED: every LWP
 * has stopped or sleeps in the kernel, the parent has been told. ZOMBIE: only its status is left.
 * DEAD: reaped, off the tree.
 *
 *	EMBRYO -> ACTIVE <-> STOPPED -> ZOMBIE -> DEAD		(ACTIVE -> ZOMBIE as well)
 *
 * Lock order: proc_tree_lock, one p_lock, sa_lock. No code holds two p_locks: what concerns two
 * processes is under the tree lock.
 */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include "arch/arch.h"
#include "file/poll.h"
#include "proc/itimer.h"
#include "proc/lwp.h"
#include "proc/prof.h"
#include "proc/rusage.h"
#include "signal/sigtypes.h"
#include "sync/cv.h"
#include "sync/refcount.h"
#include "sync/spin.h"
#include "vm/vm.h"

struct abi_ops;
struct cred;
struct cwd_info;
struct fd_table;
struct fork_hold;
struct pgrp;
struct plimit;
struct ras_set;
struct session;
struct ucount;
struct vm_space;
struct vnode;

enum proc_state { PROC_EMBRYO, PROC_ACTIVE, PROC_STOPPED, PROC_ZOMBIE, PROC_DEAD };

/* p_flags */
#define PF_KERNEL	0x0001u	/* C  kernel process: no user memory */
#define PF_EXECED	0x0002u	/* P  has called exec (setpgid by the parent is over) */
#define PF_SUGID	0x0004u	/* P  ids changed since exec, or set-id exec: no peeking by the
				 * user */
#define PF_EXITING	0x0008u	/* P  condemned: every LWP goes to its death */
#define PF_EXECING	0x0010u	/* P  an LWP ends the others for exec */
#define PF_STOPPING	0x0020u	/* P  a stop is asked for: LWPs stop at their next return to user
				 * mode */
#define PF_NODUMP	0x0040u	/* P  prctl(PR_SET_DUMPABLE, 0) */
#define PF_NOTTY	0x0080u	/* P  has given up its session's terminal; inherited, ends with
				 * setsid */
#define PF_STOPFORK	0x0100u	/* P  its children are born stopped; the three are inherited */
#define PF_STOPEXEC	0x0200u	/* P  it stops after an exec */
#define PF_STOPEXIT	0x0400u	/* P  it stops before it exits */
#define PF_NONEWPRIVS	0x0800u	/* P  set-id bits mean nothing to it; inherited, for ever */
#define PF_REAPER	0x1000u	/* T+P  orphans below it become its children */
#define PF_NPROC	0x2000u	/* P  its uid was changed to one that is above its limit: no exec
				 * till it is not */
#define PF_UNBORN	0x4000u	/* P  posix_spawn's child that failed before it ran: not seen by
				 * wait */
#define PF_BARRIERS	0x8000u	/* P  said that it would use membarrier's fast form */
#define PF_LEADER	0x10000u	/* P  leads its session, till it dies */

/* What the child gets of them, of one instant. */
#define PF_INHERITED	(PF_SUGID | PF_NODUMP | PF_NOTTY | PF_STOPFORK | PF_STOPEXEC | \
			    PF_STOPEXIT | PF_NONEWPRIVS | PF_NPROC)

/* p_acct: what accounting tells of it. */
#define PACCT_FORK	0x01u	/* has not called exec since fork */
#define PACCT_SU	0x02u	/* used the rights of root */
#define PACCT_CORE	0x08u	/* died with a dump */
#define PACCT_XSIG	0x10u	/* was killed by a signal */

struct proc {
	pid_t			 p_pid;		/* C */
	refcount_t		 p_refs;	/* A  1 till reaped, and one per proc_hold */
	uint32_t		 p_flags;	/* P  PF_* */
	enum proc_state		 p_state;	/* T+P */
	struct spinlock		 p_lock;

	struct forkstat		*p_forkstat;	/* A  own  set once, at the first fork */
	struct vm_cow_counts	 p_cow;		/* P  of the address spaces that it has left */

	/* The tree. */
	struct proc		*p_parent;	/* T  weak  never null but for process 0 */
	pid_t			 p_ppid;	/* T  its number, read unlocked by getppid */
	struct list		 p_children;	/* T  newest first */
	struct list		 p_sibling;	/* T */
	struct list		 p_all_link;	/* T  all processes, newest first */
	struct pgrp		*p_pgrp;	/* T  ref as member */
	struct list		 p_pgrp_link;	/* T */
	struct cv		 p_wait_cv;	/* L  the condition is T: a child changed state */
	pid_t			 p_parent_tid;	/* T  the parent's LWP that made it; a living one
						 * of the parent's after that */
	struct poll_head	 p_exit_poll;	/* L  woken when it becomes a zombie (pidfd.c) */
	uint64_t		 p_group_gen;	/* T  raised by each signal to it as one of a
						 * group or of all */
	int			 p_exit_signal;	/* T  0: none */
	int			 p_pdeathsig;	/* P  sent to it when its parent dies; 0: none */
	uint64_t		 p_start_ns;	/* C  monotonic, unique */
	uint64_t		 p_exec_gen;	/* T  raised by exec; children remember the value
						 * of their birth */
	uint64_t		 p_parent_exec_gen;	/* T */

	uint32_t		 p_acct;	/* P  PACCT_* */
	int			 p_oom_adj;	/* P  -1000..1000, the user's hint; inherited */
	uint32_t		 p_nlent;	/* P  vfork children that run on its space now */

	/* What wait reports. */
	int			 p_exit_code;	/* P  when p_exit_signo is 0; set with PF_EXITING,
						 * constant afterwards */
	int			 p_exit_signo;	/* P  the same */
	bool			 p_exit_core;	/* P  the action was to dump (no file is written) */
	int			 p_stop_signo;	/* T+P */
	bool			 p_stop_unwaited;	/* T  stopped, and no wait has taken it
							 * yet */
	bool			 p_cont_unwaited;	/* T  continued, the same */

	/* LWPs. */
	struct list		 p_lwps;	/* P  own */
	uint32_t		 p_nlwps;	/* P */
	uint32_t		 p_nstopped;	/* P  of them, stopped or on the way (of this
						 * p_stop_gen) */
	uint32_t		 p_stop_gen;	/* P  raised by every continuation: a stop decided
						 * before it is void */
	struct lwp		*p_exec_lwp;	/* P  weak  the LWP that ends the others for exec
						 * (PF_EXECING) */
	struct cv		 p_lwp_cv;	/* L  the condition is P: an LWP has gone */

	/*
	 * What it has. Own LWPs read these without a lock where only exec changes them (exec is
	 * alone in the process).
	 */
	struct vm_space		*p_space;	/* P  ref  null: kernel process; exec swaps it */
	struct fd_table		*p_fds;		/* P  ref  null after exit, and for kernel
						 * processes */
	struct cwd_info		*p_cwd;		/* P  ref */
	struct sigacts		*p_acts;	/* P  ref  exec swaps it */
	struct sigpend		 p_sig;		/* P       pending for the process as a whole */
	struct cred		*p_cred;	/* P  ref  use proc_cred_hold */
	struct ucount		*p_charge;	/* P  ref  whose process count this one is in */
	struct plimit		*p_limits;	/* P  ref  use proc_limit */
	const struct abi_ops	*p_abi;		/* P       changes only in exec */
	struct vnode		*p_exe;		/* P  ref  may be null */
	struct prof		 p_prof;	/* P  profiling */
	void			*p_abi_data;	/* P  own  what the personality keeps of it
						 * (ab_proc_leave) */
	struct list		 p_ctl_pages;	/* P  of control blocks: lwpctl.c */
	uint32_t		 p_hardening;	/* P  HARDEN_* of the program's file; fork copies
						 * them */
	vaddr_t			 p_psstrings;	/* P  struct ps_strings in its memory; 0: none */
	char			 p_comm[16];	/* P  command name, always terminated */
	struct ras_set		*p_ras;		/* P  own  restartable sequences; null: none */
	struct fork_hold	*p_hold;	/* P  ref  who waits for our exec or exit */
	uint64_t		 p_watch;	/* A  kernel/watch's: a bit for each tree of
						 * processes; inherited (T) */

	/* Times. */
	struct rusage_k		 p_ru;		/* P  of LWPs that are gone */
	struct rusage_k		 p_ru_children;	/* T */
	struct list		 p_ptimers;	/* P  own  POSIX timers (ptimer.c) */
	struct itimer		 p_itimers[ITIMER_COUNT];	/* P */
	struct timeout		 p_real_timeout;	/* P  of ITIMER_REAL */
	struct timeout		 p_cpu_timeout;	/* P  when CPU-time timers and RLIMIT_CPU may be
						 * up */
};

extern struct spinlock	 proc_tree_lock;	/* RANK_PROC_TREE */
extern struct list	 proc_all;		/* T  newest first */
extern struct proc	 proc0;			/* the kernel; parent of init */
extern struct proc	*proc_init_proc;	/* init, once proc_start_init has run */

static inline struct proc *
curproc(void)
{
	return curlwp()->l_proc;
}

/* Makes process 0, whose first LWP is the boot context, as CPU 0's idle LWP. After sched_init. */
void	proc_init(void);
/*
 * Starts pid 1, which execs the program of boot parameter `init`. After the root file system is
 * filled.
 */
void	proc_start_init(void);

/* A process by pid, held (proc_drop), or null; zombies and embryos included. */
struct proc *proc_find(pid_t);
struct proc *proc_find_locked(pid_t);	/* tree lock held; no hold for the caller */
/*
 * An LWP by tid: its process, held, and *lp, which may only be used under p_lock after looking that
 * it is on p_lwps.
 */
struct proc *proc_find_lwp(pid_t tid, struct lwp **lp);
struct proc *proc_hold(struct proc *);	/* returns its argument */
void	proc_drop(struct proc *);	/* takes no lock unless it frees; not under spin locks */
/*
 * Calls fn for every process but process 0, newest first, tree lock held: fn neither sleeps nor
 * takes it. False from fn ends it.
 */
void	proc_foreach(bool (*fn)(struct proc *, void *), void *arg);
/*
 * For listings: the next process with a pid above the one given, held; null at the end. Start with
 * 0.
 */
struct proc *proc_next(pid_t after);

/* The process' credential, held: cred_drop it. */
struct cred *proc_cred_hold(struct proc *);
/*
 * Publishes a changed copy (whose reference it takes over) as p's credential; moves the process
 * count when the real uid changed; taints the process when an effective id changed. EAGAIN: cannot
 * account (no memory), nothing changed.
 */
int	proc_cred_set(struct proc *p, struct cred *);
static inline pid_t
proc_ppid(const struct proc *p)
{
	return load_relaxed(&p->p_ppid);
}

/* setuid and its kin; ID_NONE leaves an id. EPERM, EINVAL, EAGAIN, ENOMEM. */
int	proc_setuid(struct proc *, uid_t);
int	proc_setgid(struct proc *, gid_t);
int	proc_setresuid(struct proc *, uid_t r, uid_t e, uid_t s);
int	proc_setresgid(struct proc *, gid_t r, gid_t e, gid_t s);
int	proc_setreuid(struct proc *, uid_t r, uid_t e);
int	proc_setregid(struct proc *, gid_t r, gid_t e);
/* Return the old one by *old, whatever happens. */
int	proc_setfsuid(struct proc *, uid_t, uid_t *old);
int	proc_setfsgid(struct proc *, gid_t, gid_t *old);
int	proc_setgroups(struct proc *, const gid_t *, uint32_t n);
/*
 * May the caller (by its credential) look into or change p: same ids and untainted, or root. 0 or
 * EPERM.
 */
int	proc_check_same(struct proc *caller, struct proc *p);

/* Copies of what another process has, held; null when it is gone or has none. */
struct vm_space *proc_space_hold(struct proc *);
struct fd_table *proc_fds_hold(struct proc *);
struct cwd_info *proc_cwd_hold(struct proc *);
struct vnode *proc_exe_hold(struct proc *);
void	proc_set_comm(struct proc *, const char *);

/* Numbers for /proc and sysinfo. */
uint32_t proc_count(void);
/* Forks since boot: all, those that held the caller, those that shared its space. */
struct fork_counts {
	uint64_t	 fc_forks, fc_holding, fc_sharing;
};
void	proc_fork_counts(struct fork_counts *);
pid_t	proc_last_pid(void);

/* Sets or clears one of PF_STOPFORK, PF_STOPEXEC, PF_STOPEXIT. Who may is the caller's business. */
void	proc_stop_on(struct proc *, uint32_t flag, bool on);

/* The memory of p has run out: kills every process with that space, and says so in the log. */
void	proc_kill_oom(struct lwp *);

#endif
