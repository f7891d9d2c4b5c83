/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfork, posix_spawn and the process forms of clone: what is shared, who is held, what is
 * refused.
 */
#include "tap.h"
#include <sched.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <linux/sched.h>

extern char **environ;

static char clone_stack[65536] __attribute__((aligned(16)));
static volatile int clone_word, clone_counter;

static long
clone_raw(unsigned long flags, void *stack)
{
	return syscall(SYS_clone, flags, stack, NULL, NULL, 0);
}

/* A child on a stack of its own; musl's clone(). */
static pid_t
clone_fn(int (*fn)(void *), int flags)
{
	pid_t pid = clone(fn, clone_stack + sizeof(clone_stack), flags, NULL);

	CHECK(pid > 0);
	return pid;
}

TEST("vfork: the child's writes are seen by the parent after the release (ENT-3 HOLD-3)")
{
	volatile int v = 1;
	pid_t pid = vfork();

	if (pid == 0) {
		v = 2;
		clone_word = 3;
		_exit(0);
	}
	CHECK(pid > 0);
	EQ(v, 2);
	EQ(clone_word, 3);
	EXITS(pid, 0);
}

TEST("vfork: the caller is held until the child exits (HOLD-1)")
{
	long long start = now_ms();
	pid_t pid = vfork();

	if (pid == 0) {
		sleep_ms(120);
		clone_word = 1;
		_exit(4);
	}
	EQ(clone_word, 1);
	CHECK(now_ms() - start >= 110);
	EXITS(pid, 4);
}

HELPER("sleep")
{
	sleep_ms(atoi(argv[2]));
	return 5;
}

TEST("vfork: the caller is released by a successful exec (HOLD-1 END-4)")
{
	char *av[] = { tap_self, "@sleep", "1500", NULL };
	long long start = now_ms();
	pid_t pid = vfork();

	if (pid == 0) {
		execv(tap_self, av);
		_exit(127);
	}
	CHECK(now_ms() - start < 1300);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	EXITS(pid, 5);
}

TEST("vfork: a failed exec does not release (HOLD-1)")
{
	char *av[] = { "x", NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/no/such/file", av);
		clone_word = errno;
		sleep_ms(80);
		clone_counter = 1;
		_exit(6);
	}
	EQ(clone_word, ENOENT);
	EQ(clone_counter, 1);
	EXITS(pid, 6);
}

TEST("vfork: death of the child by a signal releases (HOLD-1)")
{
	pid_t pid = vfork();

	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	CHECK(pid > 0);
	KILLED(pid, SIGKILL);
}

TEST("vfork with SIGCHLD ignored, 100 times (FIX-2 HOLD-2)")
{
	pid_t pid;
	int i;

	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 100; i++) {
		if ((pid = vfork()) == 0)
			_exit(0);
		CHECK(pid > 0);
	}
	ERR(wait(NULL), ECHILD);
}

TEST("vfork nested four deep (HOLD-4)")
{
	pid_t a, b, c, d;

	if ((a = vfork()) == 0) {
		if ((b = vfork()) == 0) {
			if ((c = vfork()) == 0) {
				if ((d = vfork()) == 0) {
					clone_counter++;
					_exit(0);
				}
				clone_counter++;
				_exit(0);
			}
			clone_counter++;
			_exit(0);
		}
		clone_counter++;
		_exit(0);
	}
	EQ(clone_counter, 4);
	EXITS(a, 0);
}

