/* SPDX-License-Identifier: BSD-2-Clause */
/* clone3, and what clone and clone3 refuse. */
#include "tap.h"
#include <linux/sched.h>
#include <stddef.h>
#include <sched.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ull
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif

#define SIZE0 64
#define SIZE1 80
#define SIZE2 88

static long
clone3(struct clone_args *a, size_t size)
{
	return syscall(SYS_clone3, a, size);
}

/* A plain child, which exits with 3. */
static void
clone3_works(struct clone_args *a, size_t size)
{
	long pid = clone3(a, size);

	if (pid == 0)
		_exit(3);
	CHECK(pid > 0);
	EXITS((pid_t)pid, 3);
}

static long
clone_raw(unsigned long flags)
{
	return syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
}

TEST("clone3: the sizes 64, 80, 88 and longer ones with a zero tail work (LNX-1 P1)")
{
	union {
		struct clone_args	 a;
		char			 bytes[8192];
	} u = { .a = { .exit_signal = SIGCHLD } };
	static const size_t sizes[] = { SIZE0, SIZE1, SIZE2, 96, 200, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		clone3_works(&u.a, sizes[i]);
}

TEST("clone3: too small is EINVAL, larger than a page is E2BIG, a byte in the tail is E2BIG (LNX-5 P1)")
{
	static union {
		struct clone_args	 a;
		char			 bytes[8192];
	} u = { .a = { .exit_signal = SIGCHLD } };

	ERR(clone3(&u.a, 0), EINVAL);
	ERR(clone3(&u.a, SIZE0 - 1), EINVAL);
	ERR(clone3(&u.a, 4097), E2BIG);
	ERR(clone3(&u.a, (size_t)-1), E2BIG);
	u.bytes[200] = 1;
	clone3_works(&u.a, 200);
	ERR(clone3(&u.a, 201), E2BIG);
	ERR(clone3(&u.a, 4096), E2BIG);
	u.bytes[200] = 0;
	u.bytes[SIZE2] = 1;
	clone3_works(&u.a, SIZE2);
	ERR(clone3(&u.a, SIZE2 + 8), E2BIG);
}

TEST("clone3: an argument that crosses into a hole is EFAULT, one that ends before it works (P1)")
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct clone_args a = { .exit_signal = SIGCHLD };

	CHECK(p != MAP_FAILED && munmap(p + 4096, 4096) == 0);
	memcpy(p + 4096 - SIZE2, &a, SIZE2);
	clone3_works((void *)(p + 4096 - SIZE2), SIZE2);
	memcpy(p + 4096 - SIZE0, &a, SIZE0);
	clone3_works((void *)(p + 4096 - SIZE0), SIZE0);
	ERR(clone3((void *)(p + 4096 - SIZE0), SIZE2), EFAULT);
	ERR(clone3((void *)(p + 4096 - SIZE2), SIZE2 + 8), EFAULT);
	ERR(clone3((void *)8, SIZE2), EFAULT);
	ERR(clone3(NULL, SIZE2), EFAULT);
}

TEST("clone refuses what does not go together (LNX-4 LNX-2)")
{
	ERR(clone_raw(CLONE_NEWNS | CLONE_FS | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_NEWUSER | CLONE_FS | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_THREAD | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_THREAD | CLONE_VM | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_SIGHAND | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER), EINVAL);
	ERR(clone_raw(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWPID), EINVAL);
	ERR(clone_raw(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD), EINVAL);
	ERR(clone_raw(CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), EINVAL);
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	EQ(errno, ECHILD);
}

TEST("clone3 refuses what does not go together (LNX-4 LNX-5)")
{
#define REFUSED(...) do {						\
	struct clone_args a_ = { __VA_ARGS__ };				\
	ERR(clone3(&a_, sizeof(a_)), EINVAL);				\
} while (0)
	static char stack[4096];
	int32_t word;

	REFUSED(.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD);
	REFUSED(.exit_signal = 65);
	REFUSED(.exit_signal = 0x100 | SIGCHLD);
	REFUSED(.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_FS | CLONE_FILES,
	    .exit_signal = SIGCHLD);
	REFUSED(.flags = CLONE_PARENT, .exit_signal = SIGCHLD);
	REFUSED(.stack = (uintptr_t)stack, .exit_signal = SIGCHLD);
	REFUSED(.stack_size = sizeof(stack), .exit_signal = SIGCHLD);
	REFUSED(.flags = CLONE_DETACHED, .exit_signal = SIGCHLD);
	REFUSED(.flags = SIGCHLD);
	REFUSED(.flags = 1ull << 40, .exit_signal = SIGCHLD);
	REFUSED(.flags = CLONE_NEWNS | CLONE_FS, .exit_signal = SIGCHLD);
	REFUSED(.flags = CLONE_SIGHAND, .exit_signal = SIGCHLD);
	REFUSED(.flags = CLONE_THREAD, .exit_signal = 0);
	REFUSED(.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = (uintptr_t)&word,
	    .parent_tid = (uintptr_t)&word, .exit_signal = SIGCHLD);
	REFUSED(.set_tid = (uintptr_t)&word, .exit_signal = SIGCHLD);
	REFUSED(.set_tid_size = 1, .exit_signal = SIGCHLD);
	REFUSED(.set_tid = (uintptr_t)&word, .set_tid_size = 33, .exit_signal = SIGCHLD);
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

