/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kqueue, as far as descriptors go: the filters READ and WRITE, for which programs' run-times (Go's
 * among them) wait. Other filters are refused with EINVAL.
 *
 * A kqueue is made of an epoll instance, which does the waiting, and of a list of notes, which say
 * what the program gave. READ and WRITE of one descriptor are two notes and two entries of the
 * epoll, told apart by the name under which the descriptor is entered there. EV_CLEAR is an
 * edge-triggered entry. A descriptor that is closed leaves the epoll by itself; its note stays
 * till the same descriptor is entered again, or the kqueue is closed, and gives no events.
 *
 * Of the data that a note may give (bytes that can be read or written) we only know whether there
 * are any: 1 or 0. A kqueue is not inherited by a copying fork (SPEC NEW-8, FIX-24).
 */
#include "abi/netbsd/netbsd_int.h"

#include "file/poll.h"
#include "file/special.h"
#include "mem/cache.h"
#include "proc/limits.h"
#include "sched/clock.h"
#include "sync/mutex.h"

struct kqueue {
	struct mutex	 kq_lock;
	struct file	*kq_epoll;	/* C  own */
	struct list	 kq_notes;	/* kq_lock */
	uint64_t	 kq_last;	/* kq_lock  number of the newest note */
};

struct knote {
	struct list	 kn_link;
	uint64_t	 kn_number;
	uint64_t	 kn_ident;
	uint32_t	 kn_filter;
	uint32_t	 kn_flags;	/* NB_EV_CLEAR, ONESHOT, DISPATCH, DISABLE */
	uint64_t	 kn_udata;
};

#define KN_KEPT		(NB_EV_CLEAR | NB_EV_ONESHOT | NB_EV_DISPATCH)
#define KQ_BATCH	16u	/* events that are fetched at once */

static struct cache kqueue_cache = CACHE_INIT("kqueue", struct kqueue);
static struct cache knote_cache = CACHE_INIT("knote", struct knote);

static void
kqueue_free(struct kqueue *kq)
{
	list_foreach_safe(kn, &kq->kq_notes, struct knote, kn_link) {
		list_remove(&kn->kn_link);
		cache_free(&knote_cache, kn);
	}
	file_drop(kq->kq_epoll);
	cache_free(&kqueue_cache, kq);
}

static void
kqueue_close(struct file *f)
{
	kqueue_free(f->f_data);
}

static uint32_t
kqueue_poll(struct file *f, struct poll_waiter *w)
{
	return file_poll(((struct kqueue *)f->f_data)->kq_epoll, w);
}

static int
kqueue_stat(struct file *f, struct kstat *st)
{
	file_stat_anon(f, st, 0600, 1);
	return 0;
}

static const struct file_ops kqueue_ops = {
	.name = "kqueue",
	.nofork = true,
	.poll = kqueue_poll,
	.close = kqueue_close,
	.stat = kqueue_stat,
};

static int
netbsd_kqueue(struct netbsd_call *c, bool cloexec)
{
	struct kqueue *kq = cache_alloc(&kqueue_cache);
	struct cred *cred;
	struct file *f;
	int error;

	if (kq == NULL)
		return ENOMEM;
	mutex_init(&kq->kq_lock, "kqueue", RANK_NONE);
	list_init(&kq->kq_notes);
	cred = proc_cred_hold(c->nc_proc);
	if ((error = epoll_create(cred, &kq->kq_epoll)) != 0)
		cache_free(&kqueue_cache, kq);
	else if ((error = file_alloc(&kqueue_ops, kq, O_RDWR, cred, &f)) != 0)
		kqueue_free(kq);
	cred_drop(cred);
	return error != 0 ? error : netbsd_file_install(c, f, cloexec);
}

int
netbsd_sys_kqueue(struct netbsd_call *c)
{
	return netbsd_kqueue(c, false);
}

int
netbsd_sys_kqueue1(struct netbsd_call *c)
{
	return netbsd_kqueue(c, (ARG_U32(c, 0) & NB_O_CLOEXEC) != 0);
}

/* --- changes --- */

static struct knote *
knote_find(struct kqueue *kq, uint64_t ident, uint32_t filter)
{
	list_foreach(kn, &kq->kq_notes, struct knote, kn_link)
		if (kn->kn_ident == ident && kn->kn_filter == filter)
			return kn;
	return NULL;
}

