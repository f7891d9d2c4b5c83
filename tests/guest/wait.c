/* SPDX-License-Identifier: BSD-2-Clause */
/* wait4 and waitid: whom they find, what they report, when they block; and exit statuses. */
#include "tap.h"
#include <sys/resource.h>

TEST("exit statuses 0 to 255 arrive, and only eight bits of more (END-2)")
{
	static const int code[] = { 0, 1, 2, 7, 64, 126, 127, 128, 129, 200, 254, 255, 256, 257,
	    511, -1, -2 };
	unsigned i;
	pid_t pid;

	for (i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
		if ((pid = child()) == 0)
			_exit(code[i]);
		EXITS(pid, code[i] & 255);
	}
}

TEST("death by each default-fatal signal is reported as such (END-2)")
{
	static const int sig[] = { SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
	    SIGTERM, SIGPROF,
	    SIGVTALRM, SIGIO, 34, 64 };
	unsigned i;
	pid_t pid;

	for (i = 0; i < sizeof(sig) / sizeof(sig[0]); i++) {
		if ((pid = child()) == 0) {
			syscall(SYS_kill, getpid(), sig[i]);
			_exit(1);
		}
		KILLED(pid, sig[i]);
	}
}

TEST("exit_group status from the raw call (END-2)")
{
	pid_t pid = child();

	if (pid == 0)
		syscall(SYS_exit_group, 0x1234);
	EXITS(pid, 0x34);
}

TEST("wait without children: ECHILD, for each form (END-2)")
{
	siginfo_t si;

	ERR(waitpid(-1, NULL, 0), ECHILD);
	ERR(waitpid(0, NULL, 0), ECHILD);
	ERR(waitpid(1, NULL, WNOHANG), ECHILD);
	ERR(waitpid(getpid(), NULL, 0), ECHILD);
	ERR(waitpid(getppid(), NULL, 0), ECHILD);
	ERR(waitpid(-getpgrp() - 1, NULL, 0), ECHILD);
	ERR(waitid(P_ALL, 0, &si, WEXITED), ECHILD);
	ERR(waitid(P_PID, 1, &si, WEXITED | WNOHANG), ECHILD);
}

TEST("invalid options: EINVAL (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	ERR(syscall(SYS_wait4, pid, NULL, 0x400, NULL), EINVAL);
	ERR(waitid(P_PID, pid, &si, 0), EINVAL);
	ERR(waitid(P_PID, pid, &si, WNOHANG), EINVAL);
	ERR(waitid((idtype_t)99, pid, &si, WEXITED), EINVAL);
	EXITS(pid, 0);
}

TEST("WNOHANG gives 0 while the child lives, then its pid (END-2)")
{
	struct gate g = gate_make();
	pid_t pid = child();
	int status = 77;

	if (pid == 0) {
		gate_pass(&g);
		_exit(5);
	}
	EQ(waitpid(pid, &status, WNOHANG), 0);
	EQ(waitpid(-1, &status, WNOHANG), 0);
	EQ(status, 77);
	gate_open(&g);
	CHECK(SOON(waitpid(pid, &status, WNOHANG) == pid, 5000));
	EQ(WEXITSTATUS(status), 5);
}

TEST("a zombie is reaped once, then it is gone (END-2)")
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	EXITS(pid, 0);
	ERR(waitpid(pid, NULL, 0), ECHILD);
	ERR(kill(pid, 0), ESRCH);
}

TEST("kill(pid, 0) finds a zombie until it is reaped (END-1)")
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	CHECK(SOON(proc_state(pid) == 'Z', 5000));
	EQ(kill(pid, 0), 0);
	EQ(kill(pid, SIGKILL), 0);
	EXITS(pid, 0);
}

