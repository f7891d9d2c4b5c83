/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, vfork, __vfork14: registers, memory, holding. */
#include "nb.h"

/*
 * Calls with every register chosen, and stores what they are afterwards: 15 registers and the
 * flags, the caller's at out, the child's (which then exits) at out + 16. The order is that of
 * `enum`. With a stack for the child, its uppermost word must be out.
 */
enum { A_AX = 14, A_BX = 13, A_CX = 12, A_DX = 11, A_SI = 10, A_DI = 9, A_BP = 8, A_8 = 7, A_9 = 6,
    A_10 = 5,
	A_11 = 4, A_12 = 3, A_13 = 2, A_14 = 1, A_15 = 0, A_FL = 15 };
void nb_regs(const uint64_t *in, uint64_t *out);
__asm__(
    "	.globl nb_regs\n"
    "nb_regs:\n"
    "	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
    "	push %rsi\n"
    "	mov %rdi, %rax\n"
    "	mov 0(%rax), %r15\n	mov 8(%rax), %r14\n	mov 16(%rax), %r13\n"
    "	mov 24(%rax), %r12\n"
    "	mov 40(%rax), %r10\n	mov 48(%rax), %r9\n	mov 56(%rax), %r8\n"
    "	mov 64(%rax), %rbp\n"
    "	mov 72(%rax), %rdi\n	mov 80(%rax), %rsi\n	mov 88(%rax), %rdx\n"
    "	mov 104(%rax), %rbx\n"
    "	mov 112(%rax), %rax\n"
    "	syscall\n"
    "	pushf\n	push %rax\n	push %rbx\n	push %rcx\n	push %rdx\n	push %rsi\n"
    "	push %rdi\n	push %rbp\n"
    "	push %r8\n	push %r9\n	push %r10\n	push %r11\n	push %r12\n"
    "	push %r13\n	push %r14\n	push %r15\n"
    "	mov 128(%rsp), %rdi\n"
    "	mov %rsp, %rsi\n"
    "	mov $16, %ecx\n"
    "	cmpq $0, 112(%rsp)\n"
    "	jne 1f\n"
    "	add $128, %rdi\n"
    "	mov %rsp, 128(%rdi)\n"
    "	rep movsq\n"
    "	mov $1, %eax\n	xor %edi, %edi\n	syscall\n	hlt\n"
    "1:	rep movsq\n"
    "	add $136, %rsp\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
    "	ret\n");

/* Both processes of one call, compared with what went in. */
static void
check_registers(long nr, uint64_t di, uint64_t si)
{
	uint64_t in[16], *out = shared(4096);
	pid_t pid;

	for (int i = 0; i < 15; i++)
		in[i] = 0x1111111111111111ul * (uint64_t)(i + 1) ^ (uint64_t)nr << 32;
	in[A_AX] = (uint64_t)nr;
	if (nr == SYS_clone) {
		in[A_DI] = di;
		in[A_SI] = si;
		if (si != 0)
			*(uint64_t **)si = out;
	}
	nb_regs(in, out);
	pid = (pid_t)out[A_AX];
	CHECK((int64_t)out[A_AX] > 0);
	EXITS(pid, 0);
	for (int i = 0; i < 15; i++) {
		if (i == A_AX || i == A_CX || i == A_11 || i == A_DX)
			continue;
		EQ(out[i], in[i]);
		EQ(out[16 + i], in[i]);
	}
	EQ(out[A_FL] & 1, 0);
	EQ(out[16 + A_FL] & 1, 0);
	EQ(out[A_DX], 0);
	EQ(out[16 + A_AX], 0);
	EQ(out[16 + A_DX], 1);
	if (si != 0)
		EQ(out[32] + 128, si);
}

TEST("fork: results and every register, in both processes (ENT-1 ENT-8)")
{
	check_registers(SYS_fork, 0, 0);
}

TEST("vfork: results and every register, in both processes (ENT-2 ENT-8)")
{
	check_registers(SYS_vfork, 0, 0);
}

TEST("__vfork14: results and every register, r9 among them, in both processes (ENT-3 ENT-8)")
{
	check_registers(SYS_vfork14, 0, 0);
}

