/* SPDX-License-Identifier: BSD-2-Clause */
/* posix_spawn: file actions, attributes, errors. */
#include "nb.h"

enum { FAE_OPEN, FAE_DUP2, FAE_CLOSE, FAE_CHDIR, FAE_FCHDIR };
struct fae { int action, fd; union { struct { const char *path; int oflag; uint32_t mode; } open;
    int newfd; } u; };
struct actions { uint32_t size, len; struct fae *fae; };
struct attr { int16_t flags, pad; int pgroup, priority, policy; struct sigset sigdefault, sigmask;
    };
#define RESETIDS 1
#define SETPGROUP 2
#define SETSCHEDPARAM 4
#define SETSCHEDULER 8
#define SETSIGDEF 0x10
#define SETSIGMASK 0x20

/* The result as a program sees it: 0 or an error; carry must be clear. */
NB_FN int
spawn(pid_t *pid, const char *path, struct fae *fae, uint32_t n, struct attr *attr, char **argv)
{
	struct actions fa = { n, n, fae };
	struct nb_result r = nb_raw(SYS_posix_spawn, (uint64_t)pid, (uint64_t)path,
	    (uint64_t)(fae != NULL ? &fa : NULL),
	    (uint64_t)attr, (uint64_t)argv, (uint64_t)nb_envp);

	EQ(r.carry, 0);
	return (int)r.ax;
}

static volatile int chld;

static void
count(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc __attribute__((unused)))
{
	chld++;
}

/* A spawn that must fail so: no child, no signal, no count, at once. */
static void
fails(int error, const char *path, struct fae *fae, uint32_t n, struct attr *attr)
{
	char *argv[] = { nb_self, "@true", NULL };
	pid_t pid = 7;

	chld = 0;
	handle(SIGCHLD, count, SA_RESTART);
	EQ(spawn(&pid, path, fae, n, attr, argv), error);
	EQ(pid, 7);
	ERR(wait4(-1, NULL, WNOHANG | WALLSIG, NULL), NB_ECHILD);
	sleep_ms(5);
	EQ(chld, 0);
	handle(SIGCHLD, (void *)SIG_DFL, 0);
}

TEST("a program is started; its exit status comes by wait (ENT-10)")
{
	char *argv[] = { nb_self, "@exit", "7", NULL };
	pid_t pid = 0;
	int status;

	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), 0);
	CHECK(pid > 0);
	EXITS(pid, 7);
	EQ(spawn(NULL, nb_self, NULL, 0, NULL, argv), 0);	/* the pid is not wanted */
	CHECK(wait4(-1, &status, 0, NULL) > 0);
	EQ(status, 7 << 8);
}

TEST("errors of exec are the result: no child, no SIGCHLD (ENT-10)")
{
	int fd = (int)CALL(SYS_open, "/tmp/not-a-program", O_WRONLY | O_CREAT | O_TRUNC, 0755);

	EQ(write(fd, "text\n", 5), 5);
	close(fd);
	fails(NB_ENOENT, "/nonexistent", NULL, 0, NULL);
	fails(NB_ENOENT, "", NULL, 0, NULL);
	fails(NB_ENOEXEC, "/tmp/not-a-program", NULL, 0, NULL);
	fails(NB_EACCES, "/proc", NULL, 0, NULL);
	fails(NB_ENOTDIR, "/tmp/not-a-program/x", NULL, 0, NULL);
	fails(NB_EFAULT, (char *)8, NULL, 0, NULL);
}

TEST("a failing spawn takes no place of the user's, however often (ENT-10 INV-2)")
{
	char *argv[] = { nb_self, "@true", NULL };
	struct rlimit rl = { 4, 4 };
	pid_t pid;

	EQ(CALL(SYS_setrlimit, RLIMIT_NPROC, &rl), 0);
	EQ(CALL(SYS_setuid, 2011), 0);
	for (int i = 0; i < 30; i++)
		EQ(spawn(&pid, "/nonexistent", NULL, 0, NULL, argv), NB_ENOENT);
	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), 0);
	EXITS(pid, 0);
}