TEST("wait by pid takes that child although others are ready (END-2)")
{
	pid_t a = child(), b;

	if (a == 0)
		_exit(1);
	if ((b = child()) == 0) {
		sleep_ms(50);
		_exit(2);
	}
	CHECK(SOON(proc_state(a) == 'Z', 5000));
	EXITS(b, 2);
	EXITS(a, 1);
}

TEST("wait by process group takes only its members (END-2)")
{
	struct gate g = gate_make();
	pid_t a, b;
	int status;

	if ((a = child()) == 0) {
		gate_pass(&g);
		_exit(3);
	}
	if ((b = child()) == 0)
		_exit(4);
	EQ(setpgid(a, a), 0);
	CHECK(SOON(proc_state(b) == 'Z', 5000));
	EQ(waitpid(-a, &status, WNOHANG), 0);
	EQ(waitpid(0, &status, 0), b);
	EQ(WEXITSTATUS(status), 4);
	ERR(waitpid(0, &status, WNOHANG), ECHILD);
	gate_open(&g);
	EQ(waitpid(-a, &status, 0), a);
	EQ(WEXITSTATUS(status), 3);
}

TEST("a wait that blocks is woken by the exit (END-1)")
{
	pid_t pid = child();
	long long start = now_ms();

	if (pid == 0) {
		sleep_ms(120);
		_exit(9);
	}
	EXITS(pid, 9);
	CHECK(now_ms() - start >= 100);
}

TEST("the newest dead child is found by wait(-1), and each exactly once (END-2)")
{
	pid_t pid[10], got;
	int i, j, status, seen = 0;

	for (i = 0; i < 10; i++)
		if ((pid[i] = child()) == 0)
			_exit(i);
	for (i = 0; i < 10; i++) {
		got = wait(&status);
		CHECK(got > 0);
		for (j = 0; j < 10; j++)
			if (pid[j] == got) {
				EQ(WEXITSTATUS(status), j);
				CHECK((seen & 1 << j) == 0);
				seen |= 1 << j;
			}
	}
	EQ(seen, 0x3ff);
	ERR(wait(&status), ECHILD);
}