TEST("__clone: results and every register; the stack pointer is the parent's without a stack "
    "(ENT-6 ENT-8)")
{
	check_registers(SYS_clone, SIGCHLD, 0);
}

TEST("__clone: the child starts on the very stack pointer that was given, odd as it may be "
    "(ENT-6 ENT-8)")
{
	char *stack = shared(65536);

	check_registers(SYS_clone, SIGCHLD, (uint64_t)stack + 65536 - 13 - 8);
	check_registers(SYS_clone, SIGCHLD | CLONE_VM, (uint64_t)stack + 32768 - 24);
}

TEST("__clone: a stack pointer of the kernel's, or no address at all, is SIGSEGV in the child "
    "(ENT-6)")
{
	static const uint64_t bad[] = { 0xffff800000000000ul, 0x8000000000000000ul,
	    0x0000800000000000ul, 8 };
	struct nb_result r;

	for (size_t i = 0; i < nitems(bad); i++) {
		r = nb_raw(SYS_clone, SIGCHLD, bad[i], 0, 0, 0, 0);
		if (!r.carry && r.ax == 0)
			__asm__ volatile("push %rax; 1: jmp 1b");	/* faults */
		EQ(r.carry, 0);
		KILLED((pid_t)r.ax, SIGSEGV);
	}
}

TEST("MXCSR, x87 and vector registers are the caller's in both (NEW-25)")
{
	uint32_t csr = 0x7f80, got;
	uint64_t in[2] = { 0x0123456789abcdeful, 42 }, out[2];
	pid_t pid;

	__asm__ volatile("ldmxcsr %0\n\tmovups %1, %%xmm6" : : "m"(csr), "m"(in) : "xmm6");
	pid = fork();
	__asm__ volatile("stmxcsr %0\n\tmovups %%xmm6, %1" : "=m"(got), "=m"(out));
	EQ(got & 0xffc0, csr & 0xffc0);
	CHECK(memcmp(in, out, sizeof(in)) == 0);
	if (pid == 0)
		_exit(0);
	EXITS(pid, 0);
}

static volatile int data = 1;

TEST("fork copies memory: neither sees the other's writes; shared memory is seen (ENT-1)")
{
	volatile int *both = shared(4096);
	pid_t pid = fork();

	if (pid == 0) {
		data = 2;
		both[0] = 1;
		CHECK(SOON(both[1] == 1, 5000));
		EQ(data, 2);
		_exit(0);
	}
	CHECK(SOON(both[0] == 1, 5000));
	EQ(data, 1);
	data = 3;
	both[1] = 1;
	EXITS(pid, 0);
}

TEST("vfork (66) copies memory and holds the caller till the child's exit (ENT-2 HOLD-1)")
{
	volatile int *both = shared(4096);
	pid_t pid = vfork();

	if (pid == 0) {
		data = 2;
		sleep_ms(80);
		both[0] = 1;
		_exit(7);
	}
	EQ(both[0], 1);
	EQ(data, 1);
	EXITS(pid, 7);
}

TEST("__vfork14 shares memory and holds the caller till the child's exit (ENT-3 HOLD-1 HOLD-3)")
{
	volatile int onstack = 1;
	pid_t pid = vfork14();

	if (pid == 0) {
		sleep_ms(80);
		data = 2;
		onstack = 2;
		_exit(7);
	}
	EQ(data, 2);
	EQ(onstack, 2);
	EXITS(pid, 7);
}

HELPER("slow")
{
	sleep_ms(300);
	return 5;
}

TEST("exec lets the caller of both vforks go; a failed exec does not (ENT-2 ENT-3 HOLD-1)")
{
	char *argv[] = { nb_self, "@slow", NULL };
	volatile int *both = shared(4096);
	int64_t start;
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		both[0] = 0;
		pid = i == 0 ? vfork() : vfork14();
		if (pid == 0) {
			CALL(SYS_execve, "/nonexistent", argv, nb_envp);
			sleep_ms(30);
			both[0] = 1;
			CALL(SYS_execve, nb_self, argv, nb_envp);
			_exit(99);
		}
		start = now_ms();
		EQ(both[0], 1);
		EXITS(pid, 5);
		CHECK(now_ms() - start >= 200);
	}
}

