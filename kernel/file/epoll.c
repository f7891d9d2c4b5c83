/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll (special.h): a set of files that are watched, and a list of those that may be ready.
 *
 * An item is one (file, descriptor number) in one epoll. It is registered at the file's poll
 * heads as long as it exists; a wake-up there puts it on ep_ready and wakes who waits. Being on
 * the list is only a hint: epoll_wait takes items off, asks their files (file_poll), and reports
 * what is true. A level-triggered item that was ready goes back on the list, to be asked again
 * next time; an edge-triggered one does not, and comes back by the next wake-up; a one-shot one
 * has its events cleared till EPOLL_CTL_MOD. No event is lost: an item is off the list before its
 * file is asked, so a wake-up after that puts it back.
 *
 * Files do not know epolls and items do not hold files: file_drop calls epoll_file_closed before
 * it closes.
 *
 * Locks, in this order:
 *   epoll_lock	all links between epolls and files: adding, removing, closing of either side. One
 * 		for all epolls: such
 *		changes are rare, and the graph of nested epolls must stand still while it is
 *		searched for loops.
 *   ep_mutex	the items of one epoll; held while files are asked. Unranked: an epoll that
 * 		watches another takes the inner one's
 *		under its own; there are no cycles.
 *   (locks of files, RANK_TTY and later; ph_lock)
 *   ep_lock	spin: the ready list. Taken in wake-ups, under a file's ph_lock. The epoll's own
 * 		head is woken after it is released.
 *
 * EPOLLEXCLUSIVE and EPOLLWAKEUP are accepted and change nothing.
 */
#include "file/special.h"

#include "file/poll_int.h"
#include "mem/cache.h"
#include "sync/cv.h"

#define EP_HASH		64u	/* buckets */
#define EP_DEPTH	5u	/* epolls in epolls */
#define ITEM_HEADS	2u	/* a file's poll operation records at so many heads at most */
#define EVENT_FLAGS	(KEPOLLET | KEPOLLONESHOT | KEPOLLWAKEUP | KEPOLLEXCLUSIVE)

struct epoll {
	struct mutex	 ep_mutex;
	struct list	 ep_hash[EP_HASH];	/* ep_mutex; changed with epoll_lock too */
	uint32_t	 ep_count;
	struct spinlock	 ep_lock;
	struct list	 ep_ready;		/* ep_lock */
	struct cv	 ep_cv;
	struct poll_head ep_poll;
};

struct epoll_item {
	struct list	 ei_hash;	/* ep_mutex */
	struct list	 ei_on_file;	/* epoll_lock */
	struct list	 ei_ready;	/* ep_lock */
	struct epoll	*ei_ep;
	struct file	*ei_file;	/* not held */
	int		 ei_fd;
	struct kepoll_event ei_event;	/* ep_mutex; events read in wake-ups */
	struct poll_waiter ei_waiter;
	uint32_t	 ei_nheads;
	bool		 ei_failed;	/* more heads than entries */
	struct poll_entry ei_entry[ITEM_HEADS];
};

static struct cache epoll_cache = CACHE_INIT("epoll", struct epoll);
static struct cache item_cache = CACHE_INIT("epoll_item", struct epoll_item);
static struct mutex epoll_lock = {
	.m_lock = SPINLOCK_INIT("epoll", RANK_CV),
	.m_waiters = LIST_INIT(epoll_lock.m_waiters),
	.m_name = "epoll",
	.m_rank = RANK_EPOLL,
};

static const struct file_ops epoll_ops;

static struct list *
bucket(struct epoll *ep, const struct file *f, int fd)
{
	return &ep->ep_hash[((uintptr_t)f >> 6 ^ (uint32_t)fd) % EP_HASH];
}

static struct epoll_item *
find(struct epoll *ep, const struct file *f, int fd)
{
	list_foreach(ei, bucket(ep, f, fd), struct epoll_item, ei_hash) {
		if (ei->ei_file == f && ei->ei_fd == fd)
			return ei;
	}
	return NULL;
}

