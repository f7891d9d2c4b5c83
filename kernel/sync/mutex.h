/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes: one owner, which may sleep while it holds. Waiters are served in about the
 * order in which they came, and nobody starves. Not from interrupts, not under a spin lock. Waits
 * cannot be interrupted: hold them briefly.
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include "sync/park.h"

#define MUTEX_WAITERS	((uintptr_t)1)	/* the queue is not empty */

struct mutex {
	uintptr_t	 m_word;	/* A  the owner; MUTEX_WAITERS changes under m_lock */
	struct spinlock	 m_lock;	/* guards what follows */
	struct list	 m_waiters;	/* struct park_waiter */
	bool		 m_handoff;	/* the next unlock gives it to the first waiter */
	const char	*m_name;
	uint8_t		 m_rank;
};

void	mutex_init(struct mutex *, const char *name, enum lock_rank);
void	mutex_lock(struct mutex *);
void	mutex_unlock(struct mutex *);
/* Whether the calling LWP holds it. */
bool	mutex_held(const struct mutex *);

#endif