TEST("WUNTRACED reports a stop once; without it a stop is not seen (END-2)")
{
	pid_t pid = child();
	int status;

	if (pid == 0)
		for (;;)
			pause();
	EQ(kill(pid, SIGSTOP), 0);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	kill(pid, SIGCONT);
	sleep_ms(20);
	kill(pid, SIGSTOP);
	CHECK(SOON(proc_state(pid) == 'T', 5000));
	EQ(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("the stop signal is told: SIGTSTP, SIGTTIN, SIGTTOU (END-2)")
{
	static const int sig[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int i, status;
	pid_t pid;

	/*
	 * Stops by tty signals need a group that is not orphaned: a child of ours in its own
	 * group.
	 */
	for (i = 0; i < 4; i++) {
		if ((pid = child()) == 0) {
			setpgid(0, 0);
			raise(sig[i]);
			_exit(6);
		}
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		EQ(status, sig[i] << 8 | 0x7f);
		kill(pid, SIGCONT);
		EXITS(pid, 6);
	}
}

TEST("WCONTINUED reports the continuation once (END-2)")
{
	pid_t pid = child();
	int status;

	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	kill(pid, SIGCONT);
	EQ(waitpid(pid, &status, WCONTINUED), pid);
	EQ(status, 0xffff);
	CHECK(WIFCONTINUED(status));
	EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("WNOWAIT leaves the child to be waited for again (END-2)")
{
	siginfo_t si;
	pid_t pid = child();
	int i;

	if (pid == 0)
		_exit(12);
	for (i = 0; i < 3; i++) {
		memset(&si, 0, sizeof(si));
		EQ(waitid(P_PID, pid, &si, WEXITED | WNOWAIT), 0);
		EQ(si.si_pid, pid);
		EQ(si.si_status, 12);
	}
	EXITS(pid, 12);
}

TEST("WNOWAIT leaves a stop and a continuation to be told again (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	EQ(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 3; i++) {
		memset(&si, 0, sizeof(si));
		EQ(waitid(P_PID, pid, &si, WSTOPPED | (i < 2 ? WNOWAIT : 0)), 0);
		EQ(si.si_pid, pid);
		EQ(si.si_code, CLD_STOPPED);
	}
	si.si_pid = 1;
	EQ(waitid(P_PID, pid, &si, WSTOPPED | WNOHANG), 0);
	EQ(si.si_pid, 0);
	EQ(kill(pid, SIGCONT), 0);
	for (int i = 0; i < 3; i++) {
		memset(&si, 0, sizeof(si));
		EQ(waitid(P_PID, pid, &si, WCONTINUED | (i < 2 ? WNOWAIT : 0)), 0);
		EQ(si.si_pid, pid);
		EQ(si.si_code, CLD_CONTINUED);
	}
	EQ(waitid(P_PID, pid, &si, WCONTINUED | WNOHANG), 0);
	EQ(kill(pid, SIGKILL), 0);
	KILLED(pid, SIGKILL);
}

TEST("waitid fills the siginfo: exit (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		_exit(33);
	memset(&si, 0xff, sizeof(si));
	EQ(waitid(P_PID, pid, &si, WEXITED), 0);
	EQ(si.si_signo, SIGCHLD);
	EQ(si.si_errno, 0);
	EQ(si.si_code, CLD_EXITED);
	EQ(si.si_pid, pid);
	EQ(si.si_uid, getuid());
	EQ(si.si_status, 33);
}

TEST("waitid fills the siginfo: kill, stop, continue (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQ(waitid(P_PID, pid, &si, WSTOPPED), 0);
	EQ(si.si_code, CLD_STOPPED);
	EQ(si.si_status, SIGSTOP);
	kill(pid, SIGCONT);
	EQ(waitid(P_PID, pid, &si, WCONTINUED), 0);
	EQ(si.si_code, CLD_CONTINUED);
	EQ(si.si_status, SIGCONT);
	kill(pid, SIGTERM);
	EQ(waitid(P_PID, pid, &si, WEXITED), 0);
	EQ(si.si_code, CLD_KILLED);
	EQ(si.si_status, SIGTERM);
}

TEST("waitid with WNOHANG and nothing to tell gives 0 and a zero pid (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	memset(&si, 0xff, sizeof(si));
	EQ(waitid(P_ALL, 0, &si, WEXITED | WNOHANG), 0);
	EQ(si.si_pid, 0);
	EQ(si.si_signo, 0);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("waitid by group, P_PGID with 0 meaning one's own (END-2)")
{
	siginfo_t si;
	pid_t pid = child();

	if (pid == 0)
		_exit(1);
	EQ(waitid(P_PGID, 0, &si, WEXITED), 0);
	EQ(si.si_pid, pid);
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		_exit(2);
	}
	setpgid(pid, pid);
	EQ(waitid(P_PGID, pid, &si, WEXITED), 0);
	EQ(si.si_pid, pid);
}

TEST("wait4 gives the resource usage of the child (END-2)")
{
	struct rusage ru;
	volatile unsigned long i;
	int status;
	pid_t pid = child();

	if (pid == 0) {
		for (i = 0; i < 60000000; i++)
			continue;
		_exit(0);
	}
	memset(&ru, 0xff, sizeof(ru));
	EQ(wait4(pid, &status, 0, &ru), pid);
	CHECK(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 5000);
	CHECK(ru.ru_utime.tv_sec < 20);
	getrusage(RUSAGE_CHILDREN, &ru);
	CHECK(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 5000);
}

TEST("hostile pointers: EFAULT (END-2)")
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	CHECK(SOON(proc_state(pid) == 'Z', 5000));
	ERR(syscall(SYS_wait4, pid, (void *)8, 0, NULL), EFAULT);
	waitpid(pid, NULL, WNOHANG);
}

static volatile int wait_caught;

static void
wait_handler(int sig __attribute__((unused)))
{
	wait_caught++;
}

TEST("a handler without SA_RESTART ends wait with EINTR (END-2)")
{
	struct sigaction sa = { .sa_handler = wait_handler };
	pid_t me = getpid(), pid, killer;

	sigaction(SIGUSR1, &sa, NULL);
	if ((pid = child()) == 0)
		for (;;)
			pause();
	if ((killer = child()) == 0) {
		sleep_ms(80);
		kill(me, SIGUSR1);
		sleep_ms(500);
		_exit(0);
	}
	ERR(waitpid(pid, NULL, 0), EINTR);
	EQ(wait_caught, 1);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
	kill(killer, SIGKILL);
	reap(killer);
}

TEST("with SA_RESTART the wait goes on (END-2)")
{
	struct sigaction sa = { .sa_handler = wait_handler, .sa_flags = SA_RESTART };
	pid_t me = getpid(), pid;
	int status;

	sigaction(SIGUSR1, &sa, NULL);
	if ((pid = child()) == 0) {
		sleep_ms(60);
		kill(me, SIGUSR1);
		sleep_ms(60);
		_exit(4);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WEXITSTATUS(status), 4);
	EQ(wait_caught, 1);
}

TEST("SIGCHLD ignored: children are reaped at once, wait ends with ECHILD (END-1)")
{
	pid_t pid;
	int i;

	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 5; i++) {
		if ((pid = child()) == 0) {
			sleep_ms(20);
			_exit(i);
		}
	}
	ERR(waitpid(-1, NULL, 0), ECHILD);
	CHECK(SOON(kill(pid, 0) == -1 && errno == ESRCH, 5000));
}

TEST("SA_NOCLDWAIT: the same with a handler, which is called (END-1)")
{
	struct sigaction sa = { .sa_handler = wait_handler, .sa_flags = SA_NOCLDWAIT | SA_RESTART };
	pid_t pid;

	sigaction(SIGCHLD, &sa, NULL);
	if ((pid = child()) == 0)
		_exit(0);
	ERR(waitpid(pid, NULL, 0), ECHILD);
	CHECK(SOON(wait_caught == 1, 3000));
}

TEST("an orphan is given to a reaper, and its parent changes (END-1)")
{
	struct gate up = gate_make(), go = gate_make();
	pid_t pid, ppid = 0;

	if ((pid = child()) == 0) {
		pid_t middle = getpid(), sub = child();

		if (sub != 0)
			_exit(0);
		gate_pass(&go);
		CHECK(SOON(getppid() != middle, 5000));
		ppid = getppid();
		EQ(write(up.g_fd[1], &ppid, sizeof(ppid)), sizeof(ppid));
		_exit(0);
	}
	EXITS(pid, 0);
	gate_open(&go);
	EQ(read(up.g_fd[0], &ppid, sizeof(ppid)), sizeof(ppid));
	CHECK(ppid != pid && ppid > 0);
}

TEST("a zombie whose parent exits goes too (END-1)")
{
	struct gate g = gate_make();
	pid_t pid = child(), sub;

	if (pid == 0) {
		if ((sub = child()) == 0)
			_exit(0);
		CHECK(SOON(proc_state(sub) == 'Z', 5000));
		EQ(write(g.g_fd[1], &sub, sizeof(sub)), sizeof(sub));
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(read(g.g_fd[0], &sub, sizeof(sub)), sizeof(sub));
	CHECK(SOON(kill(sub, 0) == -1 && errno == ESRCH, 5000));
}

TEST("two processes cannot reap the same grandchild: it is not theirs (END-2)")
{
	pid_t pid = child(), sub;

	if (pid == 0) {
		if ((sub = child()) == 0) {
			ERR(waitpid(getppid(), NULL, WNOHANG), ECHILD);
			_exit(0);
		}
		EXITS(sub, 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

TAP_MAIN(20)
