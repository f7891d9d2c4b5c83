/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fork hooks: for subsystems that keep something for every process and want a say when one is made.
 */
#ifndef PROC_HOOK_H
#define PROC_HOOK_H

#include "lib/klib.h"

struct proc;

struct fork_hook {
	struct list	 fh_link;	/* hook.c's */
	const char	*fh_name;
	/*
	 * The child is whole but nobody can find it yet. May sleep and may fail: the fork then
	 * fails with this error.
	 */
	int		(*fh_fork)(struct proc *child, struct proc *parent, void *arg);
	/* The fork is undone after fh_fork succeeded. May be null. */
	void		(*fh_undo)(struct proc *child, struct proc *parent, void *arg);
	void		*fh_arg;
};

/* The hook is the caller's and must live till it is unregistered. Both may sleep. */
void	fork_hook_register(struct fork_hook *);
void	fork_hook_unregister(struct fork_hook *);

#endif
