/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that wait for many files: poll, select, epoll, and the descriptors that exist to be
 * waited for.
 *
 * poll and select end with EINTR after a handler, whatever SA_RESTART says, and go on with the time
 * that is left when no handler ran (a stop and continue): ERESTARTNOHAND with the deadline kept in
 * the LWP. The p* forms have a signal mask for the time of the wait; when a signal ends it, the old
 * mask comes back only after the handler was chosen.
 */
#include "abi/linux/linux_int.h"

#include "file/poll.h"
#include "file/special.h"
#include "mem/cache.h"
#include "proc/limits.h"
#include "sched/clock.h"
#include "signal/signal.h"

STATIC_ASSERT(sizeof(struct poll_fd) == sizeof(struct linux_pollfd));
STATIC_ASSERT(offsetof(struct poll_fd, revents) == offsetof(struct linux_pollfd, revents));
STATIC_ASSERT(sizeof(struct kepoll_event) == sizeof(struct linux_epoll_event));

#define POLL_INLINE	16	/* so many descriptors need no allocation */
#define WAIT_FOREVER	UINT64_MAX

/* ns: how long; 0: only look; WAIT_FOREVER. */
static uint64_t
linux_poll_deadline(struct linux_call *c, uint64_t ns)
{
	if (ns == WAIT_FOREVER)
		return 0;
	if (ns == 0)
		return POLL_NOWAIT;
	return linux_deadline(c, ns);
}

/* A timeout in ms, negative for none. */
static uint64_t
linux_ms(int ms)
{
	return ms < 0 ? WAIT_FOREVER : (uint64_t)ms * NSEC_PER_MSEC;
}

/* A timespec that may be absent. */
static int
linux_timeout_in(vaddr_t uts, uint64_t *ns)
{
	if (uts == 0) {
		*ns = WAIT_FOREVER;
		return 0;
	}
	return linux_timespec_in(uts, ns);
}

/*
 * The time left until the deadline is told to the program; that it may not be writable is no error.
 */
static void
linux_timeout_out(vaddr_t uts, uint64_t deadline_ns)
{
	uint64_t now = clock_mono_ns();
	int error;

	if (uts == 0)
		return;
	error = linux_timespec_out(uts, deadline_ns > now ? deadline_ns - now : 0);
	(void)error;
}

/* A signal mask for the time of a wait: nothing when umask is 0. */
static int
linux_mask_begin(struct linux_call *c, vaddr_t umask, uint64_t size)
{
	sigset_t set;
	int error;

	if (umask == 0)
		return 0;
	if ((error = linux_sigset_in(umask, size, &set)) != 0)
		return error;
	signal_mask_temporary(c->lc_lwp, set);
	return 0;
}

static void
linux_mask_end(struct linux_call *c, vaddr_t umask, int error)
{
	if (umask != 0 && error != EINTR)
		signal_mask_restore(c->lc_lwp);
}

static int
linux_poll_wait(struct linux_call *c, struct poll_fd *fds, uint32_t n, uint64_t deadline_ns)
{
	vaddr_t ufds = ARG_VA(c, 0);
	size_t ready = 0;
	int error;

	error = poll_wait_fds(c->lc_proc->p_fds, fds, n, deadline_ns, &ready);
	if (error != 0)
		return error;
	for (uint32_t i = 0; i < n; i++) {
		error = copyout(&fds[i].revents, uptr(ufds + i * sizeof(fds[0]) +
		    offsetof(struct poll_fd, revents)), sizeof(fds[i].revents));
		if (error != 0)
			return error;
	}
	c->lc_ret = (int64_t)ready;
	return 0;
}

static int
linux_poll(struct linux_call *c, uint64_t deadline_ns)
{
	struct poll_fd small[POLL_INLINE], *fds = small;
	uint32_t n = ARG_U32(c, 1);
	int error;

	if (n > proc_limit(c->lc_proc, RLIMIT_NOFILE))
		return EINVAL;
	if (n > POLL_INLINE && (fds = kmalloc_array(n, sizeof(*fds))) == NULL)
		return ENOMEM;
	error = copyin(uptr(ARG_VA(c, 0)), fds, n * sizeof(*fds));
	if (error == 0)
		error = linux_poll_wait(c, fds, n, deadline_ns);
	if (fds != small)
		kfree(fds);
	return error;
}

int
linux_sys_poll(struct linux_call *c)
{
	int error = linux_poll(c, linux_poll_deadline(c, linux_ms(ARG_INT(c, 2))));

	return error == EINTR ? ERESTARTNOHAND : error;
}

