/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness of the guest tests: one header, no library.
 *
 * A program is a row of TEST("title") { ... } bodies and `TAP_MAIN(limit)`. Each body runs in a
 * forked child that leads a session of its own, in a scratch folder, under a time limit; it
 * prints one line of TAP. The body passes when it returns with no failed check in it or in any of
 * its descendants (they report through a shared page and, should sharing be broken, through the
 * exit status). OK(cond, text) prints a line of its own, for tables of cases.
 *
 *	CHECK(cond)			ends the calling process when false
 *	EQ(a, b)			the same for two integers, both shown
 *	ERR(call, EXXX)			the call must return -1 and set this errno
 *	EXITS(pid, code)		waits for the child, which must exit so
 *	KILLED(pid, sig)		waits for the child, which must die so
 *	SKIP(why)			the rest cannot be tested here
 *
 * HELPER("name") { ... argc, argv ... } is what the program does when it is executed with "@name"
 * as its first argument: tests of exec run the program itself (tap_self). A title that ends in "#
 * TODO why" may fail.
 */
#ifndef TAP_H
#define TAP_H

#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct tap_test {
	const char	*t_title;
	void		(*t_body)(void);
} __attribute__((aligned(16)));

struct tap_helper {
	const char	*h_name;
	int		(*h_body)(int argc, char **argv);
} __attribute__((aligned(16)));

/* Shared by the harness and every process of the tests. */
struct tap_shared {
	int		 s_lines;	/* TAP lines printed */
	int		 s_bad;		/* failed lines */
	int		 s_failed;	/* failed checks */
	char		 s_skip[128];	/* why the test is skipped */
};

extern const struct tap_test __start_tap_tests[], __stop_tap_tests[];
extern const struct tap_helper __start_tap_helpers[], __stop_tap_helpers[];

static volatile struct tap_shared *tap_shared;
static char tap_self[PATH_MAX];		/* the program's own absolute path */
static char tap_dir[64];			/* the scratch folder of the test that runs */
static char tap_top[32];			/* the program's, which holds those */
static const char *tap_only;		/* run the tests whose title has this alone */

#define TAP_GLUE2(a, b) a##b
#define TAP_GLUE(a, b) TAP_GLUE2(a, b)

#define TEST(title)								\
	static void TAP_GLUE(tap_body_, __LINE__)(void);			\
	static const struct tap_test TAP_GLUE(tap_test_, __LINE__)		\
	    __attribute__((section("tap_tests"), used)) =			\
	    { title, TAP_GLUE(tap_body_, __LINE__) };				\
	static void								\
	TAP_GLUE(tap_body_, __LINE__)(void)

#define HELPER(name)								\
	static int TAP_GLUE(tap_help_, __LINE__)(int argc, char **argv);	\
	static const struct tap_helper TAP_GLUE(tap_helper_, __LINE__)		\
	    __attribute__((section("tap_helpers"), used)) =			\
	    { name, TAP_GLUE(tap_help_, __LINE__) };				\
	static int								\
	TAP_GLUE(tap_help_, __LINE__)(int argc __attribute__((unused)),		\
	    char **argv __attribute__((unused)))

/* The section of helpers must exist even in a program without any. */
static int
tap_helper_true(int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	return 0;
}
static const struct tap_helper tap_helper_0
    __attribute__((section("tap_helpers"), used)) = { "true", tap_helper_true };

static void __attribute__((format(printf, 1, 2)))
tap_say(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (write(STDOUT_FILENO, line, n) < 0)
		_exit(98);
}

static const char *
tap_errno_name(int error)
{
	static char number[16];
#define E(name) case name: return #name
	switch (error) {
	E(EPERM); E(ENOENT); E(ESRCH); E(EINTR); E(EIO); E(ENXIO); E(E2BIG); E(ENOEXEC); E(EBADF);
	    E(ECHILD);
	E(EAGAIN); E(ENOMEM); E(EACCES); E(EFAULT); E(ENOTBLK); E(EBUSY); E(EEXIST); E(EXDEV);
	    E(ENODEV);
	E(ENOTDIR); E(EISDIR); E(EINVAL); E(ENFILE); E(EMFILE); E(ENOTTY); E(ETXTBSY); E(EFBIG);
	    E(ENOSPC);
	E(ESPIPE); E(EROFS); E(EMLINK); E(EPIPE); E(EDOM); E(ERANGE); E(EDEADLK); E(ENAMETOOLONG);
	    E(ENOLCK);
	E(ENOSYS); E(ENOTEMPTY); E(ELOOP); E(EOVERFLOW); E(EOPNOTSUPP); E(ETIMEDOUT); E(ELIBBAD);
	    E(ENODATA);
	case 0: return "0";
	}
#undef E
	snprintf(number, sizeof(number), "errno %d", error);
	return number;
}

static void __attribute__((noreturn))
tap_fail_exit(void)
{
	__atomic_fetch_add(&tap_shared->s_failed, 1, __ATOMIC_SEQ_CST);
	_exit(99);
}

