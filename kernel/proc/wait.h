/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROC_WAIT_H
#define PROC_WAIT_H

#include "proc/rusage.h"

enum wait_idtype {
	WAIT_ALL,
	WAIT_PID,
	WAIT_PROC,		/* wq_proc, which the caller holds, whatever its number means now */
	WAIT_PGRP,		/* id 0: the caller's own at the time of the call */
	WAIT_SESSION,
	WAIT_UID,		/* effective ids of the child */
	WAIT_GID,
};

#define WAIT_EXITED	0x01u	/* report deaths */
#define WAIT_STOPPED	0x02u
#define WAIT_CONTINUED	0x04u
#define WAIT_NOHANG	0x08u	/* do not sleep */
#define WAIT_NOWAIT	0x10u	/* leave it waitable */
#define WAIT_CLONE	0x20u	/* only children whose exit signal is not SIGCHLD */
#define WAIT_NOTHREAD	0x100u	/* only children that the calling LWP made (or inherited) */
#define WAIT_ANYSIG	0x40u	/* both kinds (wins over CLONE) */
#define WAIT_NOZOMBIE	0x80u	/* pass over the dead */

struct wait_req {
	enum wait_idtype wq_idtype;
	pid_t		 wq_id;
	struct proc	*wq_proc;	/* WAIT_PROC */
	uint32_t	 wq_flags;	/* WAIT_* */
};

struct wait_result {
	pid_t		 wr_pid;	/* 0: nothing yet (NOHANG) */
	uid_t		 wr_uid;	/* real uid of the child */
	int		 wr_code;	/* CLD_EXITED KILLED DUMPED STOPPED CONTINUED */
	int		 wr_status;	/* EXITED: the code, all of it; else the signal */
	struct rusage_k	 wr_self;	/* of the child */
	struct rusage_k	 wr_children;	/* of those that it waited for */
};

/*
 * Waits for a child's change of state. 0; ECHILD: no such child (or all are reaped automatically);
 * ERESTART: a signal is pending; EINVAL: nothing to wait for is named. Newest child first.
 */
int	proc_wait(struct lwp *, const struct wait_req *, struct wait_result *);

#endif
