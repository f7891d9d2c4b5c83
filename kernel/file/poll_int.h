/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What poll.c and epoll.c share: who waits at a poll_head.
 */
#ifndef FILE_POLL_INT_H
#define FILE_POLL_INT_H

#include "file/poll.h"

/* One waiter at one head. */
struct poll_entry {
	struct list	 pe_link;	/* on ph_entries, guarded by ph_lock */
	struct poll_head *pe_head;
	uint32_t	 pe_events;	/* wakes for these and for errors; 0: not at all */
	/* Called under ph_lock, perhaps in an interrupt. */
	void		(*pe_wake)(struct poll_entry *, uint32_t events);
	void		*pe_arg;
};

/*
 * Who calls a poll operation and wants to be woken: gives the entry for a head, or notes that it
 * cannot.
 */
struct poll_waiter {
	struct poll_entry *(*pw_entry)(struct poll_waiter *);
};

/* Takes an entry off its head. After it pe_wake does not run. */
void	poll_entry_remove(struct poll_entry *);

/* A head whose wake-ups may run inside another head's: that of an epoll. */
void	poll_head_init_nested(struct poll_head *);

#endif
