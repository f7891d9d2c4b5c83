/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for many files. Every pollable object embeds a struct poll_head; its poll operation
 * first records the waiter there, then looks at its state under its own lock; whoever changes the
 * state calls poll_wakeup afterwards. So no event is lost. poll.c has the theory; epoll.c is the
 * other user.
 */
#ifndef FILE_POLL_H
#define FILE_POLL_H

#include "lib/klib.h"
#include "sync/spin.h"

struct fd_table;
struct file;
struct poll_waiter;

#define POLLIN		0x0001
#define POLLPRI		0x0002
#define POLLOUT		0x0004
#define POLLERR		0x0008
#define POLLHUP		0x0010
#define POLLNVAL	0x0020
#define POLLRDNORM	0x0040
#define POLLRDBAND	0x0080
#define POLLWRNORM	0x0100
#define POLLWRBAND	0x0200
#define POLLMSG		0x0400
#define POLLRDHUP	0x2000

#define POLL_READ	(POLLIN | POLLRDNORM)
#define POLL_WRITE	(POLLOUT | POLLWRNORM)

struct poll_head {
	struct spinlock	 ph_lock;
	struct list	 ph_entries;	/* struct poll_entry */
};

void	poll_head_init(struct poll_head *);
/* The object goes away; nobody may wait any more. */
void	poll_head_fini(struct poll_head *);
/* These events may hold now. Any context; the caller holds no lock of RANK_POLL or later. */
void	poll_wakeup(struct poll_head *, uint32_t events);

/*
 * Notes that w wants to hear of events at the head; nothing when w is null. Called by poll
 * operations only.
 */
void	poll_record(struct poll_waiter *w, struct poll_head *);

/* One question of poll_wait_many. */
struct poll_req {
	struct file	*pr_file;	/* held by the caller; null: never ready */
	uint32_t	 pr_events;	/* wanted; POLLERR and POLLHUP always are */
	uint32_t	 pr_revents;	/* the answer */
};

#define POLL_NOWAIT	1ull		/* a deadline that has passed */

/*
 * Waits until one of the requests is ready, or the deadline (ns of the monotonic clock; 0: none;
 * POLL_NOWAIT: look only). 0 with *nready (0: timed out), EINTR, ENOMEM.
 */
int	poll_wait_many(struct poll_req *, size_t n, uint64_t deadline_ns, size_t *nready);

/* The layout of Linux's struct pollfd. */
struct poll_fd {
	int32_t		 fd;
	int16_t		 events;
	int16_t		 revents;
};

/* The same on descriptors: those that are not open give POLLNVAL, negative ones are left out. */
int	poll_wait_fds(struct fd_table *, struct poll_fd *, size_t n, uint64_t deadline_ns,
    size_t *nready);

#endif
