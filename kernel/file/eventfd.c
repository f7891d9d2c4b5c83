/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd and timerfd (special.h): a counter that can be read, waited for and polled.
 *
 * eventfd: writes add, a read takes all (or one, in semaphore mode) and waits while the counter
 * is 0; a write waits when the counter would go over its maximum. timerfd: a timeout adds one for
 * each time it was due; a read takes all. The timeout's function runs in an interrupt and only
 * counts, wakes and arms itself for the next time. Wall-clock timers are turned into monotonic
 * ones when they are set: they do not follow later changes of the wall clock.
 *
 * Both are guarded by a spin lock that ranks before poll and cv locks (RANK_VIRTIO's place, which
 * they never meet).
 */
#include "arch/arch.h"
#include "file/special.h"
#include "mem/cache.h"
#include "sched/clock.h"
#include "sched/timer.h"
#include "sync/cv.h"

#define EVENTFD_MAX	0xfffffffffffffffeull

struct counter {
	struct spinlock	 c_lock;	/* guards what follows */
	uint64_t	 c_value;
	bool		 c_semaphore;
	struct cv	 c_rcv, c_wcv;
	struct poll_head c_poll;
	ino_t		 c_ino;
	/* timerfd only */
	int		 c_clock;
	struct timeout	 c_timeout;
	struct mutex	 c_set_lock;	/* setting and cancelling */
	uint64_t	 c_deadline_ns;	/* 0: disarmed */
	uint64_t	 c_interval_ns;
};

static struct cache counter_cache = CACHE_INIT("eventfd", struct counter);

static struct counter *
counter_alloc(const char *wmesg)
{
	struct counter *c = cache_alloc(&counter_cache);

	if (c == NULL)
		return NULL;
	spin_init(&c->c_lock, "eventfd", RANK_VIRTIO);
	cv_init(&c->c_rcv, wmesg);
	cv_init(&c->c_wcv, wmesg);
	poll_head_init(&c->c_poll);
	c->c_ino = file_anon_ino();
	return c;
}

static void
counter_free(struct counter *c)
{
	poll_head_fini(&c->c_poll);
	cache_free(&counter_cache, c);
}

static int
counter_read(struct file *f, struct uio *u)
{
	struct counter *c = f->f_data;
	uint64_t value;
	int error = 0;

	if (u->u_resid < sizeof(value))
		return EINVAL;
	spin_lock(&c->c_lock);
	while (c->c_value == 0 && error == 0)
		error = file_nonblock(f) ? EAGAIN : cv_wait_sig_spin(&c->c_rcv, &c->c_lock);
	if (c->c_value == 0) {
		spin_unlock(&c->c_lock);
		return error == EINTR ? ERESTART : error;
	}
	value = c->c_semaphore ? 1 : c->c_value;
	c->c_value -= value;
	cv_broadcast(&c->c_wcv);
	poll_wakeup(&c->c_poll, POLL_WRITE);
	spin_unlock(&c->c_lock);
	return uio_move(&value, sizeof(value), u);
}

static int
eventfd_write(struct file *f, struct uio *u)
{
	struct counter *c = f->f_data;
	uint64_t value;
	int error;

	if (u->u_resid < sizeof(value))
		return EINVAL;
	if ((error = uio_move(&value, sizeof(value), u)) != 0)
		return error;
	if (value > EVENTFD_MAX)
		return EINVAL;
	spin_lock(&c->c_lock);
	while (EVENTFD_MAX - c->c_value < value && error == 0)
		error = file_nonblock(f) ? EAGAIN : cv_wait_sig_spin(&c->c_wcv, &c->c_lock);
	if (EVENTFD_MAX - c->c_value >= value) {
		error = 0;
		c->c_value += value;
		if (c->c_value != 0) {
			cv_broadcast(&c->c_rcv);
			poll_wakeup(&c->c_poll, POLL_READ);
		}
	}
	spin_unlock(&c->c_lock);
	return error == EINTR ? ERESTART : error;
}

/* Taking the bytes back when the write fails: transfer() looks at u_resid. */
static int
eventfd_write_whole(struct file *f, struct uio *u)
{
	struct uio mark = uio_save(u);
	int error = eventfd_write(f, u);

	if (error != 0)
		uio_restore(u, &mark);
	return error;
}

static uint32_t
counter_poll(struct file *f, struct poll_waiter *w)
{
	struct counter *c = f->f_data;
	uint32_t events = 0;

	poll_record(w, &c->c_poll);
	spin_lock(&c->c_lock);
	if (c->c_value != 0)
		events |= POLL_READ;
	if (f->f_ops->write != NULL && c->c_value < EVENTFD_MAX)
		events |= POLL_WRITE;
	spin_unlock(&c->c_lock);
	return events;
}

static int
counter_stat(struct file *f, struct kstat *st)
{
	struct counter *c = f->f_data;

	file_stat_anon(f, st, 0600, c->c_ino);
	return 0;
}

static void
eventfd_close(struct file *f)
{
	counter_free(f->f_data);
}

