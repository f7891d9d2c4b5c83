/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process groups and sessions. Everything is guarded by proc_tree_lock (T) but the counts.
 *
 * A group exists as long as somebody refers to it: its members as one, terminals, and walks that
 * had to let the lock go. One without members cannot be found. A session lives as long as one of
 * its groups.
 */
#ifndef PROC_IDS_H
#define PROC_IDS_H

#include "lib/klib.h"
#include "sync/refcount.h"

struct proc;
struct tty;
struct ksiginfo;

struct session {
	refcount_t	 s_refs;	/* A  one per group, others who remember it */
	pid_t		 s_id;		/* C  pid of the process that made it */
	struct proc	*s_leader;	/* T  weak; null once the leader has died */
	struct tty	*s_tty;		/* T  controlling terminal: set and cleared by file/tty.c,
					 * which owns the reference */
};

struct pgrp {
	refcount_t	 pg_refs;	/* A */
	pid_t		 pg_id;		/* C */
	struct session	*pg_session;	/* C  ref */
	struct list	 pg_members;	/* T  struct proc by p_pgrp_link */
};

void	session_hold(struct session *);
void	session_drop(struct session *);	/* no spin lock ranked at or above PROC_TREE held */
void	pgrp_hold(struct pgrp *);
void	pgrp_drop(struct pgrp *);	/* the same */

/*
 * setpgid: pid 0 is the caller, pgid 0 is pid. ESRCH: neither the caller nor a child of it; EACCES:
 * a child that has exec'd; EPERM: a session leader, another session, or no such group in the
 * session; EINVAL: pgid < 0.
 */
int	proc_setpgid(struct proc *caller, pid_t pid, pid_t pgid);
/* setsid: EPERM when the caller leads a group. *sid is the new id. */
int	proc_setsid(struct proc *caller, pid_t *sid);
/* pid 0: the caller. ESRCH. */
int	proc_getpgid(struct proc *caller, pid_t pid, pid_t *pgid);
int	proc_getsid(struct proc *caller, pid_t pid, pid_t *sid);

/*
 * A group is orphaned when no member has a parent in another group of the same session: nobody
 * could continue it from a shell, so terminal stop signals do not stop it and terminal reads fail.
 */
bool	pgrp_is_orphaned_locked(struct pgrp *);

/* What file/tty.c asks about the calling process. */
bool	proc_is_session_leader(struct proc *);

/* --- shared by proc's own files, tree lock held --- */

/*
 * A group with this id, of a given session (a fresh one if null), made or found; null: out of
 * memory. Held for the caller.
 */
struct pgrp *pgrp_create_locked(pid_t pgid, struct session *);
/* p, which is in no group, joins pg right after `after` (null: at the end). */
void	pgrp_join_locked(struct proc *p, struct pgrp *pg, struct proc *after);
/* p leaves its group. Returns what the caller must pgrp_drop once it holds no lock. */
struct pgrp *pgrp_leave_locked(struct proc *p);
/*
 * exit: p (about to become a zombie) and its children no longer link their groups to a shell.
 * Signals those newly orphaned.
 */
void	pgrp_orphan_check_locked(struct pgrp *, struct proc *leaving, struct proc *parent);

#endif
