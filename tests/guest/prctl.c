/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process can ask for itself: reapers, death of the parent, privileges, names; limits of
 * others; unshare.
 */
#include "tap.h"
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int
reaper(int on)
{
	return prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0);
}

static int
is_reaper(void)
{
	int v = -1;

	EQ(prctl(PR_GET_CHILD_SUBREAPER, &v, 0, 0, 0), 0);
	return v;
}

/*
 * A child that forks `depth` generations; the last one tells its parent's pid once it has
 * changed, and exits.
 */
static pid_t
orphan(struct gate *done, volatile pid_t *ppid)
{
	pid_t pid = child();

	if (pid == 0) {
		pid_t middle = getpid();

		if (fork() == 0) {
			while (getppid() == middle)
				sleep_ms(1);
			*ppid = getppid();
			gate_open(done);
			_exit(17);
		}
		_exit(0);
	}
	return pid;
}

static volatile pid_t *shared_pid;

TEST("subreaper: orphans come to the nearest one above them (P5 END-5)")
{
	struct gate g = gate_make();
	int status;
	pid_t got;

	shared_pid = share();
	EQ(is_reaper(), 0);
	EQ(reaper(1), 0);
	EQ(is_reaper(), 1);
	EXITS(orphan(&g, &shared_pid[0]), 0);
	gate_pass(&g);
	EQ(shared_pid[0], getpid());
	got = waitpid(-1, &status, 0);
	CHECK(got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 17);
	EQ(reaper(0), 0);
	EQ(is_reaper(), 0);
	EXITS(orphan(&g, &shared_pid[0]), 0);
	gate_pass(&g);
	CHECK(shared_pid[0] != getpid());
	ERR(waitpid(-1, NULL, 0), ECHILD);
}

TEST("subreaper: not inherited, but it reaches past those who are none; the nearest wins (P5)")
{
	struct gate g = gate_make();
	pid_t mid;

	shared_pid = share();
	EQ(reaper(1), 0);
	if ((mid = child()) == 0) {
		if (is_reaper() != 0)
			_exit(1);
		/* No reaper itself: the orphan goes over its head. */
		EXITS(orphan(&g, &shared_pid[0]), 0);
		gate_pass(&g);
		reaper(1);
		EXITS(orphan(&g, &shared_pid[1]), 0);
		gate_pass(&g);
		_exit(waitpid(-1, NULL, 0) > 0 ? 2 : 3);
	}
	EXITS(mid, 2);
	EQ(shared_pid[0], getpid());
	EQ(shared_pid[1], mid);
	CHECK(waitpid(-1, NULL, 0) > 0);
	ERR(waitpid(-1, NULL, 0), ECHILD);
}

TEST("subreaper: when it dies, what it had goes to the one above")
{
	struct gate g = gate_make(), hold = gate_make();
	pid_t mid;

	shared_pid = share();
	EQ(reaper(1), 0);
	if ((mid = child()) == 0) {
		reaper(1);
		if (fork() == 0) {
			pid_t p = getpid();

			if (fork() == 0) {
				while (getppid() == p)
					sleep_ms(1);
				gate_open(&g);
				while (getppid() == mid)
					sleep_ms(1);
				gate_pass(&hold);
				shared_pid[0] = getppid();
				_exit(0);
			}
			_exit(0);
		}
		gate_pass(&g);
		_exit(4);
	}
	EXITS(mid, 4);
	gate_open(&hold);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	EQ(shared_pid[0], getpid());
}

/* --- death of the parent --- */

