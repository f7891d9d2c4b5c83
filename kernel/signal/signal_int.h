/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/signal share among themselves. */
#ifndef SIGNAL_SIGNAL_INT_H
#define SIGNAL_SIGNAL_INT_H

#include "proc/proc_int.h"
#include "proc/ptimer.h"
#include "proc/ras.h"
#include "signal/signal.h"

/* One queued signal with its data. */
struct sigq {
	struct list	 sq_link;
	struct ksiginfo	 sq_ksi;
	struct ucount	*sq_ucount;	/* ref  counted there (uc_nsig) */
};

enum sig_default { SIGDEF_TERMINATE, SIGDEF_CORE, SIGDEF_IGNORE, SIGDEF_STOP, SIGDEF_CONTINUE };

enum sig_default signal_default(int signo);

/*
 * Takes the next signal of `set` that is pending for l, synchronous ones first; 0 when there is
 * none. p_lock held.
 */
int	signal_take_locked(struct lwp *l, sigset_t set, struct ksiginfo *);
/* Pending for l or its process. p_lock held. */
sigset_t signal_pending_locked(const struct lwp *l);
/* The mask of l, curlwp; p_lock held. */
void	signal_mask_set_locked(struct lwp *l, sigset_t set);
/* p is init, which signals without a handler do not harm. */
bool	signal_protected(const struct proc *p);

#endif
