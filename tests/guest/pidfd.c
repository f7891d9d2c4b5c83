/* SPDX-License-Identifier: BSD-2-Clause */
/* Process descriptors. */
#include "tap.h"
#include <linux/sched.h>
#include <sys/prctl.h>
#include <stddef.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int
pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int
pidfd_signal(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

static int
pidfd_getfd(int fd, int target, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, fd, target, flags);
}

/* Linux's own call: musl's waitid has no rusage but is the same. */
static int
wait_fd(int fd, siginfo_t *si, int options)
{
	memset(si, 0, sizeof(*si));
	return (int)syscall(SYS_waitid, P_PIDFD, fd, si, options, NULL);
}

static int
ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 ? p.revents : 0;
}

/* A child that exits with 6 when the gate opens. */
static pid_t
gated(struct gate *g)
{
	pid_t pid = child();

	if (pid == 0) {
		gate_pass(g);
		_exit(6);
	}
	return pid;
}

TEST("pidfd_open: close-on-exec; refuses what is no process (LNX-2 P2)")
{
	int fd = pidfd_open(getpid(), 0);

	CHECK(fd >= 0);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	fd = pidfd_open(getpid(), O_NONBLOCK);
	CHECK(fd >= 0);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ERR(pidfd_open(0, 0), EINVAL);
	ERR(pidfd_open(-1, 0), EINVAL);
	ERR(pidfd_open(getpid(), 1), EINVAL);
	ERR(pidfd_open(3999999, 0), ESRCH);
}

TEST("poll: readable when the process has exited, reaped or not (P2)")
{
	struct gate g = gate_make();
	pid_t pid = gated(&g);
	int fd = pidfd_open(pid, 0);

	CHECK(fd >= 0);
	EQ(ready(fd, 30), 0);
	gate_open(&g);
	CHECK((ready(fd, 5000) & POLLIN) != 0);
	EXITS(pid, 6);
	CHECK((ready(fd, 0) & POLLIN) != 0);
}

TEST("poll wakes many who wait for one process")
{
	struct gate g = gate_make();
	pid_t pid = gated(&g), w[4];
	int fd = pidfd_open(pid, 0);

	for (int i = 0; i < 4; i++) {
		if ((w[i] = child()) == 0)
			_exit((ready(fd, 5000) & POLLIN) != 0 ? 0 : 1);
	}
	sleep_ms(50);
	gate_open(&g);
	for (int i = 0; i < 4; i++)
		EXITS(w[i], 0);
	EXITS(pid, 6);
}

TEST("pidfd_send_signal: 0 asks, a signal arrives, ESRCH after the end (P2 OBS-9)")
{
	pid_t pid = child();
	int fd;

	if (pid == 0)
		for (;;)
			pause();
	CHECK((fd = pidfd_open(pid, 0)) >= 0);
	EQ(pidfd_signal(fd, 0, NULL, 0), 0);
	ERR(pidfd_signal(fd, 0, NULL, 1), EINVAL);
	ERR(pidfd_signal(fd, 65, NULL, 0), EINVAL);
	ERR(pidfd_signal(0, 0, NULL, 0), EBADF);
	ERR(pidfd_signal(999, 0, NULL, 0), EBADF);
	EQ(pidfd_signal(fd, SIGTERM, NULL, 0), 0);
	CHECK((ready(fd, 5000) & POLLIN) != 0);
	EQ(pidfd_signal(fd, 0, NULL, 0), 0);	/* a zombie is still there */
	KILLED(pid, SIGTERM);
	ERR(pidfd_signal(fd, 0, NULL, 0), ESRCH);
	ERR(pidfd_signal(fd, SIGKILL, NULL, 0), ESRCH);
}

static volatile int got_value;

static void
take_value(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	got_value = si->si_value.sival_int;
}

TEST("pidfd_send_signal: a siginfo of one's own making; not one of the kernel's to others")
{
	struct sigaction sa = { .sa_sigaction = take_value, .sa_flags = SA_SIGINFO };
	siginfo_t si = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	int fd = pidfd_open(getpid(), 0), up = pidfd_open(getppid(), 0);

	si.si_value.sival_int = 1234;
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	EQ(pidfd_signal(fd, SIGUSR1, &si, 0), 0);
	EQ(got_value, 1234);
	ERR(pidfd_signal(fd, SIGUSR2, &si, 0), EINVAL);
	ERR(pidfd_signal(fd, SIGUSR1, (void *)8, 0), EFAULT);
	si.si_code = SI_USER;
	ERR(pidfd_signal(up, SIGUSR1, &si, 0), EPERM);
}

