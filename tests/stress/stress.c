/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random work, then the books are balanced.
 *
 *	stress [SECONDS [SEED [WORKERS]]]
 *
 * WORKERS processes draw actions from their own sequence of the seed: fork trees, vfork and exec,
 * pipes of several processes, signals, stops, kills of groups, mappings written through fork,
 * files, descriptors, ptys, timers. When the time is over all are ended, killed and reaped, and
 * the kernel's census (/proc/bident/census, lines "name live", and "pages_free N") must be what
 * it was before, but for caches that are warm: the workload runs once briefly first, and the
 * census may settle for a few seconds. Without a census (on Linux) only the work is done. Prints
 * TAP.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "census.h"

#define PAGE 4096UL
/* Shared by all workers. */
struct shared {
	volatile int	s_stop;
	volatile long	s_actions;
	volatile int	s_errors;
};

static struct shared *shared;
static uint64_t rng;
static char self[256];

static uint32_t
rnd(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 32) % n;
}

static void
nap(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Something is as it must never be. */
static void
wrong(const char *what, long a, long b)
{
	char line[160];
	int n = snprintf(line, sizeof(line), "# wrong: %s (%ld, %ld, errno %d) in process %d\n",
	    what, a, b, errno, getpid());

	if (write(1, line, n) < 0)
		_exit(98);
	__atomic_fetch_add(&shared->s_errors, 1, __ATOMIC_SEQ_CST);
}

/* Reaps one child and checks its status: an exit code, or a signal as -signal. */
static void
expect(pid_t pid, int want)
{
	int status;
	pid_t got;

	while ((got = waitpid(pid, &status, 0)) == -1 && errno == EINTR)
		continue;
	if (got != pid)
		wrong("wait", got, pid);
	else if (want >= 0 ? !WIFEXITED(status) || WEXITSTATUS(status) != want :
	    !WIFSIGNALED(status) ||
	    WTERMSIG(status) != -want)
		wrong("status", status, want);
}

static void
do_fork_tree(void)
{
	int depth = (int)rnd(4) + 1, code = (int)rnd(100);
	pid_t pid = fork();

	if (pid == 0) {
		while (--depth > 0 && (pid = fork()) == 0)
			continue;
		if (depth > 0 && pid > 0)
			waitpid(pid, NULL, 0);
		_exit(code);
	}
	if (pid > 0)
		expect(pid, code);
}

/* Orphans: the middle process exits first. */
static void
do_orphans(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (uint32_t i = rnd(3) + 1; i > 0; i--)
			if (fork() == 0) {
				nap(rnd(5));
				_exit(0);
			}
		_exit(3);
	}
	if (pid > 0)
		expect(pid, 3);
}

static void
do_exec(void)
{
	char code[16], *av[] = { self, "@exit", code, NULL };
	int want = (int)rnd(200), vf = (int)rnd(2);
	pid_t pid;

	snprintf(code, sizeof(code), "%d", want);
	pid = vf ? vfork() : fork();
	if (pid == 0) {
		execv(self, av);
		_exit(250);
	}
	if (pid > 0)
		expect(pid, want);
}

static void
do_exec_fails(void)
{
	char *av[] = { "x", NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/no/such/program", av);
		execv("/tmp", av);
		_exit(9);
	}
	if (pid > 0)
		expect(pid, 9);
}

static void
do_pipeline(void)
{
	int n = (int)rnd(4) + 1, in = -1, out[2], i;
	size_t total = rnd(100000) + 1, got = 0;
	char buf[4096];
	pid_t pid[6];
	ssize_t r;

	for (i = 0; i <= n; i++) {
		if (pipe(out) != 0)
			break;
		if ((pid[i] = fork()) == 0) {
			close(out[0]);
			memset(buf, 'p', sizeof(buf));
			if (in < 0)
				for (; total > 0; total -= r) {
					r = write(out[1], buf, total < sizeof(buf) ? total :
					    sizeof(buf));
					if (r <= 0)
						_exit(1);
				}
			else
				while ((r = read(in, buf, sizeof(buf))) > 0)
					if (write(out[1], buf, r) != r)
						_exit(1);
			_exit(0);
		}
		close(out[1]);
		if (in >= 0)
			close(in);
		in = out[0];
		if (pid[i] < 0)
			break;
	}
	while (in >= 0 && (r = read(in, buf, sizeof(buf))) > 0)
		got += r;
	if (in >= 0)
		close(in);
	if (i == n + 1 && got != total)
		wrong("bytes of a pipeline", (long)got, (long)total);
	while (--i >= 0)
		if (pid[i] > 0)
			waitpid(pid[i], NULL, 0);
}

static volatile int handled;

static void
handler(int sig)
{
	(void)sig;
	handled++;
}

