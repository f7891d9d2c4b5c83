/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of all locks: a lock may be taken only while every lock held by the same context has
 * a lower rank. This enum is the only statement of that order; a debug kernel stops on the first
 * acquisition against it. Sleeping locks come first: none may be taken under a spin lock.
 */
#ifndef SYNC_RANK_H
#define SYNC_RANK_H

#include "lib/klib.h"

enum lock_rank {
	RANK_NONE,		/* unchecked: locks taken singly, or several of one kind by
				 * address */
	/* locks that sleep */
	RANK_FORK,		/* the hooks of a fork under way: construction of processes */
	RANK_AUTH,		/* the stack of policies */
	RANK_EPOLL,		/* one epoll instance */
	RANK_TTY,		/* one terminal: line discipline and queues */
	RANK_FILE,		/* the offset of one open file */
	RANK_MOUNT,		/* the mount table */
	RANK_RENAME,		/* the shape of one file system's directory tree */
	RANK_VNODE,		/* one vnode's contents and attributes; parent before child */
	RANK_FDTABLE,		/* one descriptor table */
	RANK_PIPE,		/* one pipe */
	RANK_VMSPACE,		/* the regions and page tables of one address space */
	RANK_VMFAULT,		/* the faults of some pages of one address space */
	RANK_VMOBJ,		/* the pages of one object */
	/* spin locks */
	RANK_NAMECACHE,
	RANK_PROC_TREE,		/* pid table, process tree, groups, sessions */
	RANK_PROC,		/* one process: p_lock */
	RANK_SIGACTS,		/* the actions table of one or more processes */
	RANK_CRED,		/* per-user counts */
	RANK_VIRTIO,		/* one virtio device: its queues and ports; wakes under it */
	RANK_POLL,		/* waiters of one pollable object */
	RANK_CV,		/* one condition variable's or sleeping lock's waiters */
	RANK_SCHED,		/* one CPU's run queue, and the state of the LWPs that belong to
				 * it */
	RANK_TIMER,		/* one CPU's timer queue */
	RANK_PMAP,		/* the page tables of one address space */
	RANK_PTABLE,		/* the entries of a table that has several owners */
	RANK_CACHE,		/* one object cache */
	RANK_PAGES,		/* the page allocator */
	RANK_DEV,		/* one device */
	RANK_WATCH,		/* failures on purpose, the trace */
	RANK_KLOG,		/* the log ring */
};

#define HELD_MAX	16

/*
 * The ranks that a context holds, newest last. Spin locks are listed by CPU, sleeping locks by
 * LWP.
 */
struct held_ranks {
	uint8_t		 h_n;
	uint8_t		 h_rank[HELD_MAX];
	const void	*h_lock[HELD_MAX];
};

#ifdef DEBUG
/* Checks that rank may be taken now and records it; panics when not. */
void	held_push(struct held_ranks *, const void *lock, enum lock_rank, const char *name);
void	held_pop(struct held_ranks *, const void *lock);
#else
#define held_push(h, l, r, n)	((void)0)
#define held_pop(h, l)		((void)0)
#endif

#endif
