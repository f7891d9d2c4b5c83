/* SPDX-License-Identifier: BSD-2-Clause */
/* wait4 and wait6: statuses, selection, options, siginfo, usage. */
#include "nb.h"

struct wrusage { struct rusage self, children; };

NB_FN pid_t
wait6(int idtype, int id, int *status, int options, struct wrusage *wru, struct siginfo *si)
{
	return (pid_t)CALL(SYS_wait6, idtype, id, status, options, wru, si);
}

static pid_t
exits(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	CHECK(pid > 0);
	return pid;
}

static pid_t
raises(int signo)
{
	pid_t pid = fork();

	if (pid == 0) {
		kill(getpid(), signo);
		_exit(0);
	}
	CHECK(pid > 0);
	return pid;
}

TEST("wait4: exit status, death by a signal, by one that dumps core (END-2)")
{
	int status;

	for (int i = 0; i < 256; i += 51)
		EXITS(exits(i), i);
	EQ(nb_reap(raises(SIGKILL)), SIGKILL);
	EQ(nb_reap(raises(SIGHUP)), SIGHUP);
	EQ(nb_reap(raises(SIGABRT)) & 0x7f, SIGABRT);
	EXITS(raises(SIGCONT), 0);
	ERR(wait4(-1, &status, 0, NULL), NB_ECHILD);
	ERR(wait4(-1, &status, WNOHANG, NULL), NB_ECHILD);
	ERR(wait4(-1, &status, 0x100, NULL), NB_EINVAL);
}

TEST("stop signals stop a child of fork; it is reported to WUNTRACED alone, once, and SIGKILL "
    "ends it (END-2)")
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int status;

	for (size_t i = 0; i < nitems(stops); i++) {
		pid_t pid = raises(stops[i]);

		if (stops[i] != SIGSTOP) {
			/*
			 * The group is this session's only one: orphaned, so terminal stops do
			 * nothing.
			 */
			EXITS(pid, 0);
			continue;
		}
		EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
		EQ(status, stops[i] << 8 | 0x7f);
		EQ(wait4(pid, &status, WUNTRACED | WNOHANG, NULL), 0);
		EQ(kill(pid, SIGKILL), 0);
		KILLED(pid, SIGKILL);
	}
}

TEST("terminal stop signals stop a child whose group can be continued from its session (END-2)")
{
	static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	int status, go[2];
	char c = 0;

	EQ(nb_pipe(go), 0);
	for (size_t i = 0; i < nitems(stops); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			CALL(SYS_setpgid, 0, 0);
			kill(getpid(), stops[i]);
			/* Its end would be told instead of its continuation. */
			EQ(read(go[0], &c, 1), 1);
			_exit(3);
		}
		EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
		EQ(status, stops[i] << 8 | 0x7f);
		EQ(kill(pid, SIGCONT), 0);
		EQ(wait4(pid, &status, WCONTINUED, NULL), pid);
		EQ(status, 0xffff);
		EQ(write(go[1], &c, 1), 1);
		EXITS(pid, 3);
	}
}