/* ---- readiness ---- */

static void
make_ready(struct epoll_item *ei)
{
	struct epoll *ep = ei->ei_ep;

	spin_lock(&ep->ep_lock);
	if (!list_linked(&ei->ei_ready))
		list_push_back(&ep->ep_ready, &ei->ei_ready);
	cv_signal(&ep->ep_cv);
	spin_unlock(&ep->ep_lock);
	poll_wakeup(&ep->ep_poll, POLL_READ);
}

static void
item_wake(struct poll_entry *pe, uint32_t events)
{
	struct epoll_item *ei = pe->pe_arg;
	uint32_t want = load_relaxed(&pe->pe_events);

	if (want != 0 && (events & (want | POLLERR | POLLHUP)) != 0)
		make_ready(ei);
}

static struct poll_entry *
item_entry(struct poll_waiter *w)
{
	struct epoll_item *ei = container_of(w, struct epoll_item, ei_waiter);
	struct poll_entry *pe;

	if (ei->ei_nheads == ITEM_HEADS) {
		ei->ei_failed = true;
		return NULL;
	}
	pe = &ei->ei_entry[ei->ei_nheads++];
	list_init(&pe->pe_link);
	pe->pe_events = ei->ei_event.events & ~EVENT_FLAGS;
	pe->pe_wake = item_wake;
	pe->pe_arg = ei;
	return pe;
}

/* What of the item's interest is true now. */
static uint32_t
item_ask(struct epoll_item *ei, struct poll_waiter *w)
{
	uint32_t want = ei->ei_event.events & ~EVENT_FLAGS;

	return want == 0 && w == NULL ? 0 : file_poll(ei->ei_file, w) & (want | POLLERR | POLLHUP);
}

/* The interest changes: entries that stand at heads are told. */
static void
item_set_events(struct epoll_item *ei, const struct kepoll_event *ev)
{
	ei->ei_event = *ev;
	if ((ev->events & ~EVENT_FLAGS) != 0)
		ei->ei_event.events |= POLLERR | POLLHUP;
	for (uint32_t i = 0; i < ei->ei_nheads; i++)
		store_relaxed(&ei->ei_entry[i].pe_events, ei->ei_event.events & ~EVENT_FLAGS);
	atomic_fence();
}

/* ---- the set ---- */

/* Takes an item apart and frees it. epoll_lock and ep_mutex are held. */
static void
item_remove(struct epoll_item *ei)
{
	struct epoll *ep = ei->ei_ep;

	for (uint32_t i = 0; i < ei->ei_nheads; i++)
		poll_entry_remove(&ei->ei_entry[i]);
	spin_lock(&ep->ep_lock);
	list_remove(&ei->ei_ready);
	spin_unlock(&ep->ep_lock);
	list_remove(&ei->ei_on_file);
	list_remove(&ei->ei_hash);
	ep->ep_count--;
	cache_free(&item_cache, ei);
}

/*
 * Whether `what` can be reached from f through nested epolls, or the nesting is too deep.
 * epoll_lock is held.
 */
static bool
reaches(struct file *f, const struct epoll *what, uint32_t depth)
{
	struct epoll *ep = f->f_data;

	if (f->f_ops != &epoll_ops)
		return false;
	if (ep == what || depth >= EP_DEPTH)
		return true;
	for (uint32_t b = 0; b < EP_HASH; b++) {
		list_foreach(ei, &ep->ep_hash[b], struct epoll_item, ei_hash) {
			if (reaches(ei->ei_file, what, depth + 1))
				return true;
		}
	}
	return false;
}