TEST("over RLIMIT_NPROC the result is EAGAIN (ENT-10 ADM-4)")
{
	char *argv[] = { nb_self, "@true", NULL };
	struct rlimit rl = { 1, 1 };
	pid_t pid = 7;

	EQ(CALL(SYS_setrlimit, RLIMIT_NPROC, &rl), 0);
	EQ(CALL(SYS_setuid, 2012), 0);
	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), NB_EAGAIN);
	EQ(pid, 7);
}

HELPER("fds")	/* @fds A B: whether descriptors A is open and B is not */
{
	int a = atoi(argv[2]), b = atoi(argv[3]);

	if (CALL(SYS_fcntl, a, F_GETFD) < 0)
		return 1;
	return CALL(SYS_fcntl, b, F_GETFD) < 0 ? 0 : 2;
}

TEST("file actions: dup2, close, and a dup2 on itself that clears close-on-exec (ENT-10)")
{
	char *argv[] = { nb_self, "@fds", "30", "31", NULL };
	struct fae fae[] = {
		{ FAE_DUP2, 1, { .newfd = 30 } },
		{ FAE_CLOSE, 31, { .newfd = 0 } },
		{ FAE_CLOSE, 31, { .newfd = 0 } },	/* closed already: no error */
	}, self[] = { { FAE_DUP2, 30, { .newfd = 30 } } };
	pid_t pid;

	EQ(CALL(SYS_dup2, 1, 31), 31);
	EQ(spawn(&pid, nb_self, fae, nitems(fae), NULL, argv), 0);
	EXITS(pid, 0);
	EQ(CALL(SYS_fcntl, 31, F_GETFD), 0);		/* here it is as it was */
	ERR(CALL(SYS_fcntl, 30, F_GETFD), NB_EBADF);
	CALL(SYS_close, 31);
	EQ(CALL(SYS_dup2, 1, 30), 30);
	EQ(CALL(SYS_fcntl, 30, F_SETFD, FD_CLOEXEC), 0);
	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), 0);
	EXITS(pid, 1);
	EQ(spawn(&pid, nb_self, self, 1, NULL, argv), 0);
	EXITS(pid, 0);
	fae[0].fd = 40;
	fails(NB_EBADF, nb_self, fae, 1, NULL);
	fae[0] = (struct fae){ FAE_DUP2, 1, { .newfd = -1 } };
	fails(NB_EBADF, nb_self, fae, 1, NULL);
}

HELPER("write")
{
	return write(atoi(argv[2]), "from the child", 14) == 14 ? 0 : 1;
}

TEST("file actions: open at a number, with mode; its errors are the result (ENT-10)")
{
	char *argv[] = { nb_self, "@write", "9", NULL }, buf[32];
	struct fae fae[] = { { FAE_OPEN, 9,
	    { .open = { "/tmp/spawned", O_WRONLY | O_CREAT | O_TRUNC, 0640 } } } };
	struct fae bad[] = { { FAE_OPEN, 9, { .open = { "/nonexistent/x", O_RDONLY, 0 } } } };
	pid_t pid;
	int fd;

	CALL(SYS_unlink, "/tmp/spawned");
	EQ(spawn(&pid, nb_self, fae, 1, NULL, argv), 0);
	EXITS(pid, 0);
	fd = (int)CALL(SYS_open, "/tmp/spawned", O_RDONLY, 0);
	CHECK(fd >= 0 && fd != 9);
	EQ(read(fd, buf, sizeof(buf)), 14);
	CHECK(memcmp(buf, "from the child", 14) == 0);
	ERR(CALL(SYS_fcntl, 9, F_GETFD), NB_EBADF);
	fails(NB_ENOENT, nb_self, bad, 1, NULL);
}

