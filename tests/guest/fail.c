/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failures on purpose: what programs see of them, that nothing is lost, and the file that sets
 * them.
 */
#include "points.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char text[32768];

/* ---- the file ---- */

TEST("fail: a setting gives its error at the pass that it names, to whom it names")
{
	pid_t pid;

	point_need("fail");
	FAIL("fork.files:3 pid=self");
	for (int i = 1; i <= 5; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (i == 3) {
			EQ(pid, -1);
			EQ(errno, ENOMEM);
		} else {
			CHECK(pid > 0);
			EXITS(pid, 0);
		}
	}
	FAIL("fork.files/2=EAGAIN pid=self");
	for (int i = 1; i <= 6; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		CHECK((pid == -1) == (i % 2 == 0));
		if (pid == -1)
			EQ(errno, EAGAIN);
		else
			EXITS(pid, 0);
	}
	FAIL("clear fork.files");
	if ((pid = child()) == 0)
		_exit(4);
	EXITS(pid, 4);
}

/* Which of 40 forks fail, as bits. */
static uint64_t
pattern_of(const char *setting)
{
	uint64_t bits = 0;
	pid_t pid;

	FAIL("%s", setting);
	for (int i = 0; i < 40; i++) {
		if ((pid = fork()) == 0)
			_exit(0);
		if (pid < 0)
			bits |= 1ull << i;
		else
			EXITS(pid, 0);
	}
	FAIL("clear");
	return bits;
}

TEST("fail: with probability and seed the sequence repeats, and another seed gives another")
{
	uint64_t a, b, c;

	point_need("fail");
	a = pattern_of("fork.cwd%30@77 pid=self");
	b = pattern_of("fork.cwd%30@77 pid=self");
	c = pattern_of("fork.cwd%30@78 pid=self");
	CHECK(a == b && a != c && a != 0 && a != (1ull << 40) - 1);
	EQ(pattern_of("fork.cwd%100 pid=self"), (1ull << 40) - 1);
}

TEST("fail: a wildcard counts the passes of all its points together")
{
	struct point_list pl = { .pl_at = NULL };
	int points = 0, n;
	pid_t pid = -1;

	point_need("fail");
	while (point_next(&pl, "fork."))
		points++;
	CHECK(points >= 12);
	for (n = 1; pid == -1; n++) {
		FAIL("fork.*:%d pid=self", n);
		if ((pid = fork()) == 0)
			_exit(0);
	}
	EXITS(pid, 0);
	FAIL("clear");
	EQ(n - 2, points);	/* a fork passes each of them once */
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	reap(pid);
	return 0;
}

TEST("fail: a tree is the process, its descendants of then and of later, orphans too; nobody else")
{
	struct gate go = gate_make(), done = gate_make();
	pid_t top;

	point_need("fail");
	if ((top = child()) == 0) {
		pid_t old = child();

		if (old == 0) {		/* there already when the tree is named */
			gate_pass(&go);
			EQ(try_fork(), EAGAIN);
			_exit(0);
		}
		gate_open(&done);
		EXITS(old, 0);
		EQ(try_fork(), EAGAIN);
		/* takes the place of the first */
		FAIL("fork.pid:2=EAGAIN tree=%d", (int)getpid());
		if (child() == 0) {	/* an orphan in a moment */
			sleep_ms(20);
			EQ(try_fork(), EAGAIN);
			gate_open(&done);
			_exit(0);
		}
		_exit(0);
	}
	gate_pass(&done);
	FAIL("fork.pid=EAGAIN tree=%d", (int)top);
	EQ(try_fork(), 0);
	gate_open(&go);
	EXITS(top, 0);
	gate_pass(&done);
	FAIL("clear");
	EQ(try_fork(), 0);
}