/* Whether the log has a line of this process with the word. */
static int
log_says(pid_t pid, const char *word)
{
	static char text[70000];
	char want[32];
	char *at;

	snprintf(want, sizeof(want), "(%d) asked clone", (int)pid);
	CHECK(read_file("/proc/bident/klog", text, sizeof(text)) > 0);
	for (at = text; (at = strstr(at, want)) != NULL; at += 1)
		if (memmem(at, strcspn(at, "\n"), word, strlen(word)) != NULL)
			return 1;
	return 0;
}

TEST("flags that are not offered are refused, never ignored: namespaces, cgroups, shared I/O (LNX-2 FIX-29)")
{
	static const uint64_t absent[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID,
	    CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_IO, CLONE_INTO_CGROUP };

	if (access("/proc/bident", F_OK) != 0)
		SKIP("this system offers them");
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		struct clone_args a = { .flags = absent[i], .exit_signal = SIGCHLD };

		ERR(clone3(&a, sizeof(a)), EINVAL);
		if (absent[i] <= 0xffffffff)
			ERR(clone_raw(absent[i] | SIGCHLD), EINVAL);
	}
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	CHECK(log_says(getpid(), "NEWUTS") && log_says(getpid(), "INTO_CGROUP"));
}

TEST("an exit signal above 64 in the old clone: a child whose end nobody hears of")
{
	long pid = clone_raw(200);

	if (pid == 0)
		_exit(4);
	CHECK(pid > 0);
	ERR(waitpid((pid_t)pid, NULL, 0), ECHILD);
	EQ(waitpid((pid_t)pid, NULL, __WCLONE), pid);
}

static volatile int chld, usr;

static void
on_chld(int sig)
{
	if (sig == SIGCHLD)
		chld = chld + 1;
	else
		usr = usr + 1;
}

TEST("exit signal 0: no signal at all, and only a wait that asks for it sees the child (P9)")
{
	struct clone_args a = { .exit_signal = 0 };
	long pid;

	signal(SIGCHLD, on_chld);
	signal(SIGUSR1, on_chld);
	if ((pid = clone3(&a, sizeof(a))) == 0)
		_exit(7);
	CHECK(pid > 0);
	CHECK(SOON(proc_state((pid_t)pid) == 'Z', 5000));
	ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
	EQ(waitpid((pid_t)pid, NULL, __WCLONE | WNOHANG), pid);
	EQ(chld, 0);
	a.exit_signal = SIGUSR1;
	if ((pid = clone3(&a, sizeof(a))) == 0)
		_exit(7);
	CHECK(SOON(usr == 1, 5000));
	EQ(chld, 0);
	EQ(waitpid((pid_t)pid, NULL, __WALL), pid);
}

static volatile int on_stack;

TEST("clone3: the child runs on the stack that it was given, from its upper end (ENT-6)")
{
	static char stack[65536] __attribute__((aligned(16)));
	struct clone_args a = {
		.flags = CLONE_VM | CLONE_VFORK,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
		.exit_signal = SIGCHLD,
	};
	long ret = SYS_clone3;
	uint64_t sp = 0;

	/* The child stores its stack pointer and exits, without touching the stack. */
	__asm__ volatile("syscall\n"
	    "test %%rax, %%rax\n"
	    "jnz 1f\n"
	    "mov %%rsp, %1\n"
	    "mov $60, %%eax\n"
	    "mov $9, %%edi\n"
	    "syscall\n"
	    "1:\n"
	    : "+a"(ret), "+m"(*(volatile uint64_t *)&on_stack) : "D"(&a), "S"(sizeof(a)) : "rcx",
	    "r11", "memory");
	(void)sp;
	CHECK(ret > 0);
	EXITS((pid_t)ret, 9);
}

TEST("clone3: CLEAR_SIGHAND sets handlers back, and leaves what is ignored (P8)")
{
	struct clone_args a = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	struct sigaction sa;
	long pid;

	signal(SIGUSR1, on_chld);
	signal(SIGUSR2, SIG_IGN);
	if ((pid = clone3(&a, sizeof(a))) == 0) {
		sigaction(SIGUSR1, NULL, &sa);
		if (sa.sa_handler != SIG_DFL)
			_exit(1);
		sigaction(SIGUSR2, NULL, &sa);
		if (sa.sa_handler != SIG_IGN)
			_exit(2);
		_exit(0);
	}
	EXITS((pid_t)pid, 0);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == on_chld);
}