static void
do_signals(void)
{
	static const int sigs[] = { SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGALRM, SIGSEGV, 34, 50 };
	int sig = sigs[rnd(8)];
	struct sigaction sa = { .sa_handler = handler };
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	if (pid > 0) {
		if (rnd(2))
			nap(rnd(3));
		if (rnd(3) == 0) {
			kill(pid, SIGSTOP);
			if (rnd(2))
				waitpid(pid, NULL, WUNTRACED);
			if (rnd(2))
				kill(pid, SIGCONT);
			sig = SIGKILL;
		}
		kill(pid, sig);
		expect(pid, -sig);
	}
	handled = 0;
	sigaction(SIGUSR1, &sa, NULL);
	for (int i = 0; i < 10; i++)
		kill(getpid(), SIGUSR1);
	if (handled != 10)
		wrong("signals to oneself", handled, 10);
}

/* A group that forks at random is killed as one. */
static void
do_killpg(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		for (int i = 0; i < 3; i++)
			if (fork() == 0)
				break;
		for (;;) {
			pid_t sub = fork();

			if (sub == 0)
				_exit(0);
			if (sub > 0)
				waitpid(sub, NULL, 0);
			else
				nap(1);
		}
	}
	if (pid <= 0)
		return;
	setpgid(pid, pid);
	nap(rnd(10));
	kill(-pid, SIGKILL);
	expect(pid, -SIGKILL);
	for (int i = 0; kill(-pid, 0) == 0; i++) {
		if (i == 400) {
			wrong("a group outlives SIGKILL", pid, 0);
			kill(-pid, SIGKILL);
			return;
		}
		nap(10);
	}
}

static void
do_memory(void)
{
	size_t pages = rnd(200) + 1, i, step = rnd(7) + 1;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_ANONYMOUS | (rnd(4) ? MAP_PRIVATE : MAP_SHARED), -1, 0), *q;
	pid_t pid;

	if (p == MAP_FAILED)
		return;
	for (i = 0; i < pages; i += step)
		p[i * PAGE + 3] = (char)i;
	if ((pid = fork()) == 0) {
		for (i = 0; i < pages; i++)
			if (p[i * PAGE + 3] != (i % step ? 0 : (char)i))
				_exit(1);
		for (i = 0; i < pages; i += 2)
			p[i * PAGE] = 'c';
		if (pages > 3) {
			munmap(p + PAGE, PAGE);
			mprotect(p, PAGE, PROT_READ);
		}
		_exit(0);
	}
	for (i = 1; i < pages; i += 3)
		p[i * PAGE + 9] = 'x';
	if (rnd(3) == 0 &&
	    (q = mremap(p, pages * PAGE, (pages + 5) * PAGE, MREMAP_MAYMOVE)) != MAP_FAILED) {
		if (q[3] != 0 || (pages > step && q[step * PAGE + 3] != (char)step))
			wrong("memory after mremap", q[3], 0);
		munmap(q + pages * PAGE, 5 * PAGE);
		p = q;
	}
	if (rnd(4) == 0)
		madvise(p, pages * PAGE, MADV_DONTNEED);
	if (pid > 0)
		expect(pid, 0);
	munmap(p, pages * PAGE);
}

