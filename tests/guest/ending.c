/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exec and exit where they meet sharing and privilege: exit signals, shared actions, files,
 * folders and memory of set-id programs.
 */
#include "points.h"
#include <sched.h>
#include <sys/prctl.h>

static int *shared;
static char stack[2][65536] __attribute__((aligned(16)));
static char image[PATH_MAX];

static pid_t
clone_at(int n, int (*fn)(void *), unsigned flags, void *arg)
{
	pid_t pid = clone(fn, stack[n] + sizeof(stack[n]), (int)flags, arg);

	CHECK(pid > 0);
	return pid;
}

/* A copy of this program, with owner root and this mode, in a folder that everybody may search. */
static void
make_image(mode_t mode)
{
	char buf[65536];
	int from = open(tap_self, O_RDONLY), to;
	ssize_t n;

	snprintf(image, sizeof(image), "%s/image", tap_dir);
	CHECK(from >= 0 && (to = open(image, O_WRONLY | O_CREAT | O_TRUNC, 0755)) >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		EQ(write(to, buf, (size_t)n), n);
	close(from);
	close(to);
	EQ(chown(image, 0, 0), 0);
	EQ(chmod(image, mode), 0);
}

/* Descriptor numbers that exec leaves alone, for the programs below: 20 tells, 21 is told. */
static void
make_pipes(int *told, int *tell)
{
	int a[2], b[2];

	EQ(pipe(a), 0);
	EQ(pipe(b), 0);
	EQ(dup2(a[1], 20), 20);
	EQ(dup2(b[0], 21), 21);
	*told = fcntl(a[0], F_DUPFD_CLOEXEC, 30);
	*tell = fcntl(b[1], F_DUPFD_CLOEXEC, 30);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}

static void
on_signal(int sig __attribute__((unused)))
{
}

/* Says that it runs, waits to be told, and then looks at its actions. */
HELPER("actions")
{
	struct sigaction usr1, term;
	char c = geteuid() == 0 ? 'r' : 'u';

	write(20, &c, 1);
	read(21, &c, 1);
	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGTERM, NULL, &term);
	return usr1.sa_handler == SIG_DFL && term.sa_handler == SIG_DFL ? 0 : 1;
}

static int
exec_actions(void *arg)
{
	(void)arg;
	execl(image, image, "@actions", NULL);
	return 9;
}