TEST("the caller of vfork is held although its child is stopped; SIGKILL of the child lets it "
    "go (HOLD-1)")
{
	volatile int *both = shared(4096);
	pid_t killer, pid;

	if ((killer = fork()) == 0) {
		CHECK(SOON(both[0] != 0, 5000));
		CHECK(SOON(both[2] == 0, 100));		/* the parent has not come back */
		both[1] = 1;
		kill(both[0], SIGKILL);
		_exit(0);
	}
	if ((pid = vfork14()) == 0) {
		both[0] = getpid();
		kill(getpid(), SIGSTOP);
		_exit(1);
	}
	both[2] = 1;
	EQ(both[1], 1);
	KILLED(pid, SIGKILL);
	EXITS(killer, 0);
}

TEST("a job-control stop of a held caller's child stays a stop; SIGCONT goes on (HOLD-1)")
{
	volatile int *both = shared(4096);
	pid_t helper, pid;

	if ((helper = fork()) == 0) {
		CHECK(SOON(both[0] != 0, 5000));
		CHECK(!SOON(both[1] != 0, 100));	/* it has stopped before the next line */
		EQ(kill(both[0], SIGCONT), 0);
		_exit(0);
	}
	if ((pid = vfork14()) == 0) {
		CALL(SYS_setpgid, 0, 0);		/* a group that this session can continue */
		both[0] = getpid();
		kill(getpid(), SIGTSTP);
		both[1] = 1;
		_exit(3);
	}
	EQ(both[1], 1);
	EXITS(pid, 3);
	EXITS(helper, 0);
}

static volatile int deep;

static void
deep_fork(int n)
{
	pid_t pid = vfork14();

	if (pid == 0) {
		deep++;
		if (n > 0)
			deep_fork(n - 1);
		_exit(n);
	}
	EXITS(pid, n);
}

TEST("vforks nest (HOLD-4)")
{
	deep_fork(6);
	EQ(deep, 7);
}

static volatile pid_t handler_child = -1;
static volatile uint64_t handler_sp;
static char altstack[65536];

static void
forks(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc __attribute__((unused)))
{
	volatile int here = 5;

	handler_sp = (uint64_t)&here;
	handler_child = fork();
	if (handler_child == 0)
		here = 6;
	EQ(here, handler_child == 0 ? 6 : 5);
}

TEST("a fork inside a handler on the alternate stack: both return from it (ENT-12 NEW-16)")
{
	struct stack ss = { .sp = (uint64_t)altstack, .size = sizeof(altstack) }, now;

	EQ(CALL(SYS_sigaltstack, &ss, NULL), 0);
	handle(SIGUSR1, forks, SA_ONSTACK);
	kill(getpid(), SIGUSR1);
	CHECK(handler_child >= 0);
	CHECK(handler_sp > (uint64_t)altstack && handler_sp < (uint64_t)altstack +
	    sizeof(altstack));
	EQ(CALL(SYS_sigaltstack, NULL, &now), 0);
	EQ(now.sp, ss.sp);
	EQ(now.flags, 0);
	if (handler_child == 0)
		_exit(4);
	EXITS(handler_child, 4);
}

static volatile int handled;

static void
count(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc __attribute__((unused)))
{
	handled++;
}

TEST("signals to the group while it forks: no fork fails, and none is lost (ENT-11 PUB-2)")
{
	pid_t sender, me = getpid(), pid;
	int forks_done = 0;

	EQ(CALL(SYS_setpgid, 0, 0) == 0 || getpid() == CALL(SYS_getpgrp), 1);
	handle(SIGUSR1, count, SA_RESTART);
	if ((sender = fork()) == 0) {
		CALL(SYS_setpgid, 0, 0);
		for (int i = 0; i < 150; i++) {
			kill(-me, SIGUSR1);
			sleep_ms(1);
		}
		_exit(0);
	}
	while (handled == 0)
		sleep_ms(1);
	for (forks_done = 0; forks_done < 100; forks_done++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		CHECK(pid > 0);
		EXITS(pid, 0);
	}
	EXITS(sender, 0);
	CHECK(handled > 10);
}

