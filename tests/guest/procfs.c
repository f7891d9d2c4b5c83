/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc tells of processes and of their threads. */
#include "points.h"
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char text[65536];

/*
 * The nth number of a stat file, counted as in proc(5); those before the third have no place
 * here.
 */
static long long
stat_number(const char *path, int n)
{
	char *p;

	CHECK(read_file(path, text, sizeof(text)) > 0);
	p = strrchr(text, ')');
	CHECK(p != NULL);
	for (int i = 2; i < n; i++) {
		p = strchr(p + 1, ' ');
		CHECK(p != NULL);
	}
	return n == 3 ? p[1] : atoll(p + 1);
}

static const char *
path_of(int pid, const char *file)
{
	static char path[4][96];
	static int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "/proc/%d/%s", pid, file);
	return path[n];
}

static const char *
task_path(int pid, int tid, const char *file)
{
	char rest[64];

	snprintf(rest, sizeof(rest), "task/%d/%s", tid, file);
	return path_of(pid, rest);
}

/* Names in a folder that are numbers; whether `look` is among them. */
static int
count_numbers(const char *path, int look, int *found)
{
	struct dirent *de;
	DIR *d = opendir(path);
	int n = 0;

	CHECK(d != NULL);
	*found = 0;
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] < '0' || de->d_name[0] > '9')
			continue;
		n++;
		*found |= atoi(de->d_name) == look;
	}
	closedir(d);
	return n;
}

TEST("a child shows with its parent, group, session, user, start time and state (OBS-6)")
{
	struct gate ready = gate_make(), go = gate_make();
	struct timespec now;
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(setpgid(0, 0), 0);
		gate_open(&ready);
		gate_pass(&go);
		_exit(0);
	}
	gate_pass(&ready);
	CHECK(SOON(proc_state(pid) == 'S', 2000));
	EQ(stat_number(path_of(pid, "stat"), 4), getpid());
	EQ(stat_number(path_of(pid, "stat"), 5), pid);
	EQ(stat_number(path_of(pid, "stat"), 6), getsid(0));
	CHECK(stat_number(path_of(pid, "stat"), 22) >= stat_number("/proc/self/stat", 22));
	EQ(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	CHECK(stat_number(path_of(pid, "stat"), 22) <= now.tv_sec * 100 + now.tv_nsec / 10000000);
	CHECK(stat_number(path_of(pid, "stat"), 22) > 0);
	CHECK(atoi(field(path_of(pid, "status"), "PPid:")) == getpid());
	CHECK(atoi(field(path_of(pid, "status"), "Tgid:")) == pid);
	EQ((unsigned)atoi(field(path_of(pid, "status"), "Uid:")), getuid());
	EQ(kill(pid, SIGSTOP), 0);
	CHECK(SOON(proc_state(pid) == 'T', 2000));
	EQ(kill(pid, SIGCONT), 0);
	gate_open(&go);
	CHECK(SOON(proc_state(pid) == 'Z', 2000));
	EQ(stat_number(path_of(pid, "stat"), 4), getpid());
	EQ(stat_number(path_of(pid, "stat"), 20), 1);
	EXITS(pid, 0);
	ERR(open(path_of(pid, "stat"), O_RDONLY), ENOENT);
}

TEST("a process that has not called exec since fork carries the flag for it (NEW-21)")
{
	char *argv[] = { tap_self, "@flags", NULL }, *envp[] = { NULL };
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(stat_number("/proc/self/stat", 9) & 0x40, 0x40);
		execve(tap_self, argv, envp);
		_exit(2);
	}
	EXITS(pid, 0);
}

HELPER("flags")
{
	return (stat_number("/proc/self/stat", 9) & 0x40) != 0;
}

/* ---- threads ---- */

struct peer {
	pthread_t	 pe_thread;
	volatile int	 pe_tid;
	volatile int	 pe_stop;
	int		 pe_pipe[2];
};

static void *
peer_main(void *arg)
{
	struct peer *pe = arg;
	sigset_t set;
	char c;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_NAME, "peer");
	pe->pe_tid = (int)syscall(SYS_gettid);
	(void)!read(pe->pe_pipe[0], &c, 1);
	return NULL;
}

static void
peer_start(struct peer *pe)
{
	memset(pe, 0, sizeof(*pe));
	EQ(pipe(pe->pe_pipe), 0);
	EQ(pthread_create(&pe->pe_thread, NULL, peer_main, pe), 0);
	while (pe->pe_tid == 0)
		sched_yield();
}

static void
peer_end(struct peer *pe)
{
	EQ(write(pe->pe_pipe[1], "x", 1), 1);
	EQ(pthread_join(pe->pe_thread, NULL), 0);
}