#define CHECK(cond) do {							\
	if (!(cond)) {								\
		int tap_e = errno;						\
		tap_say("# %s:%d: not so: %s (errno %s)\n", __FILE__, __LINE__,	\
		    #cond, tap_errno_name(tap_e));				\
		tap_fail_exit();						\
	}									\
} while (0)

#define EQ(a, b) do {								\
	long long tap_a = (long long)(a), tap_e = errno, tap_b = (long long)(b);\
	if (tap_a != tap_b) {							\
		tap_say("# %s:%d: %s is %lld (0x%llx), not %s = %lld (errno %s)\n",\
		    __FILE__, __LINE__, #a, tap_a, (unsigned long long)tap_a,	\
		    #b, tap_b, tap_errno_name((int)tap_e));			\
		tap_fail_exit();						\
	}									\
} while (0)

#define ERR(call, want) do {							\
	errno = 0;								\
	long long tap_r = (long long)(call);					\
	int tap_e = errno;							\
	if (tap_r != -1 || tap_e != (want)) {					\
		tap_say("# %s:%d: %s gave %lld (%s), not -1 (%s)\n", __FILE__,	\
		    __LINE__, #call, tap_r, tap_errno_name(tap_e), #want);	\
		tap_fail_exit();						\
	}									\
} while (0)

#define EXITS(pid, code) tap_status(__LINE__, (pid), 0, (code))
#define KILLED(pid, sig) tap_status(__LINE__, (pid), (sig), 0)

#define SKIP(...) do {								\
	snprintf((char *)tap_shared->s_skip, sizeof(tap_shared->s_skip), __VA_ARGS__);	\
	_exit(77);								\
} while (0)

/* Prints one line of TAP; usable in a body as well. */
static void __attribute__((format(printf, 2, 3), unused))
OK(int good, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!good)
		__atomic_fetch_add(&tap_shared->s_bad, 1, __ATOMIC_SEQ_CST);
	tap_say("%sok %d - %s\n", good ? "" : "not ",
	    __atomic_add_fetch(&tap_shared->s_lines, 1, __ATOMIC_SEQ_CST), text);
}

/* OK() for a call that must fail with an errno: what it gave instead is said. */
#define OKERR(call, want, ...) do {						\
	errno = 0;								\
	long long tap_r = (long long)(call);					\
	int tap_e = errno;							\
	OK(tap_r == -1 && tap_e == (want), __VA_ARGS__);			\
	if (tap_r != -1 || tap_e != (want))					\
		tap_say("# %s:%d: gave %lld (%s), not -1 (%s)\n", __FILE__,	\
		    __LINE__, tap_r, tap_errno_name(tap_e), #want);		\
} while (0)

static int __attribute__((unused))
reap(pid_t pid)
{
	int status = -1;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	EQ(got, pid);
	return status;
}

static void __attribute__((unused))
tap_status(int line, pid_t pid, int sig, int code)
{
	int status = reap(pid);

	if (sig != 0 ? WIFSIGNALED(status) && WTERMSIG(status) == sig :
	    WIFEXITED(status) && WEXITSTATUS(status) == code)
		return;
	tap_say("# line %d: the child's status is 0x%x, not %s %d\n", line, status,
	    sig != 0 ? "killed by" : "exit", sig != 0 ? sig : code);
	tap_fail_exit();
}

static void __attribute__((unused))
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

static long long __attribute__((unused))
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* A forked child, or the test fails. */
static pid_t __attribute__((unused))
child(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	return pid;
}

/* A gate: one process opens it, another passes. Two descriptors, close-on-exec. */
struct gate {
	int	g_fd[2];
};

static struct gate __attribute__((unused))
gate_make(void)
{
	struct gate g;

	CHECK(pipe2(g.g_fd, O_CLOEXEC) == 0);
	return g;
}

static void __attribute__((unused))
gate_open(struct gate *g)
{
	while (write(g->g_fd[1], "g", 1) == -1 && errno == EINTR)
		continue;
}

static void __attribute__((unused))
gate_pass(struct gate *g)
{
	char c;
	ssize_t n;

	while ((n = read(g->g_fd[0], &c, 1)) == -1 && errno == EINTR)
		continue;
	EQ(n, 1);
}

static void __attribute__((unused))
write_file(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK(fd >= 0);
	EQ(write(fd, data, len), len);
	EQ(close(fd), 0);
	EQ(chmod(path, mode), 0);
}

/* A page of numbers that is shared with every process forked from now on. */
static __attribute__((unused)) int *
share(void)
{
	int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* Reads a whole file of text, NUL-terminated; -1 and errno on failure. */
static ssize_t __attribute__((unused))
read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (have < size - 1 && (n = read(fd, buf + have, size - 1 - have)) > 0)
		have += n;
	close(fd);
	buf[have] = '\0';
	return (ssize_t)have;
}

/* The value of "Key:" in a file of such lines, as text. */
static __attribute__((unused)) const char *
field(const char *path, const char *key)
{
	static char text[65536], value[256];
	char *p;

	CHECK(read_file(path, text, sizeof(text)) > 0);
	p = strstr(text, key);
	CHECK(p != NULL);
	p += strlen(key);
	p += strspn(p, ": \t");
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, "\n"), p);
	return value;
}

