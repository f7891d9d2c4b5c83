/* SPDX-License-Identifier: BSD-2-Clause */
/* exec between personalities, and what it keeps and drops. */
#include "nb.h"

static int
run(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		CALL(SYS_execve, argv[0], argv, nb_envp);
		_exit(127);
	}
	CHECK(pid > 0);
	return nb_reap(pid);
}

TEST("a NetBSD program execs a Linux one and waits for it; deaths by signals have NetBSD's numbers")
{
	char *ok[] = { "/bin/sh", "-c", "exit 5", NULL };
	char *usr1[] = { "/bin/sh", "-c", "kill -USR1 $$", NULL };
	char *bus[] = { "/bin/sh", "-c", "kill -BUS $$", NULL };

	EQ(run(ok), 5 << 8);
	EQ(run(usr1), SIGUSR1);
	EQ(run(bus) & ~0x80, SIGBUS);
}

TEST("a Linux shell execs NetBSD programs, waits for them, and pipes between them")
{
	char script[] =
	    "$0 @exit 7; a=$?; $0 @args one two; b=$?; x=$($0 @say | cat); "
	    "[ $a = 7 ] && [ $b = 4 ] && [ \"$x\" = hello ]";
	char *argv[] = { "/bin/sh", "-c", script, nb_self, NULL };

	EQ(run(argv), 0);
}

HELPER("args")
{
	if (strcmp(argv[2], "one") != 0 || strcmp(argv[3], "two") != 0 || argv[4] != NULL)
		return 0;
	return argc;
}

HELPER("say")
{
	return write(1, "hello\n", 6) == 6 ? 0 : 1;
}

TEST("a NetBSD program reads what a Linux one writes, through a shell and back again")
{
	char script[] = "$0 @exec-linux; exit $?";
	char *argv[] = { "/bin/sh", "-c", script, nb_self, NULL };

	EQ(run(argv), 33 << 8);
}

HELPER("exec-linux")
{
	char *argv2[] = { "/bin/sh", "-c", "exit 33", NULL };

	CALL(SYS_execve, argv2[0], argv2, nb_envp);
	return 1;
}

TEST("a script with a NetBSD interpreter; arguments and environment arrive")
{
	char *argv[] = { "/tmp/script", "one", "two", NULL };
	int fd = (int)CALL(SYS_open, argv[0], O_WRONLY | O_CREAT | O_TRUNC, 0755);

	EQ(write(fd, "#!", 2), 2);
	CHECK(write(fd, nb_self, strlen(nb_self)) > 0);
	EQ(write(fd, " @script\n", 9), 9);
	close(fd);
	EQ(run(argv), 0);
}

HELPER("script")
{
	return argc == 5 && strcmp(argv[2], "/tmp/script") == 0 && strcmp(argv[3], "one") == 0 &&
	    nb_psstrings->argc == argc && nb_psstrings->argv == argv ? 0 : 1;
}

static void
handler(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc __attribute__((unused)))
{
}

HELPER("after")
{
	struct sigaction sa;
	struct stack ss;
	struct sigset set;

	CALL(SYS_sigaction, SIGUSR1, NULL, &sa, 0, 0);
	if (sa.handler != SIG_DFL)
		return 1;
	CALL(SYS_sigaction, SIGUSR2, NULL, &sa, 0, 0);
	if (sa.handler != SIG_IGN)
		return 2;
	CALL(SYS_sigaltstack, NULL, &ss);
	if (ss.flags != SS_DISABLE)
		return 3;
	CALL(SYS_sigprocmask, 0, NULL, &set);
	if ((set.bits[0] >> (SIGTERM - 1) & 1) == 0)
		return 4;
	if (CALL(SYS_fcntl, 20, F_GETFD) != -1 || CALL(SYS_fcntl, 21, F_GETFD) != 0)
		return 5;
	if (CALL(SYS_lwp_getprivate) != 0)
		return 6;
	return 0;
}

TEST("exec resets handlers and alternate stack, keeps ignored signals and the mask, closes "
    "what it shall (END-4)")
{
	static char stack[32768];
	struct stack ss = { .sp = (uint64_t)stack, .size = sizeof(stack) };
	struct sigaction ign = { .handler = SIG_IGN };
	char *argv[] = { nb_self, "@after", NULL };

	handle(SIGUSR1, handler, 0);
	EQ(CALL(SYS_sigaction, SIGUSR2, &ign, NULL, 0, 0), 0);
	EQ(CALL(SYS_sigaltstack, &ss, NULL), 0);
	block(SIG_BLOCK, SIGTERM);
	EQ(CALL(SYS_dup2, 1, 20), 20);
	EQ(CALL(SYS_dup2, 1, 21), 21);
	EQ(CALL(SYS_fcntl, 20, F_SETFD, FD_CLOEXEC), 0);
	EQ(CALL(SYS_lwp_setprivate, stack), 0);
	EQ(run(argv), 0);
}

TEST("errors of exec leave the program as it was")
{
	char *argv[] = { nb_self, NULL };
	static char long_name[5000];

	memset(long_name, 'x', sizeof(long_name) - 1);
	ERR(CALL(SYS_execve, "/nonexistent", argv, nb_envp), NB_ENOENT);
	ERR(CALL(SYS_execve, "", argv, nb_envp), NB_ENOENT);
	ERR(CALL(SYS_execve, "/tmp", argv, nb_envp), NB_EACCES);
	ERR(CALL(SYS_execve, nb_self, (char **)8, nb_envp), NB_EFAULT);
	ERR(CALL(SYS_execve, long_name, argv, nb_envp), 63 /* ENAMETOOLONG */);
}

TEST("__clone with an exit signal, then exec: SIGCHLD is sent (END-5 FIX-56)")
{
	char *argv[] = { nb_self, "@exit", "3", NULL };
	struct sigset chld = { { 1u << (SIGCHLD - 1) | 1u << (SIGUSR1 - 1), 0, 0, 0 } };
	struct timespec ts = { 5, 0 };
	struct siginfo si;
	struct nb_result r;

	block(SIG_BLOCK, SIGCHLD);
	block(SIG_BLOCK, SIGUSR1);
	r = nb_raw(SYS_clone, SIGUSR1, 0, 0, 0, 0, 0);
	if (!r.carry && r.ax == 0) {
		CALL(SYS_execve, nb_self, argv, nb_envp);
		_exit(99);
	}
	EQ(CALL(SYS_sigtimedwait, &chld, &si, &ts), 0);
	EQ(si.signo, SIGCHLD);
	EQ(si.u.child.pid, r.ax);
	EQ(wait4((pid_t)r.ax, NULL, 0, NULL), r.ax);
}

NB_MAIN(30)