TEST("task/ lists every thread; each has its own name, mask, state; Threads counts them")
{
	int me = getpid(), found, fd;
	struct peer pe;

	peer_start(&pe);
	CHECK(pe.pe_tid != me);
	EQ(count_numbers("/proc/self/task", pe.pe_tid, &found), 2);
	CHECK(found);
	EQ(atoi(field("/proc/self/status", "Threads:")), 2);
	EQ(stat_number("/proc/self/stat", 20), 2);
	CHECK(strcmp(field(task_path(me, pe.pe_tid, "status"), "Name:"), "peer") == 0);
	EQ(atoi(field(task_path(me, pe.pe_tid, "status"), "Pid:")), pe.pe_tid);
	EQ(atoi(field(task_path(me, pe.pe_tid, "status"), "Tgid:")), me);
	EQ(strtoull(field(task_path(me, pe.pe_tid, "status"), "SigBlk:"), NULL, 16),
	    1ull << (SIGUSR2 - 1));
	EQ(strtoull(field(task_path(me, me, "status"), "SigBlk:"), NULL, 16), 0);
	CHECK(SOON(stat_number(task_path(me, pe.pe_tid, "stat"), 3) == 'S', 2000));
	EQ(stat_number(task_path(me, me, "stat"), 3), 'R');
	CHECK(read_file(task_path(me, pe.pe_tid, "comm"), text, sizeof(text)) > 0 &&
	    strcmp(text, "peer\n") == 0);
	CHECK((fd = open(task_path(me, pe.pe_tid, "comm"), O_WRONLY)) >= 0);
	EQ(write(fd, "other", 5), 5);
	EQ(close(fd), 0);
	CHECK(read_file(task_path(me, pe.pe_tid, "comm"), text, sizeof(text)) > 0 &&
	    strcmp(text, "other\n") == 0);
	peer_end(&pe);
	CHECK(SOON(count_numbers("/proc/self/task", pe.pe_tid, &found) == 1, 2000));
	CHECK(!found);
	ERR(open(task_path(me, pe.pe_tid, "stat"), O_RDONLY), ENOENT);
}

TEST("/proc/TID of a further thread is found and not listed; it is the whole process, seen "
    "from there")
{
	int me = getpid(), found;
	struct peer pe;

	peer_start(&pe);
	(void)count_numbers("/proc", pe.pe_tid, &found);
	CHECK(!found);
	(void)count_numbers("/proc", me, &found);
	CHECK(found);
	EQ(atoi(field(path_of(pe.pe_tid, "status"), "Pid:")), pe.pe_tid);
	EQ(atoi(field(path_of(pe.pe_tid, "status"), "Tgid:")), me);
	EQ(stat_number(path_of(pe.pe_tid, "stat"), 4), getppid());
	EQ(count_numbers(path_of(pe.pe_tid, "task"), me, &found), 2);
	CHECK(found);
	peer_end(&pe);
}

TEST("an open file of a thread that has ended gives ESRCH")
{
	int me = getpid(), fd;
	struct peer pe;
	char c;

	peer_start(&pe);
	CHECK((fd = open(task_path(me, pe.pe_tid, "stat"), O_RDONLY)) >= 0);
	EQ(read(fd, &c, 1), 1);
	peer_end(&pe);
	CHECK(SOON(lseek(fd, 0, SEEK_SET) == 0 && read(fd, &c, 1) == -1, 2000));
	EQ(errno, ESRCH);
	close(fd);
}

static void *
outlive(void *arg __attribute__((unused)))
{
	int me = getpid();

	if (!SOON(stat_number(path_of(me, "stat"), 3) == 'Z', 3000))
		_exit(2);
	if (atoi(field(path_of(me, "status"), "Threads:")) < 1)
		_exit(3);
	_exit(5);
}

TEST("a first thread that has ended before the others shows as a zombie")
{
	pthread_t th;
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(pthread_create(&th, NULL, outlive, NULL), 0);
		syscall(SYS_exit, 0);
	}
	EXITS(pid, 5);
}

static volatile int thread_child;

static void *
fork_there(void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	*(int *)arg = (int)syscall(SYS_gettid);
	thread_child = pid;
	while (thread_child != 0)
		sched_yield();
	return NULL;
}

TEST("children: of the thread that made them; /proc/PID/task/PID/children of the first")
{
	int me = getpid(), tid = 0;
	pthread_t th;
	pid_t first;
	int theirs;

	if ((first = child()) == 0) {
		pause();
		_exit(0);
	}
	EQ(pthread_create(&th, NULL, fork_there, &tid), 0);
	while (thread_child == 0)
		sched_yield();
	theirs = thread_child;
	if (read_file(task_path(me, me, "children"), text, sizeof(text)) < 0)
		SKIP("no children files");
	EQ(atoi(text), first);
	CHECK(strchr(text, ' ') == text + strlen(text) - 1);
	CHECK(read_file(task_path(me, tid, "children"), text, sizeof(text)) > 0);
	EQ(atoi(text), theirs);
	thread_child = 0;
	EQ(pthread_join(th, NULL), 0);
	kill(theirs, SIGKILL);
	kill(first, SIGKILL);
	KILLED(theirs, SIGKILL);
	KILLED(first, SIGKILL);
}

