/* SPDX-License-Identifier: BSD-2-Clause */
/* A program starts, calls and is answered as NetBSD's do. */
#include "nb.h"

TEST("a program's first registers and stack: ps_strings, argc, argv, environment, auxiliary vector")
{
	uint64_t *aux;
	char **argv = nb_psstrings->argv, **envp = nb_psstrings->envp;
	int phdr = 0, base = 0;

	CHECK(nb_psstrings->argc >= 1);
	EQ(argv[0], nb_self);
	CHECK(argv[nb_psstrings->argc] == NULL);
	EQ(envp, nb_envp);
	EQ(envp, argv + nb_psstrings->argc + 1);
	EQ(((uint64_t *)argv)[-1], nb_psstrings->argc);
	CHECK(envp[nb_psstrings->envc] == NULL);
	for (aux = (uint64_t *)(envp + nb_psstrings->envc + 1); (uint32_t)aux[0] != 0; aux += 2) {
		if ((uint32_t)aux[0] == 6)
			EQ(aux[1], 4096);
		phdr |= (uint32_t)aux[0] == 3 && aux[1] != 0;
		base |= (uint32_t)aux[0] == 13 && aux[1] > (uint64_t)aux;
		if ((uint32_t)aux[0] == 2000 || (uint32_t)aux[0] == 2001)
			EQ(aux[1], 0);
	}
	CHECK(phdr && base);
}

TEST("success clears carry and sets both results; failure sets carry and leaves the second")
{
	struct nb_result r;

	r = nb_raw(SYS_getpid, 0, 0, 0x1234, 0, 0, 0);
	EQ(r.carry, 0);
	EQ(r.dx, getppid());
	r = nb_raw(SYS_close, 12345, 0, 0x1234, 0, 0, 0);
	EQ(r.carry, 1);
	EQ(r.ax, NB_EBADF);
	EQ(r.dx, 0x1234);
	r = nb_raw(SYS_getpgrp, 0, 0, 0x1234, 0, 0, 0);
	EQ(r.carry, 0);
	EQ(r.dx, 0);
}

TEST("a call that does not exist is ENOSYS, as NetBSD numbers it")
{
	ERR(CALL(500), NB_ENOSYS);
	ERR(CALL(SYS_kill, 1, 64), NB_EINVAL);
}

TEST("pipe gives its two descriptors in two registers")
{
	struct nb_result r = nb_raw(SYS_pipe, 0, 0, 0, 0, 0, 0);
	char c = 0;

	EQ(r.carry, 0);
	EQ(write((int)r.dx, "x", 1), 1);
	EQ(read((int)r.ax, &c, 1), 1);
	EQ(c, 'x');
}

static volatile int seen_signo, seen_code, seen_pid;
static volatile uint64_t seen_addr;

static void
note(int signo, struct siginfo *si, struct ucontext *uc)
{
	seen_signo = signo;
	seen_code = si->code;
	seen_pid = si->u.rt.pid;
	seen_addr = si->u.fault.addr;
	CHECK(si->signo == signo && (uc->flags & UC_CPU) != 0);
}

TEST("a handler gets signal, siginfo and context, and returns by the trampoline")
{
	uint64_t r12 = 0x1212121212121212ul, xmm[2] = { 3, 4 }, got[2];

	handle(SIGUSR1, note, SA_SIGINFO);
	__asm__ volatile("mov %[r], %%r12\n\tmovups (%[x]), %%xmm9\n\tsyscall\n\t"
	    "mov %%r12, %[r]\n\tmovups %%xmm9, (%[g])" :
	    [r] "+b"(r12) : "a"((long)SYS_kill), "D"((long)getpid()), "S"((long)SIGUSR1),
	    [x] "r"(xmm), [g] "r"(got) :
	    "rcx", "r11", "rdx", "r12", "xmm9", "memory");
	EQ(seen_signo, SIGUSR1);
	EQ(seen_code, 0);
	EQ(seen_pid, getpid());
	EQ(r12, 0x1212121212121212ul);
	CHECK(memcmp(xmm, got, 16) == 0);
}

