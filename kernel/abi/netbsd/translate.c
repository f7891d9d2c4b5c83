/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that NetBSD and the core (which has Linux's) name differently: errors, signals, open
 * flags; and times and resource usage, which differ in layout. This is the only place for them.
 *
 * Signals are mapped one to one, so that a mask or an action is what was set. Two of NetBSD's have
 * no counterpart and take numbers that Linux programs hardly use: EMT is the core's 16 (both end a
 * program), INFO its 32 (whose default action ends a program where NetBSD's ignores it).
 */
#include "abi/netbsd/netbsd_int.h"

#include "proc/rusage.h"

/* Only those that differ. */
static const struct {
	uint8_t	 core, netbsd;
} netbsd_errnos[] = {
	{ EAGAIN, 35 }, { EDEADLK, 11 }, { ENAMETOOLONG, 63 }, { ENOLCK, 77 }, { ENOSYS, 78 },
	{ ENOTEMPTY, 66 },
	{ ELOOP, 62 }, { ENODATA, 89 }, { EOVERFLOW, 84 }, { ELIBBAD, ENOEXEC }, { EUSERS, 68 },
	{ ENOTSOCK, 38 }, { EOPNOTSUPP, 45 }, { EAFNOSUPPORT, 47 }, { ETIMEDOUT, 60 },
	{ ESTALE, 70 },
	{ 90 /* EMSGSIZE */, 40 }, { 91 /* EPROTOTYPE */, 41 }, { EALREADY, 37 },
	{ 115 /* EINPROGRESS */, 36 }, { 125 /* ECANCELED */, 87 }, { 42 /* ENOMSG */, 83 },
	{ 43 /* EIDRM */, 82 }, { 71 /* EPROTO */, 96 }, { 74 /* EBADMSG */, 88 },
	{ 84 /* EILSEQ */, 85 },
};

int
netbsd_errno(int error)
{
	for (size_t i = 0; i < nitems(netbsd_errnos); i++)
		if (netbsd_errnos[i].core == error)
			return netbsd_errnos[i].netbsd;
	return error;
}

/* NetBSD's signal n is the core's netbsd_signals[n]. */
static const uint8_t netbsd_signals[NB_NSIG] = {
	[1] = SIGHUP, [2] = SIGINT, [3] = SIGQUIT, [4] = SIGILL, [5] = SIGTRAP, [6] = SIGABRT,
	[7] = SIGSTKFLT, [8] = SIGFPE, [9] = SIGKILL, [10] = SIGBUS, [11] = SIGSEGV, [12] = SIGSYS,
	[13] = SIGPIPE, [14] = SIGALRM, [15] = SIGTERM, [16] = SIGURG, [17] = SIGSTOP,
	    [18] = SIGTSTP,
	[19] = SIGCONT, [20] = SIGCHLD, [21] = SIGTTIN, [22] = SIGTTOU, [23] = SIGIO,
	    [24] = SIGXCPU,
	[25] = SIGXFSZ, [26] = SIGVTALRM, [27] = SIGPROF, [28] = SIGWINCH, [29] = 32,
	    [30] = SIGUSR1,
	[31] = SIGUSR2, [32] = SIGPWR,
};
#define FIRST_SAME	33	/* from here on the numbers are the same; the core's 64 is
				 * nobody's */

int
netbsd_signo_in(int signo)
{
	if (signo < 0 || signo >= NB_NSIG)
		return -1;
	return signo >= FIRST_SAME ? signo : netbsd_signals[signo];
}

int
netbsd_signo_out(int signo)
{
	if (signo == 0)
		return 0;
	if (signo >= FIRST_SAME)
		return signo < NB_NSIG ? signo : -1;
	for (int n = 1; n < FIRST_SAME; n++)
		if (netbsd_signals[n] == signo)
			return n;
	return -1;
}

sigset_t
netbsd_sigset_of(const struct netbsd_sigset *nb)
{
	uint64_t bits = nb->bits[0] | (uint64_t)nb->bits[1] << 32;
	sigset_t set = 0;

	for (bits &= ~(1ull << (NB_NSIG - 1)); bits != 0; bits &= bits - 1)
		set |= SIGBIT(netbsd_signo_in(__builtin_ctzll(bits) + 1));
	return set;
}

struct netbsd_sigset
netbsd_sigset_from(sigset_t set)
{
	uint64_t bits = 0;

	for (; set != 0; set &= set - 1) {
		int signo = netbsd_signo_out(__builtin_ctzll(set) + 1);

		if (signo > 0)
			bits |= 1ull << (signo - 1);
	}
	return (struct netbsd_sigset){ { (uint32_t)bits, (uint32_t)(bits >> 32), 0, 0 } };
}

int
netbsd_sigset_in(vaddr_t uset, sigset_t *set)
{
	struct netbsd_sigset nb;
	int error;

	if ((error = copyin(uptr(uset), &nb, sizeof(nb))) == 0)
		*set = netbsd_sigset_of(&nb) & ~SIG_UNMASKABLE;
	return error;
}

int
netbsd_sigset_out(vaddr_t uset, sigset_t set)
{
	struct netbsd_sigset nb = netbsd_sigset_from(set);

	return copyout(&nb, uptr(uset), sizeof(nb));
}

static const struct {
	uint32_t	 netbsd, core;
} netbsd_oflags[] = {
	{ NB_O_NONBLOCK, O_NONBLOCK }, { NB_O_APPEND, O_APPEND }, { NB_O_ASYNC, FASYNC },
	{ NB_O_SYNC, O_DSYNC },
	{ NB_O_NOFOLLOW, O_NOFOLLOW }, { NB_O_CREAT, O_CREAT }, { NB_O_TRUNC, O_TRUNC },
	{ NB_O_EXCL, O_EXCL },
	{ NB_O_NOCTTY, O_NOCTTY }, { NB_O_DIRECT, O_DIRECT }, { NB_O_DIRECTORY, O_DIRECTORY },
	{ NB_O_CLOEXEC, O_CLOEXEC },
};

uint32_t
netbsd_oflags_in(uint32_t flags)
{
	uint32_t out = flags & NB_O_ACCMODE;

	for (size_t i = 0; i < nitems(netbsd_oflags); i++)
		if ((flags & netbsd_oflags[i].netbsd) != 0)
			out |= netbsd_oflags[i].core;
	return out;
}

uint32_t
netbsd_oflags_out(uint32_t flags)
{
	uint32_t out = flags & O_ACCMODE;

	for (size_t i = 0; i < nitems(netbsd_oflags); i++)
		if ((flags & netbsd_oflags[i].core) != 0)
			out |= netbsd_oflags[i].netbsd;
	return out;
}

struct netbsd_timeval
netbsd_timeval_of(uint64_t ns)
{
	return (struct netbsd_timeval){ .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
	    .tv_usec = (int32_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

struct netbsd_timespec
netbsd_timespec_of(uint64_t ns)
{
	return (struct netbsd_timespec){ .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
	    .tv_nsec = (int64_t)(ns % NSEC_PER_SEC) };
}

int
netbsd_timespec_in(vaddr_t uts, uint64_t *ns)
{
	struct netbsd_timespec ts;
	int error;

	if ((error = copyin(uptr(uts), &ts, sizeof(ts))) != 0)
		return error;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (int64_t)NSEC_PER_SEC)
		return EINVAL;
	*ns = UINT64_MAX / 4;
	if ((uint64_t)ts.tv_sec < *ns / NSEC_PER_SEC)
		*ns = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	return 0;
}

int
netbsd_timespec_out(vaddr_t uts, uint64_t ns)
{
	struct netbsd_timespec ts = netbsd_timespec_of(ns);

	return copyout(&ts, uptr(uts), sizeof(ts));
}

void
netbsd_rusage_of(const struct rusage_k *k, struct netbsd_rusage *ru)
{
	*ru = (struct netbsd_rusage){
		.ru_utime = netbsd_timeval_of(k->ru_utime_ns),
		.ru_stime = netbsd_timeval_of(k->ru_stime_ns),
		.ru_maxrss = (int64_t)(k->ru_maxrss_pages * (PAGE_SIZE / 1024)),
		.ru_minflt = (int64_t)k->ru_minflt,
		.ru_majflt = (int64_t)k->ru_majflt,
		.ru_inblock = (int64_t)k->ru_inblock,
		.ru_oublock = (int64_t)k->ru_oublock,
		.ru_nvcsw = (int64_t)k->ru_nvcsw,
		.ru_nivcsw = (int64_t)k->ru_nivcsw,
	};
}