TEST("a number used again is never reached by an old descriptor (OBS-9 P2)")
{
	int32_t want;
	struct clone_args a = { .set_tid = (uintptr_t)&want, .set_tid_size = 1,
	    .exit_signal = SIGCHLD };
	pid_t pid = child(), again;
	siginfo_t si;
	int fd;

	if (geteuid() != 0)
		SKIP("not root");
	if (pid == 0)
		_exit(0);
	CHECK((fd = pidfd_open(pid, 0)) >= 0);
	EXITS(pid, 0);
	want = pid;
	again = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (again == -1 && errno == EEXIST)
		SKIP("the number is not free again");
	if (again == 0)
		for (;;)
			pause();
	EQ(again, pid);
	ERR(pidfd_signal(fd, SIGKILL, NULL, 0), ESRCH);
	ERR(pidfd_getfd(fd, 0, 0), ESRCH);
	ERR(wait_fd(fd, &si, WEXITED), ECHILD);
	CHECK((ready(fd, 0) & POLLIN) != 0);
	EQ(waitpid(again, NULL, WNOHANG), 0);
	kill(again, SIGKILL);
	KILLED(again, SIGKILL);
}

TEST("waitid by descriptor: waits for this child; ECHILD for others, EBADF for other files (LNX-1 END-2)")
{
	struct gate g = gate_make();
	pid_t pid = gated(&g), other = child();
	int fd, self = pidfd_open(getpid(), 0);
	siginfo_t si;

	if (other == 0)
		_exit(1);
	CHECK((fd = pidfd_open(pid, 0)) >= 0);
	EQ(wait_fd(fd, &si, WEXITED | WNOHANG), 0);
	EQ(si.si_pid, 0);
	gate_open(&g);
	EQ(wait_fd(fd, &si, WEXITED | WNOWAIT), 0);
	EQ(si.si_pid, pid);
	EQ(wait_fd(fd, &si, WEXITED), 0);
	EQ(si.si_pid, pid);
	EQ(si.si_code, CLD_EXITED);
	EQ(si.si_status, 6);
	ERR(wait_fd(fd, &si, WEXITED), ECHILD);
	ERR(wait_fd(self, &si, WEXITED), ECHILD);
	ERR(wait_fd(0, &si, WEXITED), EBADF);
	ERR(wait_fd(-1, &si, WEXITED), EINVAL);
	ERR(wait_fd(999, &si, WEXITED), EBADF);
	EXITS(other, 1);
}

TEST("waitid by a descriptor that does not block: EAGAIN while the child runs")
{
	struct gate g = gate_make();
	pid_t pid = gated(&g);
	int fd = pidfd_open(pid, O_NONBLOCK);
	siginfo_t si;

	CHECK(fd >= 0);
	ERR(wait_fd(fd, &si, WEXITED), EAGAIN);
	EQ(wait_fd(fd, &si, WEXITED | WNOHANG), 0);
	gate_open(&g);
	CHECK((ready(fd, 5000) & POLLIN) != 0);
	EQ(wait_fd(fd, &si, WEXITED), 0);
	EQ(si.si_pid, pid);
}

TEST("CLONE_PIDFD: the parent has the descriptor before the child runs, the child does not (LNX-2)")
{
	int32_t fd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd,
	    .exit_signal = SIGCHLD };
	struct gate g = gate_make();
	siginfo_t si;
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	if (pid == 0) {
		gate_pass(&g);
		/*
		 * Memory is a copy made before or after the number was stored: any is fine, but
		 * nothing is open there.
		 */
		for (int i = 3; i < 64; i++) {
			if (i != g.g_fd[0] && i != g.g_fd[1] && pidfd_signal(i, 0, NULL, 0) == 0)
				_exit(1);
		}
		_exit(6);
	}
	CHECK(pid > 0 && fd >= 0);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(pidfd_signal(fd, 0, NULL, 0), 0);
	gate_open(&g);
	EQ(wait_fd(fd, &si, WEXITED), 0);
	EQ(si.si_pid, pid);
	EQ(si.si_status, 6);
	/* The old call stores it where the parent's tid would go. */
	fd = -1;
	pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &fd, NULL, 0);
	if (pid == 0)
		_exit(2);
	CHECK(pid > 0 && fd >= 0);
	EQ(wait_fd(fd, &si, WEXITED), 0);
	EQ(si.si_status, 2);
}