static void
skip_fault(int signo, struct siginfo *si, struct ucontext *uc)
{
	note(signo, si, uc);
	uc->reg[R_IP] += 3;		/* mov %rax, (%rbx) */
	uc->reg[R_AX] = 77;
}

TEST("a fault tells its address, and the context may be changed")
{
	uint64_t ax = 1;

	handle(SIGSEGV, skip_fault, SA_SIGINFO);
	__asm__ volatile("mov %%rax, (%%rbx)" : "+a"(ax) : "b"(0x123000ul) : "memory");
	EQ(seen_signo, SIGSEGV);
	EQ(seen_addr, 0x123000);
	EQ(ax, 77);
}

TEST("an interrupted read is done again with SA_RESTART, and fails with EINTR without")
{
	struct itimerval it = { { 0, 0, 0 }, { 0, 50000, 0 } };
	pid_t me = getpid(), pid;
	int fd[2];
	char c;

	EQ(nb_pipe(fd), 0);
	handle(SIGUSR1, note, SA_RESTART);
	if ((pid = fork()) == 0) {
		sleep_ms(50);
		kill(me, SIGUSR1);
		sleep_ms(50);
		write(fd[1], "y", 1);
		_exit(0);
	}
	EQ(read(fd[0], &c, 1), 1);
	EQ(c, 'y');
	EQ(seen_signo, SIGUSR1);
	EXITS(pid, 0);
	handle(SIGALRM, note, 0);
	EQ(CALL(SYS_setitimer, 0, &it, NULL), 0);
	ERR(read(fd[0], &c, 1), NB_EINTR);
}

TEST("getcontext and setcontext carry registers, and setcontext refuses what user mode cannot have")
{
	static struct ucontext uc;
	volatile int again = 0;

	EQ(CALL(SYS_getcontext, &uc), 0);
	if (again++ == 0) {
		CALL(SYS_setcontext, &uc);
		CHECK(!"setcontext returned");
	}
	EQ(again, 2);
	uc.reg[R_FL] |= 0x3000;		/* I/O privilege */
	ERR(CALL(SYS_setcontext, &uc), NB_EINVAL);
	uc.reg[R_FL] &= ~0x3000ul;
	uc.reg[R_IP] = 0xffff800000000000ul;
	ERR(CALL(SYS_setcontext, &uc), NB_EINVAL);
}

TEST("a mask and an action are given back as they were set, by NetBSD's numbers")
{
	struct sigset set = { { 0x7ffbfeff, 0x7fffffff, 0, 0 } }, got;
	struct sigaction sa = { .handler = (uint64_t)note, .flags = 0xff & ~SA_RESETHAND,
	    .mask = { { 0x20000001, 0x40000000, 0, 0 } } }, old;

	EQ(CALL(SYS_sigprocmask, SIG_SETMASK, &set, NULL), 0);
	EQ(CALL(SYS_sigprocmask, 0, NULL, &got), 0);
	set.bits[0] &= ~((1u << (SIGKILL - 1)) | (1u << (SIGSTOP - 1)));
	CHECK(memcmp(&set, &got, sizeof(set)) == 0);
	EQ(CALL(SYS_sigaction, 63, &sa, NULL, nb_trampoline, 2), 0);
	EQ(CALL(SYS_sigaction, 63, NULL, &old, 0, 0), 0);
	EQ(old.handler, sa.handler);
	EQ(old.flags, sa.flags);
	CHECK(memcmp(&old.mask, &sa.mask, sizeof(sa.mask)) == 0);
	ERR(CALL(SYS_sigaction, SIGKILL, &sa, NULL, nb_trampoline, 2), NB_EINVAL);
	ERR(CALL(SYS_sigaction, SIGUSR1, &sa, NULL, nb_trampoline, 1), NB_EINVAL);
	ERR(CALL(SYS_sigaction, SIGUSR1, &sa, NULL, NULL, 2), NB_EINVAL);
}

NB_MAIN(20)