static const struct file_ops eventfd_ops = {
	.name = "[eventfd]",
	.read = counter_read,
	.write = eventfd_write_whole,
	.poll = counter_poll,
	.stat = counter_stat,
	.close = eventfd_close,
};

int
eventfd_create(uint64_t initial, bool semaphore, uint32_t flags, struct cred *cr, struct file **fp)
{
	struct counter *c = counter_alloc("eventfd");
	int error;

	if (c == NULL)
		return ENOMEM;
	c->c_value = initial;
	c->c_semaphore = semaphore;
	if ((error = file_alloc(&eventfd_ops, c, O_RDWR | (flags & O_NONBLOCK), cr, fp)) != 0)
		counter_free(c);
	return error;
}

/* ---- timerfd ---- */

static void
timer_due(void *arg)
{
	struct counter *c = arg;
	uint64_t now = clock_mono_ns(), times = 1;

	spin_lock(&c->c_lock);
	if (c->c_deadline_ns == 0) {
		spin_unlock(&c->c_lock);
		return;
	}
	if (c->c_interval_ns != 0) {
		if (now > c->c_deadline_ns)
			times += (now - c->c_deadline_ns) / c->c_interval_ns;
		c->c_deadline_ns += times * c->c_interval_ns;
		timeout_set(&c->c_timeout, c->c_deadline_ns);
	} else {
		c->c_deadline_ns = 0;
	}
	c->c_value += times;
	cv_broadcast(&c->c_rcv);
	poll_wakeup(&c->c_poll, POLL_READ);
	spin_unlock(&c->c_lock);
}

static void
timerfd_close(struct file *f)
{
	struct counter *c = f->f_data;

	spin_lock(&c->c_lock);
	c->c_deadline_ns = c->c_interval_ns = 0;
	spin_unlock(&c->c_lock);
	(void)timeout_cancel(&c->c_timeout);
	counter_free(c);
}

static const struct file_ops timerfd_ops = {
	.name = "[timerfd]",
	.read = counter_read,
	.poll = counter_poll,
	.stat = counter_stat,
	.close = timerfd_close,
};

int
timerfd_create(int clock, uint32_t flags, struct cred *cr, struct file **fp)
{
	struct counter *c;
	int error;

	if (clock != 0 && clock != 1 && clock != 7)
		return EINVAL;
	if ((c = counter_alloc("timerfd")) == NULL)
		return ENOMEM;
	c->c_clock = clock;
	timeout_init(&c->c_timeout, timer_due, c);
	mutex_init(&c->c_set_lock, "timerfd", RANK_PIPE);
	if ((error = file_alloc(&timerfd_ops, c, O_RDWR | (flags & O_NONBLOCK), cr, fp)) != 0)
		counter_free(c);
	return error;
}

/* Time left and interval. c_lock is held. */
static void
get_locked(const struct counter *c, uint64_t *value_ns, uint64_t *interval_ns)
{
	uint64_t now = clock_mono_ns();

	*interval_ns = c->c_interval_ns;
	if (c->c_deadline_ns == 0)
		*value_ns = 0;
	else
		*value_ns = c->c_deadline_ns > now ? c->c_deadline_ns - now : 1;
}

int
timerfd_get(struct file *f, uint64_t *value_ns, uint64_t *interval_ns)
{
	struct counter *c = f->f_data;

	if (f->f_ops != &timerfd_ops)
		return EINVAL;
	spin_lock(&c->c_lock);
	get_locked(c, value_ns, interval_ns);
	spin_unlock(&c->c_lock);
	return 0;
}

static uint64_t
deadline_of(const struct counter *c, bool absolute, uint64_t value_ns)
{
	uint64_t now = clock_mono_ns(), wall, at;

	if (value_ns == 0)
		return 0;
	if (!absolute) {
		at = now + value_ns;
		return at < now ? UINT64_MAX : at;
	}
	if (c->c_clock != 0)
		return value_ns;
	wall = clock_wall_ns();
	return value_ns > wall ? now + (value_ns - wall) : now;
}

int
timerfd_set(struct file *f, bool absolute, uint64_t value_ns, uint64_t interval_ns,
    uint64_t *old_value_ns,
    uint64_t *old_interval_ns)
{
	struct counter *c = f->f_data;
	uint64_t at;

	if (f->f_ops != &timerfd_ops)
		return EINVAL;
	mutex_lock(&c->c_set_lock);
	spin_lock(&c->c_lock);
	get_locked(c, old_value_ns, old_interval_ns);
	c->c_deadline_ns = c->c_interval_ns = 0;	/* a function that runs now does nothing
							 * more */
	spin_unlock(&c->c_lock);
	(void)timeout_cancel(&c->c_timeout);
	at = deadline_of(c, absolute, value_ns);
	spin_lock(&c->c_lock);
	c->c_value = 0;
	c->c_deadline_ns = at;
	c->c_interval_ns = at != 0 ? interval_ns : 0;
	if (at != 0)
		timeout_set(&c->c_timeout, at);
	spin_unlock(&c->c_lock);
	mutex_unlock(&c->c_set_lock);
	return 0;
}