TEST("vfork in a vfork child of fork's child (HOLD-4)")
{
	pid_t pid = vfork(), sub;

	if (pid == 0) {
		sub = fork();
		if (sub == 0)
			_exit(3);
		int status = 0;
		waitpid(sub, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	EXITS(pid, 3);
}

TEST("SIGKILL of a held parent ends it at once; the child lives on (HOLD-6 FIX-4)")
{
	struct gate g = gate_make();
	pid_t pid, sub;

	if ((pid = child()) == 0) {
		if ((sub = vfork()) == 0) {
			pid_t me = getpid();

			if (write(g.g_fd[1], &me, sizeof(me)) != sizeof(me))
				_exit(1);
			for (;;)
				pause();
		}
		_exit(1);
	}
	EQ(read(g.g_fd[0], &sub, sizeof(sub)), sizeof(sub));
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
	EQ(kill(sub, 0), 0);
	kill(sub, SIGKILL);
	CHECK(SOON(kill(sub, 0) == -1, 5000));
}

static void
clone_handler(int sig __attribute__((unused)))
{
	clone_counter++;
}

TEST("an ordinary signal to a held parent waits for the release; no EINTR (HOLD-6)")
{
	struct sigaction sa = { .sa_handler = clone_handler };
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	if ((pid = vfork()) == 0) {
		kill(getppid(), SIGUSR1);
		sleep_ms(80);
		clone_word = clone_counter;
		_exit(0);
	}
	CHECK(pid > 0);
	EQ(clone_word, 0);
	EQ(clone_counter, 1);
	EXITS(pid, 0);
}

TEST("a stop and continuation of the vfork child do not release (HOLD-1)")
{
	pid_t pid, sub, middle;
	struct gate g = gate_make();
	char c;

	if ((pid = child()) == 0) {
		if ((sub = vfork()) == 0) {
			middle = getpid();
			if (write(g.g_fd[1], &middle, sizeof(middle)) < 0)
				_exit(1);
			kill(middle, SIGSTOP);
			clone_word = 1;
			_exit(0);
		}
		EQ(clone_word, 1);
		EXITS(sub, 0);
		EQ(write(g.g_fd[1], "R", 1), 1);
		_exit(0);
	}
	EQ(read(g.g_fd[0], &sub, sizeof(sub)), sizeof(sub));
	CHECK(SOON(proc_state(sub) == 'T', 5000));
	fcntl(g.g_fd[0], F_SETFL, O_NONBLOCK);
	sleep_ms(50);
	ERR(read(g.g_fd[0], &c, 1), EAGAIN);
	kill(sub, SIGCONT);
	EXITS(pid, 0);
}

TEST("posix_spawn runs a program and gives its status (ENT-10)")
{
	char *av[] = { tap_self, "@sleep", "0", NULL };
	pid_t pid;

	EQ(posix_spawn(&pid, tap_self, NULL, NULL, av, environ), 0);
	EXITS(pid, 5);
}

TEST("posix_spawn of what is not there: ENOENT and no child left (ENT-10)")
{
	char *av[] = { "x", NULL };
	pid_t pid;

	EQ(posix_spawn(&pid, "/no/such/file", NULL, NULL, av, environ), ENOENT);
	ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
}

HELPER("cat")
{
	char c;

	while (read(0, &c, 1) == 1)
		if (write(1, &c, 1) != 1)
			return 1;
	return 0;
}

TEST("posix_spawn with file actions (ENT-10)")
{
	posix_spawn_file_actions_t fa;
	char *av[] = { tap_self, "@cat", NULL }, buf[16];
	pid_t pid;

	write_file("in", "hello\n", 6, 0644);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "in", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "out", O_WRONLY | O_CREAT, 0644);
	EQ(posix_spawn(&pid, tap_self, &fa, NULL, av, environ), 0);
	EXITS(pid, 0);
	EQ(read_file("out", buf, sizeof(buf)), 6);
	CHECK(strcmp(buf, "hello\n") == 0);
}

TEST("clone without flags is fork (LNX-1)")
{
	pid_t pid;

	clone_word = 0;
	if ((pid = clone_raw(SIGCHLD, NULL)) == 0) {
		clone_word = 1;
		_exit(8);
	}
	EXITS(pid, 8);
	EQ(clone_word, 0);
}

static int
clone_writes(void *arg __attribute__((unused)))
{
	clone_word = 42;
	return 3;
}

TEST("CLONE_VM shares the address space (ENT-4 VM-2)")
{
	pid_t pid = clone_fn(clone_writes, CLONE_VM | SIGCHLD);

	EXITS(pid, 3);
	EQ(clone_word, 42);
}

TEST("CLONE_VM | CLONE_VFORK holds the caller (ENT-4 HOLD-1)")
{
	pid_t pid = clone_fn(clone_writes, CLONE_VM | CLONE_VFORK | SIGCHLD);

	EQ(clone_word, 42);
	EXITS(pid, 3);
}

static int
clone_maps(void *arg)
{
	void **out = arg;

	*out = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(*out, "from the child");
	return 0;
}

TEST("CLONE_VM: a mapping of the child outlives it (VM-2)")
{
	void *p = NULL;
	pid_t pid = clone(clone_maps, clone_stack + sizeof(clone_stack), CLONE_VM | SIGCHLD, &p);

	EXITS(pid, 0);
	CHECK(strcmp(p, "from the child") == 0);
}

static int
clone_execs(void *arg __attribute__((unused)))
{
	char *av[] = { tap_self, "@sleep", "0", NULL };

	execve(tap_self, av, environ);
	return 1;
}

TEST("CLONE_VM: exec of the child leaves the space to the parent (VM-2 END-4)")
{
	pid_t pid = clone_fn(clone_execs, CLONE_VM | SIGCHLD);

	EXITS(pid, 5);
	clone_word = 1;
	EQ(clone_word, 1);
}

static int
clone_opens(void *arg)
{
	*(int *)arg = open("/dev/null", O_RDONLY);
	close(0);
	return 0;
}

TEST("CLONE_FILES: opens and closes of the child show in the parent (NEW-8)")
{
	int fd = -1;
	pid_t pid;

	CHECK(fcntl(0, F_GETFD) >= 0);
	pid = clone(clone_opens, clone_stack + sizeof(clone_stack),
	    CLONE_VM | CLONE_FILES | SIGCHLD, &fd);
	EXITS(pid, 0);
	CHECK(fd >= 0);
	EQ(fcntl(fd, F_GETFD), 0);
	ERR(fcntl(0, F_GETFD), EBADF);
}

static int
clone_exec_files(void *arg __attribute__((unused)))
{
	char *av[] = { tap_self, "@sleep", "0", NULL };

	fcntl(0, F_SETFD, FD_CLOEXEC);
	execve(tap_self, av, environ);
	return 1;
}

TEST("CLONE_FILES: exec unshares before it closes close-on-exec files (NEW-8 END-4)")
{
	pid_t pid = clone_fn(clone_exec_files, CLONE_VM | CLONE_FILES | SIGCHLD);

	EXITS(pid, 5);
	EQ(fcntl(0, F_GETFD), FD_CLOEXEC);
}

static int
clone_moves(void *arg __attribute__((unused)))
{
	umask(077);
	return chdir("/");
}

TEST("CLONE_FS: chdir and umask of the child show in the parent (NEW-10)")
{
	char cwd[PATH_MAX];
	pid_t pid = clone_fn(clone_moves, CLONE_VM | CLONE_FS | SIGCHLD);

	EXITS(pid, 0);
	CHECK(strcmp(getcwd(cwd, sizeof(cwd)), "/") == 0);
	EQ(umask(022), 077);
}

TEST("without CLONE_FS they do not (NEW-10)")
{
	char cwd[PATH_MAX];
	pid_t pid = clone_fn(clone_moves, CLONE_VM | SIGCHLD);

	EXITS(pid, 0);
	CHECK(strcmp(getcwd(cwd, sizeof(cwd)), tap_dir) == 0);
	EQ(umask(022), 022);
}

static int
clone_ignores(void *arg __attribute__((unused)))
{
	signal(SIGUSR2, SIG_IGN);
	return 0;
}

TEST("CLONE_SIGHAND: an action set by the child is the parent's too (NEW-16)")
{
	struct sigaction sa;
	pid_t pid = clone_fn(clone_ignores, CLONE_VM | CLONE_SIGHAND | SIGCHLD);

	EXITS(pid, 0);
	sigaction(SIGUSR2, NULL, &sa);
	CHECK(sa.sa_handler == SIG_IGN);
}

TEST("CLONE_SIGHAND without CLONE_VM: EINVAL (LNX-4 ENT-5)")
{
	ERR(clone_raw(CLONE_SIGHAND | SIGCHLD, NULL), EINVAL);
	ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
}

TEST("CLONE_THREAD without CLONE_SIGHAND: EINVAL (LNX-4)")
{
	ERR(clone_raw(CLONE_THREAD | CLONE_VM, NULL), EINVAL);
}

TEST("CLONE_FS with CLONE_NEWNS: EINVAL (LNX-4 LNX-2)")
{
	ERR(clone_raw(CLONE_FS | CLONE_NEWNS | SIGCHLD, NULL), EINVAL);
}

TEST("exit signal 0: no signal, and only __WALL or __WCLONE waits for it (ENT-4 END-5)")
{
	struct sigaction sa = { .sa_handler = clone_handler };
	int status;
	pid_t pid;

	sigaction(SIGCHLD, &sa, NULL);
	if ((pid = clone_raw(0, NULL)) == 0)
		_exit(7);
	CHECK(SOON(proc_state(pid) == 'Z', 5000));
	ERR(waitpid(pid, &status, WNOHANG), ECHILD);
	EQ(waitpid(pid, &status, __WCLONE), pid);
	EQ(WEXITSTATUS(status), 7);
	EQ(clone_counter, 0);
	if ((pid = clone_raw(0, NULL)) == 0)
		_exit(7);
	EQ(waitpid(pid, &status, __WALL), pid);
}

TEST("exit signal SIGUSR1 is what the parent gets (END-5)")
{
	struct sigaction sa = { .sa_handler = clone_handler };
	int status;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	if ((pid = clone_raw(SIGUSR1, NULL)) == 0)
		_exit(1);
	CHECK(SOON(clone_counter == 1, 5000));
	EQ(waitpid(pid, &status, __WALL), pid);
}

TEST("exec of the child sets its exit signal back to SIGCHLD (END-4 END-5 FIX-56)")
{
	char *av[] = { tap_self, "@sleep", "0", NULL };
	struct sigaction sa = { .sa_handler = clone_handler };
	pid_t pid;
	int status;

	sigaction(SIGUSR1, &sa, NULL);
	if ((pid = clone_raw(SIGUSR1, NULL)) == 0) {
		execv(tap_self, av);
		_exit(1);
	}
	EQ(waitpid(pid, &status, __WALL), pid);
	EQ(WEXITSTATUS(status), 5);
	EQ(clone_counter, 0);
}

TEST("CLONE_PARENT: the child is its creator's brother (LNX-2)")
{
	pid_t me = getpid(), pid, sub;
	struct gate g = gate_make();

	if ((pid = child()) == 0) {
		if ((sub = clone_raw(CLONE_PARENT | SIGCHLD, NULL)) == 0)
			_exit(getppid() == me ? 9 : 1);
		ERR(waitpid(sub, NULL, 0), ECHILD);
		EQ(write(g.g_fd[1], &sub, sizeof(sub)), sizeof(sub));
		_exit(0);
	}
	EQ(read(g.g_fd[0], &sub, sizeof(sub)), sizeof(sub));
	EXITS(sub, 9);
	EXITS(pid, 0);
}

TEST("PARENT_SETTID and CHILD_SETTID write the pid (LNX-2)")
{
	static volatile int ptid, ctid;
	pid_t pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL,
	    &ptid, &ctid, 0);

	if (pid == 0)
		_exit(ctid == getpid() ? 0 : 1);
	EQ(ptid, pid);
	EQ(ctid, 0);
	EXITS(pid, 0);
}

