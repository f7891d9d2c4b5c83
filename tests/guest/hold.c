/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holding, and memory in common: what ends the wait of vfork's parent, what does not; and what
 * happens to both when memory runs out. A is the LWP that waits, P its process, B another LWP of
 * P, C the child.
 */
#include "points.h"
#include <pthread.h>
#include <sched.h>

static int *shared;
static char stack[4][65536] __attribute__((aligned(16)));

static pid_t
clone_at(int n, int (*fn)(void *), unsigned flags, void *arg)
{
	pid_t pid = clone(fn, stack[n] + sizeof(stack[n]), (int)flags, arg);

	CHECK(pid > 0);
	return pid;
}

static int
state_is(pid_t pid, char want)
{
	return proc_state(pid) == want;
}

/* ---- what ends it ---- */

TEST("the death of P ends the hold, though C waits for what only P could give: SIGKILL always "
    "works (FIX-4 HOLD-6)")
{
	int in[2], done[2];
	char c;
	pid_t p;

	EQ(pipe(done), 0);
	if ((p = child()) == 0) {
		close(done[0]);
		EQ(pipe(in), 0);
		if (vfork() == 0) {
			/* End of file comes when P is gone: it has the only other writer. */
			close(in[1]);
			read(in[0], &c, 1);
			write(done[1], "c", 1);
			_exit(0);
		}
		_exit(9);
	}
	close(done[1]);
	CHECK(SOON(state_is(p, 'D') || state_is(p, 'S'), 2000));
	sleep_ms(30);
	EQ(kill(p, SIGKILL), 0);
	KILLED(p, SIGKILL);
	EQ(read(done[0], &c, 1), 1);		/* C went on: it holds the memory itself */
	EQ(read(done[0], &c, 1), 0);
}

TEST("a stop of P completes at once though A is held, does not end the hold, and SIGCONT goes on "
    "(HOLD-6)")
{
	int status;
	pid_t p;

	if (access("/proc/bident", F_OK) != 0)
		SKIP("here a stop waits for the release");
	shared = share();
	if ((p = child()) == 0) {
		if (vfork() == 0) {
			while (__atomic_load_n(shared, __ATOMIC_SEQ_CST) == 0)
				sleep_ms(2);
			_exit(0);
		}
		shared[1] = 1;
		_exit(shared[0] == 2 ? 5 : 6);
	}
	sleep_ms(40);
	EQ(kill(p, SIGSTOP), 0);
	EQ(waitpid(p, &status, WUNTRACED), p);
	CHECK(WIFSTOPPED(status));
	EQ(shared[1], 0);
	EQ(kill(p, SIGCONT), 0);
	sleep_ms(40);
	EQ(shared[1], 0);			/* it is held still */
	EQ(kill(p, SIGSTOP), 0);
	EQ(waitpid(p, &status, WUNTRACED), p);
	shared[0] = 2;				/* C ends while P is stopped */
	sleep_ms(40);
	EQ(shared[1], 0);
	EQ(kill(p, SIGCONT), 0);
	EXITS(p, 5);
	EQ(shared[1], 1);
}

static int
other_parent(void *arg)
{
	(void)arg;
	shared[2] = getppid();
	sleep_ms(60);
	shared[0] = 1;
	return 0;
}

TEST("C has another parent than its holder (CLONE_PARENT): the release finds the holder (FIX-3 "
    "HOLD-6)")
{
	int status;
	pid_t p;

	shared = share();
	if ((p = child()) == 0) {
		pid_t c = clone_at(0, other_parent, CLONE_VFORK | CLONE_VM | CLONE_PARENT | SIGCHLD,
		    NULL);
		CHECK(shared[0] == 1);
		shared[1] = c;
		ERR(waitpid(c, &status, __WALL), ECHILD);
		_exit(3);
	}
	EXITS(p, 3);
	EQ(shared[2], getpid());
	EXITS(shared[1], 0);
}

static int
orphan_me(void *arg)
{
	(void)arg;
	/*
	 * Our maker's maker dies: who made us is given to a reaper meanwhile, and we are held
	 * for.
	 */
	while (shared[0] == 0)
		sleep_ms(1);
	sleep_ms(30);
	return 0;
}