TEST("fail: bad lines are refused, the log says why and names the way out; settings stay")
{
	static const struct {
		const char *line, *says;
		int error;
	} bad[] = {
		{ "fork.filez:1", "nearest is 'fork.files'", EINVAL },
		{ "nosuch.*", "/proc/bident/fail lists all", EINVAL },
		{ "fork.files:0", "a number from 1", EINVAL },
		{ "fork.files:x", "a number from 1", EINVAL },
		{ "fork.files%101", "to 100", EINVAL },
		{ "fork.files%10@q", "seed", EINVAL },
		{ "fork.files:1=EFOO", "must be one of", EINVAL },
		{ "fork.files:1 who=1", "pid=N or tree=N", EINVAL },
		{ "fork.files:1 pid=1 tree=1", "once", EINVAL },
		{ "fork.files:1 pid=x", "not a process number", EINVAL },
		{ "fork.files:1 pid=3999999", "no process 3999999", ESRCH },
		{ "proc:::create", "not of this kind", EINVAL },
		{ "mem.page:1", "pid=N or", EINVAL },
		{ "*:1", "pid=N or", EINVAL },
	};

	point_need("fail");
	FAIL("fork.files:9 pid=self");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_say("# %s\n", bad[i].line);
		ERR(point_write("fail", "%s", bad[i].line), bad[i].error);
		CHECK(read_file("/proc/bident/klog", text, sizeof(text)) > 0);
		CHECK(strstr(text, bad[i].says) != NULL);
	}
	CHECK(read_file("/proc/bident/fail", text, sizeof(text)) > 0);
	CHECK(strstr(text, "fork.files:9 pid=") != NULL &&
	    strstr(text, "# refused: fail: *: ") != NULL);
	FAIL("clear");
	CHECK(read_file("/proc/bident/fail", text, sizeof(text)) > 0);
	CHECK(strstr(text, "fork.files:9") == NULL);
}

TEST("fail: the list counts passes and failures of settings and of points")
{
	char *line;
	unsigned passes, failures;

	point_need("fail");
	FAIL("fork.text/3 pid=self");
	for (int i = 0; i < 7; i++)
		(void)try_fork();
	CHECK(read_file("/proc/bident/fail", text, sizeof(text)) > 0);
	line = strstr(text, "fork.text/3 pid=");
	CHECK(line != NULL && sscanf(line, "%*s %*s passes %u failures %u", &passes,
	    &failures) == 2);
	EQ(passes, 7);
	EQ(failures, 2);
	line = strstr(text, "\nfork.text ");
	CHECK(line != NULL && sscanf(line, "%*s %*s %*s passes %u failures %u", &passes,
	    &failures) == 2);
	CHECK(passes >= 7 && failures >= 2);
	FAIL("clear");
}

TEST("fail: only root may look or set")
{
	pid_t pid;

	point_need("fail");
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(open("/proc/bident/fail", O_RDONLY), EACCES);
		ERR(open("/proc/bident/fail", O_WRONLY), EACCES);
		ERR(open("/proc/bident/trace", O_RDONLY), EACCES);
		_exit(0);
	}
	EXITS(pid, 0);
}

/* ---- every step of fork ---- */

static long
fork_plain(void)
{
	return syscall(SYS_fork);
}

