/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message queues (mqueue.h).
 *
 * A queue is a list of messages, sorted. A message is copied in before the lock is taken and
 * copied out after it was given up, so no page fault of a program happens under mq_lock; it is in
 * the list, or belongs to one LWP.
 *
 * Waiting. A receiver sleeps while the list is empty, a sender while it is full; each arrival
 * wakes one receiver and each departure one sender. A waiter that is woken and leaves for another
 * reason (signal, time) looks once more and takes what is there: no wake-up is lost. Who was not
 * asleep may be served before who was: queues order messages, not their readers.
 *
 * Notice. A message that comes to an empty queue at which nobody sleeps takes the notice off and
 * fires it, once. Closing a descriptor of the queue in the table that asked for it takes it off
 * without: mqueue_detach, called by the descriptor table for every close, not only the last. The
 * copy that fork made of a table is another table, so its closes do not matter.
 *
 * Reading the file gives a line of status text, for people; writing to it is refused. Locks:
 * mq_lock (RANK_PIPE), below it those of poll and cv.
 */
#include "file/mqueue.h"

#include "mem/cache.h"

struct mq_msg {
	struct list	 mm_link;
	uint32_t	 mm_prio;
	size_t		 mm_len;
	uint8_t		 mm_data[];
};

void
mqueue_init(struct mqueue *mq, uint32_t maxmsg, size_t msgsize)
{
	memset(mq, 0, sizeof(*mq));
	mutex_init(&mq->mq_lock, "mqueue", RANK_PIPE);
	mq->mq_maxmsg = maxmsg;
	mq->mq_msgsize = msgsize;
	list_init(&mq->mq_msgs);
	cv_init(&mq->mq_rcv, "mqrecv");
	cv_init(&mq->mq_scv, "mqsend");
	poll_head_init(&mq->mq_poll);
}

void
mqueue_fini(struct mqueue *mq)
{
	ASSERT(mq->mq_receivers == 0);
	/* Asked for while another thread closed the queue. */
	if (mq->mq_notice != NULL)
		mq->mq_notice->mn_cancel(mq->mq_notice);
	list_foreach_safe(mm, &mq->mq_msgs, struct mq_msg, mm_link)
		kfree(mm);
	poll_head_fini(&mq->mq_poll);
}

uint64_t
mqueue_footprint(uint32_t maxmsg, size_t msgsize)
{
	return (uint64_t)maxmsg * (msgsize + sizeof(struct mq_msg));
}

static struct mqueue *
queue_of(const struct file *f)
{
	return f->f_ops == &mqueue_file_ops ? f->f_data : NULL;
}

/* Behind those of its priority and above. */
static void
insert_locked(struct mqueue *mq, struct mq_msg *mm)
{
	struct list *at = mq->mq_msgs.prev;

	while (at != &mq->mq_msgs && list_entry(at, struct mq_msg, mm_link)->mm_prio < mm->mm_prio)
		at = at->prev;
	list_insert_after(at, &mm->mm_link);
	mq->mq_count++;
	mq->mq_bytes += mm->mm_len;
}

/* 0, or why not: EAGAIN, ETIMEDOUT, ERESTART. */
static int
wait_locked(struct mqueue *mq, const struct file *f, struct cv *cv, uint64_t deadline_ns)
{
	int error;

	if (file_nonblock(f))
		return EAGAIN;
	error = cv_timedwait_sig(cv, &mq->mq_lock, deadline_ns);
	return error == EINTR ? ERESTART : error;
}

/* Puts the message in, and returns the notice that is to be fired when unlocked. */
static int
put(struct mqueue *mq, const struct file *f, struct mq_msg *mm, uint64_t deadline_ns,
    struct mq_notice **fire)
{
	int error = 0;

	mutex_lock(&mq->mq_lock);
	while (mq->mq_count >= mq->mq_maxmsg && error == 0)
		error = wait_locked(mq, f, &mq->mq_scv, deadline_ns);
	if (mq->mq_count < mq->mq_maxmsg) {
		error = 0;
		if (mq->mq_count == 0 && mq->mq_receivers == 0) {
			*fire = mq->mq_notice;
			mq->mq_notice = NULL;
		}
		insert_locked(mq, mm);
		cv_signal(&mq->mq_rcv);
		poll_wakeup(&mq->mq_poll, POLL_READ);
	}
	mutex_unlock(&mq->mq_lock);
	return error;
}

static int
get(struct mqueue *mq, const struct file *f, uint64_t deadline_ns, struct mq_msg **mmp)
{
	struct mq_msg *mm;
	int error = 0;

	mutex_lock(&mq->mq_lock);
	while (mq->mq_count == 0 && error == 0) {
		mq->mq_receivers++;
		error = wait_locked(mq, f, &mq->mq_rcv, deadline_ns);
		mq->mq_receivers--;
	}
	if ((mm = list_first(&mq->mq_msgs, struct mq_msg, mm_link)) != NULL) {
		error = 0;
		list_remove(&mm->mm_link);
		mq->mq_count--;
		mq->mq_bytes -= mm->mm_len;
		cv_signal(&mq->mq_scv);
		poll_wakeup(&mq->mq_poll, POLL_WRITE);
	}
	mutex_unlock(&mq->mq_lock);
	*mmp = mm;
	return error;
}

