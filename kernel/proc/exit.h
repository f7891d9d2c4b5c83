/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROC_EXIT_H
#define PROC_EXIT_H

#include "lib/klib.h"

struct lwp;
struct proc;

/*
 * The calling LWP's process ends: by exit with a code (signo 0; the whole int is kept), or by a
 * signal. Other LWPs are brought to their end first. If the process is exiting already, the
 * caller just goes with it.
 */
void	proc_exit(struct lwp *, int code, int signo, bool core) __noreturn;
/*
 * The caller is the child of a holding fork and has never been in user mode: its process ends as if
 * it had not been made. Nobody is told and nobody can wait for it; the parent is let go when it is
 * all gone.
 */
void	proc_exit_unborn(struct lwp *) __noreturn;
/* exit(2) of one thread: the last one ends the process with this code. */
void	proc_exit_lwp(struct lwp *, int code) __noreturn;
/* On the way to user mode with LATTN_DIE set: the LWP ends. */
void	proc_die(struct lwp *) __noreturn;

/*
 * Makes a process the one that gets the orphans among its descendants (on), or ends that. Not
 * inherited; those that it has stay its children.
 */
void	proc_set_reaper(struct proc *, bool on);

/*
 * Brings all other LWPs of the process to their end and waits for it: for exec. 0: the caller is
 * alone and its tid is the pid; EINTR: the process exits, or another LWP's exec came first.
 */
int	proc_single_lwp(struct lwp *);

#endif
