/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes and their trace; stalls. */
#include "points.h"
#include <pthread.h>
#include <sched.h>

static char trace[1 << 20];

static void
trace_get(void)
{
	CHECK(read_file("/proc/bident/trace", trace, sizeof(trace)) > 0);
}

/*
 * The first record at or after `from` of a point, made by that process (0: anybody): its
 * arguments; or null.
 */
static const char *
record_at(const char *from, int pid, const char *point)
{
	char name[64];
	int who, at;

	while (from != NULL && *from != '\0') {
		if (*from != '#' && sscanf(from, "%*u %*d %d %*d %*s %63s %n", &who, name,
		    &at) == 2 &&
		    (pid == 0 || who == pid) && strcmp(name, point) == 0)
			return from + at;
		from = strchr(from, '\n');
		from = from != NULL ? from + 1 : NULL;
	}
	return NULL;
}

static const char *
record(int pid, const char *point)
{
	return record_at(trace, pid, point);
}

/* Whether a record's arguments begin so. */
static int __attribute__((format(printf, 2, 3)))
says(const char *args, const char *fmt, ...)
{
	char want[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	if (args != NULL && strncmp(args, want, strlen(want)) == 0)
		return 1;
	tap_say("# wanted '%s', got '%.*s'\n", want, args != NULL ? (int)strcspn(args, "\n") : 4,
	    args != NULL ? args : "none");
	return 0;
}

static void
probes(const char *setting)
{
	EQ(point_write("probe", "%s", setting), 0);
	EQ(point_write("trace", "clear"), 0);
}

/* ---- probes ---- */

TEST("proc:::create tells child, parent and flags, after the hooks and before the child runs "
    "(HOOK-4)")
{
	static const struct {
		unsigned long clone, flags;
	} kinds[] = {
		{ 0, 0 }, { CLONE_VFORK, 1 }, { CLONE_FS | CLONE_FILES, 0xc },
		    { CLONE_VFORK | CLONE_FS, 5 },
	};
	const char *hooks, *create, *start;
	int me = getpid(), pid;

	point_need("trace");
	for (int i = 0; i < 4; i++) {
		probes("off;proc:::*;fork.hooks");
		pid = (int)syscall(SYS_clone, kinds[i].clone | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(3);
		EXITS(pid, 3);
		PROBE("off");
		trace_get();
		hooks = record(me, "fork.hooks");
		create = record(me, "proc:::create");
		start = record(pid, "proc:::lwp-start");
		CHECK(says(create, "child=%d parent=%d flags=0x%lx\n", pid, me, kinds[i].flags));
		CHECK(hooks != NULL && start != NULL);
		CHECK(hooks < create && create < start);
		CHECK(says(record(pid, "proc:::exit"), "pid=%d code=3 signal=0\n", pid));
		CHECK(start < record(pid, "proc:::exit"));
	}
}

TEST("a fork that fails leaves no proc:::create (HOOK-4)")
{
	int me = getpid();

	point_need("trace");
	probes("off;proc:::*");
	FAIL("fork.publish:1 pid=self");
	ERR(fork(), ENOMEM);
	PROBE("off");
	FAIL("clear");
	trace_get();
	CHECK(record(me, "proc:::create") == NULL);
}

HELPER("nothing")
{
	return 0;
}

TEST("proc:::exec is followed by exec-success, or by exec-failure with the error (HOOK-4)")
{
	char *argv[] = { tap_self, "@nothing", NULL }, *envp[] = { NULL };
	const char *first, *failure, *second, *success;
	pid_t pid;

	point_need("trace");
	probes("off;proc:::*");
	if ((pid = child()) == 0) {
		execve("/no/such/file", argv, envp);
		execve(tap_self, argv, envp);
		_exit(1);
	}
	EXITS(pid, 0);
	PROBE("off");
	trace_get();
	first = record(pid, "proc:::exec");
	failure = record(pid, "proc:::exec-failure");
	CHECK(says(first, "pid=%d\n", pid));
	CHECK(says(failure, "pid=%d error=%d\n", pid, ENOENT));
	second = record_at(failure, pid, "proc:::exec");
	success = record(pid, "proc:::exec-success");
	CHECK(says(success, "pid=%d\n", pid));
	CHECK(first < failure && failure < second && second < success);
}

static volatile sig_atomic_t handled;

static void
on_usr1(int sig __attribute__((unused)))
{
	handled = 1;
}

TEST("signal-send, signal-handle and a death by signal leave their records (HOOK-4)")
{
	const char *send, *handle;
	int me = getpid();
	pid_t pid;

	point_need("trace");
	signal(SIGUSR1, on_usr1);
	probes("off;proc:::*");
	if ((pid = child()) == 0) {
		while (!handled)
			sleep_ms(1);
		for (;;)
			pause();
	}
	EQ(kill(pid, SIGUSR1), 0);
	CHECK(SOON((trace_get(), record(pid, "proc:::signal-handle") != NULL), 3000));
	EQ(kill(pid, SIGKILL), 0);
	KILLED(pid, SIGKILL);
	PROBE("off");
	trace_get();
	send = record(me, "proc:::signal-send");
	handle = record(pid, "proc:::signal-handle");
	CHECK(says(send, "pid=%d signal=%d from=%d\n", pid, SIGUSR1, me));
	CHECK(says(handle, "pid=%d signal=%d ", pid, SIGUSR1));
	CHECK(send < handle);
	CHECK(says(record(pid, "proc:::exit"), "pid=%d code=0 signal=%d\n", pid, SIGKILL));
	CHECK(record(pid, "proc:::lwp-exit") < record(pid, "proc:::exit"));
}

static void *
thread(void *arg)
{
	*(long *)arg = syscall(SYS_gettid);
	return NULL;
}

TEST("a thread's lwp-create, lwp-start and lwp-exit (HOOK-4)")
{
	const char *create, *start, *end;
	int me = getpid();
	long tid = 0;
	pthread_t th;

	point_need("trace");
	probes("off;proc:::lwp-*");
	EQ(pthread_create(&th, NULL, thread, &tid), 0);
	EQ(pthread_join(th, NULL), 0);
	PROBE("off");
	trace_get();
	create = record(me, "proc:::lwp-create");
	start = record(me, "proc:::lwp-start");
	end = record(me, "proc:::lwp-exit");
	CHECK(says(create, "pid=%d tid=%ld ", me, tid));
	CHECK(says(start, "pid=%d tid=%ld", me, tid));
	CHECK(says(end, "pid=%d tid=%ld", me, tid));
	CHECK(create < end && start < end);
}

TEST("nothing is recorded that nobody asked for; clear empties; what was overwritten is "
    "counted (HOOK-4)")
{
	unsigned records, lost;
	pid_t pid;

	point_need("trace");
	probes("off");
	EQ(point_write("trace", "clear"), 0);
	if ((pid = child()) == 0)
		_exit(0);
	EXITS(pid, 0);
	trace_get();
	CHECK(strncmp(trace, "# 0 records, 0 lost\n", 20) == 0);
	PROBE("fork.* on");
	for (int i = 0; i < 400; i++) {
		if ((pid = child()) == 0)
			_exit(0);
		EXITS(pid, 0);
	}
	PROBE("fork.* off");
	trace_get();
	EQ(sscanf(trace, "# %u records, %u lost", &records, &lost), 2);
	EQ(records, 4096);
	CHECK(lost >= 400 * 12 - 4096);
	EQ(point_write("trace", "clear"), 0);
	trace_get();
	CHECK(strncmp(trace, "# 0 records, 0 lost\n", 20) == 0);
	ERR(point_write("probe", "nosuch"), EINVAL);
	ERR(point_write("probe", "fork.pid maybe"), EINVAL);
	ERR(point_write("trace", "full"), EINVAL);
}

/* ---- stalls ---- */

static char stalls[4096];

/* Whether the list of stalls has these words in a line. */
static int __attribute__((format(printf, 1, 2)))
stall_says(const char *fmt, ...)
{
	char want[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	CHECK(read_file("/proc/bident/stall", stalls, sizeof(stalls)) >= 0);
	return strstr(stalls, want) != NULL;
}

static int
child_count(pid_t pid)
{
	char path[64], text[512], *p;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	CHECK(read_file(path, text, sizeof(text)) >= 0);
	for (p = text; (p = strchr(p, ' ')) != NULL; p++)
		n++;
	return n;
}

/* A child that forks once when the gate opens and exits with what that gave. */
static pid_t
forker(struct gate *go)
{
	pid_t pid = child(), sub;

	if (pid != 0)
		return pid;
	gate_pass(go);
	if ((sub = fork()) == 0)
		_exit(7);
	if (sub < 0)
		_exit(errno);
	EXITS(sub, 7);
	_exit(42);
}

TEST("stall: the next pass of one process waits until it is released; others and later passes "
    "do not")
{
	struct gate go = gate_make();
	char text[64], path[64];
	pid_t pid, other;

	point_need("stall");
	pid = forker(&go);
	STALL("fork.publish pid=%d", pid);
	CHECK(stall_says("fork.publish pid=%d armed", pid));
	if ((other = child()) == 0)	/* not its pass */
		_exit(0);
	EXITS(other, 0);
	gate_open(&go);
	CHECK(SOON(stall_says("fork.publish pid=%d waiting pid %d", pid, pid), 3000));
	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)pid);
	CHECK(read_file(path, text, sizeof(text)) > 0 && strcmp(text, "stall") == 0);
	EQ(child_count(pid), 0);
	STALL("release fork.publish");
	EXITS(pid, 42);
	CHECK(!stall_says("fork.publish"));
}

TEST("stall: death ends it, a stop and other signals do not (FIX-32)")
{
	struct gate go = gate_make();
	long long start;
	pid_t pid;

	point_need("stall");
	pid = forker(&go);
	STALL("fork.space pid=%d", pid);
	gate_open(&go);
	CHECK(SOON(stall_says("waiting pid %d", pid), 3000));
	EQ(kill(pid, SIGCHLD), 0);
	sleep_ms(50);
	CHECK(stall_says("waiting pid %d", pid));
	start = now_ms();
	EQ(kill(pid, SIGKILL), 0);
	KILLED(pid, SIGKILL);
	CHECK(now_ms() - start < 5000);		/* the stall's own limit is 10 s */
	CHECK(!stall_says("fork.space"));
}

TEST("stall: released before anybody came, it holds nobody; bad lines are refused")
{
	struct gate go = gate_make();
	pid_t pid;

	point_need("stall");
	pid = forker(&go);
	STALL("fork.pid pid=%d", pid);
	STALL("release fork.pid");
	gate_open(&go);
	EXITS(pid, 42);
	ERR(point_write("stall", "fork.pid pid=3999999"), ESRCH);
	ERR(point_write("stall", "fork.pit"), EINVAL);
	ERR(point_write("stall", "fork.*"), EINVAL);
	ERR(point_write("stall", "release"), EINVAL);
	ERR(point_write("stall", "proc:::create"), EINVAL);
}

TEST("stall: a pass that is to fail fails after it was held")
{
	struct gate go = gate_make();
	pid_t pid;

	point_need("stall");
	pid = forker(&go);
	STALL("fork.cwd pid=%d", pid);
	FAIL("fork.cwd=EAGAIN pid=%d", pid);
	gate_open(&go);
	CHECK(SOON(stall_says("waiting pid %d", pid), 3000));
	STALL("clear");
	EXITS(pid, EAGAIN);
	FAIL("clear");
}

TAP_MAIN(60)