static int
item_add(struct epoll *ep, struct file *f, int fd, const struct kepoll_event *ev)
{
	struct epoll_item *ei;

	if (find(ep, f, fd) != NULL)
		return EEXIST;
	if (reaches(f, ep, 0))
		return ELOOP;
	if ((ei = cache_alloc(&item_cache)) == NULL)
		return ENOMEM;
	ei->ei_ep = ep;
	ei->ei_file = f;
	ei->ei_fd = fd;
	ei->ei_waiter.pw_entry = item_entry;
	list_init(&ei->ei_ready);
	list_init(&ei->ei_on_file);
	list_init(&ei->ei_hash);
	item_set_events(ei, ev);
	list_push_back(bucket(ep, f, fd), &ei->ei_hash);
	list_push_back(&f->f_epolls, &ei->ei_on_file);
	store_relaxed(&f->f_seen_epoll, true);
	ep->ep_count++;
	if (item_ask(ei, &ei->ei_waiter) != 0)
		make_ready(ei);
	if (ei->ei_failed) {
		item_remove(ei);
		return ENOMEM;
	}
	return 0;
}

static int
ctl_locked(struct epoll *ep, int op, struct file *f, int fd, const struct kepoll_event *ev)
{
	struct epoll_item *ei = find(ep, f, fd);

	if (op == EPOLL_CTL_ADD)
		return item_add(ep, f, fd, ev);
	if (ei == NULL)
		return ENOENT;
	if (op == EPOLL_CTL_DEL) {
		item_remove(ei);
		return 0;
	}
	item_set_events(ei, ev);
	if (item_ask(ei, NULL) != 0)
		make_ready(ei);
	return 0;
}

int
epoll_ctl(struct file *epf, int op, struct file *f, int fd, const struct kepoll_event *ev)
{
	struct epoll *ep = epf->f_data;
	int error;

	if (epf->f_ops != &epoll_ops || epf == f || (op != EPOLL_CTL_ADD && op != EPOLL_CTL_DEL &&
	    op != EPOLL_CTL_MOD))
		return EINVAL;
	if (f->f_ops->poll == NULL || (f->f_flags & O_PATH) != 0)
		return (f->f_flags & O_PATH) != 0 ? EBADF : EPERM;
	mutex_lock(&epoll_lock);
	mutex_lock(&ep->ep_mutex);
	error = ctl_locked(ep, op, f, fd, ev);
	mutex_unlock(&ep->ep_mutex);
	mutex_unlock(&epoll_lock);
	return error;
}

void
epoll_file_closed(struct file *f)
{
	struct epoll_item *ei;

	mutex_lock(&epoll_lock);
	while ((ei = list_first(&f->f_epolls, struct epoll_item, ei_on_file)) != NULL) {
		struct epoll *ep = ei->ei_ep;

		mutex_lock(&ep->ep_mutex);
		item_remove(ei);
		mutex_unlock(&ep->ep_mutex);
	}
	mutex_unlock(&epoll_lock);
}

/* ---- waiting ---- */

static struct epoll_item *
pop_ready(struct epoll *ep)
{
	struct list *l;

	spin_lock(&ep->ep_lock);
	l = list_pop_front(&ep->ep_ready);
	spin_unlock(&ep->ep_lock);
	return l == NULL ? NULL : list_entry(l, struct epoll_item, ei_ready);
}

/*
 * Items that are ready still go back to the list, in front; wake-ups that came meanwhile may have
 * put some of them back already.
 */
static void
give_back(struct epoll *ep, struct epoll_item **again, size_t n)
{
	spin_lock(&ep->ep_lock);
	for (size_t i = 0; i < n; i++) {
		if (!list_linked(&again[i]->ei_ready))
			list_push_back(&ep->ep_ready, &again[i]->ei_ready);
	}
	if (!list_empty(&ep->ep_ready))
		cv_signal(&ep->ep_cv);
	spin_unlock(&ep->ep_lock);
}

#define AGAIN_MAX	16u

/*
 * Reports at most max events. The pass is cut after AGAIN_MAX level-triggered ones, which bounds
 * the stack: they are then at the list's end, the next pass goes on with the others.
 */
