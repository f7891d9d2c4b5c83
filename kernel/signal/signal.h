/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: sending, masks, actions, waiting, and the way back to user mode. See signal.c (posting),
 * deliver.c (delivery, stops), sigcalls.c.
 */
#ifndef SIGNAL_SIGNAL_H
#define SIGNAL_SIGNAL_H

#include "proc/proc.h"
#include "signal/sigtypes.h"

struct trapframe;

/* --- sending; none sleeps --- */

/* A signal of the kernel's own making: SI_KERNEL, no sender. */
static inline struct ksiginfo
ksiginfo_kernel(int signo)
{
	return (struct ksiginfo){ .ks_signo = signo, .ks_code = SI_KERNEL };
}

/*
 * To a process, or to one LWP of it. What is ignored and not blocked is dropped. EAGAIN: a queued
 * signal (code < 0, real-time) above the receiver's RLIMIT_SIGPENDING; signals of the kernel and
 * SIGKILL never fail. p is held by the caller or by the tree lock. From interrupts too.
 */
int	signal_post_proc(struct proc *, const struct ksiginfo *);
/* The same with the tree lock held. */
int	signal_post_proc_locked(struct proc *, const struct ksiginfo *);
/* The same with p_lock held; not for SIGCONT. */
int	signal_post_proc_held(struct proc *, const struct ksiginfo *);
int	signal_post_lwp(struct lwp *, const struct ksiginfo *);
/* To the LWP of this number, if the process has it: ESRCH. */
int	signal_post_tid(struct proc *, pid_t, const struct ksiginfo *);
/* To every process of the group; ordered against forks under way. Takes the tree lock. */
void	signal_post_pgrp(struct pgrp *, const struct ksiginfo *);
void	signal_post_pgrp_locked(struct pgrp *, const struct ksiginfo *);
/*
 * A fault of the LWP's own making: delivered even if blocked or ignored (then by the default
 * action).
 */
void	signal_force(struct lwp *, const struct ksiginfo *);

/*
 * kill(2): pid > 0 a process, 0 the caller's group, -1 everyone that may be signalled but init and
 * the caller, < -1 a group. signo 0 only asks. EINVAL, ESRCH, EPERM. signal_kill_info is the same
 * with the siginfo given (sigqueue).
 */
int	signal_kill(struct lwp *caller, pid_t pid, int signo);
int	signal_kill_info(struct lwp *caller, pid_t pid, const struct ksiginfo *);
/* To the thread tid of process tgid; tgid <= 0: whichever process it is in (tkill). */
int	signal_kill_lwp(struct lwp *caller, pid_t tgid, pid_t tid, const struct ksiginfo *);
/* The siginfo of a signal that sender posts now. */
struct ksiginfo ksiginfo_user(struct proc *sender, int signo, int code);
/* May the caller send signo to p? 0 or EPERM. */
int	signal_check_send(struct proc *caller, struct proc *p, int signo);

/* --- the calls; of the calling LWP --- */

/* new and old may be null. EINVAL: no such signal, or one whose action is fixed. */
int	signal_action(struct proc *, int signo, const struct sigaction_k *new,
    struct sigaction_k *old);

enum sig_how { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };
/* old may be null */
void	signal_mask(struct lwp *, enum sig_how, sigset_t set, sigset_t *old);
void	signal_mask_set(struct lwp *, sigset_t);
/*
 * pselect, ppoll, sigsuspend: this mask until the next return to user mode, where the old one comes
 * back or is what a handler returns to.
 */
void	signal_mask_temporary(struct lwp *, sigset_t);
/* Puts the old mask back at once, when the call did not wait or got what it wanted. */
void	signal_mask_restore(struct lwp *);
/* Pending and blocked. */
sigset_t signal_pending(struct lwp *);
/* Always ERESTARTNOHAND (or EINTR): a signal came. Sleeps. */
int	signal_suspend(struct lwp *, sigset_t mask);
/*
 * Waits for one of set (blocked by the caller) and takes it. deadline: ns monotonic, 0 none, 1 = do
 * not wait. EAGAIN: time is up; EINTR.
 */
int	signal_timedwait(struct lwp *, sigset_t set, struct ksiginfo *, uint64_t deadline_ns);
/*
 * sigaltstack: sp is the user's stack pointer now. EPERM: it is on the stack that would change;
 * EINVAL, ENOMEM (too small).
 */
int	signal_altstack(struct lwp *, vaddr_t sp, const struct sigaltstack_k *new,
	    struct sigaltstack_k *old);
bool	signal_on_altstack(const struct lwp *, vaddr_t sp);
/*
 * Below which address a handler's frame goes when the user's stack pointer is sp: the top of the
 * alternate stack, or sp less the zone that the machine lets a program use below it. Returns
 * whether that is on the alternate stack.
 */
bool	signal_frame_top(const struct lwp *, const struct sigaction_k *, vaddr_t sp, vaddr_t *top);

/* --- for terminals: see proc/ids.h too --- */

/*
 * Whether the calling LWP blocks, or its process ignores, signo: a background terminal access then
 * fails or passes instead of stopping.
 */
bool	signal_blocked_or_ignored(struct lwp *, int signo);

/* --- used by proc --- */

/* The table of process 0; a private copy, with clean: handlers to default (ENOMEM); counts. */
extern struct sigacts sigacts_boot;
int	sigacts_copy(struct sigacts *, bool clean, struct sigacts **);
struct sigacts *sigacts_hold(struct sigacts *);
void	sigacts_drop(struct sigacts *);
/*
 * Does the parent p ignore its children's deaths (SIG_IGN or SA_NOCLDWAIT for SIGCHLD)? Stops
 * (SA_NOCLDSTOP)?
 */
bool	signal_ignores_child_death(struct proc *);
bool	signal_ignores_child_stop(struct proc *);

void	sigpend_init(struct sigpend *);
/* Forgets everything; p_lock need not be held when nobody else sees it. */
void	sigpend_clear(struct sigpend *);
/* Recomputes LATTN_SIGNAL of the LWP; p_lock held. */
void	signal_recompute_locked(struct lwp *);
/*
 * An LWP leaves or blocks more: what is pending for the process, of set, is offered to those who
 * take it now. p_lock held.
 */
void	signal_retarget_locked(struct proc *, sigset_t set);

/*
 * A stop is asked for and no LWP is left to wait for: the process is stopped from now on, and the
 * caller tells the parent. Tree lock and p_lock held.
 */
bool	signal_stop_complete_locked(struct proc *);
/*
 * Asks all LWPs of a process to stop, as if it had taken this signal. For the caller's own process,
 * which then stops on its way to user mode.
 */
void	signal_stop_proc(struct proc *, int signo);
/* LATTN_STOP is set: the calling LWP stops here until the process is continued (or dies). */
void	signal_stop_self(struct lwp *);
/*
 * LATTN_STOPSIG is set: if a signal that stops by default is pending, the process begins to stop.
 * Other signals stay where they are.
 */
void	signal_take_stop(struct lwp *);

/* Whether death has been decided for the process: it exits, or SIGKILL is pending. p_lock held. */
bool	signal_condemned_locked(struct proc *);

/* --- called by arch --- */

/* Before every return to user mode, interrupts on. Does not return if the LWP dies. */
void	user_return(struct trapframe *);
/* A fault of user mode that nobody else handled. */
void	trap_signal(struct lwp *, int signo, int code, vaddr_t addr, int trapno, uint64_t err);

#endif