static long
fork_sharing(void)
{
	return syscall(SYS_clone, CLONE_FS | CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
}

static long
fork_holding(void)
{
	return syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
}

/* Each point of fork fails in its turn; afterwards all is as before. */
static void
fail_each_step(long (*make)(void), const char *name)
{
	struct point_list pl = { .pl_at = NULL };
	long pid;

	point_need("fail");
	if ((pid = make()) == 0)	/* makes what stays */
		_exit(0);
	CHECK(pid > 0);
	EXITS((pid_t)pid, 0);
	while (point_next(&pl, "fork.")) {
		CENSUS_BEGIN();
		FAIL("%s:1 pid=self", pl.pl_name);
		pid = make();
		if (pid == 0)
			_exit(0);
		if (pid != -1 || errno != pl.pl_errno)
			tap_say("# %s at %s gave %ld, errno %d\n", name, pl.pl_name, pid, errno);
		CHECK(pid == -1 && errno == pl.pl_errno);
		ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
		FAIL("clear");
		CENSUS_END(pl.pl_name);
		pid = make();
		if (pid == 0)
			_exit(0);
		CHECK(pid > 0);
		EXITS((pid_t)pid, 0);
		CENSUS_END(pl.pl_name);
	}
}

TEST("fork that fails at any of its steps gives that error and leaves nothing (FIX-5 ADM-7 INV-3)")
{
	fail_each_step(fork_plain, "fork");
}

TEST("the same for a fork that shares files and folders (FIX-5 ADM-7 INV-3)")
{
	fail_each_step(fork_sharing, "sharing fork");
}

TEST("the same for a fork that holds its caller (FIX-5 ADM-7 INV-3)")
{
	fail_each_step(fork_holding, "holding fork");
}

/* How many processes this user can still make. */
static int
room_of_user(void)
{
	pid_t pid[16];
	int n = 0;

	while (n < 16 && (pid[n] = fork()) >= 0) {
		if (pid[n] == 0) {
			pause();
			_exit(0);
		}
		n++;
	}
	for (int i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		KILLED(pid[i], SIGKILL);
	}
	return n;
}

TEST("failed forks take nothing from the user's count (FIX-5 INV-2)")
{
	struct rlimit rl = { 6, 6 };
	int fd, n;
	pid_t pid;

	point_need("fail");
	if ((pid = child()) == 0) {
		CHECK((fd = open("/proc/bident/fail", O_WRONLY)) >= 0);
		EQ(setuid(4242), 0);
		EQ(setrlimit(RLIMIT_NPROC, &rl), 0);
		EQ(room_of_user(), 5);
		for (n = 1; n < 100; n++) {
			char line[64];

			snprintf(line, sizeof(line), "fork.*:%d pid=self", n);
			EQ(write(fd, line, strlen(line)), strlen(line));
			if (try_fork() == 0)
				break;
		}
		CHECK(n > 12 && n < 100);
		EQ(write(fd, "clear", 5), 5);
		EQ(room_of_user(), 5);
		_exit(0);
	}
	EXITS(pid, 0);
}

/* Processes, by the folders of /proc. */
static int
count_processes(void)
{
	struct dirent *de;
	int n = 0;
	DIR *d = opendir("/proc");

	CHECK(d != NULL);
	while ((de = readdir(d)) != NULL)
		n += de->d_name[0] >= '0' && de->d_name[0] <= '9';
	closedir(d);
	return n;
}

TEST("failed forks leave no process in the list, and none in the count (INV-1)")
{
	int before, a, b;

	point_need("fail");
	before = count_processes();
	for (int n = 1; n <= 14; n++) {
		FAIL("fork.*:%d pid=self", n);
		CHECK(try_fork() != 0);
	}
	FAIL("clear");
	EQ(count_processes(), before);
	CHECK(read_file("/proc/loadavg", text, sizeof(text)) > 0);
	CHECK(sscanf(text, "%*s %*s %*s %d/%d", &a, &b) == 2);
	CHECK(b >= before && b <= before + 8);	/* kernel processes are not listed as threads of
						 * ours */
}

/* ---- exec and threads ---- */

HELPER("nothing")
{
	return 0;
}

static void
fail_each_exec(const char *prefix, int *points)
{
	struct point_list pl = { .pl_at = NULL };
	char *argv[] = { tap_self, "@nothing", NULL }, *envp[] = { NULL };
	pid_t pid;

	while (point_next(&pl, prefix)) {
		int round;

		(*points)++;
		for (round = 0; round < 2; round++) {	/* the first makes what stays */
			if (round == 1)
				CENSUS_BEGIN();
			if ((pid = child()) == 0) {
				FAIL("%s:1 pid=self", pl.pl_name);
				execve(tap_self, argv, envp);
				if (errno != pl.pl_errno)
					tap_say("# %s: errno %d\n", pl.pl_name, errno);
				EQ(errno, pl.pl_errno);
				execve(tap_self, argv, envp);	/* once: now it works */
				_exit(2);
			}
			EXITS(pid, 0);
			FAIL("clear");
		}
		CENSUS_END(pl.pl_name);
	}
}

TEST("exec that fails at any of its steps leaves the program as it was, and loses nothing "
    "(END-4 INV-3)")
{
	int points = 0;

	point_need("fail");
	fail_each_exec("exec.", &points);
	if (points == 0)
		SKIP("exec has no points");
}

static volatile int thread_word;

static int
thread_main(void *arg __attribute__((unused)))
{
	return 0;
}

/* A thread whose end shows in thread_word; -1 and errno if there is none. */
static int
try_thread(char *stack)
{
	int tid;

	thread_word = 1;
	tid = clone(thread_main, stack + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
	    CLONE_THREAD |
	    CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, (void *)&thread_word);
	if (tid > 0)
		CHECK(SOON(thread_word == 0, 5000));
	return tid;
}

TEST("a thread that fails at any of its steps gives that error and leaves nothing (INV-3)")
{
	static char stack[65536] __attribute__((aligned(16)));
	struct point_list pl = { .pl_at = NULL };
	int points = 0;

	point_need("fail");
	memset(stack, 1, sizeof(stack));
	CHECK(try_thread(stack) > 0);
	for (; point_next(&pl, "lwp."); points++) {
		CENSUS_BEGIN();
		FAIL("%s:1 pid=self", pl.pl_name);
		ERR(try_thread(stack), pl.pl_errno);
		FAIL("clear");
		CENSUS_END(pl.pl_name);
		CHECK(try_thread(stack) > 0);
		CENSUS_END(pl.pl_name);
	}
	CHECK(points >= 3);
}

/* ---- memory ---- */

/*
 * A bit of everything: fork, exec, pipe, mapping, files, and wait. Returns 0, or the errno of
 * what failed.
 */
static int
some_work(void)
{
	char *argv[] = { tap_self, "@nothing", NULL }, *envp[] = { NULL }, *mem, c;
	int fds[2], fd, status = 0;
	pid_t pid;

	if (pipe(fds) != 0)
		return errno;
	mem = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return errno;
	mem[5 * 4096] = 1;
	if ((fd = open("work", O_RDWR | O_CREAT | O_TRUNC, 0600)) < 0 || write(fd, "x", 1) != 1)
		return errno;
	if ((pid = fork()) == 0) {
		mem[5 * 4096] = 2;
		if (write(fds[1], "y", 1) != 1)
			_exit(errno);
		execve(tap_self, argv, envp);
		_exit(errno);
	}
	if (pid < 0)
		return errno;
	close(fds[1]);
	if (read(fds[0], &c, 1) < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFSIGNALED(status) ? ENOMEM : WEXITSTATUS(status);
}

static int
means_no_memory(int error)
{
	/* the last from a file in memory */
	return error == ENOMEM || error == EAGAIN || error == ENOSPC;
}

TEST("any single allocation that fails is an ENOMEM or EAGAIN of some call, or the death of "
    "one process; nothing is lost (FIX-5 INV-3 INV-6)")
{
	int n, spent = 1, refused = 0, died = 0, status;
	pid_t pid;

	point_need("fail");
	for (n = 0; spent && n < 2000; n++) {
		struct gate go;

		if (n == 2)	/* the rounds before make what stays */
			CENSUS_BEGIN();
		go = gate_make();
		if ((pid = child()) == 0) {
			gate_pass(&go);
			_exit(some_work());
		}
		if (n > 0)
			FAIL("mem.*:%d tree=%d", n, (int)pid);
		gate_open(&go);
		status = reap(pid);
		close(go.g_fd[0]);
		close(go.g_fd[1]);
		CHECK(read_file("/proc/bident/fail", text, sizeof(text)) > 0);
		spent = n == 0 || strstr(text, " spent") != NULL;
		FAIL("clear");
		if (WIFSIGNALED(status)) {
			EQ(WTERMSIG(status), SIGKILL);
			died++;
		} else if (WEXITSTATUS(status) != 0) {
			if (!means_no_memory(WEXITSTATUS(status)))
				tap_say("# allocation %d gave errno %d\n", n, WEXITSTATUS(status));
			CHECK(means_no_memory(WEXITSTATUS(status)));
			refused++;
		}
		unlink("work");
		snprintf(text, sizeof(text), "allocation %d, status 0x%x", n, status);
		if (n > 1)
			CENSUS_END(text);
	}
	tap_say("# %d allocations: %d refused, %d deaths\n", n - 2, refused, died);
	CHECK(n > 30 && refused > 10);
}

/*
 * Everything that can fail does so one time in a hundred, by a seed, in a tree of processes that do
 * a bit of everything again and again.
 */
static void
random_rounds(int seed, int *good, int *bad)
{
	struct gate go = gate_make();
	int status;
	pid_t pid;

	if ((pid = child()) == 0) {
		int refused = 0;

		gate_pass(&go);
		for (int i = 0; i < 20; i++) {
			pid_t kid = fork();

			if (kid == 0)
				_exit(some_work() != 0);
			if (kid < 0) {
				CHECK(errno == EMFILE || means_no_memory(errno));
				refused++;
				continue;
			}
			while (waitpid(kid, &status, 0) != kid)
				CHECK(errno == EINTR);
			refused += status != 0;
		}
		_exit(refused);
	}
	FAIL("mem.*%%1@%d tree=%d", seed, (int)pid);
	FAIL("fork.*%%1@%d tree=%d", seed + 1, (int)pid);
	FAIL("exec.*%%1@%d tree=%d", seed + 2, (int)pid);
	gate_open(&go);
	status = reap(pid);
	while (waitpid(-1, NULL, 0) > 0)	/* orphans of a head that was killed */
		continue;
	FAIL("clear");
	close(go.g_fd[0]);
	close(go.g_fd[1]);
	unlink("work");
	if (WIFSIGNALED(status)) {	/* no page for one of its writes */
		EQ(WTERMSIG(status), SIGKILL);
		return;
	}
	CHECK(WEXITSTATUS(status) <= 20);
	*bad += WEXITSTATUS(status);
	*good += 20 - WEXITSTATUS(status);
}

TEST("one failure in a hundred, at random, wherever one can be: work goes on, nothing is lost "
    "(FIX-5 INV-1 INV-3 INV-6)")
{
	int good = 0, bad = 0, before = 0;

	point_need("fail");
	EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int seed = 1; seed <= 20; seed++) {
		if (seed == 4) {	/* the rounds before make what stays */
			before = count_processes();
			CENSUS_BEGIN();
		}
		random_rounds(1000 * seed, &good, &bad);
	}
	CENSUS_END("random failures");
	EQ(count_processes(), before);
	tap_say("# %d pieces of work done, %d refused\n", good, bad);
	CHECK(good >= 10 && bad > 20);
}

/* ---- scripts ---- */

static int
run_script(const char *script, char *out, size_t size)
{
	int fds[2], status;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	EQ(pipe(fds), 0);
	if ((pid = child()) == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	close(fds[1]);
	while (have < size - 1 && (n = read(fds[0], out + have, size - 1 - have)) > 0)
		have += (size_t)n;
	out[have] = '\0';
	close(fds[0]);
	status = reap(pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST("a script whose forks fail says so and goes on with the next command (FIX-5)")
{
	point_need("fail");
	EQ(run_script("for p in quota=EAGAIN files body=EAGAIN; do\n"
	    "  sh -c \"echo fork.$p tree=self >/proc/bident/fail; ls / | cat; echo not reached\"\n"
	    "  echo \"status $?\"\n"
	    "done\n"
	    "echo clear >/proc/bident/fail\n"
	    "ls -d / | cat\n"
	    "exit 7\n", text, sizeof(text)), 7);
	CHECK(strstr(text, "Cannot allocate memory") != NULL);
	CHECK(strstr(text, "Resource temporarily unavailable") != NULL);
	CHECK(strstr(text, "status 0") == NULL && strstr(text, "not reached") == NULL);
	CHECK(strstr(text, "\n/\n") != NULL);
}

/* The words in which a shell tells that a fork was refused. */
static int
says_refused(const char *said)
{
	return strstr(said, "Cannot allocate memory") != NULL ||
	    strstr(said, "Resource temporarily unavailable") != NULL ||
	    strstr(said, "can't fork") != NULL;
}

TEST("scripts whose forks fail at random say so, and the kernel loses nothing (FIX-5 INV-1 INV-3)")
{
	int before = 0, refused = 0, done = 0;

	point_need("fail");
	EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int seed = 1; seed <= 12; seed++) {
		char script[512];

		if (seed == 4) {	/* the rounds before make what stays */
			before = count_processes();
			CENSUS_BEGIN();
		}
		snprintf(script, sizeof(script),
		    "echo 'fork.*%%1@%d tree=self' >/proc/bident/fail\n"
		    "for i in 1 2; do\n"
		    "  ls / | cat | cat >/dev/null; (echo a; echo b) | wc -l >/dev/null\n"
		    "  x=$(echo word | cat)\n"
		    "done; echo the end\n", seed);
		(void)run_script(script, text, sizeof(text));
		while (waitpid(-1, NULL, 0) > 0)
			continue;
		FAIL("clear");
		refused += says_refused(text);
		done += strstr(text, "the end") != NULL;
		CHECK(says_refused(text) || strstr(text, "the end") != NULL);
	}
	CENSUS_END("scripts");
	EQ(count_processes(), before);
	tap_say("# of 12 scripts %d were refused a fork, %d came to their end\n", refused, done);
	CHECK(refused >= 3);
}

TAP_MAIN(120)
