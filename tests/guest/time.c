/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, sleeps, timers, processor time, scheduling. */
#include "tap.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timerfd.h>

static volatile int caught;

static void
on_signal(int sig __attribute__((unused)))
{
	caught++;
}

static long long
clock_ns(clockid_t id)
{
	struct timespec ts;

	EQ(clock_gettime(id, &ts), 0);
	CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void
burn(int ms)
{
	long long end = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + ms * 1000000LL;

	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < end)
		continue;
}

TEST("the monotonic clock never goes back, 20,000 readings")
{
	long long last = 0, now;
	int i;

	for (i = 0; i < 20000; i++) {
		now = clock_ns(CLOCK_MONOTONIC);
		CHECK(now >= last);
		last = now;
	}
}

TEST("two processes see one monotonic clock")
{
	volatile long long *t = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	long long now;
	int i;
	pid_t pid;

	t[1] = 0;
	if ((pid = child()) == 0) {
		for (i = 0; i < 20000; i++)
			__atomic_store_n(&t[0], clock_ns(CLOCK_MONOTONIC), __ATOMIC_SEQ_CST);
		_exit(0);
	}
	for (i = 0; i < 20000; i++) {
		long long theirs = __atomic_load_n(&t[0], __ATOMIC_SEQ_CST);

		now = clock_ns(CLOCK_MONOTONIC);
		/* Clocks of two CPUs may differ by a trifle, not more. */
		CHECK(now + 1000000 >= theirs);
	}
	EXITS(pid, 0);
}

TEST("all clocks: gettime and getres; an unknown one EINVAL")
{
	static const clockid_t id[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
	    CLOCK_THREAD_CPUTIME_ID,
	    CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME };
	struct timespec ts;
	unsigned i;

	for (i = 0; i < sizeof(id) / sizeof(id[0]); i++)
		OK(syscall(SYS_clock_gettime, id[i], &ts) == 0 && clock_getres(id[i], &ts) == 0 &&
		    ts.tv_sec == 0 &&
		    ts.tv_nsec > 0, "clock %d", id[i]);
	ERR(syscall(SYS_clock_gettime, 99, &ts), EINVAL);
}

TEST("the real-time clock: gettimeofday, time and clock_gettime agree; libc's and the call's agree")
{
	struct timeval tv;
	struct timespec a, b;

	EQ(gettimeofday(&tv, NULL), 0);
	EQ(clock_gettime(CLOCK_REALTIME, &a), 0);
	CHECK(a.tv_sec - tv.tv_sec <= 1 && a.tv_sec >= tv.tv_sec);
	CHECK(time(NULL) - a.tv_sec <= 1);
	EQ(clock_gettime(CLOCK_MONOTONIC, &a), 0);
	EQ(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b), 0);
	CHECK((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >= 0);
	CHECK(b.tv_sec - a.tv_sec <= 1);
	CHECK(a.tv_sec < 100000000);
}

TEST("nanosleep sleeps at least its time, and not much more")
{
	static const int ms[] = { 1, 5, 20, 100 };
	struct timespec ts;
	int i;

	for (i = 0; i < 4; i++) {
		long long start = clock_ns(CLOCK_MONOTONIC), took;

		ts.tv_sec = 0, ts.tv_nsec = ms[i] * 1000000;
		EQ(nanosleep(&ts, NULL), 0);
		took = clock_ns(CLOCK_MONOTONIC) - start;
		CHECK(took >= ms[i] * 1000000LL);
		CHECK(took < ms[i] * 1000000LL + 1000000000);
	}
	ts.tv_nsec = 0;
	EQ(nanosleep(&ts, NULL), 0);
	ts.tv_nsec = 1000000000;
	ERR(nanosleep(&ts, NULL), EINVAL);
	ts.tv_nsec = 0, ts.tv_sec = -1;
	ERR(nanosleep(&ts, NULL), EINVAL);
}