int
linux_sys_ppoll(struct linux_call *c)
{
	uint64_t ns, deadline_ns;
	int error;

	if ((error = linux_timeout_in(ARG_VA(c, 2), &ns)) != 0 ||
	    (error = linux_mask_begin(c, ARG_VA(c, 3), c->lc_arg[4])) != 0)
		return error;
	deadline_ns = linux_poll_deadline(c, ns);
	error = linux_poll(c, deadline_ns);
	linux_mask_end(c, ARG_VA(c, 3), error);
	linux_timeout_out(ARG_VA(c, 2), deadline_ns);
	return error == EINTR ? ERESTARTNOHAND : error;
}

/*
 * select. The three sets are bit maps of 64-bit words; a descriptor that is in any of them becomes
 * one question to poll. in counts data, end and errors; out room and errors; ex urgent data.
 */
#define SELECT_IN	(POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define SELECT_OUT	(POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)
#define SELECT_EX	POLLPRI

struct linux_select {
	uint32_t	 ls_n;		/* descriptors 0 .. n - 1 */
	uint32_t	 ls_words;	/* of each set */
	uint64_t	*ls_set[3];	/* in, out, ex: the questions, later the answers */
	struct poll_fd	*ls_fds;
	uint32_t	 ls_nfds;
};

static const uint32_t linux_select_events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };

static int
linux_select_in(struct linux_call *c, struct linux_select *ls)
{
	int error;

	for (int i = 0; i < 3; i++) {
		if (ARG_VA(c, 1 + i) == 0)
			continue;
		error = copyin(uptr(ARG_VA(c, 1 + i)), ls->ls_set[i],
		    ls->ls_words * sizeof(uint64_t));
		if (error != 0)
			return error;
		if (ls->ls_n % 64 != 0)
			ls->ls_set[i][ls->ls_n / 64] &= (1ull << (ls->ls_n % 64)) - 1;
	}
	for (uint32_t fd = 0; fd < ls->ls_n; fd++) {
		uint32_t events = 0;

		for (int i = 0; i < 3; i++) {
			if ((ls->ls_set[i][fd / 64] >> (fd % 64) & 1) != 0)
				events |= linux_select_events[i];
		}
		if (events != 0)
			ls->ls_fds[ls->ls_nfds++] = (struct poll_fd){ .fd = (int32_t)fd,
			    .events = (int16_t)events };
	}
	return 0;
}

/* Turns poll's answers into sets; returns how many bits there are. EBADF when one is not open. */
static int
linux_select_answer(struct linux_select *ls, int64_t *bits)
{
	uint64_t *set[3];

	*bits = 0;
	for (uint32_t k = 0; k < ls->ls_nfds; k++) {
		if ((ls->ls_fds[k].revents & POLLNVAL) != 0)
			return EBADF;
	}
	for (int i = 0; i < 3; i++)
		set[i] = ls->ls_set[i];
	for (uint32_t k = 0; k < ls->ls_nfds; k++) {
		struct poll_fd *p = &ls->ls_fds[k];
		uint32_t fd = (uint32_t)(p->fd < 0 ? ~p->fd : p->fd);
		uint64_t bit = 1ull << (fd % 64);
		bool any = false;

		for (int i = 0; i < 3; i++) {
			if ((set[i][fd / 64] & bit) == 0)
				continue;
			if (p->fd >= 0 && ((uint32_t)p->revents & linux_select_events[i]) != 0) {
				any = true;
				(*bits)++;
			}
		}
		/* Ended a wait for something that select does not count: not asked again. */
		if (!any && p->fd >= 0 && p->revents != 0) {
			p->fd = ~p->fd;
			p->revents = 0;
		}
	}
	return 0;
}

static int
linux_select_out(struct linux_call *c, struct linux_select *ls)
{
	int error;

	for (uint32_t k = 0; k < ls->ls_nfds; k++) {
		struct poll_fd *p = &ls->ls_fds[k];
		uint32_t fd = (uint32_t)(p->fd < 0 ? ~p->fd : p->fd);

		for (int i = 0; i < 3; i++) {
			if (p->fd < 0 || ((uint32_t)p->revents & linux_select_events[i]) == 0)
				ls->ls_set[i][fd / 64] &= ~(1ull << (fd % 64));
		}
	}
	for (int i = 0; i < 3; i++) {
		if (ARG_VA(c, 1 + i) == 0)
			continue;
		error = copyout(ls->ls_set[i], uptr(ARG_VA(c, 1 + i)),
		    ls->ls_words * sizeof(uint64_t));
		if (error != 0)
			return error;
	}
	return 0;
}

static int
linux_select_wait(struct linux_call *c, struct linux_select *ls, uint64_t deadline_ns)
{
	size_t ready;
	int error;

	if ((error = linux_select_in(c, ls)) != 0)
		return error;
	do {
		error = poll_wait_fds(c->lc_proc->p_fds, ls->ls_fds, ls->ls_nfds, deadline_ns,
		    &ready);
		if (error == 0)
			error = linux_select_answer(ls, &c->lc_ret);
		if (error != 0)
			return error;
	} while (ready != 0 && c->lc_ret == 0);
	return linux_select_out(c, ls);
}

