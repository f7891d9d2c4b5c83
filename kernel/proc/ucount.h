/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted by real uid: processes, queued signals. */
#ifndef PROC_UCOUNT_H
#define PROC_UCOUNT_H

#include "lib/klib.h"
#include "sync/refcount.h"

struct ucount {
	struct list	 uc_link;	/* hash chain, guarded by the table's lock */
	uid_t		 uc_uid;	/* constant */
	uint32_t	 uc_refs;	/* the table's lock */
	uint32_t	 uc_nproc;	/* A  processes charged to it */
	uint32_t	 uc_nlwp;	/* A  LWPs beside each process' first, charged to who made
					 * them */
	uint32_t	 uc_nsig;	/* A  queued signals of its processes */
	uint64_t	 uc_mq_bytes;	/* A  of message queues that it made (fs/mqueue) */
};

/* The record of a uid, held; null: no memory. Never sleeps. */
struct ucount *ucount_get(uid_t);
struct ucount *ucount_hold(struct ucount *);
void	ucount_put(struct ucount *);
/* One more, unless that would exceed limit. */
bool	ucount_try(uint32_t *counter, uint64_t limit);

#endif
