/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are no files: epoll, eventfd, timerfd, signalfd, record locks.
 */
#ifndef FILE_SPECIAL_H
#define FILE_SPECIAL_H

#include "file/file.h"
#include "file/poll.h"

/* epoll: the numbers and the packed layout of x86-64 Linux. */
#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3
#define KEPOLLEXCLUSIVE	(1u << 28)
#define KEPOLLWAKEUP	(1u << 29)
#define KEPOLLONESHOT	(1u << 30)
#define KEPOLLET	(1u << 31)

struct kepoll_event {
	uint32_t	 events;
	uint64_t	 data;
} __packed;

int	epoll_create(struct cred *, struct file **);
/*
 * fd is only a name: the pair (file, fd) is the key. EEXIST, ENOENT, EINVAL, ELOOP, EPERM (not
 * pollable), ENOMEM.
 */
int	epoll_ctl(struct file *ep, int op, struct file *target, int fd,
    const struct kepoll_event *);
/* 0 and *n (0: timed out), EINTR, EINVAL when ep is no epoll. Deadlines as poll_wait_many's. */
int	epoll_wait(struct file *ep, struct kepoll_event *out, size_t max, uint64_t deadline_ns,
    size_t *n);
/* Called by file_drop: forgets the file in all epolls. */
void	epoll_file_closed(struct file *);

#define EVENTFD_SEMAPHORE	1
int	eventfd_create(uint64_t initial, bool semaphore, uint32_t flags /* O_NONBLOCK */,
    struct cred *,
	    struct file **);

/*
 * timerfd: clock 0 is wall time, 1 monotonic, 7 since boot (the same here). Times in ns; value 0
 * disarms.
 */
int	timerfd_create(int clock, uint32_t flags, struct cred *, struct file **);
int	timerfd_set(struct file *, bool absolute, uint64_t value_ns, uint64_t interval_ns,
    uint64_t *old_value_ns,
	    uint64_t *old_interval_ns);
int	timerfd_get(struct file *, uint64_t *value_ns, uint64_t *interval_ns);

/* flock(2) and fcntl's record locks. Waits end with ERESTART (or EINTR). */
enum lock_type { LOCK_READ, LOCK_WRITE, LOCK_NONE };
struct lock_range {
	enum lock_type	 lr_type;
	uint64_t	 lr_start;
	uint64_t	 lr_end;	/* the last byte; UINT64_MAX: to the end */
	pid_t		 lr_pid;	/* of the owner, for F_GETLK */
};
/*
 * owner: the fd_table (classic locks) or the file (OFD locks, flock). wait: sleep till it is
 * free, else EAGAIN. EDEADLK, ENOLCK.
 */
int	lock_set(struct file *, const void *owner, const struct lock_range *, bool wait);
/* The first lock in the way of *lr, or lr_type LOCK_NONE. */
int	lock_test(struct file *, const void *owner, struct lock_range *lr);
int	lock_flock(struct file *, enum lock_type, bool wait);
/*
 * Called when a table (owner) or the last reference (owner: the file) closes a file: gives up
 * what the owner has on its vnode.
 */
void	lock_release(struct file *, const void *owner);
/* Called when a table goes: gives up all that it has, on whatever file. */
void	lock_release_owner(const void *owner);
extern uint32_t lock_sets;	/* vnodes with locks, read unlocked: 0 means that there is nothing
				 * to release */

#endif
