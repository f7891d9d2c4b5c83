/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What process creation and its neighbours cost, as a program sees it: the same static binary
 * runs on Bident and on Linux.
 *
 *	measure [-t] GROUP [ARG...]
 *
 * prints a line "NAME VALUE" for each figure, the median of some rounds. Values are ticks of the
 * processor's counter, which in a machine that counts instructions (bident run --virtual-time) is
 * one an instruction, with -t ns of the monotonic clock. The groups are at the end of this file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096ul
#define MIB		(1ul << 20)
#define ROUNDS		11
#define HELLO		"/bench/hello"

static int by_clock;

static void
fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long
now(void)
{
	if (by_clock) {
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		return ts.tv_sec * 1000000000l + ts.tv_nsec;
	}
	return (long)__builtin_ia32_rdtsc();
}

static int
less(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long
quantile(long *v, size_t n, double q)
{
	qsort(v, n, sizeof(v[0]), less);
	return v[(size_t)((double)(n - 1) * q)];
}

static void
say(const char *name, long value)
{
	printf("%s %ld\n", name, value);
	fflush(stdout);
}

/* The median cost of one of n passes of body in a round. */
static void
repeat(const char *name, int n, void (*body)(void))
{
	long v[ROUNDS];

	body();
	for (int r = 0; r < ROUNDS; r++) {
		long t = now();

		for (int i = 0; i < n; i++)
			body();
		v[r] = (now() - t) / n;
	}
	say(name, quantile(v, ROUNDS, 0.5));
}

static char *
map(size_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void
touch(volatile char *p, size_t len)
{
	for (size_t i = 0; i < len; i += PAGE)
		p[i] = 1;
}

static void
reap(pid_t pid)
{
	int status;

	if (pid < 0)
		fail("fork");
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "measure: a child ended with status %#x\n", status);
		exit(1);
	}
}

/* ---- calls ---- */

static void
null_call(void)
{
	long ret = SYS_getppid;

	__asm__ volatile("syscall" : "+a"(ret) : : "rcx", "r11", "memory");
}

static void
handler(int sig)
{
	(void)sig;
}

static void
signal_self(void)
{
	raise(SIGUSR1);
}

static void
map_unmap(void)
{
	munmap(map(PAGE, PROT_READ | PROT_WRITE), PAGE);
}

static int there[2], back[2];

static void
pipe_round(void)
{
	char c = 0;

	if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
		fail("pipe");
}

static void
group_calls(char **arg)
{
	char c;
	pid_t pid;

	(void)arg;
	repeat("null", 1000, null_call);
	signal(SIGUSR1, handler);
	repeat("signal", 200, signal_self);
	repeat("mmap_munmap", 200, map_unmap);
	if (pipe(there) != 0 || pipe(back) != 0)
		fail("pipe");
	if ((pid = fork()) == 0) {
		close(there[1]);
		close(back[0]);
		while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
			;
		_exit(0);
	}
	repeat("pipe", 200, pipe_round);
	close(there[1]);
	reap(pid);
}

/* ---- processes ---- */

static void
fork_exit(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	reap(pid);
}

static char *const hello_argv[] = { (char *)"hello", NULL };
static char *const no_env[] = { NULL };

static void
fork_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(HELLO, hello_argv, no_env);
		_exit(127);
	}
	reap(pid);
}

static void
vfork_exec(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(HELLO, hello_argv, no_env);
		_exit(127);
	}
	reap(pid);
}

static void
spawn(void)
{
	pid_t pid;

	if ((errno = posix_spawn(&pid, HELLO, NULL, NULL, hello_argv, no_env)) != 0)
		fail("posix_spawn");
	reap(pid);
}

static void *
thread(void *arg)
{
	return arg;
}

static void
thread_join(void)
{
	pthread_t t;

	if ((errno = pthread_create(&t, NULL, thread, NULL)) != 0)
		fail("pthread_create");
	pthread_join(t, NULL);
}

/* The call alone, as the parent sees it. */
static long
fork_call(void)
{
	long v[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		long t = now();
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		v[r] = now() - t;
		reap(pid);
	}
	return quantile(v, ROUNDS, 0.5);
}

static void
group_processes(char **arg)
{
	(void)arg;
	say("fork_small", fork_call());
	repeat("fork_exit", 20, fork_exit);
	repeat("fork_exec", 10, fork_exec);
	repeat("vfork_exec", 10, vfork_exec);
	repeat("spawn", 10, spawn);
	repeat("thread", 50, thread_join);
}

/* ---- fork against what the process has ---- */

/* From _exit of a child that has written one MiB to the end of the parent's wait. */
static long
child_exit(char *p)
{
	volatile long *start = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long v[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		pid_t pid = fork();

		if (pid == 0) {
			touch(p, MIB);
			*start = now();
			_exit(0);
		}
		reap(pid);
		v[r] = now() - *start;
	}
	munmap((void *)start, PAGE);
	return quantile(v, ROUNDS, 0.5);
}