TEST("clone3: parent_tid is written in the parent, child_tid in the child's memory alone (LNX-2)")
{
	int32_t parent_tid = -1, child_tid = -1;
	struct clone_args a = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
		.parent_tid = (uintptr_t)&parent_tid,
		.child_tid = (uintptr_t)&child_tid,
		.exit_signal = SIGCHLD,
	};
	long pid = clone3(&a, sizeof(a));

	if (pid == 0)
		_exit(*(volatile int32_t *)&child_tid == getpid() ? 5 : 6);
	EQ(parent_tid, pid);
	EQ(child_tid, -1);
	EXITS((pid_t)pid, 5);
}

static pid_t
free_pid(void)
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	EXITS(pid, 0);
	return pid + 100;
}

TEST("clone3: set_tid gives this number to root; in use EEXIST, not a number EINVAL, not root EPERM (LNX-5 P4)")
{
	int32_t want[2] = { free_pid(), 0 };
	struct clone_args a = { .set_tid = (uintptr_t)want, .set_tid_size = 1,
	    .exit_signal = SIGCHLD };
	long pid;

	if (geteuid() != 0)
		SKIP("not root");
	pid = clone3(&a, sizeof(a));
	if (pid == 0)
		_exit(getpid() == want[0] ? 3 : 4);
	EQ(pid, want[0]);
	ERR(clone3(&a, sizeof(a)), EEXIST);
	EXITS((pid_t)pid, 3);
	want[0] = getpid();
	ERR(clone3(&a, sizeof(a)), EEXIST);
	want[0] = 0;
	ERR(clone3(&a, sizeof(a)), EINVAL);
	want[0] = -5;
	ERR(clone3(&a, sizeof(a)), EINVAL);
	want[0] = 1 << 30;
	ERR(clone3(&a, sizeof(a)), EINVAL);
	a.set_tid_size = 2;
	want[0] = free_pid();
	ERR(clone3(&a, sizeof(a)), EINVAL);
	a.set_tid_size = 1;
	a.set_tid = 8;
	ERR(clone3(&a, sizeof(a)), EFAULT);
	a.set_tid = (uintptr_t)want;
	CHECK(setresuid(4242, 4242, 4242) == 0);
	ERR(clone3(&a, sizeof(a)), EPERM);
	EQ(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

TEST("CLONE_PARENT: the caller's parent is the child's, and hears what the caller's end would tell it (LNX-2 FIX-56)")
{
	struct clone_args a = { .flags = CLONE_PARENT };
	pid_t pid, got;
	int status;

	signal(SIGCHLD, on_chld);
	if ((pid = child()) == 0) {
		long sib = clone3(&a, sizeof(a));

		if (sib == 0)
			_exit(21);
		if (waitpid((pid_t)sib, NULL, __WALL) != -1 || errno != ECHILD)
			_exit(1);
		_exit(22);
	}
	for (int i = 0; i < 2; i++) {
		while ((got = waitpid(-1, &status, 0)) == -1 && errno == EINTR)
			continue;
		CHECK(got > 0 && WIFEXITED(status));
		EQ(WEXITSTATUS(status), got == pid ? 22 : 21);
	}
	CHECK(chld >= 1);
}

HELPER("wait-two")
{
	sigset_t set;
	siginfo_t si;
	int seen[3] = { 0, 0, 0 };

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	for (int i = 0; i < 2; i++) {
		struct timespec ts = { 3, 0 };
		int sig = sigtimedwait(&set, &si, &ts);

		seen[sig == SIGCHLD ? 0 : sig == SIGUSR1 ? 1 : 2]++;
		while (waitpid(-1, NULL, __WALL) > 0)
			continue;
	}
	return seen[1] == 0 ? 30 : 31;
}

TEST("an exit signal does not outlive the parent's exec, nor does that of a sibling (FIX-56 END-5)")
{
	pid_t pid = child();

	if (pid == 0) {
		char *av[] = { tap_self, "@wait-two", NULL };
		struct clone_args a = { .exit_signal = SIGUSR1 }, sib = { .flags = CLONE_PARENT };
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGCHLD);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (clone3(&a, sizeof(a)) == 0) {
			sleep_ms(150);
			if (clone3(&sib, sizeof(sib)) == 0) {
				sleep_ms(50);
				_exit(0);
			}
			_exit(0);
		}
		execv(tap_self, av);
		_exit(99);
	}
	EXITS(pid, 30);
}

TEST("clone3 makes a thread (LNX-2)")
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile int32_t tid;
	struct clone_args a = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		    CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
		.parent_tid = (uintptr_t)&tid,
		.child_tid = (uintptr_t)&tid,
	};
	long ret = SYS_clone3;

	tid = -1;
	__asm__ volatile("syscall\n"
	    "test %%rax, %%rax\n"
	    "jnz 1f\n"
	    "mov $60, %%eax\n"
	    "xor %%edi, %%edi\n"
	    "syscall\n"
	    "1:\n"
	    : "+a"(ret) : "D"(&a), "S"(sizeof(a)) : "rcx", "r11", "memory");
	CHECK(ret > 0 && ret != getpid());
	CHECK(SOON(tid == 0, 5000));
}

TAP_MAIN(60)