static int
linux_select(struct linux_call *c, uint64_t deadline_ns)
{
	struct linux_select ls = { 0 };
	int n = ARG_INT(c, 0), error;
	uint64_t *words;

	if (n < 0)
		return EINVAL;
	/* Bits beyond the largest descriptor mean nothing: Linux looks no further either. */
	ls.ls_n = MIN((uint32_t)n, MAX(fd_table_size(c->lc_proc->p_fds), 1024u));
	ls.ls_words = howmany(ls.ls_n, 64);
	words = kmalloc(3 * ls.ls_words * sizeof(uint64_t) + 8);
	ls.ls_fds = kmalloc_array(MAX(ls.ls_n, 1u), sizeof(*ls.ls_fds));
	if (words == NULL || ls.ls_fds == NULL) {
		error = ENOMEM;
	} else {
		for (uint32_t i = 0; i < 3; i++)
			ls.ls_set[i] = words + i * ls.ls_words;
		error = linux_select_wait(c, &ls, deadline_ns);
	}
	kfree(ls.ls_fds);
	kfree(words);
	return error;
}

int
linux_sys_select(struct linux_call *c)
{
	uint64_t ns = WAIT_FOREVER, deadline_ns, now;
	vaddr_t utv = ARG_VA(c, 4);
	struct linux_timeval tv;
	int error;

	/* Fractions of more than a second are taken as they are. */
	if (utv != 0) {
		if ((error = copyin(uptr(utv), &tv, sizeof(tv))) != 0)
			return error;
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return EINVAL;
		if (tv.tv_sec > (int64_t)(LX_NS_FOREVER / NSEC_PER_SEC) - tv.tv_usec / 1000000)
			ns = LX_NS_FOREVER;
		else
			ns = (uint64_t)tv.tv_sec * NSEC_PER_SEC +
			    (uint64_t)tv.tv_usec * NSEC_PER_USEC;
	}
	deadline_ns = linux_poll_deadline(c, ns);
	error = linux_select(c, deadline_ns);
	if (utv != 0) {
		now = clock_mono_ns();
		tv = linux_timeval_of(deadline_ns > now ? deadline_ns - now : 0);
		if (copyout(&tv, uptr(utv), sizeof(tv)) != 0)
			return error;	/* not told, and so not restarted */
	}
	return error == EINTR ? ERESTARTNOHAND : error;
}

int
linux_sys_pselect6(struct linux_call *c)
{
	struct { uint64_t set, size; } arg = { 0, 0 };
	uint64_t ns, deadline_ns;
	int error;

	if (ARG_VA(c, 5) != 0 &&
	    (error = copyin(uptr(ARG_VA(c, 5)), &arg, sizeof(arg))) != 0)
		return error;
	if ((error = linux_timeout_in(ARG_VA(c, 4), &ns)) != 0 ||
	    (error = linux_mask_begin(c, arg.set, arg.size)) != 0)
		return error;
	deadline_ns = linux_poll_deadline(c, ns);
	error = linux_select(c, deadline_ns);
	linux_mask_end(c, arg.set, error);
	linux_timeout_out(ARG_VA(c, 4), deadline_ns);
	return error == EINTR ? ERESTARTNOHAND : error;
}

static int
linux_epoll_create(struct linux_call *c, bool cloexec)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	struct file *f;
	int error;

	error = epoll_create(cred, &f);
	cred_drop(cred);
	return error != 0 ? error : linux_file_install(c, f, cloexec);
}

int
linux_sys_epoll_create(struct linux_call *c)
{
	return ARG_INT(c, 0) <= 0 ? EINVAL : linux_epoll_create(c, false);
}

int
linux_sys_epoll_create1(struct linux_call *c)
{
	if ((ARG_U32(c, 0) & ~(uint32_t)O_CLOEXEC) != 0)
		return EINVAL;
	return linux_epoll_create(c, ARG_U32(c, 0) != 0);
}

int
linux_sys_epoll_ctl(struct linux_call *c)
{
	struct kepoll_event ev = { 0 };
	struct file *ep, *target;
	int error, op = ARG_INT(c, 1);

	if (op != LX_EPOLL_CTL_DEL &&
	    (error = copyin(uptr(ARG_VA(c, 3)), &ev, sizeof(ev))) != 0)
		return error;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &ep)) != 0)
		return error;
	if ((error = linux_file_get(c, ARG_INT(c, 2), &target)) == 0) {
		error = ep == target ? EINVAL : epoll_ctl(ep, op, target, ARG_INT(c, 2), &ev);
		file_drop(target);
	}
	file_drop(ep);
	return error;
}