TEST("wait6 needs an option that says what to wait for, and known ones (END-2)")
{
	int status;
	pid_t pid = exits(1);

	ERR(wait6(P_ALL, 0, &status, 0, NULL, NULL), NB_EINVAL);
	ERR(wait6(P_ALL, 0, &status, WNOHANG, NULL, NULL), NB_EINVAL);
	ERR(wait6(P_ALL, 0, &status, WEXITED | 0x100, NULL, NULL), NB_EINVAL);
	ERR(wait6(99, 0, &status, WEXITED, NULL, NULL), NB_EINVAL);
	ERR(wait6(P_PID, pid + 1, &status, WEXITED, NULL, NULL), NB_ECHILD);
	EQ(wait6(P_PID, pid, &status, WEXITED, NULL, NULL), pid);
	ERR(wait6(P_ALL, 0, &status, WEXITED, NULL, NULL), NB_ECHILD);
	ERR(wait6(P_ALL, 0, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	ERR(wait6(P_ALL, 0, &status, WTRAPPED | WNOHANG, NULL, NULL), NB_ECHILD);
}

TEST("wait6: the whole exit code, pid, uid and code in the siginfo (END-2)")
{
	struct siginfo si;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		CALL(SYS_setuid, 1234);
		_exit(0x5a5a5a5a);
	}
	EQ(wait6(P_PID, pid, &status, WEXITED, NULL, &si), pid);
	EQ(status, 0x5a << 8);
	EQ(si.signo, SIGCHLD);
	EQ(si.code, CLD_EXITED);
	EQ(si.u.child.status, 0x5a5a5a5a);
	EQ(si.u.child.pid, pid);
	EQ(si.u.child.uid, 1234);
	pid = raises(SIGTERM);
	EQ(wait6(P_ALL, 0, &status, WEXITED, NULL, &si), pid);
	EQ(si.code, CLD_KILLED);
	EQ(si.u.child.status, SIGTERM);
	pid = raises(SIGSEGV);
	EQ(wait6(P_ALL, 0, &status, WEXITED, NULL, &si), pid);
	EQ(si.code, CLD_DUMPED);
	EQ(si.u.child.status, SIGSEGV);
	EQ(status, SIGSEGV | 0x80);
}

TEST("wait6: stop, continue, quit of one child, and each report once (END-2)")
{
	struct siginfo si;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			sleep_ms(1000);
	}
	EQ(kill(pid, SIGSTOP), 0);
	EQ(wait6(P_PID, pid, &status, WUNTRACED, NULL, &si), pid);
	EQ(si.code, CLD_STOPPED);
	EQ(si.u.child.status, SIGSTOP);
	EQ(wait6(P_PID, pid, &status, WUNTRACED | WCONTINUED | WEXITED | WNOHANG, NULL, &si), 0);
	EQ(kill(pid, SIGCONT), 0);
	EQ(wait6(P_PID, pid, &status, WCONTINUED, NULL, &si), pid);
	EQ(si.code, CLD_CONTINUED);
	EQ(si.u.child.status, SIGCONT);
	EQ(status, 0xffff);
	EQ(wait6(P_PID, pid, &status, WUNTRACED | WCONTINUED | WEXITED | WNOHANG, NULL, &si), 0);
	EQ(kill(pid, SIGTERM), 0);
	EQ(wait6(P_PID, pid, &status, WEXITED, NULL, &si), pid);
	EQ(si.code, CLD_KILLED);
}

TEST("WNOWAIT leaves the child waitable, WNOZOMBIE passes over the dead (END-2)")
{
	struct siginfo si;
	int status;
	pid_t pid = exits(6);

	EQ(wait6(P_PID, pid, &status, WEXITED | WNOWAIT, NULL, &si), pid);
	EQ(status, 6 << 8);
	ERR(wait6(P_PID, pid, &status, WEXITED | WNOZOMBIE, NULL, &si), NB_ECHILD);
	EQ(wait6(P_PID, pid, &status, WEXITED | WNOWAIT, NULL, &si), pid);
	EXITS(pid, 6);
	ERR(wait6(P_PID, pid, &status, WEXITED | WNOWAIT, NULL, &si), NB_ECHILD);
}

