/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a child has from its parent, and what it has not: the rows that tests/guest/fork.c leaves.
 */
#include "tap.h"
#include <sched.h>
#include <sys/file.h>
#include <sys/resource.h>

/* A number after a name in /proc/self/status. */
static long
status_of(const char *name)
{
	static char text[8192];
	char *at;

	CHECK(read_file("/proc/self/status", text, sizeof(text)) > 0);
	CHECK((at = strstr(text, name)) != NULL);
	return strtol(at + strlen(name), NULL, 10);
}

/* A field of /proc/self/stat, the state being 3. */
static unsigned long
stat_of(int n)
{
	char text[1024], *p;

	CHECK(read_file("/proc/self/stat", text, sizeof(text)) > 0);
	p = strrchr(text, ')') + 2;
	while (n-- > 3)
		p = strchr(p, ' ') + 1;
	return strtoul(p, NULL, 10);
}

HELPER("report-flags")
{
	return (stat_of(9) & 0x40) != 0 ? 1 : 0;
}

TEST("accounting: forked and not exec'd, and nothing of the parent's; exec clears it (NEW-21 "
    "END-4)")
{
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(stat_of(9) & 0x40, 0x40);
		if ((pid = child()) == 0) {
			EQ(stat_of(9) & 0x40, 0x40);
			EQ(stat_of(9) & (0x200 | 0x400), 0);
			_exit(0);
		}
		EXITS(pid, 0);
		execl(tap_self, tap_self, "@report-flags", NULL);
		_exit(9);
	}
	EXITS(pid, 0);
}

/* Whose are the files of a process in /proc: those of a tainted one are root's. */
static uid_t
files_owner(pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	EQ(stat(path, &st), 0);
	return st.st_uid;
}