/* The descriptor's name in the epoll. */
static int
knote_name(const struct knote *kn)
{
	return (int)(kn->kn_ident | (uint64_t)kn->kn_filter << 30);
}

static int
knote_enter(struct kqueue *kq, const struct knote *kn, struct file *f)
{
	struct kepoll_event ev = { .data = kn->kn_number };
	int error;

	/* An entry without events is asleep, and so is one that has fired once. */
	if ((kn->kn_flags & NB_EV_DISABLE) == 0) {
		ev.events = kn->kn_filter == NB_EVFILT_READ ? POLLIN | POLLRDHUP : POLLOUT;
		if ((kn->kn_flags & NB_EV_CLEAR) != 0)
			ev.events |= KEPOLLET;
		if ((kn->kn_flags & (NB_EV_ONESHOT | NB_EV_DISPATCH)) != 0)
			ev.events |= KEPOLLONESHOT;
	}
	error = epoll_ctl(kq->kq_epoll, EPOLL_CTL_MOD, f, knote_name(kn), &ev);
	return error != ENOENT ? error : epoll_ctl(kq->kq_epoll, EPOLL_CTL_ADD, f, knote_name(kn),
	    &ev);
}

static void
knote_free(struct knote *kn)
{
	list_remove(&kn->kn_link);
	cache_free(&knote_cache, kn);
}

static int
knote_add(struct kqueue *kq, const struct netbsd_kevent *ke, struct knote **knp)
{
	struct knote *kn = *knp;

	if (kn == NULL) {
		if ((kn = cache_alloc(&knote_cache)) == NULL)
			return ENOMEM;
		kn->kn_number = ++kq->kq_last;
		kn->kn_ident = ke->ident;
		kn->kn_filter = ke->filter;
		list_push_back(&kq->kq_notes, &kn->kn_link);
		*knp = kn;
	}
	kn->kn_flags = (kn->kn_flags & NB_EV_DISABLE) | (ke->flags & KN_KEPT);
	kn->kn_udata = ke->udata;
	return 0;
}

/* One change, its file held; kq_lock held. */
static int
kqueue_change_locked(struct kqueue *kq, const struct netbsd_kevent *ke, struct file *f)
{
	struct knote *kn = knote_find(kq, ke->ident, ke->filter);
	bool fresh = kn == NULL;
	int error;

	if ((ke->flags & NB_EV_DELETE) != 0) {
		if (kn == NULL)
			return ENOENT;
		(void)epoll_ctl(kq->kq_epoll, EPOLL_CTL_DEL, f, knote_name(kn), NULL);
		knote_free(kn);
		return 0;
	}
	if ((ke->flags & NB_EV_ADD) != 0 && (error = knote_add(kq, ke, &kn)) != 0)
		return error;
	if (kn == NULL)
		return ENOENT;
	if ((ke->flags & NB_EV_DISABLE) != 0)
		kn->kn_flags |= NB_EV_DISABLE;
	if ((ke->flags & NB_EV_ENABLE) != 0)
		kn->kn_flags &= ~NB_EV_DISABLE;
	error = knote_enter(kq, kn, f);
	if (error != 0 && fresh)
		knote_free(kn);
	return error == EPERM ? EINVAL : error;	/* a file that cannot be waited for */
}

static int
kqueue_change(struct netbsd_call *c, struct kqueue *kq, const struct netbsd_kevent *ke)
{
	struct file *f;
	int error;

	if (ke->filter > NB_EVFILT_WRITE || ke->ident >= FD_MAX)
		return ke->filter > NB_EVFILT_WRITE ? EINVAL : EBADF;
	if ((error = netbsd_file_get(c, (int)ke->ident, &f)) != 0)
		return error;
	mutex_lock(&kq->kq_lock);
	error = kqueue_change_locked(kq, ke, f);
	mutex_unlock(&kq->kq_lock);
	file_drop(f);
	return error;
}

