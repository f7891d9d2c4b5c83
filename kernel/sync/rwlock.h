/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping reader-writer locks. Once a writer waits, new readers wait behind it; hand-over is in
 * order, readers that stand together go together. Not recursive, for readers neither.
 */
#ifndef SYNC_RWLOCK_H
#define SYNC_RWLOCK_H

#include "sync/park.h"

struct rwlock {
	struct spinlock	 rw_lock;	/* guards what follows */
	uint32_t	 rw_readers;
	struct lwp	*rw_writer;
	struct list	 rw_waiters;	/* struct park_waiter, in order of arrival */
	const char	*rw_name;
	uint8_t		 rw_rank;
};

void	rw_init(struct rwlock *, const char *name, enum lock_rank);
void	rw_rdlock(struct rwlock *);
void	rw_wrlock(struct rwlock *);
void	rw_unlock(struct rwlock *);	/* of either kind */

#endif