/* Polls until the condition holds or about `ms` have gone by. */
#define SOON(cond, ms) ({							\
	long long tap_end = now_ms() + (ms);					\
	int tap_ok;								\
	while (!(tap_ok = !!(cond)) && now_ms() < tap_end)			\
		sleep_ms(2);							\
	tap_ok;									\
})

/* The state letter of a process in /proc, or 0 when there is no such process. */
static char __attribute__((unused))
proc_state(pid_t pid)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_file(path, buf, sizeof(buf)) <= 0 || (p = strrchr(buf, ')')) == NULL)
		return 0;
	return p[2];
}

static void
tap_remove_tree(const char *path)
{
	char sub[PATH_MAX];
	struct dirent *de;
	DIR *d;

	if (unlink(path) == 0 || errno == ENOENT)
		return;
	if ((d = opendir(path)) == NULL) {
		rmdir(path);
		return;
	}
	while ((de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, de->d_name);
		tap_remove_tree(sub);
	}
	closedir(d);
	rmdir(path);
}

/* Waits for the test's child without blocking, so that a lost wake-up cannot hang the harness. */
static int
tap_wait(pid_t pid, int *status, int seconds)
{
	long long end = now_ms() + seconds * 1000LL;
	long nap = 1;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now_ms() >= end)
			return 0;
		sleep_ms(nap);
		if (nap < 16)
			nap *= 2;
	}
	return 1;
}

static void
tap_run(const struct tap_test *t, int limit)
{
	int failed = tap_shared->s_failed, status = 0, timed_out = 0, good;
	pid_t pid;

	tap_shared->s_skip[0] = '\0';
	if ((pid = fork()) == 0) {
		setsid();
		t->t_body();
		_exit(0);
	}
	if (pid < 0) {
		OK(0, "%s (cannot fork: %s)", t->t_title, tap_errno_name(errno));
		return;
	}
	if (!tap_wait(pid, &status, limit)) {
		timed_out = 1;
		kill(pid, SIGKILL);
		if (!tap_wait(pid, &status, 3)) {
			tap_say("Bail out! the process of '%s' cannot be killed\n", t->t_title);
			_exit(1);
		}
	}
	kill(-pid, SIGKILL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		OK(1, "%s # SKIP %s", t->t_title, (char *)tap_shared->s_skip);
		return;
	}
	good = !timed_out && status == 0 && failed == tap_shared->s_failed;
	if (timed_out)
		tap_say("# timed out after %d s\n", limit);
	else if (status != 0 && failed == tap_shared->s_failed)
		tap_say("# the test's process ended with status 0x%x\n", status);
	OK(good, "%s", t->t_title);
}

/* Makes a folder and goes there. */
static void
tap_scratch(const char *path)
{
	if (mkdir(path, 0777) != 0 || chdir(path) != 0) {
		tap_say("Bail out! no scratch folder %s: %s\n", path, tap_errno_name(errno));
		_exit(1);
	}
	chmod(path, 0777);
}

static void
tap_setup(const char *argv0)
{
	ssize_t n;
	int fd;

	if (argv0[0] == '/')
		snprintf(tap_self, sizeof(tap_self), "%s", argv0);
	else if ((n = readlink("/proc/self/exe", tap_self, sizeof(tap_self) - 1)) > 0)
		tap_self[n] = '\0';
	tap_shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tap_shared == MAP_FAILED) {
		tap_say("Bail out! no shared memory: %s\n", tap_errno_name(errno));
		_exit(1);
	}
	for (fd = 3; fd < 1024; fd++)
		close(fd);
	umask(022);
	snprintf(tap_top, sizeof(tap_top), "/tmp/tap.%d", (int)getpid());
	tap_scratch(tap_top);
}

static int __attribute__((unused))
tap_main(int argc, char **argv, int limit)
{
	const struct tap_helper *h;
	const struct tap_test *t;

	if (argc > 1 && argv[1][0] == '@') {
		for (h = __start_tap_helpers; h < __stop_tap_helpers; h++)
			if (strcmp(h->h_name, argv[1] + 1) == 0)
				return h->h_body(argc, argv);
		return 126;
	}
	if (argc > 1)
		tap_only = argv[1];
	tap_setup(argv[0]);
	for (t = __start_tap_tests; t < __stop_tap_tests; t++)
		if (tap_only == NULL || strstr(t->t_title, tap_only) != NULL) {
			snprintf(tap_dir, sizeof(tap_dir), "%s/%d", tap_top,
			    (int)(t - __start_tap_tests));
			tap_scratch(tap_dir);
			tap_run(t, limit);
			if (chdir("/") == 0)
				tap_remove_tree(tap_dir);
		}
	tap_say("1..%d\n", tap_shared->s_lines);
	rmdir(tap_top);
	return tap_shared->s_bad != 0;
}

/* `limit` is the time that one test may take, in seconds. */
#define TAP_MAIN(limit)								\
int										\
main(int argc, char **argv)							\
{										\
	return tap_main(argc, argv, (limit));					\
}

#endif
