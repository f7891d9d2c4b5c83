/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX timers. */
#include "tap.h"
#include <pthread.h>

#define SIGEV_TID 4

struct event {
	void	*value;
	int	 signo, notify, tid, pad[11];
};

static int
t_create(int clock, struct event *ev, int *id)
{
	return (int)syscall(SYS_timer_create, clock, ev, id);
}

static int
t_set(int id, int flags, long ms, long every_ms, struct itimerspec *old)
{
	struct itimerspec it = {
		.it_value = { ms / 1000, ms % 1000 * 1000000 },
		.it_interval = { every_ms / 1000, every_ms % 1000 * 1000000 },
	};

	return (int)syscall(SYS_timer_settime, id, flags, &it, old);
}

static volatile int got, got_code, got_value, got_overrun;
static volatile pid_t got_tid;

static void
handler(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	got_code = si->si_code;
	got_value = si->si_value.sival_int;
	got_overrun = si->si_overrun;
	got_tid = (pid_t)syscall(SYS_gettid);
	got = got + 1;
}

static void
catch(int sig)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	EQ(sigaction(sig, &sa, NULL), 0);
}

TEST("a timer sends its signal once, with its value; then it is off")
{
	struct event ev = { .value = (void *)77, .signo = SIGUSR1 };
	struct itimerspec it;
	int id = -1;

	catch(SIGUSR1);
	EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
	CHECK(id >= 0);
	EQ(syscall(SYS_timer_gettime, id, &it), 0);
	EQ(it.it_value.tv_sec + it.it_value.tv_nsec, 0);
	EQ(t_set(id, 0, 40, 0, NULL), 0);
	EQ(syscall(SYS_timer_gettime, id, &it), 0);
	CHECK(it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 40000000);
	CHECK(SOON(got == 1, 5000));
	EQ(got_code, SI_TIMER);
	EQ(got_value, 77);
	sleep_ms(80);
	EQ(got, 1);
	EQ(syscall(SYS_timer_gettime, id, &it), 0);
	EQ(it.it_value.tv_nsec, 0);
	EQ(syscall(SYS_timer_delete, id), 0);
	ERR(syscall(SYS_timer_delete, id), EINVAL);
	ERR(t_set(id, 0, 1, 0, NULL), EINVAL);
	ERR(syscall(SYS_timer_gettime, id, &it), EINVAL);
	ERR(syscall(SYS_timer_getoverrun, id), EINVAL);
}

TEST("an interval goes on until it is turned off; without an event it is SIGALRM")
{
	struct itimerspec old;
	int id;

	catch(SIGALRM);
	EQ(t_create(CLOCK_REALTIME, NULL, &id), 0);
	EQ(t_set(id, 0, 20, 20, NULL), 0);
	CHECK(SOON(got >= 4, 5000));
	EQ(got_value, id);
	EQ(t_set(id, 0, 0, 0, &old), 0);
	EQ(old.it_interval.tv_nsec, 20000000);
	got = 0;
	sleep_ms(80);
	EQ(got, 0);
}

TEST("an absolute time of either clock; one that has passed is now")
{
	struct event ev = { .signo = SIGUSR1 };
	struct timespec ts;
	int id, n = 0;

	catch(SIGUSR1);
	for (int clock = CLOCK_REALTIME; clock <= CLOCK_MONOTONIC; clock++) {
		EQ(t_create(clock, &ev, &id), 0);
		clock_gettime(clock, &ts);
		EQ(t_set(id, 1, ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + 50, 0, NULL), 0);
		EQ(got, n);
		CHECK(SOON(got == n + 1, 5000));
		EQ(t_set(id, 1, 1, 0, NULL), 0);
		CHECK(SOON(got == n + 2, 5000));
		n = got;
	}
}

