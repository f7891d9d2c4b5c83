/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits, credentials, what /proc tells, and single calls that have no other home. */
#include "tap.h"
#include <grp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static volatile int caught;

static void
on_signal(int sig __attribute__((unused)))
{
	caught++;
}

static char text[16384];

TEST("limits: read, lower, raise to the hard one, not above as a user")
{
	struct rlimit rl, was;
	pid_t pid;

	EQ(getrlimit(RLIMIT_NOFILE, &was), 0);
	CHECK(was.rlim_cur >= 256 && was.rlim_max >= was.rlim_cur);
	rl.rlim_cur = 100, rl.rlim_max = 200;
	EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = 200;
	EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = 201;
	ERR(setrlimit(RLIMIT_NOFILE, &rl), EINVAL);
	ERR(setrlimit(99, &rl), EINVAL);
	ERR(getrlimit(99, &rl), EINVAL);
	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		rl.rlim_cur = rl.rlim_max = 201;
		ERR(setrlimit(RLIMIT_NOFILE, &rl), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("prlimit of a child; ESRCH, EPERM")
{
	struct rlimit rl = { 50, 60 }, old;
	struct gate g = gate_make();
	pid_t pid = child();

	if (pid == 0) {
		gate_pass(&g);
		EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
		EQ(rl.rlim_cur, 50);
		_exit(0);
	}
	EQ(prlimit(pid, RLIMIT_NOFILE, &rl, &old), 0);
	CHECK(old.rlim_cur > 50);
	gate_open(&g);
	EXITS(pid, 0);
	ERR(prlimit(4000000, RLIMIT_NOFILE, NULL, &old), ESRCH);
	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(prlimit(getppid(), RLIMIT_NOFILE, NULL, &old), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("RLIMIT_NPROC, the soft one: a user's fork fails with EAGAIN, root's does not (ADM-4 ENT-1)")
{
	struct rlimit rl = { 3, 6 };
	pid_t pid, sub[8];
	int i, n = 0;

	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1234), 0);
		EQ(setrlimit(RLIMIT_NPROC, &rl), 0);
		for (i = 0; i < 8; i++) {
			if ((sub[i] = fork()) == 0)
				for (;;)
					pause();
			if (sub[i] < 0) {
				EQ(errno, EAGAIN);
				break;
			}
			n++;
		}
		EQ(n, 2);
		kill(sub[0], SIGKILL);
		KILLED(sub[0], SIGKILL);
		/* The place of the one that was reaped is free again (END-3). */
		if ((sub[0] = fork()) == 0)
			_exit(0);
		CHECK(sub[0] > 0);
		EXITS(sub[0], 0);
		kill(sub[1], SIGKILL);
		KILLED(sub[1], SIGKILL);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		setrlimit(RLIMIT_NPROC, &rl);
		for (i = 0; i < 8; i++) {
			if ((sub[i] = child()) == 0)
				_exit(0);
			EXITS(sub[i], 0);
		}
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("RLIMIT_FSIZE: SIGXFSZ, or EFBIG when that is ignored")
{
	struct rlimit rl = { 1000, 1000 };
	static char buf[2000];
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	pid_t pid = child();

	if (pid == 0) {
		setrlimit(RLIMIT_FSIZE, &rl);
		EQ(write(fd, buf, 2000), 1000);
		(void)!write(fd, buf, 1);
		_exit(0);
	}
	KILLED(pid, SIGXFSZ);
	if ((pid = child()) == 0) {
		setrlimit(RLIMIT_FSIZE, &rl);
		signal(SIGXFSZ, SIG_IGN);
		ERR(pwrite(fd, buf, 1, 1000), EFBIG);
		ERR(ftruncate(fd, 1001), EFBIG);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("RLIMIT_CPU: SIGXCPU after its seconds")
{
	struct rlimit rl = { 1, 10 };
	pid_t pid = child();

	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &rl);
		for (;;)
			continue;
	}
	int status = reap(pid);
	EQ(WTERMSIG(status), SIGXCPU);
}

TEST("user ids: setuid of root changes all three, of a user only back and forth")
{
	uid_t r, e, s;
	pid_t pid;

	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(10), 0);
		EQ(getresuid(&r, &e, &s), 0);
		CHECK(r == 10 && e == 10 && s == 10);
		ERR(setuid(0), EPERM);
		ERR(setuid(11), EPERM);
		EQ(setuid(10), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		EQ(setresuid(10, 20, 30), 0);
		EQ(getuid(), 10);
		EQ(geteuid(), 20);
		EQ(seteuid(30), 0);
		EQ(seteuid(10), 0);
		ERR(seteuid(40), EPERM);
		EQ(setreuid(10, 30), 0);
		EQ(getresuid(&r, &e, &s), 0);
		CHECK(r == 10 && e == 30 && s == 30);
		ERR(setresuid(0, -1, -1), EPERM);
		EQ(setresuid(-1, -1, -1), 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("group ids and supplementary groups")
{
	gid_t list[8] = { 5, 6, 7 }, r, e, s;
	pid_t pid;

	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setgroups(3, list), 0);
		EQ(getgroups(0, NULL), 3);
		memset(list, 0, sizeof(list));
		EQ(getgroups(8, list), 3);
		CHECK(list[0] == 5 && list[1] == 6 && list[2] == 7);
		ERR(getgroups(2, list), EINVAL);
		ERR(syscall(SYS_getgroups, 8, (void *)8), EFAULT);
		EQ(setresgid(1, 2, 3), 0);
		EQ(getresgid(&r, &e, &s), 0);
		CHECK(r == 1 && e == 2 && s == 3);
		write_file("f", "x", 1, 0640);
		EQ(chown("f", 0, 6), 0);
		EQ(setuid(1000), 0);
		ERR(setgroups(0, NULL), EPERM);
		ERR(setgid(9), EPERM);
		EQ(setgid(3), 0);
		CHECK(open("f", O_RDONLY) >= 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("/proc/self/stat: pid, name, state, parent, group, session, threads (OBS-6)")
{
	char path[32], name[64], state;
	int pid, ppid, pgrp, sid;

	EQ(prctl(PR_SET_NAME, "a) (b"), 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	CHECK(read_file(path, text, sizeof(text)) > 0);
	char *p = strrchr(text, ')');
	CHECK(p != NULL);
	*p = 0;
	EQ(sscanf(text, "%d (%63[^\n]", &pid, name), 2);
	EQ(sscanf(p + 1, " %c %d %d %d", &state, &ppid, &pgrp, &sid), 4);
	EQ(pid, getpid());
	CHECK(strcmp(name, "a) (b") == 0);
	EQ(state, 'R');
	EQ(ppid, getppid());
	EQ(pgrp, getpgrp());
	EQ(sid, getsid(0));
	int fields = 0;
	for (char *q = p + 1; *q != 0 && *q != '\n'; q++)
		fields += *q == ' ';
	EQ(fields, 50);
}

TEST("/proc states of others: S asleep, R running, T stopped, Z zombie (OBS-6)")
{
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	CHECK(SOON(proc_state(pid) == 'S', 5000));
	kill(pid, SIGSTOP);
	CHECK(SOON(proc_state(pid) == 'T', 5000));
	kill(pid, SIGKILL);
	CHECK(SOON(proc_state(pid) == 'Z', 5000));
	KILLED(pid, SIGKILL);
	EQ(proc_state(pid), 0);
	if ((pid = child()) == 0)
		for (;;)
			continue;
	CHECK(SOON(proc_state(pid) == 'R', 5000));
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("/proc/self/status: Name, Pid, PPid, Uid, Gid, VmRSS, Threads, signal sets (OBS-6)")
{
	unsigned long long set;
	int a, b, c, d;

	EQ(atoi(field("/proc/self/status", "\nPid")), getpid());
	EQ(atoi(field("/proc/self/status", "PPid")), getppid());
	EQ(sscanf(field("/proc/self/status", "Uid"), "%d %d %d %d", &a, &b, &c, &d), 4);
	EQ(a, getuid());
	EQ(b, geteuid());
	CHECK(atoi(field("/proc/self/status", "VmRSS")) > 0);
	CHECK(strstr(field("/proc/self/status", "VmSize"), "kB") != NULL);
	EQ(atoi(field("/proc/self/status", "Threads")), 1);
	CHECK(field("/proc/self/status", "State")[0] == 'R');
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, on_signal);
	EQ(sscanf(field("/proc/self/status", "SigIgn"), "%llx", &set), 1);
	CHECK(set & 1ULL << (SIGUSR1 - 1));
	EQ(sscanf(field("/proc/self/status", "SigCgt"), "%llx", &set), 1);
	CHECK(set & 1ULL << (SIGUSR2 - 1));
}

HELPER("pause")
{
	for (;;)
		pause();
	return 0;
}

TEST("/proc/PID/cmdline, environ, exe, cwd, root of another process")
{
	char *av[] = { "zero", "@pause", "two words", "", NULL }, *ev[] = { "HELLO=there", NULL };
	char path[64], link[PATH_MAX];
	ssize_t n;
	pid_t pid = child();

	if (pid == 0) {
		EQ(mkdir("here", 0755), 0);
		EQ(chdir("here"), 0);
		execve(tap_self, av, ev);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	CHECK(SOON(read_file(path, text, sizeof(text)) == 23 &&
	    memcmp(text, "zero\0@pause\0two words\0", 23) == 0, 5000));
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	EQ(read_file(path, text, sizeof(text)), 12);
	CHECK(memcmp(text, "HELLO=there", 12) == 0);
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, link, sizeof(link) - 1);
	CHECK(n > 0);
	link[n] = 0;
	CHECK(strcmp(link, tap_self) == 0);
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	n = readlink(path, link, sizeof(link) - 1);
	CHECK(n > 5);
	link[n] = 0;
	CHECK(strcmp(link + n - 5, "/here") == 0);
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	EQ(readlink(path, link, sizeof(link)), 1);
	EQ(link[0], '/');
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("/proc/self/maps: text, heap or data, stack, and a mapping of ours")
{
	char *p = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *line, *next;
	unsigned long from, to, stack = (unsigned long)&p, code = (unsigned long)&on_signal;
	int seen = 0;
	char prot[8];

	EQ(mprotect(p + 4096, 4096, PROT_NONE), 0);
	CHECK(read_file("/proc/self/maps", text, sizeof(text)) > 0);
	for (line = text; *line; line = next) {
		next = strchr(line, '\n');
		CHECK(next != NULL);
		next++;
		EQ(sscanf(line, "%lx-%lx %7s", &from, &to, prot), 3);
		if (from <= stack && stack < to)
			seen |= memcmp(prot, "rw", 2) == 0 ? 1 : 0;
		if (from <= code && code < to)
			seen |= strcmp(prot, "r-xp") == 0 ? 2 : 0;
		if (from == (unsigned long)p + 4096 && to == from + 4096)
			seen |= strcmp(prot, "---p") == 0 ? 4 : 0;
		if (from <= stack && stack < to && strncmp(next - 8, "[stack]", 7) == 0)
			seen |= 8;
	}
	EQ(seen, 15);
}

TEST("/proc/self/fd lists the open ones, /proc/self is us, /proc lists processes")
{
	char link[64], path[64];
	struct dirent *de;
	int fd = open("/dev/null", O_RDONLY), seen = 0, us = 0;
	ssize_t n;
	DIR *d = opendir("/proc/self/fd");

	CHECK(d != NULL);
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] != '.' && atoi(de->d_name) == fd)
			seen = 1;
	EQ(seen, 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	EQ(n, 9);
	CHECK(memcmp(link, "/dev/null", 9) == 0);
	n = readlink("/proc/self", link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	EQ(atoi(link), getpid());
	closedir(d);
	d = opendir("/proc");
	while ((de = readdir(d)) != NULL)
		us |= atoi(de->d_name) == getpid();
	EQ(us, 1);
	ERR(open("/proc/4000000/stat", O_RDONLY), ENOENT);
}

TEST("/dev/fd/N and /proc/self/fd/N open the same pipe")
{
	int fd[2], other;
	char path[32], c;

	EQ(pipe(fd), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[1]);
	other = open(path, O_WRONLY);
	CHECK(other >= 0);
	close(fd[1]);
	EQ(write(other, "q", 1), 1);
	close(other);
	EQ(read(fd[0], &c, 1), 1);
	EQ(c, 'q');
	EQ(read(fd[0], &c, 1), 0);
}

TEST("/proc/meminfo, uptime, loadavg, stat, version, mounts, filesystems, cpuinfo")
{
	double up, idle, l1, l5, l15;
	int run, all, last;

	CHECK(atol(field("/proc/meminfo", "MemTotal")) > 1000);
	CHECK(atol(field("/proc/meminfo", "MemFree")) > 0);
	CHECK(atol(field("/proc/meminfo", "MemAvailable")) > 0);
	CHECK(read_file("/proc/uptime", text, sizeof(text)) > 0);
	EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
	CHECK(up > 0);
	CHECK(read_file("/proc/loadavg", text, sizeof(text)) > 0);
	EQ(sscanf(text, "%lf %lf %lf %d/%d %d", &l1, &l5, &l15, &run, &all, &last), 6);
	CHECK(run >= 1 && all >= run && last >= getpid());
	CHECK(strncmp(field("/proc/stat", "cpu"), "", 0) == 0);
	CHECK(atol(field("/proc/stat", "btime")) > 0);
	CHECK(atol(field("/proc/stat", "processes")) > 0);
	CHECK(read_file("/proc/version", text, sizeof(text)) > 0);
	CHECK(read_file("/proc/mounts", text, sizeof(text)) > 0);
	CHECK(strstr(text, " /proc proc ") != NULL);
	CHECK(read_file("/proc/filesystems", text, sizeof(text)) > 0);
	CHECK(strstr(text, "tmpfs") != NULL);
	CHECK(read_file("/proc/cpuinfo", text, sizeof(text)) > 0);
	CHECK(strstr(text, "processor") != NULL);
}

/* The n-th field of /proc/self/stat, the pid is the first. */
static long
stat_field(int n)
{
	static char buf[1024];
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t len = read(fd, buf, sizeof(buf) - 1);
	char *p;

	CHECK(len > 0);
	close(fd);
	buf[len] = 0;
	p = strrchr(buf, ')');
	for (int i = 2; i < n; i++)
		p = strchr(p + 1, ' ');
	return atol(p + 1);
}

TEST("page faults are counted: getrusage and /proc/self/stat, of the process and of children that were waited for")
{
	enum { N = 100 };
	struct rusage before, after;
	long in_stat = stat_field(10);
	char *p = mmap(NULL, N * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	madvise(p, N * 4096, MADV_NOHUGEPAGE);
	EQ(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 0; i < N; i++)
		p[i * 4096] = 1;
	EQ(getrusage(RUSAGE_SELF, &after), 0);
	CHECK(after.ru_minflt - before.ru_minflt >= N && after.ru_minflt - before.ru_minflt < N +
	    50);
	CHECK(stat_field(10) - in_stat >= N);
	EQ(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 0; i < N; i++)
		p[i * 4096] = 2;
	EQ(getrusage(RUSAGE_SELF, &after), 0);
	CHECK(after.ru_minflt - before.ru_minflt < 50);
	in_stat = stat_field(11);
	if ((pid = child()) == 0) {
		for (int i = 0; i < N; i++)
			p[i * 4096] = 3;
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK(after.ru_minflt >= N);
	CHECK(stat_field(11) - in_stat >= N);
}

TEST("a file in memory shows as Cached in /proc/meminfo, until it is removed")
{
	static char block[65536];
	long before = atol(field("/proc/meminfo", "Cached")), with;
	int fd = open("cached", O_RDWR | O_CREAT, 0600);

	for (int i = 0; i < 64; i++)
		EQ(write(fd, block, sizeof(block)), sizeof(block));
	with = atol(field("/proc/meminfo", "Cached"));
	CHECK(with - before >= 3500 && with - before < 6000);
	close(fd);
	EQ(unlink("cached"), 0);
	CHECK(with - atol(field("/proc/meminfo", "Cached")) >= 3500);
}

/* A process of the kernel by its name, 0: none. */
static pid_t
kernel_process(const char *name)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	char path[300], text[64];
	pid_t pid = 0;

	CHECK(d != NULL);
	while (pid == 0 && (de = readdir(d)) != NULL) {
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/comm", de->d_name);
		if (atoi(de->d_name) == 0 || (fd = open(path, O_RDONLY)) < 0)
			continue;
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = 0;
		if (strncmp(text, name, strlen(name)) == 0 && text[strlen(name)] == '\n')
			pid = atoi(de->d_name);
	}
	closedir(d);
	return pid;
}

TEST("a process of the kernel is listed; it has no memory, and no signal reaches it (ENT-9 FIX-30)")
{
	char path[64], text[512];
	unsigned long flags;
	pid_t pid;
	int fd;

	if (access("/proc/bident/census", R_OK) != 0)
		SKIP("not our kernel");
	pid = kernel_process("reclaim");
	CHECK(pid > 1);
	for (int sig = 1; sig <= 64; sig++)
		(void)kill(pid, sig);
	(void)kill(-1, 0);
	sleep_ms(50);
	EQ(kernel_process("reclaim"), pid);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	memset(text, 0, sizeof(text));
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	EQ(sscanf(strrchr(text, ')'), ") I 1 %*d %*d %*d %*d %lu", &flags), 1);
	CHECK((flags & 0x200000) != 0);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd < 0 || read(fd, text, sizeof(text)) <= 0);
	CHECK(syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, pid, 0, 0) == -1);
	ERR(waitpid(pid, NULL, WNOHANG), ECHILD);
}

/* A line of the census. */
static long
census(const char *name)
{
	return atol(field("/proc/bident/census", name));
}

TEST("when memory is low, the kernel gives back the stacks that it keeps for the next threads")
{
	pid_t pids[40];
	long before, left, at = 0;
	int i, p[2];
	char c, *filler;

	if (access("/proc/bident/census", R_OK) != 0)
		SKIP("not our kernel");
	EQ(pipe(p), 0);
	for (i = 0; i < 40; i++)
		if ((pids[i] = child()) == 0) {
			close(p[1]);
			_exit(read(p[0], &c, 1) != 0);
		}
	close(p[1]);		/* all at once, so that each has had a stack */
	for (i = 0; i < 40; i++)
		EXITS(pids[i], 0);
	before = census("pages_kstack_cached");
	CHECK(before >= 100);
	filler = mmap(NULL, 4l << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	CHECK(filler != MAP_FAILED);
	while ((left = atol(field("/proc/meminfo", "MemFree"))) > 3000 &&
	    census("pages_kstack_cached") >= before)
		for (long end = at + (left > 9000 ? 1 << 20 : 65536); at < end; at += 4096)
			filler[at] = 1;
	for (i = 0; i < 100 && census("pages_kstack_cached") >= before; i++)
		sleep_ms(10);
	CHECK(census("pages_kstack_cached") < before);
}

TEST("sysinfo and /proc/meminfo agree; processes are counted")
{
	struct sysinfo si;
	unsigned short before;
	pid_t pid;

	EQ(sysinfo(&si), 0);
	CHECK(si.mem_unit > 0);
	EQ(si.totalram * si.mem_unit / 1024, atol(field("/proc/meminfo", "MemTotal")));
	before = si.procs;
	if ((pid = child()) == 0)
		for (;;)
			pause();
	EQ(sysinfo(&si), 0);
	CHECK(si.procs >= before);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("start time: a later process is not earlier, in ticks (NEW-22 FIX-39)")
{
	unsigned long long t[2];
	char path[32];
	int i;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		if ((pid[i] = child()) == 0)
			for (;;)
				pause();
		snprintf(path, sizeof(path), "/proc/%d/stat", pid[i]);
		CHECK(read_file(path, text, sizeof(text)) > 0);
		EQ(sscanf(strrchr(text, ')') + 1,
		    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		    &t[i]), 1);
		sleep_ms(20);
	}
	CHECK(t[1] >= t[0] && t[1] < t[0] + 1000);
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		KILLED(pid[i], SIGKILL);
	}
}

TEST("uname: x86_64, a release with numbers; sethostname is for root")
{
	struct utsname u;
	int major, minor;
	pid_t pid;

	EQ(uname(&u), 0);
	CHECK(strcmp(u.machine, "x86_64") == 0);
	EQ(sscanf(u.release, "%d.%d", &major, &minor), 2);
	CHECK(u.sysname[0] != 0 && u.nodename[0] != 0);
	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(sethostname("x", 1), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("getrandom: fills, differs, flags")
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };

	EQ(getrandom(a, 64, 0), 64);
	EQ(getrandom(b, 64, GRND_NONBLOCK), 64);
	CHECK(memcmp(a, b, 64) != 0);
	EQ(getrandom(a, 0, 0), 0);
	ERR(getrandom(a, 1, 0x100), EINVAL);
}

TEST("two boots' worth of layout: addresses of two execs differ (randomised)")
{
	/* The stack of an exec'd child against another's: AT_RANDOM bytes must differ at least. */
	char *av[] = { tap_self, "@random", NULL };
	unsigned char r[2][16];
	int i, fd[2];
	pid_t pid;

	for (i = 0; i < 2; i++) {
		EQ(pipe(fd), 0);
		if ((pid = child()) == 0) {
			dup2(fd[1], 1);
			execv(tap_self, av);
			_exit(1);
		}
		EQ(read(fd[0], r[i], 16), 16);
		EXITS(pid, 0);
	}
	CHECK(memcmp(r[0], r[1], 16) != 0);
}

#include <sys/auxv.h>
HELPER("random")
{
	return write(1, (void *)getauxval(AT_RANDOM), 16) == 16 ? 0 : 1;
}

TEST("prctl: name, death signal, dumpable; an unknown one EINVAL")
{
	char name[17] = { 0 };
	struct gate g = gate_make(), up = gate_make();
	pid_t pid, sub;

	EQ(prctl(PR_SET_NAME, "exactly-fifteen-and-more"), 0);
	EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, "exactly-fifteen") == 0);
	ERR(prctl(99999, 0, 0, 0, 0), EINVAL);
	if ((pid = child()) == 0) {
		if ((sub = child()) == 0) {
			if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
				_exit(0);
			EQ(write(up.g_fd[1], &(pid_t){ getpid() }, sizeof(pid_t)), sizeof(pid_t));
			for (;;)
				pause();
		}
		gate_pass(&g);
		_exit(0);
	}
	EQ(read(up.g_fd[0], &sub, sizeof(sub)), sizeof(sub));
	gate_open(&g);
	EXITS(pid, 0);
	CHECK(SOON(kill(sub, 0) == -1, 5000));
}

TEST("a number that is no system call: ENOSYS")
{
	ERR(syscall(999), ENOSYS);
	ERR(syscall(-1), ENOSYS);
	ERR(syscall(1000000), ENOSYS);
}

TEST("umask gives the old value and takes nine bits")
{
	umask(0);
	EQ(umask(012345), 0);
	EQ(umask(022), 0345);
}

TEST("gettid, getpid, getppid, and pids grow")
{
	pid_t a, b;

	EQ(syscall(SYS_gettid), getpid());
	EQ(syscall(SYS_set_tid_address, &a), getpid());
	if ((a = child()) == 0)
		_exit(0);
	EXITS(a, 0);
	if ((b = child()) == 0)
		_exit(0);
	EXITS(b, 0);
	CHECK(b != a);
}

TEST("arch_prctl: GS base is set, read and kept over a switch")
{
	unsigned long got = 0, mem[2] = { 0x1122, 0x3344 }, seen;

	EQ(syscall(SYS_arch_prctl, 0x1001, mem), 0);
	EQ(syscall(SYS_arch_prctl, 0x1004, &got), 0);
	EQ(got, (unsigned long)mem);
	sleep_ms(5);
	__asm__ volatile("mov %%gs:8, %0" : "=r"(seen));
	EQ(seen, 0x3344);
	ERR(syscall(SYS_arch_prctl, 0x1001, 0xffff800000000000), EPERM);
	ERR(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
}

TEST("futex: EAGAIN on another value, wake of nobody, a wait that times out")
{
	struct timespec ts = { 0, 30000000 };
	int word = 5;

	ERR(syscall(SYS_futex, &word, 0, 6, NULL, NULL, 0), EAGAIN);
	EQ(syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0), 0);
	ERR(syscall(SYS_futex, &word, 0, 5, &ts, NULL, 0), ETIMEDOUT);
}

TEST("futex between processes on shared memory")
{
	int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = child();

	if (pid == 0) {
		while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0)
			syscall(SYS_futex, word, 0, 0, NULL, NULL, 0);
		_exit(*word);
	}
	sleep_ms(50);
	__atomic_store_n(word, 7, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, 1, 1, NULL, NULL, 0);
	EXITS(pid, 7);
}

TEST("mount and umount as a user: EPERM; reboot too")
{
	pid_t pid;

	if (getuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL), EPERM);
		ERR(syscall(SYS_umount2, "/proc", 0), EPERM);
		ERR(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, NULL), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
}

TAP_MAIN(20)