static void
do_files(void)
{
	char a[64], b[64], c = 0;
	int fd, i;
	char *p;

	snprintf(a, sizeof(a), "f%d.%u", getpid(), rnd(4));
	snprintf(b, sizeof(b), "common.%u", rnd(8));
	if ((fd = open(a, O_RDWR | O_CREAT | O_TRUNC, 0644)) < 0)
		return;
	for (i = 0; i < 5; i++)
		if (pwrite(fd, a, 1, rnd(60000)) != 1)
			wrong("pwrite", i, 0);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, rnd(2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	if (p != MAP_FAILED) {
		p[0] = 'm';
		if (p[0] != 'm' || pread(fd, &c, 1, 0) != 1)
			wrong("file mapping", p[0], c);
		munmap(p, PAGE);
	}
	if (ftruncate(fd, rnd(5000)) != 0)
		wrong("ftruncate", 0, 0);
	if (rnd(2))
		rename(a, b);
	unlink(rnd(2) ? a : b);
	unlink(a);
	mkdir("d", 0755);
	symlink("d", "l");
	rmdir("d");
	unlink("l");
	close(fd);
}

static void
do_descriptors(void)
{
	int fd[2], i, n = (int)rnd(200) + 1;
	pid_t pid;

	if (pipe(fd) != 0)
		return;
	for (i = 0; i < n; i++)
		fcntl(fd[i & 1], rnd(2) ? F_DUPFD : F_DUPFD_CLOEXEC, 20 + rnd(300));
	if ((pid = fork()) == 0) {
		for (i = 20; i < 200; i++)
			close(i);
		_exit(0);
	}
	for (i = 20; i < 600; i++)
		close(i);
	close(fd[0]);
	close(fd[1]);
	if (pid > 0)
		expect(pid, 0);
}

static void
do_pty(void)
{
	int ptm = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0, n, pts;
	char name[32], c[8];
	pid_t pid;

	if (ptm < 0)
		return;
	if (ioctl(ptm, TIOCSPTLCK, &zero) != 0 || ioctl(ptm, TIOCGPTN, &n) != 0) {
		close(ptm);
		return;
	}
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	if ((pid = fork()) == 0) {
		setsid();
		if ((pts = open(name, O_RDWR)) < 0)
			_exit(1);
		if (write(pts, "x", 1) != 1)
			_exit(1);
		for (;;)
			if (read(pts, c, 1) <= 0)
				_exit(0);
	}
	if (read(ptm, c, 1) != 1)
		wrong("pty", 0, 0);
	if (rnd(2) && write(ptm, "\x03", 1) != 1)
		wrong("pty write", 0, 0);
	nap(rnd(3));
	close(ptm);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
do_timers(void)
{
	struct itimerval it = { { 0, (int)rnd(2000) + 500 }, { 0, (int)rnd(2000) + 500 } },
	    off = { 0 };
	struct pollfd p = { -1, 0, 0 };

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &it, NULL);
	for (int i = 0; i < 5; i++)
		poll(&p, 1, (int)rnd(4));
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
}

static void (*const actions[])(void) = { do_fork_tree, do_orphans, do_exec, do_exec_fails,
    do_pipeline, do_signals,
    do_killpg, do_memory, do_memory, do_files, do_descriptors, do_pty, do_timers };

static void
worker(uint64_t seed, int number)
{
	char dir[32];

	rng = seed * 0x9e3779b97f4a7c15ULL + (uint64_t)number * 0xbf58476d1ce4e5b9ULL + 1;
	for (int i = 0; i < 8; i++)
		rnd(2);
	snprintf(dir, sizeof(dir), "w%d", number % 3);
	mkdir(dir, 0755);
	if (chdir(dir) != 0)
		_exit(1);
	while (!shared->s_stop) {
		actions[rnd(sizeof(actions) / sizeof(actions[0]))]();
		__atomic_fetch_add(&shared->s_actions, 1, __ATOMIC_RELAXED);
	}
	_exit(0);
}

/* Runs the workers for so long; false if one of them did not end well. */
static int
work(int seconds, uint64_t seed, int workers)
{
	long long end = now_ms() + seconds * 1000LL;
	pid_t pid[64];
	int i, status, good = 1;

	shared->s_stop = 0;
	for (i = 0; i < workers; i++)
		if ((pid[i] = fork()) == 0)
			worker(seed, i);
	while (now_ms() < end)
		nap(200);
	shared->s_stop = 1;
	for (i = 0; i < workers; i++) {
		long long late = now_ms() + 30000;

		while (waitpid(pid[i], &status, WNOHANG) == 0 && now_ms() < late)
			nap(20);
		if (now_ms() >= late) {
			wrong("a worker hangs", pid[i], i);
			kill(pid[i], SIGKILL);
			waitpid(pid[i], &status, 0);
			good = 0;
		} else if (status != 0) {
			wrong("a worker's status", status, i);
			good = 0;
		}
	}
	return good;
}

static void
clean(const char *path)
{
	char command[300], *av[] = { "sh", "-c", command, NULL };
	pid_t pid;

	snprintf(command, sizeof(command), "rm -rf %s", path);
	if ((pid = fork()) == 0) {
		execv("/bin/sh", av);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 10, workers = argc > 3 ? atoi(argv[3]) : 8, good,
	    i;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct census before, after;

	if (argc > 2 && strcmp(argv[1], "@exit") == 0)
		return atoi(argv[2]);
	if (argv[0][0] == '/')
		snprintf(self, sizeof(self), "%s", argv[0]);
	else if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	setvbuf(stdout, NULL, _IONBF, 0);
	if (workers > 64)
		workers = 64;
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mkdir("/tmp/stress", 0755);
	if (shared == MAP_FAILED || chdir("/tmp/stress") != 0)
		return 1;
	printf("# seed %llu, %d workers, %d s\n", (unsigned long long)seed, workers, seconds);
	/* Warm up: what the kernel keeps for good, it has now. */
	work(2, seed + 1, workers);
	clean("/tmp/stress/*");
	nap(1000);
	int have = census_read(&before);
	shared->s_actions = 0;
	good = work(seconds, seed, workers);
	printf("%sok 1 - %d workers did %ld actions in %d s and ended\n", good ? "" : "not ",
	    workers, shared->s_actions, seconds);
	printf("%sok 2 - all results were right (seed %llu)\n", shared->s_errors ? "not " : "",
	    (unsigned long long)seed);
	printf("%sok 3 - no child is left to wait for\n", waitpid(-1, NULL, WNOHANG) == -1 &&
	    errno == ECHILD ? "" : "not ");
	clean("/tmp/stress/*");
	if (!have) {
		printf("ok 4 - the census is as before (INV-3 INV-6) # SKIP no census\n1..4\n");
		return !good;
	}
	for (i = 0; i < 80 && census_read(&after) && !census_same(&before, &after, 1, 0); i++)
		nap(100);
	good = census_same(&before, &after, 1, 1);
	printf("%sok 4 - the census is as before (INV-3 INV-6)\n1..4\n", good ? "" : "not ");
	return !good;
}