TEST("the taint of a changed user is the child's and the grandchild's, and ends with exec (NEW-2)")
{
	char *av[] = { "x", "@own-files", NULL };
	pid_t pid;

	if (getuid() != 0)
		SKIP("not root");
	EQ(setresuid(1000, 1000, 1000), 0);
	EQ(files_owner(getpid()), 0);
	if ((pid = child()) == 0) {
		EQ(files_owner(getpid()), 0);
		if ((pid = child()) == 0) {
			EQ(files_owner(getpid()), 0);
			execv(tap_self, av);
			_exit(9);
		}
		EXITS(pid, 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

HELPER("own-files")
{
	pid_t pid;

	EQ(files_owner(getpid()), 1000);
	if ((pid = child()) == 0) {
		EQ(files_owner(getpid()), 1000);
		_exit(0);
	}
	EXITS(pid, 0);
	return 0;
}

TEST("locked memory is not inherited; protection and inheritance are (VM-4)")
{
	size_t size = 16 * 4096;
	char *a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK(a != MAP_FAILED && b != MAP_FAILED);
	EQ(mlock(a, size), 0);
	EQ(status_of("VmLck:"), 64);
	memset(b, 1, size);
	EQ(madvise(b, size, MADV_WIPEONFORK), 0);
	EQ(mprotect(a, 4096, PROT_READ), 0);
	if ((pid = child()) == 0) {
		EQ(status_of("VmLck:"), 0);
		EQ(b[0], 0);
		memset(b, 2, size);
		if ((pid = child()) == 0) {
			EQ(b[0], 0);		/* what was to be wiped for us is wiped for ours */
			a[4096] = 1;
			a[0] = 1;		/* protected */
			_exit(0);
		}
		KILLED(pid, SIGSEGV);
		EQ(munlock(a, size), 0);
		EQ(mlock(a + 4096, 4096), 0);
		EQ(status_of("VmLck:"), 4);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(status_of("VmLck:"), 64);
	EQ(b[0], 1);
}

TEST("POSIX timers are not inherited (NEW-14)")
{
	struct sigevent se = { .sigev_notify = SIGEV_NONE };
	struct itimerspec it = { .it_value.tv_sec = 100 };
	timer_t t;
	pid_t pid;

	EQ(timer_create(CLOCK_MONOTONIC, &se, &t), 0);
	EQ(timer_settime(t, 0, &it, NULL), 0);
	if ((pid = child()) == 0) {
		ERR(timer_gettime(t, &it), EINVAL);
		ERR(syscall(SYS_timer_delete, 0), EINVAL);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(timer_gettime(t, &it), 0);
	CHECK(it.it_value.tv_sec > 90);
}

TEST("record locks stay the parent's, whatever the child closes; flock goes with the open file "
    "(NEW-14)")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 }, ask;
	int a = open("lock", O_RDWR | O_CREAT, 0600), b = open("flock", O_RDWR | O_CREAT, 0600),
	    other;
	pid_t pid;

	CHECK(a >= 0 && b >= 0);
	EQ(fcntl(a, F_SETLK, &fl), 0);
	EQ(flock(b, LOCK_EX), 0);
	CHECK((other = open("flock", O_RDWR)) >= 0);
	if ((pid = child()) == 0) {
		ask = fl;
		EQ(fcntl(a, F_GETLK, &ask), 0);
		EQ(ask.l_type, F_WRLCK);		/* it is in our way: not ours */
		EQ(ask.l_pid, getppid());
		ERR(fcntl(a, F_SETLK, &fl), EAGAIN);
		EQ(close(a), 0);			/* which gives up nothing of the parent's */
		EQ(close(b), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		ask = fl;
		EQ(fcntl(a, F_GETLK, &ask), 0);
		EQ(ask.l_type, F_WRLCK);
		ERR(flock(other, LOCK_EX | LOCK_NB), EAGAIN);	/* close in the first child was
								 * not the last */
		EQ(flock(b, LOCK_UN), 0);		/* the lock is the open file's: we may
							 * give it up */
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(flock(other, LOCK_EX | LOCK_NB), 0);
}

/* Counts while the word is set, on CPU 0. */
static void
count_on_cpu0(volatile long *n, volatile int *go)
{
	unsigned long mask = 1;

	EQ(syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask), 0);
	while (*go == 0)
		sched_yield();
	while (*go == 1)
		++*n;
	_exit(0);
}

static void
burn(long ms)
{
	long long end = now_ms() + ms;

	while (now_ms() < end)
		continue;
}

TEST("scheduling: nice and affinity are handed on, and so is the use of the CPU: a new child of a hog is no fresh start "
    "(NEW-18)")
{
	struct shared { volatile int go; volatile long n[2]; } *sh;
	unsigned long mask = 1, got = 0;
	pid_t pid, hog, fresh;

	EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
	EQ(syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask), 0);
	if ((pid = child()) == 0) {
		CHECK(syscall(SYS_sched_getaffinity, 0, sizeof(got), &got) > 0);
		EQ(got, 1);
		EQ(getpriority(PRIO_PROCESS, 0), 7);
		_exit(0);
	}
	EXITS(pid, 0);
	if (access("/proc/bident", F_OK) != 0)
		return;			/* Linux shares out the CPU by another rule */
	EQ(setpriority(PRIO_PROCESS, 0, 0), 0);
	sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((hog = child()) == 0) {
		burn(800);
		if ((pid = child()) == 0)
			count_on_cpu0(&sh->n[0], &sh->go);
		EXITS(pid, 0);
		_exit(0);
	}
	sleep_ms(850);
	if ((fresh = child()) == 0)
		count_on_cpu0(&sh->n[1], &sh->go);
	sleep_ms(20);
	sh->go = 1;
	sleep_ms(120);
	sh->go = 2;
	EXITS(hog, 0);
	EXITS(fresh, 0);
	tap_say("# the hog's child counted %ld, the other %ld\n", sh->n[0], sh->n[1]);
	CHECK(sh->n[1] > 4 * sh->n[0]);		/* ten times; without the handing on up to three */
}

TEST("root folder and umask are copies; chroot in the child is the child's (NEW-10)")
{
	struct stat st;
	pid_t pid;

	if (getuid() != 0)
		SKIP("not root");
	EQ(mkdir("new", 0755), 0);
	write_file("new/mark", "x", 1, 0644);
	if ((pid = child()) == 0) {
		EQ(chroot("new"), 0);
		EQ(chdir("/"), 0);
		EQ(stat("/mark", &st), 0);
		umask(077);
		if ((pid = child()) == 0) {
			EQ(stat("/mark", &st), 0);	/* and its child's */
			EQ(umask(0), 077);
			_exit(0);
		}
		EXITS(pid, 0);
		EQ(umask(0), 077);
		_exit(0);
	}
	EXITS(pid, 0);
	ERR(stat("/mark", &st), ENOENT);
	EQ(umask(0), 022);
}

TEST("the list of robust futexes is empty in a child, and after exec (NEW-24 END-4)")
{
	static struct { void *next; long off; void *pending; } head = { &head, 0, NULL };
	void *got = &got;
	size_t len;
	pid_t pid;

	EQ(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
	EQ(syscall(SYS_get_robust_list, 0, &got, &len), 0);
	CHECK(got == &head);
	if ((pid = child()) == 0) {
		EQ(syscall(SYS_get_robust_list, 0, &got, &len), 0);
		CHECK(got == NULL);
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		EQ(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
		execl(tap_self, tap_self, "@robust-list", NULL);
		_exit(9);
	}
	EXITS(pid, 0);
}

HELPER("robust-list")
{
	void *got = &got;
	size_t len;

	return syscall(SYS_get_robust_list, 0, &got, &len) != 0 || got != NULL;
}

TEST("the program's file: the child's own reference forbids writing when the parent is gone "
    "(NEW-7)")
{
	char buf[65536], path[PATH_MAX], link[PATH_MAX];
	int from = open(tap_self, O_RDONLY), to, fd;
	struct gate g = gate_make();
	ssize_t n;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/copy", tap_dir);
	CHECK(from >= 0 && (to = open(path, O_WRONLY | O_CREAT, 0755)) >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		EQ(write(to, buf, (size_t)n), n);
	close(to);
	EQ(dup2(g.g_fd[0], 40), 40);
	if ((pid = child()) == 0) {
		execl(path, path, "@fork-and-go", NULL);
		_exit(9);
	}
	EXITS(pid, 0);			/* it has made a child, and is gone */
	ERR(open(path, O_WRONLY), ETXTBSY);
	char text[32];
	CHECK(read_file("child", text, sizeof(text)) > 0);
	snprintf(buf, sizeof(buf), "/proc/%d/exe", atoi(text));
	CHECK((n = readlink(buf, link, sizeof(link) - 1)) > 0);
	link[n] = '\0';
	CHECK(strcmp(link, path) == 0);
	gate_open(&g);
	CHECK(SOON((fd = open(path, O_WRONLY)) >= 0, 3000));
}

HELPER("fork-and-go")
{
	char c, text[16];
	pid_t pid = fork();

	if (pid == 0) {
		read(40, &c, 1);
		return 0;
	}
	snprintf(text, sizeof(text), "%d", pid);
	int fd = open("child", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return fd < 0 || write(fd, text, strlen(text)) < 1;
}

TAP_MAIN(30)
