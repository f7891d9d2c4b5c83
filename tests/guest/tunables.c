/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that root may change while the kernel runs, and the settings of single processes. */
#include "points.h"
#include <sys/resource.h>

static char text[65536];

static int
put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), n, error;

	if (fd < 0)
		return -1;
	n = (int)write(fd, value, strlen(value));
	error = errno;
	close(fd);
	errno = error;
	return n == (int)strlen(value) ? 0 : -1;
}

static long
get(const char *path)
{
	char value[32];

	CHECK(read_file(path, value, sizeof(value)) > 0);
	return atol(value);
}

static void
need_bident(void)
{
	if (access("/proc/sys/bident", F_OK) != 0)
		SKIP("no /proc/sys/bident");
	if (geteuid() != 0)
		SKIP("not root");
}

/* Refused with EINVAL; the old value stays; the log has the name and the range. */
static void
refused(const char *path, const char *value, const char *logged)
{
	long was = get(path);

	ERR(put(path, value), EINVAL);
	EQ(get(path), was);
	CHECK(read_file("/proc/bident/klog", text, sizeof(text)) > 0);
	if (strstr(text, logged) == NULL)
		tap_say("# %s=%s: the log does not say '%s'\n", path, value, logged);
	CHECK(strstr(text, logged) != NULL);
}

TEST("maxproc: negative or not below the pid space is refused by name and range, the old "
    "value stays (TUN-1 TUN-2)")
{
	char value[32], logged[64];
	long space;

	need_bident();
	space = get("/proc/sys/bident/pid_max");
	EQ(space, get("/proc/sys/kernel/pid_max"));
	snprintf(logged, sizeof(logged), "kern.maxproc=-1 is not in 0..%ld", space - 1);
	refused("/proc/sys/bident/maxproc", "-1\n", logged);
	snprintf(value, sizeof(value), "%ld\n", space);
	snprintf(logged, sizeof(logged), "kern.maxproc=%ld is not in 0..%ld", space, space - 1);
	refused("/proc/sys/bident/maxproc", value, logged);
	refused("/proc/sys/bident/maxproc", "many\n", "maxproc: 'many' is not a number");
	refused("/proc/sys/bident/maxproc", "12x", "maxproc: '12x' is not a number");
}

TEST("maxproc is read and written under both its names; a value below the count only stops "
    "new processes (TUN-1 ADM-1)")
{
	long was;
	pid_t pid, held;

	need_bident();
	was = get("/proc/sys/bident/maxproc");
	EQ(get("/proc/sys/kernel/threads-max"), was);
	if ((held = child()) == 0) {
		pause();
		_exit(0);
	}
	EQ(put("/proc/sys/kernel/threads-max", "1"), 0);
	EQ(get("/proc/sys/bident/maxproc"), 1);
	pid = fork();
	if (pid == 0)
		_exit(0);
	EQ(put("/proc/sys/bident/maxproc", "900\n"), 0);
	CHECK(pid == -1);
	EQ(get("/proc/sys/kernel/threads-max"), 900);
	CHECK(kill(held, 0) == 0);
	if ((pid = child()) == 0)
		_exit(0);
	EXITS(pid, 0);
	kill(held, SIGKILL);
	KILLED(held, SIGKILL);
	snprintf(text, sizeof(text), "%ld", was);
	EQ(put("/proc/sys/bident/maxproc", text), 0);
}

TEST("forkfsleep: 0 to 20000 ms, what is read is what was written (TUN-1)")
{
	need_bident();
	EQ(get("/proc/sys/bident/forkfsleep"), 0);
	EQ(put("/proc/sys/bident/forkfsleep", "1"), 0);
	EQ(get("/proc/sys/bident/forkfsleep"), 1);
	EQ(put("/proc/sys/bident/forkfsleep", "20000"), 0);
	EQ(get("/proc/sys/bident/forkfsleep"), 20000);
	refused("/proc/sys/bident/forkfsleep", "20001", "kern.forkfsleep=20001 is not in 0..20000");
	refused("/proc/sys/bident/forkfsleep", "-1", "kern.forkfsleep=-1 is not in 0..20000");
	EQ(put("/proc/sys/bident/forkfsleep", "0"), 0);
}