static int
end_at_once(void *arg)
{
	(void)arg;
	return clone_word == 77 ? 0 : 1;
}

TEST("CHILD_CLEARTID of a process on shared memory: the word is cleared at its end (LNX-2)")
{
	pid_t pid;

	clone_word = 77;
	pid = clone(end_at_once, clone_stack + sizeof(clone_stack),
	    CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, (void *)&clone_word);
	CHECK(pid > 0);
	EXITS(pid, 0);
	EQ(clone_word, 0);
}

TEST("CLONE_SETTLS gives the child its own FS base (LNX-2 LWP-1)")
{
	static uint64_t tls[8];
	long ret;

	tls[0] = (uint64_t)tls;
	tls[1] = 0x1234567;
	/* No libc in the child: its thread pointer is gone. */
	__asm__ volatile("xor %%r10d, %%r10d\n\tmov %3, %%r8\n\tsyscall\n\t"
	    "test %%eax, %%eax\n\tjnz 1f\n\t"
	    "xor %%edi, %%edi\n\tcmpq $0x1234567, %%fs:8\n\tsetne %%dil\n\tmov $231, %%eax\n\tsyscall\n1:"
	    : "=a"(ret) : "a"(SYS_clone), "D"((long)(CLONE_SETTLS | SIGCHLD)), "r"(tls), "S"(0L),
	    "d"(0L)
	    : "rcx", "r8", "r10", "r11", "memory");
	EXITS((pid_t)ret, 0);
}