TEST("wait6 selects by group, session, uid and gid (END-2)")
{
	int status, me = getpid();
	pid_t a = fork(), b, c;

	if (a == 0) {
		CALL(SYS_setpgid, 0, 0);
		_exit(1);
	}
	if ((b = fork()) == 0) {
		CALL(SYS_setsid);
		_exit(2);
	}
	if ((c = fork()) == 0) {
		CALL(SYS_setgid, 77);
		CALL(SYS_setuid, 1077);
		_exit(3);
	}
	sleep_ms(50);
	ERR(wait6(P_UID, 1078, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	ERR(wait6(P_GID, 78, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	ERR(wait6(P_SID, 1, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	EQ(wait6(P_SID, b, &status, WEXITED, NULL, NULL), b);
	EQ(wait6(P_PGID, a, &status, WEXITED, NULL, NULL), a);
	EQ(wait6(P_GID, 77, &status, WEXITED | WNOWAIT, NULL, NULL), c);
	EQ(wait6(P_UID, 1077, &status, WEXITED, NULL, NULL), c);
	a = exits(1);
	EQ(wait6(P_SID, me, &status, WEXITED, NULL, NULL), a);
	a = exits(1);
	EQ(wait6(P_PGID, (int)CALL(SYS_getpgrp), &status, WEXITED, NULL, NULL), a);
	a = exits(1);
	EQ(wait6(P_UID, 0, &status, WEXITED, NULL, NULL), a);
	EQ(wait4(0, &status, WNOHANG, NULL), -1);
	a = exits(1);
	EQ(wait4(0, &status, 0, NULL), a);
}

TEST("wait6 by uid and gid means the effective ones (END-2)")
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		CALL(SYS_setegid, 79);
		CALL(SYS_seteuid, 1079);
		_exit(4);
	}
	EQ(wait6(P_PID, pid, &status, WEXITED | WNOWAIT, NULL, NULL), pid);
	ERR(wait6(P_UID, 0, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	ERR(wait6(P_GID, 0, &status, WEXITED | WNOHANG, NULL, NULL), NB_ECHILD);
	EQ(wait6(P_GID, 79, &status, WEXITED | WNOWAIT, NULL, NULL), pid);
	EQ(wait6(P_UID, 1079, &status, WEXITED, NULL, NULL), pid);
}

static int64_t
burn(int ms)
{
	int64_t end = now_ms() + ms, n = 0;

	while (now_ms() < end)
		n++;
	return n;
}

TEST("wait6 tells the child's own usage and that of its children apart; wait4 adds them (END-2)")
{
	struct wrusage wru;
	struct rusage ru;
	int status;
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		if ((pid = fork()) == 0) {
			pid_t inner = fork();

			if (inner == 0) {
				burn(150);
				_exit(0);
			}
			EXITS(inner, 0);
			_exit(0);
		}
		if (i == 0) {
			EQ(wait6(P_PID, pid, &status, WEXITED, &wru, NULL), pid);
			CHECK(wru.children.utime.usec + wru.children.stime.usec +
			    wru.children.utime.sec * 1000000 > 30000);
			CHECK(wru.self.utime.sec == 0 &&
			    wru.self.utime.usec < wru.children.utime.usec +
			    wru.children.stime.usec);
		} else {
			EQ(wait4(pid, &status, 0, &ru), pid);
			CHECK(ru.utime.usec + ru.stime.usec + ru.utime.sec * 1000000 > 30000);
		}
	}
}

TEST("the newest child is looked at first (PUB-5)")
{
	pid_t pid[3];
	int status;

	for (int i = 0; i < 3; i++)
		pid[i] = exits(i);
	sleep_ms(100);
	for (int i = 3; i-- > 0;)
		EQ(wait4(-1, &status, 0, NULL), pid[i]);
}

TEST("signals to a zombie are no error, and it stays one till it is waited for")
{
	static const int signals[] = { SIGKILL, SIGSTOP, SIGABRT, SIGHUP, SIGCONT, 0 };
	int status;

	for (size_t i = 0; i < nitems(signals); i++) {
		pid_t pid = exits(9);

		EQ(wait6(P_PID, pid, &status, WEXITED | WNOWAIT, NULL, NULL), pid);
		EQ(kill(pid, signals[i]), 0);
		EXITS(pid, 9);
		ERR(kill(pid, signals[i]), NB_ESRCH);
	}
}

NB_MAIN(30)