TEST("actions shared with a process that execs a set-id file: the sharer cannot reach the new "
    "program by them (FIX-58 END-4)")
{
	int told, tell;
	char c;
	pid_t p, q;

	if (getuid() != 0)
		SKIP("not root");
	make_image(04755);
	make_pipes(&told, &tell);
	EQ(setgid(1000), 0);
	EQ(setuid(1000), 0);
	signal(SIGUSR1, on_signal);		/* becomes the default in the new program */
	p = clone_at(0, exec_actions, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	EQ(read(told, &c, 1), 1);
	/* The table that we had in common is ours now. */
	struct sigaction sa;
	EQ(sigaction(SIGUSR1, NULL, &sa), 0);
	CHECK(sa.sa_handler == on_signal);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, on_signal);
	EQ(write(tell, "x", 1), 1);
	EXITS(p, 0);
	/* The same without the set-id bit in the way, for every pair of sharers. */
	EQ(signal(SIGUSR1, SIG_DFL) == SIG_ERR, 0);
	EQ(signal(SIGTERM, SIG_DFL) == SIG_ERR, 0);
	p = clone_at(0, exec_actions, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	EQ(read(told, &c, 1), 1);
	q = clone_at(1, exec_actions, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	EQ(read(told, &c, 1), 1);
	signal(SIGTERM, SIG_IGN);
	EQ(write(tell, "xx", 2), 2);
	EXITS(p, 0);
	EXITS(q, 0);
}

/*
 * Says who it is, waits, and tells whether what the sharer did shows: a new cwd, a new file, a
 * word of memory.
 */
HELPER("shares")
{
	char c = geteuid() == 0 ? 'r' : 'u', cwd[PATH_MAX];
	int seen;

	write(20, &c, 1);
	read(21, &c, 1);
	seen = getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0;
	seen |= fcntl(77, F_GETFD) != -1;
	seen |= umask(0) == 0123;
	return seen;
}

static int
exec_shares(void *arg)
{
	(void)arg;
	execl(image, image, "@shares", NULL);
	return 9;
}

TEST("a set-id program shares no folder, files, memory or actions with somebody of another "
    "credential (INV-8 FIX-58)")
{
	static const unsigned flags[] = { CLONE_FS, CLONE_FILES, CLONE_VM,
	    CLONE_FS | CLONE_FILES | CLONE_VM | CLONE_SIGHAND };
	int told, tell, status;
	char c;
	pid_t p;

	if (getuid() != 0)
		SKIP("not root");
	make_image(04755);
	make_pipes(&told, &tell);
	EQ(setgid(1000), 0);
	EQ(setuid(1000), 0);
	for (int i = 0; i < 4; i++) {
		EQ(chdir(tap_dir), 0);
		umask(022);
		close(77);
		p = clone_at(0, exec_shares, flags[i] | SIGCHLD, NULL);
		EQ(read(told, &c, 1), 1);
		EQ(chdir("/"), 0);
		EQ(dup2(0, 77), 77);
		umask(0123);
		EQ(write(tell, "x", 1), 1);
		status = reap(p);
		CHECK(WIFEXITED(status));
		/* Either the right was not given, or nothing is in common. */
		OK(c == 'u' || WEXITSTATUS(status) == 0,
		    "sharing 0x%x: set-id %s, %s in common (INV-8)", flags[i],
		    c == 'r' ? "given" : "not given", WEXITSTATUS(status) == 0 ? "nothing" :
		    "something");
	}
}

/* ---- exec that fails ---- */

TEST("exec fails at each of its steps: the old program goes on, and a holding parent is not let go "
    "(FIX-55 END-4 HOLD-1)")
{
	static struct point_list pl;
	struct sigaction sa;
	int fd;

	point_need("fail");
	shared = share();
	CHECK((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
	while (point_next(&pl, "exec.")) {
		pid_t c;

		shared[0] = 0;
		if ((c = vfork()) == 0) {
			FAIL("%s pid=self", pl.pl_name);
			execl(tap_self, tap_self, "@true", NULL);
			shared[1] = errno;
			FAIL("clear");
			/* All of the old program is there: its memory, files and actions. */
			shared[2] = fcntl(fd, F_GETFD) == FD_CLOEXEC;
			sleep_ms(20);
			shared[0] = 1;
			_exit(7);
		}
		OK(shared[0] == 1 && shared[1] == pl.pl_errno && shared[2] == 1,
		    "%s fails: %s, and the program goes on (FIX-55)", pl.pl_name,
		    tap_errno_name(shared[1]));
		EXITS(c, 7);
		EQ(sigaction(SIGUSR1, NULL, &sa), 0);
	}
}

/* ---- exit signals ---- */

static volatile int got[65];

static void
count(int sig)
{
	got[sig]++;
}

HELPER("sleep")
{
	sleep_ms(60);
	return 0;
}

static int
nap(void *arg)
{
	(void)arg;
	sleep_ms(80);
	return 0;
}

static int
exec_sleep(void *arg)
{
	(void)arg;
	execl(image, image, "@sleep", NULL);
	return 9;
}

TEST("a holding parent is let go when the new program is there, not before (END-4 FIX-55)")
{
	pid_t p;

	point_need("stall");
	shared = share();
	if ((p = child()) == 0) {
		pid_t c;

		if ((c = vfork()) == 0) {
			STALL("exec.commit pid=%d", (int)getpid());
			execl(tap_self, tap_self, "@true", NULL);
			_exit(1);
		}
		shared[0] = 1;
		EXITS(c, 0);
		_exit(0);
	}
	CHECK(SOON(point_stalled("exec.commit", 0), 3000));
	sleep_ms(30);
	EQ(shared[0], 0);
	STALL("release exec.commit");
	EXITS(p, 0);
	EQ(shared[0], 1);
}

TEST("the exit signal is SIGCHLD after exec of C, so that nobody chooses what a set-id program's "
    "parent gets (FIX-56 END-5)")
{
	pid_t p;

	make_image(0755);
	signal(SIGUSR1, count);
	signal(SIGCHLD, count);
	p = clone_at(0, nap, CLONE_VM | SIGUSR1, NULL);
	EQ(waitpid(p, NULL, __WALL), p);
	CHECK(got[SIGUSR1] == 1 && got[SIGCHLD] == 0);
	p = clone_at(0, exec_sleep, CLONE_VM | SIGUSR1, NULL);
	EQ(waitpid(p, NULL, __WALL), p);
	CHECK(got[SIGUSR1] == 1 && got[SIGCHLD] == 1);
}

/*
 * After exec: waits for the child that an earlier program of this process made; 0: SIGCHLD came
 * and nothing else.
 */
HELPER("wait-for-it")
{
	sigset_t set, pending;
	int status;

	waitpid(-1, &status, __WALL);
	sigpending(&pending);
	sigemptyset(&set);
	return sigismember(&pending, SIGUSR1) ? 1 : sigismember(&pending, SIGCHLD) ? 0 : 2;
}

TEST("after exec of P all its earlier children send SIGCHLD, whatever was chosen for them "
    "(FIX-56 END-5)")
{
	sigset_t set;
	pid_t p;

	shared = share();
	if ((p = child()) == 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigaddset(&set, SIGCHLD);
		sigprocmask(SIG_BLOCK, &set, NULL);
		clone_at(0, nap, SIGUSR1, NULL);
		execl(tap_self, tap_self, "@wait-for-it", NULL);
		_exit(9);
	}
	EXITS(p, 0);
}

static int
orphan(void *arg)
{
	(void)arg;
	while (getppid() == shared[1])
		sleep_ms(2);
	return 0;
}

TEST("whoever is given to a reaper sends it SIGCHLD (FIX-57 END-1 END-5)")
{
	pid_t p;
	int status;

	shared = share();
	EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	signal(SIGUSR1, count);
	signal(SIGCHLD, count);
	if ((p = child()) == 0) {
		shared[1] = getpid();
		clone_at(0, orphan, SIGUSR1, NULL);
		_exit(0);
	}
	EXITS(p, 0);
	CHECK(SOON(waitpid(-1, &status, WNOHANG) > 0, 3000));	/* it is SIGCHLD's kind now */
	EQ(got[SIGUSR1], 0);
	CHECK(got[SIGCHLD] >= 1);
}

TEST("the tree has one root: each process' parent exists and lists it, through forks, exits and "
    "reapers (INV-4)")
{
	pid_t pid[8];

	for (int i = 0; i < 8; i++) {
		if ((pid[i] = child()) == 0) {
			for (int n = 0; n < 10; n++) {
				if (child() == 0) {
					if (child() == 0)
						sleep_ms(10);
					_exit(0);
				}
				while (waitpid(-1, NULL, n & 1 ? WNOHANG : 0) > 0)
					continue;
			}
			_exit(0);
		}
	}
	for (int round = 0; round < 20; round++) {
		struct dirent *de;
		DIR *d = opendir("/proc");

		while ((de = readdir(d)) != NULL) {
			char path[64], text[512];
			int up = atoi(de->d_name), ppid, steps = 0;

			if (up <= 0)
				continue;
			while (up > 1 && steps++ < 100) {
				snprintf(path, sizeof(path), "/proc/%d/stat", up);
				if (read_file(path, text, sizeof(text)) <= 0)
					break;		/* gone meanwhile */
				if (sscanf(strrchr(text, ')') + 2, "%*c %d", &ppid) != 1)
					break;
				CHECK(ppid != up);
				up = ppid;
			}
			CHECK(steps < 100);
		}
		closedir(d);
		sleep_ms(2);
	}
	for (int i = 0; i < 8; i++)
		EQ(reap(pid[i]), 0);
}

TAP_MAIN(60)