int
mqueue_send(struct file *f, struct uio *u, uint32_t prio, uint64_t deadline_ns)
{
	struct mqueue *mq = queue_of(f);
	struct mq_notice *fire = NULL;
	struct mq_msg *mm;
	int error;

	if (mq == NULL || !file_writable(f))
		return EBADF;
	if (prio >= MQ_PRIO_MAX)
		return EINVAL;
	if (u->u_resid > mq->mq_msgsize)
		return EMSGSIZE;
	if ((mm = kmalloc(sizeof(*mm) + u->u_resid)) == NULL)
		return ENOMEM;
	mm->mm_prio = prio;
	mm->mm_len = u->u_resid;
	if ((error = uio_move(mm->mm_data, mm->mm_len, u)) == 0)
		error = put(mq, f, mm, deadline_ns, &fire);
	if (error != 0)
		kfree(mm);
	else if (fire != NULL)
		fire->mn_fire(fire);
	return error;
}

int
mqueue_receive(struct file *f, struct uio *u, uint32_t *prio, uint64_t deadline_ns)
{
	struct mqueue *mq = queue_of(f);
	struct mq_msg *mm;
	int error;

	if (mq == NULL || !file_readable(f))
		return EBADF;
	if (u->u_resid < mq->mq_msgsize)
		return EMSGSIZE;
	if ((error = get(mq, f, deadline_ns, &mm)) != 0)
		return error;
	*prio = mm->mm_prio;
	error = uio_move(mm->mm_data, mm->mm_len, u);
	kfree(mm);
	return error;
}

int
mqueue_status(struct file *f, struct mq_status *ms)
{
	struct mqueue *mq = queue_of(f);

	if (mq == NULL)
		return EBADF;
	mutex_lock(&mq->mq_lock);
	*ms = (struct mq_status){ mq->mq_maxmsg, mq->mq_msgsize, mq->mq_count };
	mutex_unlock(&mq->mq_lock);
	return 0;
}

/* Takes the notice of this owner off; the caller cancels it when unlocked. */
static struct mq_notice *
notice_take(struct mqueue *mq, const struct fd_table *owner)
{
	struct mq_notice *mn = NULL;

	mutex_lock(&mq->mq_lock);
	if (mq->mq_notice != NULL && mq->mq_notice->mn_owner == owner) {
		mn = mq->mq_notice;
		mq->mq_notice = NULL;
	}
	mutex_unlock(&mq->mq_lock);
	return mn;
}

int
mqueue_set_notice(struct file *f, struct mq_notice *mn, const struct fd_table *owner)
{
	struct mqueue *mq = queue_of(f);
	int error = 0;

	if (mq == NULL)
		return EBADF;
	if (mn == NULL) {
		if ((mn = notice_take(mq, owner)) != NULL)
			mn->mn_cancel(mn);
		return 0;
	}
	mn->mn_owner = owner;
	mutex_lock(&mq->mq_lock);
	if (mq->mq_notice != NULL)
		error = EBUSY;
	else
		mq->mq_notice = mn;
	mutex_unlock(&mq->mq_lock);
	return error;
}

/* ---- as a file ---- */

static void
mqueue_detach(struct file *f, const struct fd_table *t)
{
	struct mq_notice *mn = notice_take(f->f_data, t);

	if (mn != NULL)
		mn->mn_cancel(mn);
}

static int
mqueue_read(struct file *f, struct uio *u)
{
	struct mqueue *mq = f->f_data;
	const struct mq_notice *mn;
	char text[96];
	size_t len;

	mutex_lock(&mq->mq_lock);
	mn = mq->mq_notice;
	len = (size_t)ksnprintf(text, sizeof(text),
	    "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
	    (unsigned long)mq->mq_bytes, mn != NULL ? mn->mn_kind : 0, mn != NULL ? mn->mn_signo :
	    0,
	    mn != NULL ? mn->mn_pid : 0);
	mutex_unlock(&mq->mq_lock);
	if (u->u_off < 0 || (uint64_t)u->u_off >= len)
		return 0;
	return uio_move(text + u->u_off, len - (size_t)u->u_off, u);
}

static uint32_t
mqueue_poll(struct file *f, struct poll_waiter *w)
{
	struct mqueue *mq = f->f_data;
	uint32_t events = 0;

	poll_record(w, &mq->mq_poll);
	mutex_lock(&mq->mq_lock);
	if (mq->mq_count > 0)
		events |= POLL_READ;
	if (mq->mq_count < mq->mq_maxmsg)
		events |= POLL_WRITE;
	mutex_unlock(&mq->mq_lock);
	return events;
}

const struct file_ops mqueue_file_ops = {
	.name = "mqueue",
	.seekable = true,
	.mqueue = true,
	.read = mqueue_read,
	.poll = mqueue_poll,
	.seek = file_seek_anywhere,
	.detach = mqueue_detach,
};
