/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits. A set is immutable and counted; setrlimit publishes a new one, so a reader of a
 * reference sees pairs of one instant.
 */
#ifndef PROC_LIMITS_H
#define PROC_LIMITS_H

#include "lib/klib.h"
#include "sync/refcount.h"

struct proc;

/* Linux's numbering. */
enum rlimit_which {
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC,
	    RLIMIT_NOFILE,
	RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE,
	    RLIMIT_RTPRIO,
	RLIMIT_RTTIME,
	RLIM_NLIMITS,			/* Linux's */
	RLIMIT_NTHR = RLIM_NLIMITS,	/* LWPs of a user beside their processes' first ones:
					 * NetBSD's */
	RLIM_COUNT
};
#define RLIM_INFINITY	(~0ull)

struct rlimit_k {
	uint64_t	 rl_cur;	/* soft */
	uint64_t	 rl_max;	/* hard */
};

struct plimit {
	refcount_t	 pl_refs;
	struct rlimit_k	 pl_rlim[RLIM_COUNT];
};

/* The boot's set: of process 0 and of init. */
extern struct plimit plimit_boot;

struct plimit *plimit_hold(struct plimit *);	/* returns its argument */
void	plimit_drop(struct plimit *);
/* The set of a process now, held. */
struct plimit *proc_limits_hold(struct proc *);

/* The soft limit. May be called for any process that the caller keeps alive; takes p_lock. */
uint64_t proc_limit(struct proc *, enum rlimit_which);
void	proc_limit_get(struct proc *, enum rlimit_which, struct rlimit_k *);
/*
 * Sets a pair: EINVAL for soft above hard, EPERM for raising the hard limit without being root,
 * ENOMEM. The space's copies (AS, DATA, STACK) follow.
 */
int	proc_limit_set(struct proc *, enum rlimit_which, const struct rlimit_k *);
/* Fills in what depends on the size of memory (NPROC, SIGPENDING). */
void	plimit_init(uint64_t maxproc);

#endif