HELPER("cwd")
{
	char cwd[64];

	return CALL(SYS_getcwd, cwd, sizeof(cwd)) > 0 && strcmp(cwd, argv[2]) == 0 ? 0 : 1;
}

TEST("file actions: chdir and fchdir, absolute and relative; their errors (ENT-10)")
{
	char *argv[] = { nb_self, "@cwd", "/proc/sys", NULL };
	struct fae fae[] = {
		{ FAE_CHDIR, 0, { .open = { "/proc", 0, 0 } } },
		{ FAE_CHDIR, 0, { .open = { "sys", 0, 0 } } },
	}, by_fd[] = { { FAE_FCHDIR, 0, { .newfd = 0 } } };
	struct fae bad[] = { { FAE_CHDIR, 0, { .open = { "/nonexistent", 0, 0 } } } };
	char cwd[64];
	pid_t pid;

	EQ(CALL(SYS_chdir, "/tmp"), 0);
	EQ(spawn(&pid, nb_self, fae, 2, NULL, argv), 0);
	EXITS(pid, 0);
	CHECK(CALL(SYS_getcwd, cwd, sizeof(cwd)) > 0 && strcmp(cwd, "/tmp") == 0);
	by_fd[0].fd = (int)CALL(SYS_open, "/proc/sys", O_RDONLY, 0);
	CHECK(by_fd[0].fd >= 0);
	EQ(spawn(&pid, nb_self, by_fd, 1, NULL, argv), 0);
	EXITS(pid, 0);
	fails(NB_ENOENT, nb_self, bad, 1, NULL);
	bad[0].u.open.path = nb_self;
	fails(NB_ENOTDIR, nb_self, bad, 1, NULL);
	by_fd[0].fd = 50;
	fails(NB_EBADF, nb_self, by_fd, 1, NULL);
	by_fd[0].fd = 1;
	fails(NB_ENOTDIR, nb_self, by_fd, 1, NULL);
	CALL(SYS_mkdir, "/tmp/locked", 0700);
	CALL(SYS_chmod, "/tmp/locked", 0700);
	EQ(CALL(SYS_setuid, 2013), 0);
	bad[0].u.open.path = "/tmp/locked";
	fails(NB_EACCES, nb_self, bad, 1, NULL);
}

HELPER("state")	/* @state: what of itself? */
{
	struct sigset set;
	struct sigaction sa;

	switch (argv[2][0]) {
	case 'g':	return (int)CALL(SYS_getpgrp) == getpid() ? 0 : 1;
	case 'G':	return (int)CALL(SYS_getpgrp) == atoi(argv[3]) ? 0 : 1;
	case 'm':
		CALL(SYS_sigprocmask, 0, NULL, &set);
		return set.bits[0] == (1u << (SIGUSR1 - 1)) && set.bits[1] == 0 ? 0 : 1;
	case 'd':
		CALL(SYS_sigaction, SIGUSR1, NULL, &sa, 0, 0);
		if (sa.handler != SIG_DFL)
			return 1;
		CALL(SYS_sigaction, SIGUSR2, NULL, &sa, 0, 0);
		return sa.handler == SIG_IGN ? 0 : 2;
	case 'u':	return CALL(SYS_geteuid) == CALL(SYS_getuid) ? 0 : 1;
	default:	return 3;
	}
}

static int
with_attr(struct attr *attr, char *what, char *more)
{
	char *argv[] = { nb_self, "@state", what, more, NULL };
	pid_t pid;

	EQ(spawn(&pid, nb_self, NULL, 0, attr, argv), 0);
	return nb_reap(pid);
}