TEST("forkfsleep: a refused fork sleeps so long, without a lock, killable; seen as forkmx and "
    "forkulim (ADM-5 FIX-14 TUN-1)")
{
	long long start;
	struct gate go;
	char path[64], was[32];
	pid_t pid;

	need_bident();
	CHECK(read_file("/proc/sys/bident/maxproc", was, sizeof(was)) > 0);
	go = gate_make();
	if ((pid = child()) == 0) {
		gate_pass(&go);
		start = now_ms();
		ERR(fork(), EAGAIN);
		CHECK(now_ms() - start >= 300);
		ERR(fork(), EAGAIN);	/* ended by the kill */
		_exit(0);
	}
	EQ(put("/proc/sys/bident/forkfsleep", "300"), 0);
	EQ(put("/proc/sys/bident/maxproc", "1"), 0);
	gate_open(&go);
	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)pid);
	CHECK(SOON(read_file(path, text, sizeof(text)) > 0 && strcmp(text, "forkmx") == 0, 2000));
	EQ(put("/proc/sys/bident/forkfsleep", "20000"), 0);	/* for the second */
	sleep_ms(400);
	CHECK(SOON(read_file(path, text, sizeof(text)) > 0 && strcmp(text, "forkmx") == 0, 2000));
	start = now_ms();
	EQ(kill(pid, SIGKILL), 0);
	KILLED(pid, SIGKILL);
	CHECK(now_ms() - start < 5000);
	EQ(put("/proc/sys/bident/maxproc", was), 0);
	EQ(put("/proc/sys/bident/forkfsleep", "400"), 0);
	if ((pid = child()) == 0) {
		struct rlimit rl = { 1, 1 };

		EQ(setrlimit(RLIMIT_NPROC, &rl), 0);
		EQ(setuid(4243), 0);
		start = now_ms();
		ERR(fork(), EAGAIN);
		CHECK(now_ms() - start >= 400);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)pid);
	CHECK(SOON(read_file(path, text, sizeof(text)) > 0 && strcmp(text, "forkulim") == 0, 2000));
	EXITS(pid, 0);
	EQ(put("/proc/sys/bident/forkfsleep", "0"), 0);
}

TEST("users may read the tunables, and change none (TUN-1)")
{
	pid_t pid;

	need_bident();
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		CHECK(get("/proc/sys/bident/maxproc") > 0);
		ERR(open("/proc/sys/bident/maxproc", O_WRONLY), EACCES);
		ERR(open("/proc/sys/kernel/threads-max", O_WRONLY), EACCES);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("limits of message queues: range told, old value stays")
{
	need_bident();
	EQ(get("/proc/sys/fs/mqueue/msg_max"), 10);
	EQ(put("/proc/sys/fs/mqueue/msg_max", "20"), 0);
	EQ(get("/proc/sys/fs/mqueue/msg_max"), 20);
	EQ(put("/proc/sys/fs/mqueue/msg_max", "10"), 0);
	refused("/proc/sys/fs/mqueue/msg_max", "0", "msg_max: 0 is not in 1..");
	CHECK(get("/proc/sys/bident/mq_open_max") > 0);
}

/* ---- settings of one process ---- */

TEST("stopfork: a child is born stopped, reported, and started by SIGCONT; it is inherited; "
    "owner or root (TUN-1 RUN-1)")
{
	char path[64];
	int status;
	pid_t pid, sub;

	need_bident();
	snprintf(path, sizeof(path), "/proc/%d/stopfork", (int)getpid());
	EQ(get(path), 0);
	EQ(put(path, "1\n"), 0);
	EQ(get(path), 1);
	pid = fork();
	if (pid == 0)
		_exit(get("/proc/self/stopfork") == 1 ? 5 : 6);
	EQ(put(path, "0"), 0);
	CHECK(pid > 0);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	EQ(proc_state(pid), 'T');
	EQ(kill(pid, SIGCONT), 0);
	EXITS(pid, 5);
	refused(path, "2", "stopfork: 2 is not in 0..1");
	if ((sub = child()) == 0) {	/* somebody else's */
		EQ(setuid(1000), 0);
		ERR(open(path, O_WRONLY), EACCES);
		_exit(0);
	}
	EXITS(sub, 0);
}

TEST("stopfork, stopexec and stopexit belong to the owner of the process (TUN-1)")
{
	static const char *const names[] = { "stopfork", "stopexec", "stopexit" };
	struct gate ready, go;
	char path[64];
	pid_t pid, other;

	need_bident();
	ready = gate_make();
	go = gate_make();
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		execl(tap_self, tap_self, "@own", NULL);
		_exit(1);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		gate_open(&ready);
		gate_pass(&go);
		_exit(0);
	}
	gate_pass(&ready);
	if ((other = child()) == 0) {
		EQ(setuid(1001), 0);
		for (int i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i]);
			ERR(open(path, O_WRONLY), EACCES);
		}
		_exit(0);
	}
	EXITS(other, 0);
	/* A descriptor that somebody else opened is no right. */
	if ((other = child()) == 0) {
		int fd[3];

		for (int i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i]);
			CHECK((fd[i] = open(path, O_WRONLY)) >= 0);
		}
		EQ(setuid(1001), 0);
		for (int i = 0; i < 3; i++)
			ERR(write(fd[i], "1", 1), EACCES);
		_exit(0);
	}
	EXITS(other, 0);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i]);
		EQ(put(path, "1"), 0);	/* root */
		EQ(get(path), 1);
		EQ(put(path, "0"), 0);
	}
	gate_open(&go);
	EXITS(pid, 0);
}

