/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl: the tunables, the process listings, what the system is. */
#include "nb.h"

NB_FN int
sysctl(const int *mib, uint32_t n, void *old, size_t *oldlen, const void *new, size_t newlen)
{
	return (int)CALL(SYS_sysctl, mib, n, old, oldlen, new, newlen);
}

static int
get_int(int a, int b)
{
	int mib[2] = { a, b }, v = -1;
	size_t len = sizeof(v);

	EQ(sysctl(mib, 2, &v, &len, NULL, 0), 0);
	EQ(len, 4);
	return v;
}

static int
set_int(int a, int b, int v)
{
	int mib[2] = { a, b };

	return sysctl(mib, 2, NULL, NULL, &v, sizeof(v));
}

#define MAXPROC 1, 6
#define FORKFSLEEP 1, 65

/* A number in a file of /proc. */
static int
file_int(const char *path)
{
	char buf[32] = "";
	int fd = (int)CALL(SYS_open, path, O_RDONLY, 0);

	CHECK(fd >= 0);
	CHECK(read(fd, buf, sizeof(buf) - 1) > 0);
	close(fd);
	return atoi(buf);
}

TEST("kern.maxproc: read and write, EINVAL out of range and the old value stays (TUN-1 TUN-2)")
{
	int old = get_int(MAXPROC);

	CHECK(old > 16);
	EQ(set_int(MAXPROC, 200), 0);
	EQ(get_int(MAXPROC), 200);
	EQ(file_int("/proc/sys/bident/maxproc"), 200);	/* the same variable */
	ERR(set_int(MAXPROC, -1), NB_EINVAL);
	ERR(set_int(MAXPROC, 4194304), NB_EINVAL);
	EQ(get_int(MAXPROC), 200);
	EQ(set_int(MAXPROC, 4194303), 0);
	EQ(get_int(MAXPROC), 4194303);
	EQ(set_int(MAXPROC, old), 0);
	EQ(CALL(SYS_setuid, 1000), 0);
	ERR(set_int(MAXPROC, 100), NB_EPERM);
	EQ(get_int(MAXPROC), old);
}

TEST("kern.maxproc below the count only stops new processes (TUN-1 ADM-1)")
{
	int old = get_int(MAXPROC);
	pid_t pid = fork();

	if (pid == 0) {
		sleep_ms(200);
		_exit(4);
	}
	EQ(set_int(MAXPROC, 1), 0);
	ERR(fork(), NB_EAGAIN);
	EQ(set_int(MAXPROC, old), 0);
	EXITS(pid, 4);
}

TEST("kern.forkfsleep: 0 to 20000 ms, what is read is what was written, and a refused fork "
    "sleeps (TUN-1 ADM-5)")
{
	int old = get_int(MAXPROC);
	int64_t start;

	EQ(get_int(FORKFSLEEP), 0);
	ERR(set_int(FORKFSLEEP, -1), NB_EINVAL);
	ERR(set_int(FORKFSLEEP, 20001), NB_EINVAL);
	EQ(set_int(FORKFSLEEP, 20000), 0);
	EQ(set_int(FORKFSLEEP, 150), 0);
	EQ(get_int(FORKFSLEEP), 150);
	EQ(set_int(MAXPROC, 1), 0);
	start = now_ms();
	ERR(fork(), NB_EAGAIN);
	CHECK(now_ms() - start >= 145);
	EQ(set_int(FORKFSLEEP, 0), 0);
	start = now_ms();
	ERR(fork(), NB_EAGAIN);
	CHECK(now_ms() - start < 100);
	EQ(set_int(MAXPROC, old), 0);
}

/* proc.PID.NODE, an int. */
static int
proc_int(pid_t pid, int node, int set)
{
	int mib[3] = { 10, pid, node }, v = -1;
	size_t len = sizeof(v);

	if (set >= 0)
		return sysctl(mib, 3, NULL, NULL, &set, sizeof(set));
	return sysctl(mib, 3, &v, &len, NULL, 0) == 0 ? v : -1;
}

TEST("proc.PID.stopfork: children are born stopped, inherited, SIGCONT starts them (TUN-1 "
    "RUN-1 NEW-17)")
{
	int status;
	pid_t pid;

	EQ(proc_int(-1, 3, -1), 0);
	EQ(proc_int(getpid(), 3, 1), 0);
	EQ(proc_int(-1, 3, -1), 1);
	ERR(proc_int(getpid(), 3, 2), NB_EINVAL);
	pid = fork();
	if (pid == 0)
		_exit(proc_int(-1, 3, -1) == 1 ? 6 : 7);
	EQ(proc_int(getpid(), 3, 0), 0);
	EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
	EQ(status, SIGSTOP << 8 | 0x7f);
	kill(pid, SIGCONT);
	EXITS(pid, 6);
}

TEST("proc.PID.stopexec and stopexit stop a process then (TUN-1 NEW-17)")
{
	char *argv[] = { nb_self, "@exit", "8", NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		EQ(proc_int(-1, 4, 1), 0);
		CALL(SYS_execve, nb_self, argv, nb_envp);
		_exit(99);
	}
	EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
	EQ(status, SIGSTOP << 8 | 0x7f);
	EQ(proc_int(pid, 5, 1), 0);
	kill(pid, SIGCONT);
	EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
	EQ(status, SIGSTOP << 8 | 0x7f);
	kill(pid, SIGCONT);
	EXITS(pid, 8);
}

