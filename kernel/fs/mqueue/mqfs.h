/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message queues by name: what the personalities' mq_open and mq_unlink are made of. What happens
 * on an open queue is in file/mqueue.h.
 */
#ifndef FS_MQUEUE_MQFS_H
#define FS_MQUEUE_MQFS_H

#include "file/mqueue.h"

struct lwp;
struct vfs_ctx;

/*
 * Limits that root may change, and exceed (up to what mqfs_tunables says); read and written
 * unlocked.
 */
struct mqfs_tunable {
	const char	*mt_name;	/* of the file in /proc/sys/fs/mqueue */
	uint32_t	 mt_value;	/* A */
	uint32_t	 mt_min, mt_max;
};

enum mqfs_tunable_id { MQ_QUEUES_MAX, MQ_MSG_MAX, MQ_MSGSIZE_MAX, MQ_MSG_DEFAULT,
    MQ_MSGSIZE_DEFAULT, MQ_OPEN_MAX, MQ_NTUNABLES };
/*
 * The last, MQ_OPEN_MAX, is of queues that a descriptor table may have open: Linux does not know
 * it.
 */
extern struct mqfs_tunable mqfs_tunables[MQ_NTUNABLES];

/*
 * Opens, and with O_CREAT makes, a queue. name: without the slash in front. mode: the umask is
 * not yet taken off. maxmsg and msgsize are looked at only when the queue is made; both 0: the
 * defaults. ENOENT, EEXIST, EACCES (also a slash in the name), ENAMETOOLONG, EINVAL (sizes),
 * EMFILE (MQ_OPEN_MAX; RLIMIT_MSGQUEUE), ENOSPC (queues), ENOMEM.
 */
int	mqfs_open(struct lwp *, const struct vfs_ctx *, const char *name, uint32_t oflags,
    mode_t mode, uint64_t maxmsg,
	    uint64_t msgsize, struct file **);
/* ENOENT, EACCES, EPERM (somebody else's). */
int	mqfs_unlink(const struct vfs_ctx *, const char *name);

/* How mqfs_notify tells. */
enum mqfs_notify_kind { MQ_NOTIFY_SIGNAL = 0, MQ_NOTIFY_NONE = 1 };	/* SIGEV_* of Linux */
/*
 * Asks for one signal to the caller's process (or none, which only takes the place) when a
 * message comes to the empty queue. EBADF, EBUSY, ENOMEM.
 */
int	mqfs_notify(struct lwp *, struct file *, enum mqfs_notify_kind, int signo, uint64_t value);

#endif