/*
 * Gives FS the base `base` by a call, then 0 by a null selector, which the kernel is not told, and
 * forks. got[0] is what the child reads at %fs:word, got[1] what the parent does. No libc between.
 */
static pid_t __attribute__((noinline))
fork_with_null_fs(uint64_t base, const uint64_t *word, volatile uint64_t got[2])
{
	uint64_t self;
	long pid;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(self));
	__asm__ volatile("mov $158, %%eax\n\tmov $0x1002, %%edi\n\tmov %1, %%rsi\n\tsyscall\n\t"
	    "xor %%eax, %%eax\n\tmov %%eax, %%fs\n\tmov $57, %%eax\n\tsyscall\n\t"
	    "mov %%fs:(%2), %%rdx\n\ttest %%eax, %%eax\n\tjnz 1f\n\t"
	    "mov %%rdx, (%3)\n\txor %%edi, %%edi\n\tmov $231, %%eax\n\tsyscall\n1:\t"
	    "mov %%rdx, 8(%3)\n\tmov %%rax, %0\n\t"
	    "mov $158, %%eax\n\tmov $0x1002, %%edi\n\tmov %4, %%rsi\n\tsyscall"
	    : "=&b"(pid)
	    : "r"(base), "r"(word), "r"(got), "r"(self)
	    : "rax", "rcx", "rdx", "rdi", "rsi", "r11", "memory");
	return (pid_t)pid;
}