TEST("CLONE_PIDFD that cannot be stored, or has no number left: no child, no descriptor (FIX-5 LNX-2)")
{
	struct clone_args a = { .flags = CLONE_PIDFD, .pidfd = 8, .exit_signal = SIGCHLD };
	int lowest = dup(0), again;

	CHECK(lowest >= 0);
	close(lowest);
	ERR(syscall(SYS_clone3, &a, sizeof(a)), EFAULT);
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	again = dup(0);
	EQ(again, lowest);
	close(again);
	a.pidfd = (uintptr_t)&again;
	while (dup(0) >= 0)
		continue;
	ERR(syscall(SYS_clone3, &a, sizeof(a)), EMFILE);
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

TEST("pidfd_getfd copies a descriptor of another process")
{
	struct gate g = gate_make(), up = gate_make();
	pid_t pid = child();
	int fd, got;
	char buf[8];

	if (pid == 0) {
		int f = open("secret", O_RDWR | O_CREAT, 0600);

		if (f < 0 || write(f, "hello", 5) != 5 || dup2(f, 60) != 60)
			_exit(1);
		gate_open(&up);
		gate_pass(&g);
		_exit(6);
	}
	gate_pass(&up);
	CHECK((fd = pidfd_open(pid, 0)) >= 0);
	CHECK((got = pidfd_getfd(fd, 60, 0)) >= 0);
	EQ(fcntl(got, F_GETFD), FD_CLOEXEC);
	EQ(pread(got, buf, sizeof(buf), 0), 5);
	EQ(lseek(got, 0, SEEK_CUR), 5);
	ERR(pidfd_getfd(fd, 61, 0), EBADF);
	ERR(pidfd_getfd(fd, 60, 1), EINVAL);
	ERR(pidfd_getfd(got, 60, 0), EBADF);
	gate_open(&g);
	EXITS(pid, 6);
	ERR(pidfd_getfd(fd, 60, 0), ESRCH);
}

TEST("pidfd_getfd and signals need permission: EPERM")
{
	int fd = pidfd_open(getppid(), 0);

	if (geteuid() != 0)
		SKIP("not root");
	CHECK(fd >= 0 && setresuid(4242, 4242, 4242) == 0);
	ERR(pidfd_getfd(fd, 0, 0), EPERM);
	ERR(pidfd_signal(fd, 0, NULL, 0), EPERM);
	ERR(pidfd_signal(fd, SIGTERM, NULL, 0), EPERM);
}

TEST("/proc/self/fdinfo tells the number, and -1 when the process is gone")
{
	char path[64], text[1024], want[32];
	struct gate g = gate_make();
	pid_t pid = gated(&g);
	int fd = pidfd_open(pid, 0);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(want, sizeof(want), "\nPid:\t%d\n", pid);
	CHECK(read_file(path, text, sizeof(text)) > 0);
	CHECK(strstr(text, want) != NULL);
	gate_open(&g);
	EXITS(pid, 6);
	CHECK(read_file(path, text, sizeof(text)) > 0);
	CHECK(strstr(text, "\nPid:\t-1\n") != NULL);
}

TEST("a descriptor survives fork and can be passed on by dup")
{
	struct gate g = gate_make();
	pid_t pid = gated(&g), watcher;
	int fd = pidfd_open(pid, 0), two = dup(fd);

	close(fd);
	if ((watcher = child()) == 0)
		_exit((ready(two, 5000) & POLLIN) != 0 && pidfd_signal(two, 0, NULL, 0) == 0 ? 0 :
		    1);
	sleep_ms(30);
	gate_open(&g);
	EXITS(watcher, 0);
	EXITS(pid, 6);
}

TAP_MAIN(60)