static volatile int ticks, ticker_ends;

static void *
ticker(void *arg)
{
	while (!ticker_ends) {
		ticks = ticks + 1;
		sleep_ms(1);
	}
	return arg;
}

TEST("the other threads of P run while one of it is held (HOLD-2)")
{
	pthread_t t;
	pid_t pid;

	EQ(pthread_create(&t, NULL, ticker, NULL), 0);
	for (int i = 0; i < 5; i++) {
		if ((pid = vfork()) == 0) {
			int from = ticks;

			_exit(SOON(ticks >= from + 3, 3000) ? 0 : 1);
		}
		EXITS(pid, 0);
	}
	ticker_ends = 1;
	EQ(pthread_join(t, NULL), 0);
}

TEST("P is given to a reaper while it holds: the hold goes on and is released (HOLD-4)")
{
	pid_t top;

	shared = share();
	if ((top = child()) == 0) {
		if (child() == 0) {
			clone_at(0, orphan_me, CLONE_VFORK | CLONE_VM | SIGCHLD, NULL);
			shared[1] = 1;
			_exit(0);
		}
		sleep_ms(20);
		_exit(0);
	}
	EXITS(top, 0);
	EQ(shared[1], 0);
	shared[0] = 1;
	CHECK(SOON(shared[1] == 1, 3000));
}