TEST("proc.PID.rlimit.maxproc: soft and hard; only the owner and root may (TUN-1)")
{
	int soft[5] = { 10, -1, 2, RLIMIT_NPROC + 1, 1 }, hard[5] = { 10, -1, 2, RLIMIT_NPROC + 1,
	    2 };
	uint64_t v = 0, set = 77;
	struct rlimit rl;
	size_t len = sizeof(v);
	pid_t pid;

	EQ(CALL(SYS_getrlimit, RLIMIT_NPROC, &rl), 0);
	EQ(sysctl(soft, 5, &v, &len, NULL, 0), 0);
	EQ(v, rl.cur);
	EQ(sysctl(soft, 5, NULL, NULL, &set, sizeof(set)), 0);
	EQ(CALL(SYS_getrlimit, RLIMIT_NPROC, &rl), 0);
	EQ(rl.cur, 77);
	set = 90;
	EQ(sysctl(hard, 5, NULL, NULL, &set, sizeof(set)), 0);
	EQ(CALL(SYS_getrlimit, RLIMIT_NPROC, &rl), 0);
	EQ(rl.max, 90);
	EQ(rl.cur, 77);
	ERR(sysctl(soft, 5, NULL, NULL, &set, 4), NB_EINVAL);
	if ((pid = fork()) == 0) {
		EQ(CALL(SYS_setuid, 1000), 0);
		ERR(proc_int(getppid(), 3, 1), NB_EPERM);
		ERR(proc_int(1, 3, -1), NB_EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
	ERR(proc_int(99999, 3, 1), NB_ESRCH);
}

struct kproc {
	uint8_t a[108];
	int exitsig, flag, pid, ppid, sid, pgid;
	int tpgid;
	uint32_t uid, ruid, gid, rgid;
	uint8_t c[360 - 152];
	int8_t stat;
	uint8_t prio, usrpri, nice;
	uint16_t xstat, acflag;
	char comm[24];
	uint8_t d[616 - 392];
	uint64_t nlwps, nrlwps, realstat;
	uint8_t e[680 - 640];
};
_Static_assert(sizeof(struct kproc) == 680, "kinfo_proc2");

static int
proc2(int op, int arg, struct kproc *kp, int max)
{
	int mib[6] = { 1, 47, op, arg, sizeof(*kp), max };
	size_t len = (size_t)max * sizeof(*kp);

	EQ(sysctl(mib, 6, kp, &len, NULL, 0), 0);
	return (int)(len / sizeof(*kp));
}

TEST("kern.proc2 shows a child whole: ids, parent, group, session, state, program (OBS-6 PUB-1)")
{
	static struct kproc kp[64];
	pid_t pid = fork();
	int n;

	if (pid == 0) {
		CALL(SYS_setpgid, 0, 0);
		CALL(SYS_setuid, 1500);
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	EQ(wait4(pid, NULL, WUNTRACED, NULL), pid);
	EQ(proc2(1, pid, kp, 4), 1);
	EQ(kp[0].pid, pid);
	EQ(kp[0].ppid, getpid());
	EQ(kp[0].pgid, pid);
	EQ(kp[0].sid, getpid());
	EQ(kp[0].uid, 1500);
	EQ(kp[0].stat, 4);			/* stopped */
	EQ(kp[0].exitsig, SIGCHLD);
	EQ(kp[0].nice, 20);
	EQ(kp[0].nlwps, 1);
	EQ(kp[0].acflag & 1, 1);		/* forked, no exec */
	CHECK(strcmp(kp[0].comm, "sysctl") == 0);
	EQ(proc2(2, pid, kp, 4), 1);
	EQ(proc2(5, 1500, kp, 4), 1);
	EQ(proc2(3, getpid(), kp, 4), 2);
	kill(pid, SIGKILL);
	EQ(CALL(SYS_wait6, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL, NULL), pid);
	EQ(proc2(1, pid, kp, 4), 1);
	EQ(kp[0].stat, 5);			/* zombie */
	EQ(wait4(pid, NULL, 0, NULL), pid);
	EQ(proc2(1, pid, kp, 4), 0);
	n = proc2(0, 0, kp, 64);
	CHECK(n >= 3);
}

TEST("a buffer that is too small is ENOMEM, none asks for the length")
{
	int mib[2] = { 1, 1 };
	char buf[16];
	size_t len = 3;

	ERR(sysctl(mib, 2, buf, &len, NULL, 0), NB_ENOMEM);
	EQ(len, 7);
	len = 0;
	EQ(sysctl(mib, 2, NULL, &len, NULL, 0), 0);
	EQ(len, 7);
	len = sizeof(buf);
	EQ(sysctl(mib, 2, buf, &len, NULL, 0), 0);
	EQ(strcmp(buf, "NetBSD"), 0);
	mib[1] = 9999;
	ERR(sysctl(mib, 2, buf, &len, NULL, 0), NB_ENOENT);
	EQ(get_int(6, 7), 4096);
	CHECK(get_int(6, 3) >= 1);
	EQ(get_int(6, 3), get_int(6, 16));
}

TEST("vm.uvmexp2 counts forks, those that held and those that shared, exactly (HOOK-3 FIX-40)")
{
	int mib[2] = { 2, 5 };
	int64_t a[77], b[77];
	size_t len = sizeof(a);
	pid_t pid;

	EQ(sysctl(mib, 2, a, &len, NULL, 0), 0);
	for (int i = 0; i < 3; i++) {
		if ((pid = fork()) == 0)
			_exit(0);
		EXITS(pid, 0);
	}
	for (int i = 0; i < 2; i++) {
		if ((pid = vfork()) == 0)
			_exit(0);
		EXITS(pid, 0);
	}
	if ((pid = vfork14()) == 0)
		_exit(0);
	EXITS(pid, 0);
	EQ(sysctl(mib, 2, b, &len, NULL, 0), 0);
	EQ(b[35] - a[35], 6);
	EQ(b[36] - a[36], 3);
	EQ(b[37] - a[37], 1);
}

NB_MAIN(30)
