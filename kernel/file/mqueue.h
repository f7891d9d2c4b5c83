/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX message queues, as objects: messages with priorities, those who wait for them, and the
 * one who wants to be told. Names, permissions and limits are the file system's
 * (fs/mqueue/mqfs.h), which embeds a struct mqueue in its node; open queues are files like
 * others, so poll, fcntl, dup and fork need nothing special. How many a process has open is
 * counted by its descriptor table (fd_table_mqueues).
 */
#ifndef FILE_MQUEUE_H
#define FILE_MQUEUE_H

#include "file/file.h"
#include "file/poll.h"
#include "sync/cv.h"

#define MQ_PRIO_MAX	32768u		/* priorities are below */

/* Who is to be told when a message comes to an empty queue that nobody waits at. */
struct mq_notice {
	const struct fd_table *mn_owner;	/* closing the queue there ends it; an address,
						 * never followed */
	int		 mn_kind;		/* SIGEV_*, shown in the status text */
	int		 mn_signo;		/* 0: none is sent */
	pid_t		 mn_pid;		/* shown in the status text */
	/* A message has come: tell, and free. In the sender's context, no lock held. */
	void		(*mn_fire)(struct mq_notice *);
	/* It is over for another reason: free only. */
	void		(*mn_cancel)(struct mq_notice *);
};

/* C constant   Q mq_lock */
struct mqueue {
	struct mutex	 mq_lock;
	uint32_t	 mq_maxmsg;	/* C */
	size_t		 mq_msgsize;	/* C  bytes of the longest message */
	struct list	 mq_msgs;	/* Q  struct mq_msg: highest priority first, of one
					 * priority oldest first */
	uint32_t	 mq_count;	/* Q */
	size_t		 mq_bytes;	/* Q  in all messages */
	uint32_t	 mq_receivers;	/* Q  asleep in mqueue_receive */
	struct cv	 mq_rcv;	/* Q  there is a message */
	struct cv	 mq_scv;	/* Q  there is room */
	struct poll_head mq_poll;
	struct mq_notice *mq_notice;	/* Q  own */
};

/* What the file's calls need to know of it. */
struct mq_status {
	uint32_t	 ms_maxmsg;
	size_t		 ms_msgsize;
	uint32_t	 ms_count;
};

extern const struct file_ops mqueue_file_ops;

void	mqueue_init(struct mqueue *, uint32_t maxmsg, size_t msgsize);
/* Nobody has it open any more; messages left are freed. */
void	mqueue_fini(struct mqueue *);
/* What messages of a queue take at most, in bytes: for accounting. */
uint64_t mqueue_footprint(uint32_t maxmsg, size_t msgsize);

/*
 * The calls, on open queues; EBADF for any other file, or one without the access. All may sleep,
 * till the deadline (ns of the monotonic clock; 0: no end), which is looked at only when there is
 * something to wait for: ETIMEDOUT. With O_NONBLOCK: EAGAIN. A signal: ERESTART.
 */
/* The whole of the uio is one message. EMSGSIZE, EINVAL (priority), EFAULT, ENOMEM. */
int	mqueue_send(struct file *, struct uio *, uint32_t prio, uint64_t deadline_ns);
/* EMSGSIZE: room for less than mq_msgsize. EFAULT: the message is lost. */
int	mqueue_receive(struct file *, struct uio *, uint32_t *prio, uint64_t deadline_ns);
int	mqueue_status(struct file *, struct mq_status *);
/*
 * Takes over the notice when it succeeds. EBUSY: there is one. Null: withdraws that of the owner,
 * if it is his.
 */
int	mqueue_set_notice(struct file *, struct mq_notice *, const struct fd_table *owner);

#endif