TEST("PR_SET_PDEATHSIG: sent when the parent dies; not inherited by fork (P6)")
{
	struct gate up = gate_make();
	pid_t mid, grand = 0;
	int status, sig = -1;

	shared_pid = share();
	EQ(reaper(1), 0);
	if ((mid = child()) == 0) {
		if (fork() == 0) {
			EQ(prctl(PR_SET_PDEATHSIG, SIGUSR2), 0);
			EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
			EQ(sig, SIGUSR2);
			if (fork() == 0) {
				EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
				_exit(sig == 0 ? 0 : 1);
			}
			wait(&status);
			shared_pid[1] = status;
			shared_pid[0] = getpid();
			gate_open(&up);
			for (;;)
				pause();
		}
		gate_pass(&up);
		_exit(0);
	}
	EXITS(mid, 0);
	grand = shared_pid[0];
	EQ(shared_pid[1], 0);
	KILLED(grand, SIGUSR2);
	ERR(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
	ERR(prctl(PR_SET_PDEATHSIG, -1), EINVAL);
}

/* --- privileges --- */

HELPER("ids")
{
	int nnp = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	return (geteuid() == 0 ? 1 : 0) | nnp << 1;
}

static int
run_copy(const char *path)
{
	char *av[] = { (char *)path, "@ids", NULL };
	pid_t pid = child();
	int status;

	if (pid == 0) {
		execv(path, av);
		_exit(99);
	}
	status = reap(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Makes a set-user-id copy of this program in the current folder, which anybody may run. */
static void
make_suid(char path[PATH_MAX])
{
	char *data = malloc(4 << 20);
	ssize_t n;
	int fd;

	CHECK((fd = open(tap_self, O_RDONLY)) >= 0 && (n = read(fd, data, 4 << 20)) > 0);
	close(fd);
	write_file("suid", data, (size_t)n, 04755);
	free(data);
	CHECK(chmod(".", 0755) == 0 && getcwd(path, PATH_MAX - 8) != NULL);
	strcat(path, "/suid");
}

HELPER("death-signal")
{
	int sig = -1;

	EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
	return sig;
}

TEST("PR_SET_PDEATHSIG: the death signal stays over exec, but not that of a set-id file (P6 END-4)")
{
	char path[PATH_MAX];

	if (geteuid() != 0)
		SKIP("not root");
	make_suid(path);
	CHECK(setresuid(4242, 4242, 4242) == 0);
	for (int i = 0; i < 2; i++) {
		char *av[] = { i == 0 ? tap_self : path, "@death-signal", NULL };
		pid_t pid = child();

		if (pid == 0) {
			EQ(prctl(PR_SET_PDEATHSIG, SIGUSR2), 0);
			execv(av[0], av);
			_exit(99);
		}
		EXITS(pid, i == 0 ? SIGUSR2 : 0);
	}
}

TEST("PR_SET_NO_NEW_PRIVS: set-id means nothing any more, for all that comes after")
{
	char path[PATH_MAX];

	if (geteuid() != 0)
		SKIP("not root");
	make_suid(path);
	CHECK(setresuid(4242, 4242, 4242) == 0);
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	EQ(run_copy(path), 1);
	ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	ERR(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
	ERR(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
	EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	EQ(run_copy(path), 2);
	EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
}

HELPER("dumpable")
{
	return prctl(PR_GET_DUMPABLE);
}

TEST("PR_SET_DUMPABLE: 0 and 1, inherited by fork, 1 again after exec")
{
	pid_t pid;

	EQ(prctl(PR_GET_DUMPABLE), 1);
	EQ(prctl(PR_SET_DUMPABLE, 0), 0);
	EQ(prctl(PR_GET_DUMPABLE), 0);
	if ((pid = child()) == 0)
		_exit(prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		char *av[] = { tap_self, "@dumpable", NULL };

		execv(tap_self, av);
		_exit(99);
	}
	EXITS(pid, 1);
	EQ(prctl(PR_SET_DUMPABLE, 1), 0);
	ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL);
}

static void *
named(void *arg)
{
	char name[16];

	EQ(prctl(PR_SET_NAME, arg), 0);
	EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, arg) == 0);
	return NULL;
}

TEST("PR_SET_NAME names the thread alone; 15 bytes are kept")
{
	char name[16], comm[32];
	pthread_t t;

	EQ(prctl(PR_SET_NAME, "first-of-all-the-threads"), 0);
	EQ(pthread_create(&t, NULL, named, "second"), 0);
	pthread_join(t, NULL);
	EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, "first-of-all-th") == 0);
	CHECK(read_file("/proc/self/comm", comm, sizeof(comm)) > 0);
	CHECK(strcmp(comm, "first-of-all-th\n") == 0);
}

/* --- limits of others --- */

static int
prlimit_of(pid_t pid, int what, const struct rlimit *new, struct rlimit *old)
{
	return (int)syscall(SYS_prlimit64, pid, what, new, old);
}

