/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of fork hooks, called in order of registration, undone in reverse. A fork that has begun
 * to call hooks holds the list for reading till it is published or undone, so that the hooks undone
 * are those called, and none is running once it has been unregistered.
 */
#include "proc/hook.h"
#include "proc/proc_int.h"
#include "sync/rwlock.h"

static struct rwlock hook_lock;
static struct list hooks = LIST_INIT(hooks);	/* hook_lock */

void
fork_hook_init(void)
{
	rw_init(&hook_lock, "fork_hooks", RANK_FORK);
}

/* Undoes those before `end`, the last first. */
static void
hooks_undo(struct list *end, struct proc *child, struct proc *parent)
{
	for (struct list *node = end->prev; node != &hooks; node = node->prev) {
		struct fork_hook *fh = list_entry(node, struct fork_hook, fh_link);

		if (fh->fh_undo != NULL)
			fh->fh_undo(child, parent, fh->fh_arg);
	}
}

int
hooks_fork_call(struct proc *child, struct proc *parent)
{
	rw_rdlock(&hook_lock);
	list_foreach(fh, &hooks, struct fork_hook, fh_link) {
		int error = fh->fh_fork(child, parent, fh->fh_arg);

		if (error != 0) {
			hooks_undo(&fh->fh_link, child, parent);
			rw_unlock(&hook_lock);
			return error;
		}
	}
	return 0;
}

void
hooks_fork_undo(struct proc *child, struct proc *parent)
{
	hooks_undo(&hooks, child, parent);
	rw_unlock(&hook_lock);
}

void
hooks_fork_done(void)
{
	rw_unlock(&hook_lock);
}

void
fork_hook_register(struct fork_hook *fh)
{
	rw_wrlock(&hook_lock);
	list_push_back(&hooks, &fh->fh_link);
	rw_unlock(&hook_lock);
}

void
fork_hook_unregister(struct fork_hook *fh)
{
	rw_wrlock(&hook_lock);
	list_remove(&fh->fh_link);
	rw_unlock(&hook_lock);
}