TEST("SIGKILL to a group that forks without end leaves none of it (ENT-11 FIX-31)")
{
	volatile int *both = shared(4096);
	pid_t bomb = fork();

	if (bomb == 0) {
		CALL(SYS_setpgid, 0, 0);
		both[0] = 1;
		for (;;) {
			pid_t pid = fork();

			if (pid == 0) {
				sleep_ms(20);
				_exit(0);
			}
			while (wait4(-1, NULL, WNOHANG, NULL) > 0)
				continue;
		}
	}
	CHECK(SOON(both[0] == 1, 5000));
	sleep_ms(100);
	EQ(kill(-bomb, SIGKILL), 0);
	KILLED(bomb, SIGKILL);
	CHECK(SOON(kill(-bomb, 0) == -1 && errno == NB_ESRCH, 3000));
}

TEST("ps_strings: a child's are where the parent's were, and tell its own arguments (NEW-27)")
{
	static char other[] = "renamed";
	int mib[4] = { 1, 48, 0, 1 };
	char buf[4096];
	size_t len;
	volatile int *both = shared(4096);
	pid_t pid = fork();

	if (pid == 0) {
		nb_psstrings->argv[0] = other;
		both[0] = 1;
		CHECK(SOON(both[1] == 1, 5000));
		_exit(0);
	}
	CHECK(SOON(both[0] == 1, 5000));
	mib[2] = pid;
	len = sizeof(buf);
	EQ(CALL(SYS_sysctl, mib, 4, buf, &len, NULL, 0), 0);
	EQ(strcmp(buf, other), 0);
	mib[2] = -1;
	len = sizeof(buf);
	EQ(CALL(SYS_sysctl, mib, 4, buf, &len, NULL, 0), 0);
	EQ(strcmp(buf, nb_self), 0);
	both[1] = 1;
	EXITS(pid, 0);
	/* What a program says of itself is bounded. */
	nb_psstrings->argc = 0x7fffffff;
	nb_psstrings->argv = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1,
	    0);
	for (int i = 0; i < 1 << 19; i++)
		nb_psstrings->argv[i] = other;
	ERR(CALL(SYS_sysctl, mib, 4, NULL, &len, NULL, 0), NB_E2BIG);
}

TEST("the personality's fork hook gets child, parent and flags, before publication (HOOK-1 PUB-4)")
{
	static const uint64_t flags[3] = { 0, 1, 3 };	/* copy; hold; hold and share */
	const char *hook, *publish, *create;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		tell("/proc/bident/probe", "netbsd.fork on\nfork.publish on\nproc:::create on\n");
		tell("/proc/bident/trace", "clear");
		pid = i == 0 ? fork() : i == 1 ? vfork() : vfork14();
		if (pid == 0)
			_exit(0);
		EXITS(pid, 0);
		hook = after(nb_trace(), "netbsd.fork ");
		create = after(nb_trace(), "proc:::create ");
		publish = after(nb_trace(), "fork.publish ");
		CHECK(hook != NULL && create != NULL && publish != NULL);
		CHECK(hook < create && hook < publish);
		EQ(hex(&hook), pid);
		EQ(hex(&hook), getpid());
		EQ(hex(&hook), flags[i]);
		tell("/proc/bident/probe", "off");
	}
}

TEST("the taint of a changed user is the child's, whichever way it was made (NEW-2)")
{
	pid_t pid;

	EQ(CALL(SYS_issetugid), 0);
	EQ(CALL(SYS_seteuid, 1000), 0);
	EQ(CALL(SYS_issetugid), 1);
	for (int i = 0; i < 3; i++) {
		pid = i == 0 ? fork() : i == 1 ? vfork() : vfork14();
		if (pid == 0)
			_exit(CALL(SYS_issetugid) == 1 ? 0 : 1);
		EXITS(pid, 0);
	}
}

TEST("the personality is the parent's in the child (NEW-3)")
{
	pid_t pid = fork();

	if (pid == 0) {
		struct nb_result r = nb_raw(SYS_getpid, 0, 0, 0, 0, 0, 0);

		EQ(r.carry, 0);
		EQ(r.dx, getppid());		/* only NetBSD's getpid has this second result */
		ERR(CALL(SYS_close, 4321), NB_EBADF);
		_exit(0);
	}
	EXITS(pid, 0);
}

NB_MAIN(30)