#define EPOLL_BATCH	256	/* events given out by one call at most */

static int
linux_epoll_wait(struct linux_call *c)
{
	uint64_t deadline_ns = linux_poll_deadline(c, linux_ms(ARG_INT(c, 3)));
	int max = ARG_INT(c, 2), error;
	struct kepoll_event *evs;
	struct file *ep;
	size_t n = 0;

	if (max <= 0 || (size_t)max > INT32_MAX / sizeof(*evs))
		return EINVAL;
	max = MIN(max, EPOLL_BATCH);
	if ((error = linux_file_get(c, ARG_INT(c, 0), &ep)) != 0)
		return error;
	if ((evs = kmalloc_array((size_t)max, sizeof(*evs))) == NULL)
		error = ENOMEM;
	else
		error = epoll_wait(ep, evs, (size_t)max, deadline_ns, &n);
	if (error == 0)
		error = copyout(evs, uptr(ARG_VA(c, 1)), n * sizeof(*evs));
	if (error == 0)
		c->lc_ret = (int64_t)n;
	kfree(evs);
	file_drop(ep);
	return error;
}

int
linux_sys_epoll_wait(struct linux_call *c)
{
	return linux_epoll_wait(c);
}

int
linux_sys_epoll_pwait(struct linux_call *c)
{
	int error;

	if ((error = linux_mask_begin(c, ARG_VA(c, 4), c->lc_arg[5])) != 0)
		return error;
	error = linux_epoll_wait(c);
	linux_mask_end(c, ARG_VA(c, 4), error);
	return error;
}

static int
linux_eventfd(struct linux_call *c, uint32_t flags)
{
	struct cred *cred;
	struct file *f;
	int error;

	if ((flags & ~(uint32_t)(EVENTFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC)) != 0)
		return EINVAL;
	cred = proc_cred_hold(c->lc_proc);
	error = eventfd_create(ARG_U32(c, 0), (flags & EVENTFD_SEMAPHORE) != 0, flags & O_NONBLOCK,
	    cred, &f);
	cred_drop(cred);
	return error != 0 ? error : linux_file_install(c, f, (flags & O_CLOEXEC) != 0);
}

int
linux_sys_eventfd(struct linux_call *c)
{
	return linux_eventfd(c, 0);
}

int
linux_sys_eventfd2(struct linux_call *c)
{
	return linux_eventfd(c, ARG_U32(c, 1));
}

int
linux_sys_timerfd_create(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 1);
	int clock = ARG_INT(c, 0), error;
	struct cred *cred;
	struct file *f;

	if ((flags & ~(uint32_t)(O_NONBLOCK | O_CLOEXEC)) != 0 || (clock != LX_CLOCK_REALTIME &&
	    clock != LX_CLOCK_MONOTONIC && clock != LX_CLOCK_BOOTTIME))
		return EINVAL;
	cred = proc_cred_hold(c->lc_proc);
	error = timerfd_create(clock, flags & O_NONBLOCK, cred, &f);
	cred_drop(cred);
	return error != 0 ? error : linux_file_install(c, f, (flags & O_CLOEXEC) != 0);
}

static int
linux_itimerspec_out(vaddr_t uits, uint64_t value_ns, uint64_t interval_ns)
{
	struct linux_itimerspec its = {
		.it_interval = linux_timespec_of(interval_ns),
		.it_value = linux_timespec_of(value_ns),
	};

	return copyout(&its, uptr(uits), sizeof(its));
}

int
linux_sys_timerfd_settime(struct linux_call *c)
{
	uint64_t value_ns, interval_ns, old_value_ns, old_interval_ns;
	vaddr_t uits = ARG_VA(c, 2);
	struct file *f;
	int error;

	if ((ARG_U32(c, 1) & ~3u) != 0)		/* TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET */
		return EINVAL;
	error = linux_timespec_in(uits + offsetof(struct linux_itimerspec, it_interval),
	    &interval_ns);
	if (error == 0)
		error = linux_timespec_in(uits + offsetof(struct linux_itimerspec, it_value),
		    &value_ns);
	if (error != 0 || (error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = timerfd_set(f, (ARG_U32(c, 1) & LX_TIMER_ABSTIME) != 0, value_ns, interval_ns,
	    &old_value_ns, &old_interval_ns);
	file_drop(f);
	if (error == 0 && ARG_VA(c, 3) != 0)
		error = linux_itimerspec_out(ARG_VA(c, 3), old_value_ns, old_interval_ns);
	return error;
}

int
linux_sys_timerfd_gettime(struct linux_call *c)
{
	uint64_t value_ns, interval_ns;
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = timerfd_get(f, &value_ns, &interval_ns);
	file_drop(f);
	return error != 0 ? error : linux_itimerspec_out(ARG_VA(c, 1), value_ns, interval_ns);
}