TEST("clock_nanosleep to an absolute time; one that is past returns at once")
{
	struct timespec ts;
	long long start = clock_ns(CLOCK_MONOTONIC);

	EQ(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	ts.tv_nsec += 50000000;
	if (ts.tv_nsec >= 1000000000)
		ts.tv_sec++, ts.tv_nsec -= 1000000000;
	EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
	CHECK(clock_ns(CLOCK_MONOTONIC) - start >= 50000000);
	ts.tv_sec = 0;
	EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
}

TEST("100 processes sleep at once, each its own time")
{
	static pid_t pid[100];
	int i;

	for (i = 0; i < 100; i++)
		if ((pid[i] = child()) == 0) {
			long long start = now_ms();

			sleep_ms(10 + i);
			_exit(now_ms() - start >= 10 + i ? 0 : 1);
		}
	for (i = 0; i < 100; i++)
		EXITS(pid[i], 0);
}

TEST("alarm: fires once, tells what was left, 0 cancels")
{
	signal(SIGALRM, on_signal);
	EQ(alarm(100), 0);
	CHECK(alarm(1) >= 99);
	ERR(pause(), EINTR);
	EQ(caught, 1);
	alarm(50);
	CHECK(alarm(0) >= 49);
	EQ(alarm(0), 0);
}

TEST("setitimer REAL: an interval fires again and again; reading, stopping")
{
	struct itimerval it = { { 0, 20000 }, { 0, 20000 } }, got;

	signal(SIGALRM, on_signal);
	EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	CHECK(SOON(caught >= 4, 5000));
	EQ(getitimer(ITIMER_REAL, &got), 0);
	EQ(got.it_interval.tv_usec, 20000);
	memset(&it, 0, sizeof(it));
	EQ(setitimer(ITIMER_REAL, &it, &got), 0);
	EQ(got.it_interval.tv_usec, 20000);
	int n = caught;
	sleep_ms(60);
	EQ(caught, n);
	it.it_value.tv_usec = 1000000;
	ERR(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
	ERR(setitimer(9, NULL, NULL), EINVAL);
}

/* The kernel moves a process to a CPU of its set at the next wake-up. */
static void
go_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
}

TEST("setitimer on one CPU at the moment when the timer goes off on another")
{
	struct itimerval it = { .it_value.tv_usec = 2000 };
	long long end = clock_ns(CLOCK_MONOTONIC) + 3000000000ll, due;
	int rounds = 0, step = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("one CPU");
	signal(SIGALRM, on_signal);
	while (clock_ns(CLOCK_MONOTONIC) < end) {
		go_to_cpu(0);
		due = clock_ns(CLOCK_MONOTONIC) + 2000000;
		EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
		go_to_cpu(1);
		step = (step + 7) % 200;
		while (clock_ns(CLOCK_MONOTONIC) < due - 50000 + step * 1000)
			continue;
		for (int i = 0; i < 20; i++)
			EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
		rounds++;
	}
	CHECK(rounds > 10);
}

TEST("setitimer VIRTUAL and PROF count processor time, not sleep")
{
	struct itimerval it = { { 0, 0 }, { 0, 40000 } };

	signal(SIGVTALRM, on_signal);
	signal(SIGPROF, on_signal);
	EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	sleep_ms(150);
	EQ(caught, 0);
	long long end = now_ms() + 6000;
	while (caught < 2 && now_ms() < end)
		continue;
	EQ(caught, 2);
}

TEST("processor time: burning counts, sleeping does not; rusage and times agree")
{
	struct rusage ru;
	struct tms t;
	long long a, b, r;

	a = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(200);
	b = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	CHECK(b - a < 150000000);
	burn(120);
	EQ(getrusage(RUSAGE_SELF, &ru), 0);
	r = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
	CHECK(r >= 60);
	CHECK(times(&t) > 0);
	CHECK((t.tms_utime + t.tms_stime) * 10 >= 60);
	CHECK(llabs((t.tms_utime + t.tms_stime) * 10 - r) < 100);
	ERR(getrusage(99, &ru), EINVAL);
}

TEST("times of children are added when they are reaped (NEW-19)")
{
	struct tms t;
	pid_t pid = child();

	if (pid == 0) {
		burn(100);
		_exit(0);
	}
	CHECK(SOON(proc_state(pid) == 'Z', 8000));
	times(&t);
	EQ(t.tms_cutime + t.tms_cstime, 0);
	EXITS(pid, 0);
	times(&t);
	CHECK(t.tms_cutime + t.tms_cstime >= 5);
}

TEST("what a child's reaped children used is added with its own (END-2)")
{
	struct tms t;
	pid_t pid = child();

	if (pid == 0) {
		if ((pid = child()) == 0) {
			burn(100);
			_exit(0);
		}
		EXITS(pid, 0);
		times(&t);
		EQ(t.tms_utime + t.tms_stime < t.tms_cutime + t.tms_cstime, 1);
		_exit(0);
	}
	EXITS(pid, 0);
	times(&t);
	CHECK(t.tms_cutime + t.tms_cstime >= 5);
}

TEST("timerfd: one shot, interval, read blocks, EAGAIN, poll")
{
	struct itimerspec its = { .it_value = { 0, 30000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct pollfd p = { 0 };
	uint64_t n;

	if (fd == -1 && errno == ENOSYS)
		SKIP("no timerfd");
	CHECK(fd >= 0);
	EQ(timerfd_settime(fd, 0, &its, NULL), 0);
	ERR(read(fd, &n, 8), EAGAIN);
	p.fd = fd, p.events = POLLIN;
	EQ(poll(&p, 1, 5000), 1);
	EQ(read(fd, &n, 8), 8);
	EQ(n, 1);
	its.it_interval.tv_nsec = 10000000;
	EQ(timerfd_settime(fd, 0, &its, NULL), 0);
	sleep_ms(80);
	EQ(read(fd, &n, 8), 8);
	CHECK(n >= 3);
}

TEST("sched_yield, priorities, nice and their errnos")
{
	pid_t pid;

	EQ(sched_yield(), 0);
	EQ(nice(5), 5);
	EQ(getpriority(PRIO_PROCESS, 0), 5);
	EQ(getpriority(PRIO_PROCESS, getpid()), 5);
	EQ(nice(100), 19);
	ERR(getpriority(PRIO_PROCESS, 4000000), ESRCH);
	ERR(getpriority(77, 0), EINVAL);
	EQ(setpriority(PRIO_PGRP, 0, 10), 0);
	if (getuid() != 0)
		SKIP("not root");
	EQ(setpriority(PRIO_PROCESS, 0, -5), 0);
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(setpriority(PRIO_PROCESS, 0, -6), EACCES);
		ERR(setpriority(PRIO_PROCESS, getppid(), 5), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
}

static int
set_policy(pid_t pid, int policy, int priority)
{
	struct sched_param sp = { .sched_priority = priority };

	/* The calls themselves: this C library has none. */
	return (int)syscall(SYS_sched_setscheduler, pid, policy, &sp);
}

static int
get_policy(pid_t pid)
{
	return (int)syscall(SYS_sched_getscheduler, pid);
}

TEST("policies OTHER, BATCH and IDLE are kept and inherited by fork; errnos (NEW-18)")
{
	static const int policies[] = { SCHED_BATCH, SCHED_IDLE, SCHED_OTHER };
	pid_t pid, other;

	EQ(get_policy(0), SCHED_OTHER);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		EQ(set_policy(0, policies[i], 0), 0);
		EQ(get_policy(getpid()), policies[i]);
		if ((pid = child()) == 0) {
			EQ(get_policy(0), policies[i]);
			_exit(0);
		}
		EXITS(pid, 0);
		ERR(set_policy(0, policies[i], 1), EINVAL);
	}
	ERR(set_policy(0, 77, 0), EINVAL);
	ERR(set_policy(-1, SCHED_OTHER, 0), EINVAL);
	ERR((int)syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, NULL), EINVAL);
	ERR((int)syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, 8), EFAULT);
	ERR(get_policy(-1), EINVAL);
	ERR(get_policy(4000000), ESRCH);
	ERR(set_policy(4000000, SCHED_BATCH, 0), ESRCH);
	EQ(get_policy(0), SCHED_OTHER);
	/* That of another process, by its own user or root alone. */
	if ((other = child()) == 0)
		for (;;)
			pause();
	EQ(set_policy(other, SCHED_BATCH, 0), 0);
	EQ(get_policy(other), SCHED_BATCH);
	if (getuid() == 0) {
		if ((pid = child()) == 0) {
			EQ(setuid(1000), 0);
			ERR(set_policy(other, SCHED_OTHER, 0), EPERM);
			_exit(0);
		}
		EXITS(pid, 0);
	}
	EQ(kill(other, SIGKILL), 0);
	KILLED(other, SIGKILL);
}

/* How far each of two loops on one CPU comes, the second of them of another policy. */
static void
race_of_policies(int policy, volatile long *counts)
{
	pid_t pid[2];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	counts[0] = counts[1] = 0;
	for (int i = 0; i < 2; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		EQ(sched_setaffinity(0, sizeof(one), &one), 0);
		if (i == 1)
			EQ(set_policy(0, policy, 0), 0);
		for (;;)
			counts[i]++;
	}
	sleep_ms(1500);
	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		KILLED(pid[i], SIGKILL);
	}
}