TEST("blocked: one signal is pending, the rest is counted as overrun")
{
	struct event ev = { .signo = SIGUSR1 };
	sigset_t set;
	int id;

	catch(SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
	EQ(t_set(id, 0, 10, 10, NULL), 0);
	sleep_ms(150);
	EQ(t_set(id, 0, 10000, 0, NULL), 0);
	EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK(got <= 1);
}

TEST("overrun: what was missed is told with the signal, and by timer_getoverrun")
{
	struct event ev = { .signo = SIGUSR1 };
	sigset_t set;
	siginfo_t si;
	int id;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
	EQ(t_set(id, 0, 10, 10, NULL), 0);
	sleep_ms(150);
	EQ(sigwaitinfo(&set, &si), SIGUSR1);
	CHECK(si.si_overrun >= 5 && si.si_overrun < 2000);
	EQ(syscall(SYS_timer_getoverrun, id), si.si_overrun);
	EQ(syscall(SYS_timer_delete, id), 0);
}

static volatile int thread_stop;
static volatile pid_t thread_tid;

static void *
thread_waits(void *arg)
{
	(void)arg;
	thread_tid = (pid_t)syscall(SYS_gettid);
	while (!thread_stop)
		sleep_ms(2);
	return NULL;
}

TEST("a signal for one thread reaches that one; no such thread is EINVAL")
{
	struct event ev = { .signo = SIGUSR1, .notify = SIGEV_TID };
	pthread_t t;
	int id;

	catch(SIGUSR1);
	EQ(pthread_create(&t, NULL, thread_waits, NULL), 0);
	CHECK(SOON(thread_tid != 0, 5000));
	ev.tid = thread_tid;
	EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
	EQ(t_set(id, 0, 10, 10, NULL), 0);
	CHECK(SOON(got >= 3, 5000));
	EQ(got_tid, thread_tid);
	EQ(syscall(SYS_timer_delete, id), 0);
	thread_stop = 1;
	pthread_join(t, NULL);
	ev.tid = getppid();
	ERR(t_create(CLOCK_MONOTONIC, &ev, &id), EINVAL);
	ev = (struct event){ .signo = 65 };
	ERR(t_create(CLOCK_MONOTONIC, &ev, &id), EINVAL);
	ev = (struct event){ .signo = SIGUSR1, .notify = 9 };
	ERR(t_create(CLOCK_MONOTONIC, &ev, &id), EINVAL);
	ERR(t_create(99, NULL, &id), EINVAL);
	ERR(t_create(CLOCK_MONOTONIC, (void *)8, &id), EFAULT);
}

HELPER("no-timer")
{
	struct itimerspec it;

	sleep_ms(400);
	return syscall(SYS_timer_gettime, 0, &it) == -1 && errno == EINVAL ? 0 : 1;
}

TEST("timers are not inherited by fork and end with exec (NEW-14)")
{
	struct event ev = { .signo = SIGUSR1 };
	char *av[] = { tap_self, "@no-timer", NULL };
	struct itimerspec it;
	pid_t pid;
	int id;

	EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
	catch(SIGUSR1);
	EQ(t_set(id, 0, 30, 30, NULL), 0);
	if ((pid = child()) == 0) {
		signal(SIGUSR1, SIG_DFL);	/* deadly, if one came */
		if (syscall(SYS_timer_gettime, id, &it) != -1 || errno != EINVAL)
			_exit(1);
		sleep_ms(100);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		EQ(t_create(CLOCK_MONOTONIC, &ev, &id), 0);
		EQ(t_set(id, 0, 300, 300, NULL), 0);
		execv(tap_self, av);		/* a signal after it would be deadly */
		_exit(2);
	}
	EXITS(pid, 0);
	CHECK(got >= 1);
}

TEST("the C library's timers")
{
	struct sigevent sev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
	struct itimerspec it = { .it_value = { 0, 20000000 } };
	timer_t t;

	catch(SIGRTMIN + 1);
	EQ(timer_create(CLOCK_MONOTONIC, &sev, &t), 0);
	EQ(timer_settime(t, 0, &it, NULL), 0);
	CHECK(SOON(got == 1, 5000));
	EQ(timer_delete(t), 0);
}

TEST("a thousand timers come and go, set and unset")
{
	struct event ev = { .signo = SIGUSR1 };
	int id[16];

	catch(SIGUSR1);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 16; i++) {
			EQ(t_create(CLOCK_MONOTONIC, &ev, &id[i]), 0);
			EQ(t_set(id[i], 0, i % 3, i % 2, NULL), 0);
		}
		for (int i = 0; i < 16; i++)
			EQ(syscall(SYS_timer_delete, id[i]), 0);
	}
}

TAP_MAIN(60)
