/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping reader-writer locks. Once a writer waits, new readers wait behind it; hand-over is in
 * order, readers that stand together go together. Not recursive, for readers neither.
 */
#ifndef SYNC_RWLOCK_H
#define SYNC_RWLOCK_H

#include "sync/park.h"

#define RW_WRITER	1u
#define RW_WAITERS	2u		/* somebody is in the queue, or on the way to it */
#define RW_READER	4u

struct rwlock {
	uint32_t	 rw_state;	/* A  RW_* and readers times RW_READER */
	struct spinlock	 rw_lock;	/* guards the queue, and RW_WAITERS against it */
	struct lwp	*rw_writer;	/* set by who has it to write; for checks */
	struct list	 rw_waiters;	/* struct park_waiter, in order of arrival */
	const char	*rw_name;
	uint8_t		 rw_rank;
};

void	rw_init(struct rwlock *, const char *name, enum lock_rank);
void	rw_rdlock(struct rwlock *);
void	rw_wrlock(struct rwlock *);
void	rw_unlock(struct rwlock *);	/* of either kind */

#endif