TEST("a loop of policy IDLE stands behind one of OTHER, and has the CPU when that one is gone")
{
	volatile long *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long was;
	pid_t pid;

	CHECK(counts != MAP_FAILED);
	race_of_policies(SCHED_IDLE, counts);
	tap_say("# OTHER %ld, IDLE %ld\n", counts[0], counts[1]);
	CHECK(counts[1] < counts[0] / 4);
	if ((pid = child()) == 0) {
		EQ(set_policy(0, SCHED_IDLE, 0), 0);
		for (;;)
			counts[1]++;
	}
	was = counts[1];
	CHECK(SOON(counts[1] > was + 1000, 5000));
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("a busy loop does not keep others from running: 4 loops and a sleeper")
{
	pid_t pid[4];
	long long worst = 0;
	int i;

	for (i = 0; i < 4; i++)
		if ((pid[i] = child()) == 0)
			for (;;)
				continue;
	for (i = 0; i < 20; i++) {
		long long start = now_ms();

		sleep_ms(5);
		if (now_ms() - start > worst)
			worst = now_ms() - start;
	}
	for (i = 0; i < 4; i++) {
		kill(pid[i], SIGKILL);
		KILLED(pid[i], SIGKILL);
	}
	CHECK(worst < 2000);
}

TEST("equal loops get about equal time; a nice one gets less")
{
	volatile long *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	    0);
	cpu_set_t one;
	pid_t pid[3];
	int i;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (syscall(SYS_sched_setaffinity, 0, sizeof(one), &one) != 0)
		SKIP("no affinity");
	for (i = 0; i < 3; i++)
		if ((pid[i] = child()) == 0) {
			if (i == 2)
				(void)!nice(15);
			for (;;)
				n[i * 8]++;
		}
	sleep_ms(1500);
	for (i = 0; i < 3; i++) {
		kill(pid[i], SIGKILL);
		KILLED(pid[i], SIGKILL);
	}
	tap_say("# %ld %ld %ld\n", n[0], n[8], n[16]);
	CHECK(n[0] < 3 * n[8] && n[8] < 3 * n[0]);
	CHECK(n[16] * 2 < n[0] + n[8]);
}

TEST("sched_getaffinity names at least one CPU; getcpu is one of them")
{
	cpu_set_t set;
	unsigned cpu = 99;

	CPU_ZERO(&set);
	EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK(CPU_COUNT(&set) >= 1);
	EQ(syscall(SYS_getcpu, &cpu, NULL, NULL), 0);
	CHECK(CPU_ISSET(cpu, &set));
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) == CPU_COUNT(&set));
}

TAP_MAIN(20)
