/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authorisation: may this process do that? Questions with a default answer, which policies may
 * change: a policy registers a listener, which allows, denies or defers each question. Listeners
 * stack. Any denial wins; else any permission; if all defer, the answer is no.
 */
#ifndef PROC_AUTH_H
#define PROC_AUTH_H

#include "lib/klib.h"

struct cred;
struct plimit;
struct proc;

enum auth_action {
	AUTH_FORK,		/* a new process; aq_count: how many there would be with it */
	AUTH_NPROC,		/* ... above the caller's RLIMIT_NPROC; aq_limits, aq_count: of
				 * its uid */
	AUTH_PID,		/* ... with the number that the caller asks for (aq_count) */
};

struct auth_request {
	enum auth_action aq_action;
	const struct cred *aq_cred;	/* who asks */
	struct proc	*aq_proc;	/* the calling process */
	uint64_t	 aq_count;
	const struct plimit *aq_limits;	/* NPROC: the set that the limit is of */
	uint32_t	 aq_which;	/* ... and its number in it */
};

enum auth_verdict { AUTH_DEFER, AUTH_ALLOW, AUTH_DENY };

struct auth_listener {
	struct list	 au_link;	/* auth.c's */
	const char	*au_name;	/* for the log */
	/* May sleep; holds no lock of the asker. */
	enum auth_verdict (*au_ask)(const struct auth_request *, void *arg);
	/* A process was born with this credential, not yet findable. May be null. */
	void		(*au_cred_fork)(const struct cred *, struct proc *child, void *arg);
	void		*au_arg;
};

/*
 * 0 or EPERM. *by (may be null): the name of the listener that denied; null when none did but none
 * allowed it either, so that the default policy's limit was the cause. May sleep.
 */
int	auth_check(const struct auth_request *, const char **by);
/* Tells the listeners of a birth. */
void	auth_cred_fork(const struct cred *, struct proc *child);

/* The listener is the caller's and must live till it is unregistered. Both may sleep. */
void	auth_register(struct auth_listener *);
void	auth_unregister(struct auth_listener *);

#endif