/* All changes. What fails becomes an event, if there is room for it, or ends the call. */
static int
kqueue_changes(struct netbsd_call *c, struct kqueue *kq, uint64_t *nout)
{
	vaddr_t uchange = ARG_VA(c, 1), uevent = ARG_VA(c, 3);
	struct netbsd_kevent ke;
	int error, e;

	for (uint64_t i = 0; i < c->nc_arg[2]; i++) {
		if (lwp_dying(c->nc_lwp))
			return EINTR;
		if ((error = copyin(uptr(uchange + i * sizeof(ke)), &ke, sizeof(ke))) != 0)
			return error;
		error = kqueue_change(c, kq, &ke);
		if (error == 0 && (ke.flags & NB_EV_RECEIPT) == 0)
			continue;
		if (*nout >= c->nc_arg[4])
			return error;
		ke.flags = NB_EV_ERROR;
		ke.data = netbsd_errno(error);
		if ((e = copyout(&ke, uptr(uevent + (*nout)++ * sizeof(ke)), sizeof(ke))) != 0)
			return e;
	}
	return 0;
}

/* --- events --- */

/* What the program is told of an entry of the epoll that is ready; false: nothing. */
static bool
kqueue_event(struct kqueue *kq, const struct kepoll_event *ev, struct netbsd_kevent *ke)
{
	struct knote *kn = NULL;

	mutex_lock(&kq->kq_lock);
	list_foreach(it, &kq->kq_notes, struct knote, kn_link) {
		if (it->kn_number == ev->data) {
			kn = it;
			break;
		}
	}
	if (kn == NULL || (kn->kn_flags & NB_EV_DISABLE) != 0) {
		mutex_unlock(&kq->kq_lock);
		return false;
	}
	*ke = (struct netbsd_kevent){
		.ident = kn->kn_ident, .filter = kn->kn_filter, .udata = kn->kn_udata,
		.flags = (kn->kn_flags & KN_KEPT) |
		    ((ev->events & (POLLHUP | POLLRDHUP | POLLERR)) != 0 ? NB_EV_EOF : 0u),
		.data = (ev->events & (POLLIN | POLLOUT)) != 0,
	};
	if ((kn->kn_flags & NB_EV_ONESHOT) != 0)
		knote_free(kn);		/* its entry finds no note from now on */
	else if ((kn->kn_flags & NB_EV_DISPATCH) != 0)
		kn->kn_flags |= NB_EV_DISABLE;
	mutex_unlock(&kq->kq_lock);
	return true;
}

/* Gathers events till there are some or the time is over. */
static int
kqueue_wait(struct netbsd_call *c, struct kqueue *kq, uint64_t deadline_ns, uint64_t *nout)
{
	struct kepoll_event ev[KQ_BATCH];
	struct netbsd_kevent ke;
	size_t n;
	int error;

	do {
		if (lwp_dying(c->nc_lwp))
			return EINTR;
		error = epoll_wait(kq->kq_epoll, ev,
		    MIN((size_t)(c->nc_arg[4] - *nout), (size_t)KQ_BATCH),
		    deadline_ns, &n);
		if (error != 0 || n == 0)
			return error;
		for (size_t i = 0; i < n; i++) {
			if (!kqueue_event(kq, &ev[i], &ke))
				continue;
			error = copyout(&ke, uptr(ARG_VA(c, 3) + (*nout)++ * sizeof(ke)),
			    sizeof(ke));
			if (error != 0)
				return error;
		}
	} while (*nout == 0);
	return 0;
}

static int
netbsd_kevent_on(struct netbsd_call *c, struct kqueue *kq)
{
	uint64_t ns, deadline_ns = 0, nout = 0;
	int error;

	if (ARG_VA(c, 5) != 0) {
		if ((error = netbsd_timespec_in(ARG_VA(c, 5), &ns)) != 0)
			return error;
		deadline_ns = ns == 0 ? POLL_NOWAIT : clock_mono_ns() + ns;
	}
	error = kqueue_changes(c, kq, &nout);
	if (error == 0 && nout == 0 && c->nc_arg[4] > 0)
		error = kqueue_wait(c, kq, deadline_ns, &nout);
	c->nc_ret = nout;
	return error;
}

/* (kqueue, changes, their number, events, their number, timeout) */
int
netbsd_sys___kevent50(struct netbsd_call *c)
{
	struct file *f;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = f->f_ops == &kqueue_ops ? netbsd_kevent_on(c, f->f_data) : EBADF;
	file_drop(f);
	return error;
}