TEST("prlimit64 of another process: with the same ids, or root; ESRCH, EPERM")
{
	struct rlimit rl = { 33, 44 }, was;
	struct gate g = gate_make();
	pid_t pid = child();

	if (pid == 0) {
		gate_pass(&g);
		CHECK(getrlimit(RLIMIT_NOFILE, &was) == 0);
		_exit(was.rlim_cur == 33 && was.rlim_max == 44 ? 0 : 1);
	}
	EQ(prlimit_of(pid, RLIMIT_NOFILE, &rl, &was), 0);
	CHECK(was.rlim_max > 44);
	EQ(prlimit_of(pid, RLIMIT_NOFILE, NULL, &was), 0);
	EQ(was.rlim_cur, 33);
	EQ(getrlimit(RLIMIT_NOFILE, &was), 0);
	CHECK(was.rlim_cur != 33);
	ERR(prlimit_of(3999999, RLIMIT_NOFILE, NULL, &was), ESRCH);
	ERR(prlimit_of(pid, 99, NULL, &was), EINVAL);
	if (geteuid() == 0) {
		pid_t other = child();

		if (other == 0) {
			CHECK(setresuid(4242, 4242, 4242) == 0);
			ERR(prlimit_of(pid, RLIMIT_NOFILE, NULL, &was), EPERM);
			_exit(0);
		}
		EXITS(other, 0);
	}
	gate_open(&g);
	EXITS(pid, 0);
}

/* --- unshare --- */

static int
unshare_files(void *arg)
{
	int fd = *(int *)arg;

	if (unshare(CLONE_FILES) != 0)
		_exit(1);
	if (fcntl(fd, F_GETFD) < 0)
		_exit(2);
	close(fd);
	_exit(0);
}

static int
keep_files(void *arg)
{
	close(*(int *)arg);
	_exit(0);
}

static char unshare_stack[65536] __attribute__((aligned(16)));

TEST("unshare(CLONE_FILES): closes in one are no longer closes in the other (P7)")
{
	int fd = dup(0);
	pid_t pid;

	CHECK(fd >= 0);
	pid = clone(unshare_files, unshare_stack + sizeof(unshare_stack), CLONE_FILES | SIGCHLD,
	    &fd);
	CHECK(pid > 0);
	EXITS(pid, 0);
	CHECK(fcntl(fd, F_GETFD) >= 0);
	pid = clone(keep_files, unshare_stack + sizeof(unshare_stack), CLONE_FILES | SIGCHLD, &fd);
	EXITS(pid, 0);
	ERR(fcntl(fd, F_GETFD), EBADF);
}

static int
unshare_fs(void *arg)
{
	(void)arg;
	if (unshare(CLONE_FS) != 0 || chdir("/") != 0)
		_exit(1);
	umask(0777);
	_exit(0);
}

TEST("unshare(CLONE_FS): a change of directory stays one's own; unknown flags are EINVAL (P7)")
{
	char before[PATH_MAX], after[PATH_MAX];
	pid_t pid;

	CHECK(getcwd(before, sizeof(before)) != NULL);
	umask(022);
	pid = clone(unshare_fs, unshare_stack + sizeof(unshare_stack), CLONE_FS | SIGCHLD, NULL);
	CHECK(pid > 0);
	EXITS(pid, 0);
	CHECK(getcwd(after, sizeof(after)) != NULL && strcmp(before, after) == 0);
	EQ(umask(022), 022);
	EQ(unshare(0), 0);
	EQ(unshare(CLONE_FILES | CLONE_FS), 0);
	ERR(unshare(CLONE_PTRACE), EINVAL);
	ERR(unshare(CLONE_VFORK), EINVAL);
}

/* --- RLIMIT_NPROC after setuid --- */

TEST("setuid to a user above his limit: exec fails with EAGAIN until he is not (P17)")
{
	struct rlimit rl = { 3, 3 };
	char *av[] = { tap_self, "@ids", NULL };
	struct gate g = gate_make(), up = gate_make();
	pid_t many[4], pid;

	if (geteuid() != 0)
		SKIP("not root");
	for (int i = 0; i < 4; i++) {
		if ((many[i] = child()) == 0) {
			CHECK(setresuid(4343, 4343, 4343) == 0);
			gate_open(&up);
			gate_pass(&g);
			_exit(0);
		}
		gate_pass(&up);
	}
	if ((pid = child()) == 0) {
		CHECK(setrlimit(RLIMIT_NPROC, &rl) == 0);
		CHECK(setresuid(4343, 4343, 4343) == 0);
		ERR(execv(tap_self, av), EAGAIN);
		gate_open(&up);
		while (execv(tap_self, av) == -1 && errno == EAGAIN)
			sleep_ms(5);
		_exit(98);
	}
	gate_pass(&up);
	for (int i = 0; i < 4; i++)
		gate_open(&g);
	for (int i = 0; i < 4; i++)
		EXITS(many[i], 0);
	EXITS(pid, 0);
}

TAP_MAIN(60)
