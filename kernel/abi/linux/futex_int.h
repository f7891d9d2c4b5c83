/* SPDX-License-Identifier: BSD-2-Clause */
/* What futex.c and futex_pi.c share: keys, buckets, waiters. */
#ifndef ABI_LINUX_FUTEX_INT_H
#define ABI_LINUX_FUTEX_INT_H

#include "abi/linux/linux_int.h"
#include "sync/cv.h"

#define FUTEX_BUCKETS	256		/* a power of two */

struct futex_key {
	const void	*fk_in;		/* a struct vm_object, held by fk_object, or the struct
					 * vm_space */
	uint64_t	 fk_off;
	struct vm_object *fk_object;	/* null for private words */
};

struct futex_bucket {
	struct spinlock	 fb_lock;
	struct list	 fb_waiters;
};

struct futex_waiter {
	struct list	 w_link;	/* bucket's lock */
	struct futex_bucket *w_bucket;	/* both buckets' locks to change, either to read */
	struct futex_key w_key;		/* the same */
	uint32_t	 w_bits;	/* constant: wakes that have none of these pass it by */
	bool		 w_woken;	/* bucket's lock */
	bool		 w_pi;		/* constant: waits for a lock with an owner; plain wakes
					 * pass it by */
	pid_t		 w_owner;	/* bucket's lock: of that lock */
	pid_t		 w_dead;	/* bucket's lock: an owner that died, for which it was
					 * woken */
	int		 w_nice;	/* constant */
	struct cv	 w_cv;
};

extern struct futex_bucket futex_table[FUTEX_BUCKETS];

struct futex_bucket *futex_bucket_of(const struct futex_key *);
bool	futex_key_equal(const struct futex_key *, const struct futex_key *);
/* The key of a word in the caller's space; futex_key_drop it. EINVAL, EFAULT. */
int	futex_key_get(struct vm_space *, vaddr_t, bool private, struct futex_key *);
void	futex_key_drop(struct futex_key *);
/* Takes a waiter off its list for good and wakes it. Its bucket is locked. */
void	futex_wake_locked(struct futex_waiter *);
/* Enters a waiter whose key, bits and kind are set. */
void	futex_enter(struct futex_waiter *);
/* Sleeps until woken: 0, EINTR or ETIMEDOUT. Afterwards the entry is on no list. */
int	futex_sleep(struct futex_waiter *, uint64_t deadline_ns);
/* Leaves without having slept; true when a waker was faster. */
bool	futex_leave(struct futex_waiter *);
/* The end of a wait, 0 for none: the fourth argument is a length from now, or a time. */
int	futex_deadline(struct linux_call *, bool absolute, bool wall, uint64_t *deadline_ns);

/* futex_pi.c */
int	futex_pi_call(struct linux_call *, uint32_t cmd, bool private, bool wall);
/* The owner of this lock has died, and the word says so. */
void	futex_pi_wake(vaddr_t);
/* The LWP leaves its space: who waits for its locks is told. */
void	futex_pi_leave(struct lwp *);

#endif
