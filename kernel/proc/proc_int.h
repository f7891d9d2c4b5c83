/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/proc share among themselves. */
#ifndef PROC_PROC_INT_H
#define PROC_PROC_INT_H

#include "mem/cache.h"
#include "proc/abi.h"
#include "proc/cred.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/hold.h"
#include "proc/hook.h"
#include "proc/ids.h"
#include "proc/limits.h"
#include "proc/proc.h"
#include "proc/tunable.h"
#include "proc/ucount.h"
#include "proc/wait.h"

/* --- pid.c: numbers of processes, LWPs, groups and sessions; tree lock held --- */

struct pid_slot {
	struct proc	*ps_proc;
	struct lwp	*ps_lwp;
	struct pgrp	*ps_pgrp;
	struct session	*ps_session;
};

#define PID_SPACE	4194304u	/* 0 .. 4194303 */
extern uint32_t pid_space;	/* numbers in use: 0 .. pid_space - 1; constant after the boot */
void	pid_init(void);
/*
 * Takes a number out of the pool, any (want 0) or that one. EAGAIN: all are taken; EEXIST; ENOMEM.
 */
int	pid_alloc_locked(pid_t want, pid_t *);
/* What a number taken out means; null when it is not taken. */
struct pid_slot *pid_slot_locked(pid_t);
/* Gives the number back if nothing has it any more. */
void	pid_release_locked(pid_t);
/* The smallest number above `after` that names a process, or 0. */
pid_t	pid_next_proc_locked(pid_t after);

/* --- proc.c --- */

/* A process with locks and lists and nothing else (fields.c), one reference. Null: no memory. */
struct proc *proc_alloc(void);
/*
 * Frees what proc_alloc gave and what counts for the structure itself (credential, limits, charge).
 */
void	proc_free(struct proc *);
/* Gives away what the process has: used by exit and as the undo of fork's steps. May sleep. */
void	proc_release_space(struct proc *);
void	proc_release_files(struct proc *);
void	proc_release_cwd(struct proc *);
void	proc_release_exe(struct proc *);
void	proc_release_acts(struct proc *);
void	proc_release_limits(struct proc *);
void	proc_release_cred(struct proc *);
void	proc_release_ctl(struct proc *);	/* lwpctl.c */
/* proc_tree_lock is held. The links are the caller's business. */
static inline void
proc_set_parent_locked(struct proc *p, struct proc *parent)
{
	p->p_parent = parent;
	store_relaxed(&p->p_ppid, parent->p_pid);
}

/* All of it that is the personality's. */
static inline void
proc_release_abi(struct proc *p)
{
	if (p->p_abi != NULL && p->p_abi->ab_proc_leave != NULL)
		p->p_abi->ab_proc_leave(p);
	proc_release_ctl(p);
}

/* --- admit.c: how many processes there may be --- */

#define FORKFSLEEP_MAX	20000		/* ms */
extern uint32_t proc_max;		/* kern.maxproc; read relaxed */
extern uint32_t fork_fail_sleep_ms;	/* kern.forkfsleep; read relaxed */
void	admit_init(void);
void	auth_init(void);		/* auth.c */
/*
 * Takes a place in the global count and in that of the credential's real uid. EAGAIN (limits),
 * ENOMEM. Sleeps if told to by forkfsleep.
 */
int	admit_fork(struct lwp *, const struct cred *, struct ucount **);
/* Gives both back. */
void	admit_undo(struct ucount *);
/* Slows a caller down that ran out of memory. */
void	admit_no_memory(struct lwp *);

/* --- hook.c: the calls of fork1, which may sleep --- */

void	fork_hook_init(void);
/* All hooks, or none and an error. After success the list is held until one of the next two. */
int	hooks_fork_call(struct proc *child, struct proc *parent);
void	hooks_fork_undo(struct proc *child, struct proc *parent);
void	hooks_fork_done(void);

/* --- hold.c --- */

/*
 * Sleeps on a condition variable as cv_wait_spin does, but a stop of the process is honoured
 * meanwhile, and death ends the sleep; plain signals stay pending. Returns without cause too: the
 * caller looks at its condition and at lwp_dying.
 */
void	lwp_wait_unsignalled(struct lwp *, struct cv *, struct spinlock *);

/* --- fields.c: what a new process and its LWP have in each field --- */

enum field_class { FIELD_ZERO, FIELD_COPY, FIELD_GIVEN, FIELD_FRESH };
#define FIELD_POISON	0xb6	/* what debug kernels fill a new structure with */
struct field {
	const char	*f_name;
	size_t		 f_offset, f_size, f_align;	/* bytes */
	enum field_class f_class;
};
extern const struct field proc_fields[], lwp_fields[];
extern const size_t	 proc_nfields, lwp_nfields;
/*
 * Fills size bytes with the pattern, all but what is to be zero at first. Panics when the table
 * misses a field.
 */
void	fields_begin(void *obj, size_t size, const struct field *, size_t n);
/* The name of a field that is not as its class demands at publication; null when all are. */
const char *fields_wrong(const void *obj, const struct field *, size_t n);

/* In debug kernels: before the constructor; at publication, in one critical section with it. */
#ifdef DEBUG
#define FIELDS_BEGIN(type, obj) \
	fields_begin((obj), sizeof(*(obj)), type##_fields, type##_nfields)
#define FIELDS_CHECK(type, obj) do { \
	const char *wrong_ = fields_wrong((obj), type##_fields, type##_nfields); \
	if (wrong_ != NULL) \
		panic("proc: %s of a new " #type " is not what it should be", wrong_); \
} while (0)
#else
#define FIELDS_BEGIN(type, obj)	((void)(obj))
#define FIELDS_CHECK(type, obj)	((void)(obj))
#endif

/* --- exit.c, wait.c --- */

/* Decides the death of p and sends its LWPs on the way; the first decision counts. p_lock held. */
void	proc_condemn_locked(struct proc *, int code, int signo, bool core);
/*
 * Takes a zombie off the tree, tree lock held; *pg is to be dropped, and p itself, once no lock is
 * held.
 */
void	proc_reap_locked(struct proc *p, struct pgrp **pg);
/* The parent's waiters look again; tree lock held. */
void	proc_wake_parent_locked(struct proc *p);
/* Tells the parent of a stop or continuation by SIGCHLD; tree lock held. code: CLD_*. */
void	proc_notify_parent_locked(struct proc *p, int code, int status);
/* The process' time since its birth, live LWPs included. p_lock held. */
void	proc_rusage_locked(struct proc *, struct rusage_k *);

#endif