static void
group_memory(char **arg)
{
	char name[64];
	size_t done = 0;
	char *p;

	for (size_t n = 0; arg[n] != NULL; n++) {
		size_t mib = strtoul(arg[n], NULL, 10);

		/* One mapping that grows, so that huge guests are filled once. */
		if (n == 0) {
			size_t last = mib;

			for (size_t k = 0; arg[k] != NULL; k++)
				last = strtoul(arg[k], NULL, 10);
			p = map(last * MIB, PROT_READ | PROT_WRITE);
		}
		touch(p + done * MIB, (mib - done) * MIB);
		done = mib;
		snprintf(name, sizeof(name), "fork_mib_%zu", mib);
		say(name, fork_call());
		snprintf(name, sizeof(name), "exit_mib_%zu", mib);
		say(name, child_exit(p));
	}
}

static void
group_mappings(char **arg)
{
	size_t most = 0, done = 0;
	char name[64], *p;

	for (size_t n = 0; arg[n] != NULL; n++)
		most = strtoul(arg[n], NULL, 10);
	p = map(2 * most * PAGE, PROT_READ);
	for (size_t n = 0; arg[n] != NULL; n++) {
		size_t want = strtoul(arg[n], NULL, 10);

		/* Each call makes two mappings of one: alternate pages differ. */
		for (; done < want / 2; done++) {
			if (mprotect(p + 2 * done * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
				fail("mprotect");
			p[2 * done * PAGE] = 1;
		}
		snprintf(name, sizeof(name), "fork_mappings_%zu", want);
		say(name, fork_call());
	}
}

static void
group_descriptors(char **arg)
{
	struct rlimit rl = { 20000, 20000 };
	int last = 2;
	char name[64];

	if (setrlimit(RLIMIT_NOFILE, &rl) != 0)
		fail("setrlimit");
	for (size_t n = 0; arg[n] != NULL; n++) {
		int want = atoi(arg[n]);

		while (last + 1 < want) {
			if ((last = dup(0)) < 0)
				fail("dup");
		}
		snprintf(name, sizeof(name), "fork_fds_%d", want);
		say(name, fork_call());
	}
}

/* ---- faults ---- */

static void
first_touch(void)
{
	const size_t pages = 1024;
	long v[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		char *p = map(pages * PAGE, PROT_READ | PROT_WRITE);
		long t = now();

		touch(p, pages * PAGE);
		v[r] = (now() - t) / (long)pages;
		munmap(p, pages * PAGE);
	}
	say("first_touch", quantile(v, ROUNDS, 0.5));
}

/* Each write of a child by itself, after a fork. */
static void
cow_faults(void)
{
	const size_t pages = 16384;
	long *v = (long *)map(pages * sizeof(*v), PROT_READ | PROT_WRITE), clock;
	char *p = map(pages * PAGE, PROT_READ | PROT_WRITE);
	pid_t pid;

	touch(p, pages * PAGE);
	if ((pid = fork()) == 0) {
		touch((char *)v, pages * sizeof(*v));
		for (size_t i = 0; i < 64; i++) {
			v[i] = now();
			v[i] = now() - v[i];
		}
		clock = quantile(v, 64, 0.5);
		for (size_t i = 0; i < pages; i++) {
			long t = now();

			*(volatile char *)(p + i * PAGE) = 2;
			v[i] = now() - t - clock;
		}
		say("cow_first", v[0]);
		say("cow_median", quantile(v, pages, 0.5));
		say("cow_p99", quantile(v, pages, 0.99));
		say("cow_max", v[pages - 1]);
		_exit(0);
	}
	reap(pid);
	munmap(p, pages * PAGE);
}

static void
group_faults(char **arg)
{
	(void)arg;
	first_touch();
	cow_faults();
}

/* fork, write all, exit, wait: all that a fork costs, wherever it is paid. */
static void
group_total(char **arg)
{
	for (size_t n = 0; arg[n] != NULL; n++) {
		size_t mib = strtoul(arg[n], NULL, 10);
		char *p = map(mib * MIB, PROT_READ | PROT_WRITE), name[64];
		long v[3];

		touch(p, mib * MIB);
		for (int r = 0; r < 3; r++) {
			long t = now();
			pid_t pid = fork();

			if (pid == 0) {
				touch(p, mib * MIB);
				_exit(0);
			}
			reap(pid);
			v[r] = now() - t;
		}
		snprintf(name, sizeof(name), "total_mib_%zu", mib);
		say(name, quantile(v, 3, 0.5));
		munmap(p, mib * MIB);
	}
}

/* ---- several CPUs ---- */

#define FAULT_PAGES	8192ul

static pthread_barrier_t barrier;

static void *
fault_thread(void *arg)
{
	pthread_barrier_wait(&barrier);
	touch(arg, FAULT_PAGES * PAGE);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* Pages that n threads of one process touch in a second. */
static long
fault_rate(int n)
{
	char *p[16];
	pthread_t t[16];
	long start;

	pthread_barrier_init(&barrier, NULL, (unsigned)n + 1);
	for (int i = 0; i < n; i++) {
		p[i] = map(FAULT_PAGES * PAGE, PROT_READ | PROT_WRITE);
		madvise(p[i], FAULT_PAGES * PAGE, MADV_NOHUGEPAGE);
		if ((errno = pthread_create(&t[i], NULL, fault_thread, p[i])) != 0)
			fail("pthread_create");
	}
	pthread_barrier_wait(&barrier);
	start = now();
	pthread_barrier_wait(&barrier);
	start = now() - start;
	for (int i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		munmap(p[i], FAULT_PAGES * PAGE);
	}
	pthread_barrier_destroy(&barrier);
	return (long)((double)n * FAULT_PAGES * 1e9 / (double)start);
}

static void
group_threads(char **arg)
{
	int n = arg[0] != NULL ? atoi(arg[0]) : 4;
	long one[ROUNDS], all[ROUNDS], ratio[ROUNDS];

	by_clock = 1;
	for (int r = 0; r < ROUNDS; r++) {
		one[r] = fault_rate(1);
		all[r] = fault_rate(n);
		ratio[r] = all[r] * 100 / one[r];
	}
	say("faults_one", quantile(one, ROUNDS, 0.5));
	say("faults_all", quantile(all, ROUNDS, 0.5));
	say("faults_percent", quantile(ratio, ROUNDS, 0.5));
	say("faults_percent_least", ratio[0]);
	say("faults_percent_most", ratio[ROUNDS - 1]);
}

/* Forks per second of n independent loops, one CPU each. */
static volatile long *counts;

static void
fork_loop(int i)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(i, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	for (;;) {
		fork_exit();
		counts[i * 16]++;
	}
}

static long
fork_rate(int n, long ms)
{
	pid_t pid[16];
	long sum = 0, start, before[16];

	for (int i = 0; i < n; i++) {
		if ((pid[i] = fork()) == 0)
			fork_loop(i);
	}
	usleep(50000);
	start = now();
	for (int i = 0; i < n; i++)
		before[i] = counts[i * 16];
	usleep((useconds_t)(ms * 1000));
	for (int i = 0; i < n; i++)
		sum += counts[i * 16] - before[i];
	start = now() - start;
	for (int i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	return (long)((double)sum * 1e9 / (double)start);
}

static void
group_forks(char **arg)
{
	int n = arg[0] != NULL ? atoi(arg[0]) : 2;
	long one[ROUNDS], all[ROUNDS], ratio[ROUNDS];

	by_clock = 1;
	counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int r = 0; r < ROUNDS; r++) {
		one[r] = fork_rate(1, 400);
		all[r] = fork_rate(n, 400);
		ratio[r] = all[r] * 100 / one[r];
	}
	say("forks_one", quantile(one, ROUNDS, 0.5));
	say("forks_all", quantile(all, ROUNDS, 0.5));
	say("forks_percent", quantile(ratio, ROUNDS, 0.5));
	say("forks_percent_least", ratio[0]);
	say("forks_percent_most", ratio[ROUNDS - 1]);
}

/* ARG... is run; what it took. */
static void
group_command(char **arg)
{
	long v[3];

	for (int r = 0; r < 3; r++) {
		long t = now();
		pid_t pid = fork();

		if (pid == 0) {
			execv(arg[0], arg);
			_exit(127);
		}
		reap(pid);
		v[r] = now() - t;
	}
	say("command", quantile(v, 3, 0.5));
}

static const struct {
	const char *name;
	void	  (*run)(char **arg);
} groups[] = {
	{ "calls", group_calls },		/* null call, signal, mmap, pipe */
	{ "processes", group_processes },	/* fork, exec, spawn, threads */
	{ "memory", group_memory },		/* MIB...: fork, exit of a child */
	{ "mappings", group_mappings },		/* N... */
	{ "descriptors", group_descriptors },	/* N... */
	{ "faults", group_faults },		/* first touch, copy on write */
	{ "total", group_total },		/* MIB...: fork + write all + exit + wait */
	{ "command", group_command },		/* PROGRAM ARG... */
	{ "threads", group_threads },		/* [N]: faults of N threads */
	{ "forks", group_forks },		/* [N]: N loops of fork, exit, wait */
};

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "-t") == 0) {
		by_clock = 1;
		argv++;
		argc--;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(argv[1], groups[i].name) == 0) {
			groups[i].run(argv + 2);
			return 0;
		}
	}
	fprintf(stderr, "usage: measure [-t] GROUP [ARG...]; groups:");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		fprintf(stderr, " %s", groups[i].name);
	fprintf(stderr, "\n");
	return 2;
}