TEST("a storm of vforks whose children are reaped at once: SIGCHLD ignored, four holders (FIX-2 "
    "HOLD-2)")
{
	pid_t pid[4];

	for (int i = 0; i < 4; i++) {
		if ((pid[i] = child()) == 0) {
			signal(SIGCHLD, SIG_IGN);
			for (int n = 0; n < 150; n++) {
				pid_t c = vfork();
				if (c == 0)
					_exit(n & 1);
				CHECK(c > 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++)
		EXITS(pid[i], 0);
}

TEST("A does not look at C once C can run: C is dead and reaped, its slot used again, before A "
    "waits (FIX-2)")
{
	pid_t p;

	point_need("stall");
	shared = share();
	if ((p = child()) == 0) {
		signal(SIGCHLD, SIG_IGN);
		shared[0] = 1;
		while (shared[0] == 1)
			sleep_ms(1);
		if (vfork() == 0)
			_exit(0);
		_exit(4);
	}
	CHECK(SOON(shared[0] == 1, 2000));
	STALL("fork.wait pid=%d", p);
	shared[0] = 2;
	CHECK(SOON(point_stalled("fork.wait", p), 3000));
	sleep_ms(50);
	for (volatile int i = 0; i < 40; i++) {	/* whoever gets the slot, and vforks himself */
		pid_t c = vfork();
		if (c == 0)
			_exit(0);
		EXITS(c, 0);
	}
	STALL("release fork.wait");
	EXITS(p, 4);
}

TEST("a hold is of one call: a fork after a vfork holds nobody (FIX-7)")
{
	for (int i = 0; i < 5; i++) {
		struct gate g = gate_make();
		pid_t c = vfork();
		if (c == 0)
			_exit(0);
		EXITS(c, 0);
		if ((c = child()) == 0) {
			gate_pass(&g);		/* which opens only if the parent runs */
			_exit(0);
		}
		gate_open(&g);
		EXITS(c, 0);
		close(g.g_fd[0]);
		close(g.g_fd[1]);
	}
}

/* ---- memory runs out ---- */

static char big[64 * 4096] __attribute__((aligned(4096)));

static void
touch(void)
{
	for (unsigned i = 0; i < sizeof(big); i += 4096)
		big[i]++;
}

static int
wait_then_touch(void *arg)
{
	(void)arg;
	shared[3] = getpid();
	shared[0] = 1;
	while (shared[0] == 1)
		sleep_ms(1);
	touch();
	shared[4]++;
	return 0;
}

static int
wait_for_death(void *arg)
{
	(void)arg;
	shared[0]++;
	for (;;)
		pause();
	return 0;
}

/* The size that a line of the log tells, in KiB. */
static unsigned long
size_told(const char *line)
{
	const char *at = strstr(line, " KiB mapped");

	while (at != NULL && at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at != NULL ? strtoul(at, NULL, 10) : 0;
}

/* Whether the log says that this process ran out of memory, and how large it was. */
static int
log_names(pid_t pid)
{
	static char text[70000];
	char want[32];
	char *at;

	snprintf(want, sizeof(want), "pid %d", pid);
	if (read_file("/proc/bident/klog", text, sizeof(text)) <= 0)
		return 0;
	for (at = text; (at = strstr(at, "memory")) != NULL; at++) {
		char *from = at, *to = at + strcspn(at, "\n");
		while (from > text && from[-1] != '\n')
			from--;
		*to = '\0';
		if (strstr(from, want) != NULL)
			return size_told(from) >= 64;
		*to = '\n';
	}
	return 0;
}

TEST("memory runs out at copy on write: the process that faulted ends, its parent lives, the log "
    "names it (VM-5)")
{
	pid_t c;

	point_need("fail");
	shared = share();
	touch();
	if ((c = child()) == 0) {
		wait_then_touch(NULL);
		_exit(0);
	}
	CHECK(SOON(shared[0] == 1, 2000));
	FAIL("mem.page:5 pid=%d", c);
	shared[0] = 2;
	KILLED(c, SIGKILL);
	EQ(shared[4], 0);
	CHECK(log_names(c));
	touch();
	FAIL("clear");
}

TEST("memory runs out: everybody who shares the space ends (VM-5)")
{
	pid_t p, other[2] = { 0 };

	point_need("fail");
	shared = share();
	if ((p = child()) == 0) {
		shared[5] = clone_at(0, wait_for_death, CLONE_VM | CLONE_PARENT | SIGCHLD, NULL);
		shared[6] = clone_at(1, wait_for_death, CLONE_VM | CLONE_PARENT | SIGCHLD, NULL);
		while (shared[0] < 2)
			sleep_ms(1);
		shared[0] = 3;
		while (shared[0] == 3)
			sleep_ms(1);
		touch();
		shared[4]++;
		_exit(0);
	}
	CHECK(SOON(shared[0] == 3, 3000));
	other[0] = shared[5];
	other[1] = shared[6];
	FAIL("mem.page:5 pid=%d", p);
	shared[0] = 4;
	KILLED(p, SIGKILL);
	KILLED(other[0], SIGKILL);
	KILLED(other[1], SIGKILL);
	EQ(shared[4], 0);
	FAIL("clear");
}

TEST("memory runs out in C of a held pair: with shared space both end; with copied space P is "
    "released and lives (VM-5)")
{
	static const struct { unsigned flags; int lives; } rows[] = { { CLONE_VM | CLONE_VFORK, 0 },
	    { CLONE_VFORK, 1 } };

	point_need("fail");
	shared = share();
	for (int i = 0; i < 2; i++) {
		pid_t p, c;

		shared[0] = shared[4] = 0;
		if ((p = child()) == 0) {
			c = clone_at(0, wait_then_touch, rows[i].flags | SIGCHLD, NULL);
			KILLED(c, SIGKILL);
			_exit(6);
		}
		CHECK(SOON(shared[0] == 1, 3000));
		c = shared[3];
		FAIL("mem.page:5 pid=%d", c);
		shared[0] = 2;
		if (rows[i].lives)
			EXITS(p, 6);
		else
			KILLED(p, SIGKILL);
		EQ(shared[4], 0);
		CHECK(SOON(proc_state(c) == 0, 3000));
		FAIL("clear");
	}
}

TEST("P of a held pair with copied space dies of want of memory: C runs on (VM-5)")
{
	pid_t p, c;

	point_need("fail");
	shared = share();
	if ((p = child()) == 0) {
		c = clone_at(0, wait_then_touch, CLONE_VFORK | SIGCHLD, NULL);
		_exit(6);
	}
	CHECK(SOON(shared[0] == 1, 3000));
	c = shared[3];
	EQ(kill(p, SIGKILL), 0);
	KILLED(p, SIGKILL);
	EQ(proc_state(c) != 0 && proc_state(c) != 'Z', 1);
	shared[0] = 2;
	CHECK(SOON(shared[4] == 1, 3000));
}

TAP_MAIN(60)