static size_t
collect(struct epoll *ep, struct kepoll_event *out, size_t max)
{
	struct epoll_item *again[AGAIN_MAX], *ei;
	size_t n = 0, nagain = 0;

	mutex_lock(&ep->ep_mutex);
	while (n < max && nagain < AGAIN_MAX && (ei = pop_ready(ep)) != NULL) {
		uint32_t events = item_ask(ei, NULL);

		if (events == 0)
			continue;
		out[n++] = (struct kepoll_event){ .events = events, .data = ei->ei_event.data };
		if ((ei->ei_event.events & KEPOLLONESHOT) != 0) {
			struct kepoll_event none = { .events = KEPOLLONESHOT,
			    .data = ei->ei_event.data };

			item_set_events(ei, &none);
		} else if ((ei->ei_event.events & KEPOLLET) == 0) {
			again[nagain++] = ei;
		}
	}
	give_back(ep, again, nagain);
	mutex_unlock(&ep->ep_mutex);
	return n;
}

static int
sleep_ready(struct epoll *ep, uint64_t deadline_ns)
{
	int error = 0;

	spin_lock(&ep->ep_lock);
	while (list_empty(&ep->ep_ready) && error == 0)
		error = cv_timedwait_sig_spin(&ep->ep_cv, &ep->ep_lock, deadline_ns);
	spin_unlock(&ep->ep_lock);
	return error;
}

int
epoll_wait(struct file *epf, struct kepoll_event *out, size_t max, uint64_t deadline_ns, size_t *n)
{
	struct epoll *ep = epf->f_data;
	int error = 0;

	*n = 0;
	if (epf->f_ops != &epoll_ops || max == 0)
		return EINVAL;
	for (;;) {
		if ((*n = collect(ep, out, max)) != 0)
			return 0;
		if (error != 0 || deadline_ns == POLL_NOWAIT)
			return error == ETIMEDOUT ? 0 : error;
		error = sleep_ready(ep, deadline_ns);
	}
}

/* ---- the file ---- */

static uint32_t
epoll_poll(struct file *f, struct poll_waiter *w)
{
	struct epoll *ep = f->f_data;
	struct epoll_item *ei;
	uint32_t events = 0;

	poll_record(w, &ep->ep_poll);
	mutex_lock(&ep->ep_mutex);
	while (events == 0 && (ei = pop_ready(ep)) != NULL) {
		if (item_ask(ei, NULL) == 0)
			continue;
		events = POLL_READ;
		give_back(ep, &ei, 1);
	}
	mutex_unlock(&ep->ep_mutex);
	return events;
}

static int
epoll_stat(struct file *f, struct kstat *st)
{
	file_stat_anon(f, st, 0600, 3);
	return 0;
}

static void
epoll_close(struct file *f)
{
	struct epoll *ep = f->f_data;
	struct epoll_item *ei;

	mutex_lock(&epoll_lock);
	mutex_lock(&ep->ep_mutex);
	for (uint32_t b = 0; b < EP_HASH; b++) {
		while ((ei = list_first(&ep->ep_hash[b], struct epoll_item, ei_hash)) != NULL)
			item_remove(ei);
	}
	mutex_unlock(&ep->ep_mutex);
	mutex_unlock(&epoll_lock);
	poll_head_fini(&ep->ep_poll);
	cache_free(&epoll_cache, ep);
}

static const struct file_ops epoll_ops = {
	.name = "[eventpoll]",
	.poll = epoll_poll,
	.stat = epoll_stat,
	.close = epoll_close,
};

int
epoll_create(struct cred *cr, struct file **fp)
{
	struct epoll *ep = cache_alloc(&epoll_cache);
	int error;

	if (ep == NULL)
		return ENOMEM;
	mutex_init(&ep->ep_mutex, "epoll items", RANK_NONE);
	for (uint32_t b = 0; b < EP_HASH; b++)
		list_init(&ep->ep_hash[b]);
	spin_init(&ep->ep_lock, "epoll ready", RANK_NONE);
	list_init(&ep->ep_ready);
	cv_init(&ep->ep_cv, "epoll");
	poll_head_init_nested(&ep->ep_poll);
	if ((error = file_alloc(&epoll_ops, ep, O_RDWR, cr, fp)) != 0)
		cache_free(&epoll_cache, ep);
	return error;
}