/* ---- who may look ---- */

TEST("a process whose ids changed is root's in /proc, and a user may not look into it; one "
    "that execs is its user's again")
{
	struct gate ready = gate_make(), go = gate_make();
	pid_t pid, other;
	struct stat st;

	if (geteuid() != 0)
		SKIP("not root");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		gate_open(&ready);
		gate_pass(&go);
		_exit(0);
	}
	gate_pass(&ready);
	EQ(stat(path_of(pid, "environ"), &st), 0);
	EQ(st.st_uid, 0);
	if ((other = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(open(path_of(pid, "environ"), O_RDONLY), EACCES);
		ERR(open(path_of(pid, "fd"), O_RDONLY | O_DIRECTORY), EACCES);
		ERR(readlink(path_of(pid, "exe"), text, sizeof(text)), EACCES);
		CHECK(read_file(path_of(pid, "stat"), text, sizeof(text)) > 0);
		CHECK(read_file(path_of(pid, "status"), text, sizeof(text)) > 0);
		_exit(0);
	}
	EXITS(other, 0);
	gate_open(&go);
	EXITS(pid, 0);
}

/* ---- single files ---- */

TEST("limits shows what getrlimit says; wchan names the wait of a sleeper")
{
	struct rlimit rl = { 77, 88 };
	pid_t pid;
	unsigned soft, hard;

	if ((pid = child()) == 0) {
		EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
		EQ(sscanf(field("/proc/self/limits", "Max open files"), "%u %u", &soft, &hard), 2);
		EQ(soft, 77);
		EQ(hard, 88);
		CHECK(strncmp(field("/proc/self/limits", "Max cpu time"), "unlimited", 9) == 0);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		pause();
		_exit(0);
	}
	CHECK(SOON(proc_state(pid) == 'S', 2000));
	CHECK(read_file(path_of(pid, "wchan"), text, sizeof(text)) > 0);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("smaps counts what is resident of each mapping")
{
	long resident = -1;
	char head[32], *line, *mem;

	mem = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mem != MAP_FAILED);
	mem[0] = mem[3 * 4096] = mem[7 * 4096] = 1;
	EQ(mprotect(mem + 8 * 4096, 8 * 4096, PROT_NONE), 0);	/* a mapping of its own */
	snprintf(head, sizeof(head), "%08lx-", (unsigned long)mem);
	CHECK(read_file("/proc/self/smaps", text, sizeof(text)) > 0);
	CHECK((line = strstr(text, head)) != NULL);
	CHECK((line = strstr(line, "\nRss:")) != NULL);
	EQ(sscanf(line, "\nRss: %ld kB", &resident), 1);
	EQ(resident, 12);
}

/* An item of /proc/self/forkstat: what the last fork, all forks, and the ended children have. */
static int
forkstat(const char *item, long v[3])
{
	char *at, name[32];

	snprintf(name, sizeof(name), "\n%s ", item);
	if (read_file("/proc/self/forkstat", text, sizeof(text)) <= 0 ||
	    (at = strstr(text, name)) == NULL)
		return 0;
	return sscanf(at + strlen(name), "%ld %ld %ld", &v[0], &v[1], &v[2]);
}

TEST("forkstat: the last fork, all of them, and what ended children paid")
{
	long forks[3], before[3], copied[3], regions[3], space[3];
	volatile char *mem;
	pid_t pid;

	if (access("/proc/bident", F_OK) != 0)
		SKIP("ours alone");
	mem = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mem != MAP_FAILED);
	for (int i = 0; i < 8; i++)
		mem[i * 4096] = 1;
	EQ(forkstat("forks", before), 3);
	EQ(forkstat("pages_copied", copied), 3);
	if ((pid = child()) == 0) {
		for (int i = 0; i < 8; i++)
			mem[i * 4096] = 2;
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(forkstat("forks", forks), 3);
	EQ(forks[0], 1);
	EQ(forks[1], before[1] + 1);
	EQ(forkstat("regions", regions), 3);
	CHECK(regions[0] >= 4 && regions[0] < 100);
	EQ(forkstat("fork.space", space), 3);
	CHECK(space[0] > 0 && space[1] >= space[0]);
	EQ(forkstat("pages_copied", forks), 3);
	CHECK(forks[2] >= copied[2] + 8);	/* by the child, at least those 8 */
	EQ(forkstat("tables_shared", forks), 3);
	CHECK(forks[0] >= 1 && forks[0] <= 256);
}

TAP_MAIN(30)