TEST("the child's FS base is what the caller's register holds, even if no call put it there (LWP-1)")
{
	static uint64_t word[1024];
	volatile uint64_t *got = (volatile uint64_t *)share();

	/* A kernel that leaves RDFSBASE to itself may take its own record for the register. */
	if (access("/proc/bident", F_OK) != 0 && (getauxval(AT_HWCAP2) & 2) == 0)
		SKIP("the base of FS is the kernel's here");
	word[0] = 1;			/* base 0 */
	word[512] = 2;			/* base 4096 */
	/* A switch in the wrong moment gives the caller its old base back, and so the child. */
	for (int i = 0; i < 50 && got[0] != 1; i++)
		EXITS(fork_with_null_fs(4096, word, got), 0);
	EQ(got[0], 1);
}

TEST("a null stack keeps the caller's, another is used as it is (ENT-6)")
{
	uint64_t want = (uint64_t)(clone_stack + 4096 + 8);
	long ret;

	__asm__ volatile("syscall\n\ttest %%eax, %%eax\n\tjnz 1f\n\t"
	    "xor %%edi, %%edi\n\tcmp %%rsi, %%rsp\n\tsetne %%dil\n\tmov $231, %%eax\n\tsyscall\n1:"
	    : "=a"(ret) : "a"(SYS_clone), "D"((long)SIGCHLD), "S"(want), "d"(0L) : "rcx", "r11",
	    "memory");
	EXITS((pid_t)ret, 0);
}

TEST("a hostile stack makes the child die in user mode, not the kernel (ENT-6)")
{
	static const uint64_t bad[] = { 0x8000000000000000ULL, 0xffff800000000000ULL,
	    0xffffffff80000000ULL, 16 };
	unsigned i;
	long ret;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		__asm__ volatile("syscall\n\ttest %%eax, %%eax\n\tjnz 1f\n\tpush %%rax\n\tud2\n1:"
		    : "=a"(ret) : "a"(SYS_clone), "D"((long)SIGCHLD), "S"(bad[i]), "d"(0L) : "rcx",
		    "r11", "memory");
		CHECK(ret > 0);
		/* A push through a non-canonical rsp is #SS: SIGBUS on Linux. */
		int status = reap((pid_t)ret);
		CHECK(WIFSIGNALED(status) &&
		    (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS));
	}
}

TEST("clone3 as fork, and its refusals (LNX-5)")
{
	struct clone_args ca = { .exit_signal = SIGCHLD };
	char big[128] = { 0 };
	pid_t pid;

	pid = syscall(SYS_clone3, &ca, sizeof(ca));
	if (pid == -1 && errno == ENOSYS)
		SKIP("no clone3");
	if (pid == 0)
		_exit(2);
	EXITS(pid, 2);
	ERR(syscall(SYS_clone3, &ca, 63), EINVAL);
	ERR(syscall(SYS_clone3, (void *)8, 64), EFAULT);
	ca.exit_signal = 65;
	ERR(syscall(SYS_clone3, &ca, sizeof(ca)), EINVAL);
	ca.exit_signal = SIGCHLD;
	ca.stack_size = 4096;
	ERR(syscall(SYS_clone3, &ca, sizeof(ca)), EINVAL);
	ca.stack_size = 0;
	memcpy(big, &ca, sizeof(ca));
	big[120] = 1;
	ERR(syscall(SYS_clone3, big, 128), E2BIG);
	big[120] = 0;
	if ((pid = syscall(SYS_clone3, big, 128)) == 0)
		_exit(2);
	EXITS(pid, 2);
}

TEST("600 vforks with exits, four processes at a time (HOLD-2 FIX-2)")
{
	pid_t pid[4], sub;
	int i, j;

	for (i = 0; i < 4; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		for (j = 0; j < 150; j++) {
			if ((sub = vfork()) == 0)
				_exit(j);
			EXITS(sub, j);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		EXITS(pid[i], 0);
}

TAP_MAIN(20)