TEST("attributes: process group, signal mask, default signals, real ids (ENT-10)")
{
	struct attr attr = { .flags = SETPGROUP };
	struct sigaction ign = { .handler = SIG_IGN };

	EQ(with_attr(&attr, "g", NULL), 0);
	attr = (struct attr){ .flags = 0, .pgroup = 99999 };
	EQ(with_attr(&attr, "g", NULL), 1 << 8);		/* not asked for */
	attr = (struct attr){ .flags = SETSIGMASK,
	    .sigmask = { { 1u << (SIGUSR1 - 1), 0, 0, 0 } } };
	EQ(with_attr(&attr, "m", NULL), 0);
	EQ(with_attr(NULL, "m", NULL), 1 << 8);
	EQ(CALL(SYS_sigaction, SIGUSR1, &ign, NULL, 0, 0), 0);
	EQ(CALL(SYS_sigaction, SIGUSR2, &ign, NULL, 0, 0), 0);
	attr = (struct attr){ .flags = SETSIGDEF,
	    .sigdefault = { { 1u << (SIGUSR1 - 1), 0, 0, 0 } } };
	EQ(with_attr(&attr, "d", NULL), 0);
	EQ(with_attr(NULL, "d", NULL), 1 << 8);
	EQ(CALL(SYS_seteuid, 2014), 0);
	attr = (struct attr){ .flags = RESETIDS };
	EQ(with_attr(NULL, "u", NULL), 1 << 8);
	EQ(with_attr(&attr, "u", NULL), 0);
}

TEST("attributes: errors are the result; a scheduling class that is not here is refused (ENT-10)")
{
	struct attr attr = { .flags = SETPGROUP, .pgroup = 99999 };

	fails(NB_EPERM, nb_self, NULL, 0, &attr);
	attr = (struct attr){ .flags = SETPGROUP, .pgroup = -2 };
	fails(NB_EINVAL, nb_self, NULL, 0, &attr);
	attr = (struct attr){ .flags = SETSCHEDULER, .policy = 1 };
	fails(NB_EPERM, nb_self, NULL, 0, &attr);
	attr = (struct attr){ .flags = SETSCHEDULER, .policy = 17 };
	fails(NB_EINVAL, nb_self, NULL, 0, &attr);
	attr = (struct attr){ .flags = SETSCHEDPARAM, .priority = 1000 };
	fails(NB_EINVAL, nb_self, NULL, 0, &attr);
	attr = (struct attr){ .flags = SETSCHEDULER | SETSCHEDPARAM, .policy = 0, .priority = -1 };
	EQ(with_attr(&attr, "u", NULL), 0);
}

TEST("a signal that is pending and blocked here is not lost by a spawn (ENT-10)")
{
	char *argv[] = { nb_self, "@true", NULL };
	struct sigset set;
	pid_t pid;

	block(SIG_BLOCK, SIGTERM);
	kill(getpid(), SIGTERM);
	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), 0);
	EXITS(pid, 0);
	EQ(CALL(SYS_sigpending, &set), 0);
	EQ(set.bits[0] >> (SIGTERM - 1) & 1, 1);
}

TEST("the child is counted as one of a holding fork on shared memory (ENT-7 ENT-10 HOOK-3)")
{
	char *argv[] = { nb_self, "@true", NULL };
	int mib[2] = { 2, 5 };
	int64_t before[77], after[77];
	size_t len = sizeof(before);
	pid_t pid;

	EQ(CALL(SYS_sysctl, mib, 2, before, &len, NULL, 0), 0);
	EQ(spawn(&pid, nb_self, NULL, 0, NULL, argv), 0);
	EXITS(pid, 0);
	EQ(CALL(SYS_sysctl, mib, 2, after, &len, NULL, 0), 0);
	EQ(after[35], before[35] + 1);
	EQ(after[36], before[36] + 1);
	EQ(after[37], before[37] + 1);
}

TEST("none of the parent's handlers and memory is touched; a Linux program can be spawned (ENT-10)")
{
	char *argv[] = { "sh", "-c", "exit 11", NULL };
	pid_t pid;

	handle(SIGUSR1, count, 0);
	EQ(spawn(&pid, "/bin/sh", NULL, 0, NULL, argv), 0);
	EXITS(pid, 11);
	kill(getpid(), SIGUSR1);
	EQ(chld, 1);
}

NB_MAIN(30)