HELPER("own")
{
	static const char *const paths[] = {
		"/proc/self/stopfork", "/proc/self/stopexec", "/proc/self/stopexit"
	};

	for (int i = 0; i < 3; i++) {
		if (put(paths[i], "1") != 0 || put(paths[i], "0") != 0)
			return 10 + i;
	}
	return 0;
}

TEST("oom_score_adj is kept and inherited; a user may only raise it; -1000 to 1000")
{
	char value[32];
	pid_t pid;

	if (geteuid() != 0)
		SKIP("not root");
	EQ(get("/proc/self/oom_score_adj"), 0);
	EQ(put("/proc/self/oom_score_adj", "300"), 0);
	if ((pid = child()) == 0) {
		EQ(get("/proc/self/oom_score_adj"), 300);
		ERR(put("/proc/self/oom_score_adj", "1001"), EINVAL);
		ERR(put("/proc/self/oom_score_adj", "x"), EINVAL);
		EQ(put("/proc/self/oom_score_adj", "-17"), 0);
		EQ(get("/proc/self/oom_score_adj"), -17);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(read_file("/proc/self/oom_score_adj", value, sizeof(value)) > 0 &&
	    strcmp(value, "300\n") == 0);
	EQ(put("/proc/self/oom_score_adj", "0"), 0);
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		execl(tap_self, tap_self, "@oom", NULL);
		_exit(1);
	}
	EXITS(pid, 0);
}

TEST("oom_score_adj of a child that borrows the memory (vfork) is its own")
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("not root");
	if ((pid = vfork()) == 0)
		_exit(put("/proc/self/oom_score_adj", "500") == 0 &&
		    get("/proc/self/oom_score_adj") == 500 ? 0 : 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(get("/proc/self/oom_score_adj"), 0);
}

HELPER("oom")
{
	if (put("/proc/self/oom_score_adj", "10") != 0)
		return 2;
	return put("/proc/self/oom_score_adj", "-10") == -1 && errno == EACCES ? 0 : 3;
}

/* ---- counters ---- */

static long
counter(const char *name)
{
	char *at;

	CHECK(read_file("/proc/bident/counters", text, sizeof(text)) > 0);
	at = strstr(text, name);
	CHECK(at != NULL);
	return atol(at + strlen(name));
}

TEST("counters: forks, forks that held, forks that shared memory, exact over all CPUs; a "
    "failed one counts nothing (HOOK-3 FIX-40)")
{
	enum { KIDS = 4, EACH = 50 };
	long forks, holding, sharing;
	pid_t pid[KIDS];

	need_bident();
	forks = counter("forks ");
	holding = counter("forks_holding ");
	sharing = counter("forks_sharing_vm ");
	for (int k = 0; k < KIDS; k++) {
		if ((pid[k] = child()) != 0)
			continue;
		for (int i = 0; i < EACH; i++) {
			pid_t sub = k % 2 == 0 ? fork() : vfork();

			if (sub == 0)
				_exit(0);
			reap(sub);
		}
		_exit(0);
	}
	for (int k = 0; k < KIDS; k++)
		EXITS(pid[k], 0);
	EQ(counter("forks ") - forks, KIDS + KIDS * EACH);
	EQ(counter("forks_holding ") - holding, KIDS / 2 * EACH);
	EQ(counter("forks_sharing_vm ") - sharing, KIDS / 2 * EACH);
	forks = counter("forks ");
	FAIL("fork.publish:1 pid=self");
	ERR(fork(), ENOMEM);
	FAIL("clear");
	EQ(counter("forks "), forks);
}

TAP_MAIN(60)
