/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: actions, masks, delivery, what a handler is told, restart, waiting for signals,
 * permissions.
 */
#include "tap.h"
#include <sys/time.h>
#include <ucontext.h>

static volatile int caught, caught_sig, caught_order[16];
static volatile siginfo_t caught_info;
static volatile uintptr_t caught_sp;

static void
on_signal(int sig)
{
	if (caught < 16)
		caught_order[caught] = sig;
	caught_sig = sig;
	caught++;
}

static void
on_siginfo(int sig, siginfo_t *si, void *uc __attribute__((unused)))
{
	caught_info = *si;
	caught_sp = (uintptr_t)__builtin_frame_address(0);
	on_signal(sig);
}

static void
catch(int sig, int flags)
{
	struct sigaction sa = { .sa_flags = flags };

	if (flags & SA_SIGINFO)
		sa.sa_sigaction = on_siginfo;
	else
		sa.sa_handler = on_signal;
	EQ(sigaction(sig, &sa, NULL), 0);
}

static void
block(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	EQ(sigprocmask(how, &set, NULL), 0);
}

static int
pending(int sig)
{
	sigset_t set;

	EQ(sigpending(&set), 0);
	return sigismember(&set, sig);
}

TEST("a handler runs before kill to oneself returns")
{
	catch(SIGUSR1, 0);
	EQ(kill(getpid(), SIGUSR1), 0);
	EQ(caught, 1);
	EQ(caught_sig, SIGUSR1);
}

TEST("an ignored signal does nothing, also when it was pending")
{
	signal(SIGUSR1, SIG_IGN);
	EQ(kill(getpid(), SIGUSR1), 0);
	signal(SIGUSR1, SIG_DFL);
	block(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	EQ(pending(SIGUSR1), 1);
	signal(SIGUSR1, SIG_IGN);
	EQ(pending(SIGUSR1), 0);
	signal(SIGUSR1, SIG_DFL);
	block(SIG_UNBLOCK, SIGUSR1);
}

TEST("signals ignored by default: SIGCHLD SIGURG SIGWINCH SIGCONT")
{
	raise(SIGCHLD);
	raise(SIGURG);
	raise(SIGWINCH);
	raise(SIGCONT);
}

TEST("a blocked signal waits until it is unblocked")
{
	catch(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR1);
	EQ(caught, 0);
	EQ(pending(SIGUSR1), 1);
	block(SIG_UNBLOCK, SIGUSR1);
	EQ(caught, 1);
	EQ(pending(SIGUSR1), 0);
}

TEST("real-time signals queue, in order, lowest number first")
{
	catch(36, 0);
	catch(35, 0);
	block(SIG_BLOCK, 35);
	block(SIG_BLOCK, 36);
	raise(36);
	raise(35);
	raise(36);
	raise(35);
	sigset_t set;
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	EQ(caught, 4);
	/*
	 * Each later frame is on top: the handler that runs first is of the signal that was set
	 * up last.
	 */
	int i, n35 = 0;
	for (i = 0; i < 4; i++)
		n35 += caught_order[i] == 35;
	EQ(n35, 2);
}

TEST("the signal is blocked while its handler runs, and sa_mask too")
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	catch(SIGUSR2, 0);
	raise(SIGUSR1);
	EQ(caught, 1);
	sigprocmask(SIG_SETMASK, NULL, &set);
	EQ(sigismember(&set, SIGUSR1), 0);
	EQ(sigismember(&set, SIGUSR2), 0);
}

static volatile int depth, depth_max, mask_seen;

static void
on_nested(int sig)
{
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	mask_seen = sigismember(&set, sig) | sigismember(&set, SIGUSR2) << 1;
	if (++depth > depth_max)
		depth_max = depth;
	if (depth < 3 && caught < 2)
		raise(sig);
	depth--;
	caught++;
}

TEST("without SA_NODEFER a signal in its own handler waits for its end")
{
	struct sigaction sa = { .sa_handler = on_nested };

	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	depth = 1;
	raise(SIGUSR1);
	EQ(caught, 3);
	EQ(depth_max, 2);
	EQ(mask_seen, 3);
}

TEST("SA_NODEFER lets it interrupt its own handler")
{
	struct sigaction sa = { .sa_handler = on_nested, .sa_flags = SA_NODEFER };

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	EQ(depth_max, 3);
	EQ(caught, 3);
	EQ(mask_seen, 0);
}

TEST("SA_RESETHAND: the second one meets the default")
{
	pid_t pid = child();

	if (pid == 0) {
		catch(SIGUSR1, SA_RESETHAND);
		raise(SIGUSR1);
		EQ(caught, 1);
		raise(SIGUSR1);
		_exit(0);
	}
	KILLED(pid, SIGUSR1);
}

TEST("sigaction gives back what was set")
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NODEFER }, old;

	sigaddset(&sa.sa_mask, SIGTERM);
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	EQ(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_handler == on_signal);
	EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO), SA_RESTART | SA_NODEFER);
	EQ(sigismember(&old.sa_mask, SIGTERM), 1);
	EQ(sigismember(&old.sa_mask, SIGINT), 0);
}

TEST("SIGKILL and SIGSTOP can be neither caught, ignored nor blocked")
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t set;
	pid_t pid;

	OKERR(sigaction(SIGKILL, &sa, NULL), EINVAL, "sigaction(SIGKILL): EINVAL");
	OKERR(sigaction(SIGSTOP, &sa, NULL), EINVAL, "sigaction(SIGSTOP): EINVAL");
	OKERR(sigaction(0, &sa, NULL), EINVAL, "sigaction(0): EINVAL");
	OKERR(sigaction(65, &sa, NULL), EINVAL, "sigaction(65): EINVAL");
	sigfillset(&set);
	EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	EQ(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	EQ(sigismember(&set, SIGKILL), 0);
	EQ(sigismember(&set, SIGSTOP), 0);
	EQ(sigismember(&set, SIGTERM), 1);
	if ((pid = child()) == 0) {
		kill(getpid(), SIGKILL);
		_exit(0);
	}
	KILLED(pid, SIGKILL);
}

TEST("siginfo of kill: SI_USER, pid, uid")
{
	pid_t me = getpid(), pid;

	catch(SIGUSR1, SA_SIGINFO);
	if ((pid = child()) == 0) {
		kill(me, SIGUSR1);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(caught, 1);
	EQ(caught_info.si_signo, SIGUSR1);
	EQ(caught_info.si_code, SI_USER);
	EQ(caught_info.si_pid, pid);
	EQ(caught_info.si_uid, getuid());
}

TEST("siginfo of raise: SI_TKILL")
{
	catch(SIGUSR1, SA_SIGINFO);
	raise(SIGUSR1);
	EQ(caught_info.si_code, SI_TKILL);
	EQ(caught_info.si_pid, getpid());
}

TEST("siginfo of sigqueue: SI_QUEUE with its value; values keep their order")
{
	union sigval v = { .sival_int = 11 };
	siginfo_t si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	EQ(sigqueue(getpid(), 40, v), 0);
	v.sival_int = 22;
	EQ(sigqueue(getpid(), 40, v), 0);
	EQ(sigwaitinfo(&set, &si), 40);
	EQ(si.si_code, SI_QUEUE);
	EQ(si.si_value.sival_int, 11);
	EQ(sigwaitinfo(&set, &si), 40);
	EQ(si.si_value.sival_int, 22);
}

TEST("siginfo of SIGCHLD: exited, with pid and status (END-1)")
{
	pid_t pid;

	catch(SIGCHLD, SA_SIGINFO | SA_RESTART);
	if ((pid = child()) == 0)
		_exit(21);
	EXITS(pid, 21);
	EQ(caught, 1);
	EQ(caught_info.si_code, CLD_EXITED);
	EQ(caught_info.si_pid, pid);
	EQ(caught_info.si_status, 21);
}

TEST("SIGCHLD for stop and continue; SA_NOCLDSTOP silences both (NEW-17)")
{
	struct sigaction sa = { .sa_sigaction = on_siginfo, .sa_flags = SA_SIGINFO | SA_RESTART };
	int status;
	pid_t pid;

	sigaction(SIGCHLD, &sa, NULL);
	if ((pid = child()) == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(SOON(caught == 1, 3000));
	EQ(caught_info.si_code, CLD_STOPPED);
	EQ(caught_info.si_status, SIGSTOP);
	kill(pid, SIGCONT);
	CHECK(SOON(caught == 2, 3000));
	EQ(caught_info.si_code, CLD_CONTINUED);
	sa.sa_flags |= SA_NOCLDSTOP;
	sigaction(SIGCHLD, &sa, NULL);
	kill(pid, SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGCONT);
	sleep_ms(50);
	EQ(caught, 2);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
	EQ(caught, 3);
}

TEST("SA_ONSTACK uses the alternate stack, and not without")
{
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	EQ(sigaltstack(&ss, NULL), 0);
	catch(SIGUSR1, SA_SIGINFO | SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(caught_sp >= (uintptr_t)stack && caught_sp < (uintptr_t)stack + sizeof(stack));
	catch(SIGUSR1, SA_SIGINFO);
	raise(SIGUSR1);
	CHECK(caught_sp < (uintptr_t)stack || caught_sp >= (uintptr_t)stack + sizeof(stack));
}

TEST("sigaltstack: too small ENOMEM, bad flags EINVAL")
{
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = 100 };

	ERR(syscall(SYS_sigaltstack, &ss, NULL), ENOMEM);
	ss.ss_size = sizeof(stack);
	ss.ss_flags = 0x40;
	ERR(syscall(SYS_sigaltstack, &ss, NULL), EINVAL);
	ERR(syscall(SYS_sigaltstack, (void *)8, NULL), EFAULT);
}

static volatile int altstack_error;

static void
on_altstack(int sig __attribute__((unused)))
{
	stack_t ss = { .ss_flags = SS_DISABLE };

	altstack_error = sigaltstack(&ss, NULL) == -1 ? errno : 0;
	sigaltstack(NULL, &ss);
	caught = ss.ss_flags;
}

TEST("sigaltstack on the alternate stack: EPERM, SS_ONSTACK is told")
{
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = on_altstack, .sa_flags = SA_ONSTACK };

	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	EQ(altstack_error, EPERM);
	EQ(caught, SS_ONSTACK);
}

static void
on_overflow(int sig __attribute__((unused)), siginfo_t *si, void *uc __attribute__((unused)))
{
	_exit(si->si_code == SEGV_MAPERR || si->si_code == SEGV_ACCERR ? 44 : 45);
}

static int __attribute__((noinline))
overflow(volatile char *p)
{
	volatile char frame[4096];

	frame[0] = *p;
	if (caught == 12345)
		return 0;
	return overflow(frame) + frame[1];
}

TEST("a stack overflow is caught on the alternate stack, and kills without one")
{
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	char c = 0;
	pid_t pid;

	sigaction(SIGSEGV, &sa, NULL);
	if ((pid = child()) == 0)
		_exit(overflow(&c));
	KILLED(pid, SIGSEGV);
	sigaltstack(&ss, NULL);
	if ((pid = child()) == 0)
		_exit(overflow(&c));
	EXITS(pid, 44);
}

TEST("a handler may change the registers that are restored")
{
	/* The handler's ucontext is on the stack; rbx and r12 must survive a signal unchanged. */
	uint64_t rbx, r12, rax, flags;

	catch(SIGUSR1, SA_SIGINFO);
	__asm__ volatile("mov $0x1234567812345678, %%rbx\n\tmov $0x99, %%r12\n\tstd\n\t"
	    "cld\n\tstc\n\t"
	    "mov $62, %%eax\n\tsyscall\n\tmov %%rbx, %0\n\tmov %%r12, %1\n\tpushf\n\tpop %2"
	    : "=&r"(rbx), "=&r"(r12), "=&r"(flags), "=&a"(rax) : "D"(getpid()), "S"(SIGUSR1)
	    : "rcx", "r11", "rbx", "r12", "memory", "cc");
	EQ(caught, 1);
	EQ(rax, 0);
	EQ(rbx, 0x1234567812345678);
	EQ(r12, 0x99);
	EQ(flags & 1, 1);
}

static void
on_fpu(int sig __attribute__((unused)))
{
	uint64_t junk[2] = { ~0UL, ~0UL };

	__asm__ volatile("movups %0, %%xmm3" : : "m"(junk) : "xmm3");
	caught++;
}

TEST("vector registers survive a handler that uses them (NEW-25)")
{
	uint64_t in[2] = { 0x1122334455667788, 0x99aabbccddeeff00 }, out[2];
	struct sigaction sa = { .sa_handler = on_fpu };

	sigaction(SIGUSR1, &sa, NULL);
	__asm__ volatile("movups (%0), %%xmm3\n\tmov $62, %%eax\n\tsyscall\n\tmovups %%xmm3, (%1)"
	    : : "r"(in), "r"(out), "D"(getpid()), "S"(SIGUSR1) : "rax", "rcx", "r11", "xmm3",
	    "memory");
	EQ(caught, 1);
	EQ(out[0], in[0]);
	EQ(out[1], in[1]);
}

static void
on_skip(int sig __attribute__((unused)), siginfo_t *si __attribute__((unused)), void *ucp)
{
	ucontext_t *uc = ucp;

	uc->uc_mcontext.gregs[REG_RIP] += 2;
	uc->uc_mcontext.gregs[REG_RAX] = 77;
}

TEST("a handler can step over the instruction and set a register through the context")
{
	struct sigaction sa = { .sa_sigaction = on_skip, .sa_flags = SA_SIGINFO };
	long rax = 1;

	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("ud2" : "+a"(rax));
	EQ(rax, 77);
}

/* Waits in a child's pause for the signal of a trap; gives the wait status. */
static volatile int trap_kind;

static void
on_trap(int sig, siginfo_t *si, void *uc __attribute__((unused)))
{
	EQ(si->si_signo, sig);
	caught_info = *si;
	_exit(50 + si->si_code);
}

static int
trap(int sig, void (*body)(void))
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	pid_t pid = child();

	if (pid == 0) {
		sigaction(sig, &sa, NULL);
		body();
		_exit(1);
	}
	int status = reap(pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) - 50 : 1000 + WTERMSIG(status);
}

static void trap_div(void) { volatile int z = 0; trap_kind = 10 / z; }
static void trap_ill(void) { __asm__ volatile("ud2"); }
static void trap_int3(void) { __asm__ volatile("int3"); }
static void trap_null(void) { *(volatile int *)8 = 1; }
static void trap_kernel(void) { trap_kind = *(volatile int *)0xffffffff80000000; }
static void trap_text(void) { *(volatile char *)trap_div = 1; }
static void trap_hlt(void) { __asm__ volatile("hlt"); }
static void trap_noncanon(void) { trap_kind = *(volatile int *)0x8000000000000000; }
static void trap_cli(void) { __asm__ volatile("cli"); }
static void trap_out(void) { __asm__ volatile("outb %%al, $0x80" : : "a"(0)); }
static void trap_msr(void) { __asm__ volatile("rdmsr" : : "c"(0x10) : "rax", "rdx"); }
static void trap_jump(void) { ((void (*)(void))0x10)(); }
static void trap_jump_data(void) { static char c[16] = "\xc3"; ((void (*)(void))(uintptr_t)c)(); }
static void trap_step(void) { __asm__ volatile("pushf\n\torl $0x100, (%rsp)\n\tpopf\n\tnop"); }

TEST("signals of traps, with their codes")
{
	OK(trap(SIGFPE, trap_div) == FPE_INTDIV, "division by zero: SIGFPE, FPE_INTDIV");
	OK(trap(SIGILL, trap_ill) == ILL_ILLOPN, "ud2: SIGILL, ILL_ILLOPN");
	OK(trap(SIGTRAP, trap_int3) == SI_KERNEL, "int3: SIGTRAP, SI_KERNEL");
	OK(trap(SIGSEGV, trap_null) == SEGV_MAPERR, "null pointer: SIGSEGV, SEGV_MAPERR");
	OK(trap(SIGSEGV, trap_kernel) == SEGV_MAPERR, "kernel address: SIGSEGV, SEGV_MAPERR");
	OK(trap(SIGSEGV, trap_text) == SEGV_ACCERR, "write to text: SIGSEGV, SEGV_ACCERR");
	OK(trap(SIGSEGV, trap_hlt) == SI_KERNEL, "hlt: SIGSEGV, SI_KERNEL");
	OK(trap(SIGSEGV, trap_noncanon) == SI_KERNEL, "non-canonical address: SIGSEGV, SI_KERNEL");
	OK(trap(SIGSEGV, trap_cli) == SI_KERNEL, "cli: SIGSEGV");
	OK(trap(SIGSEGV, trap_out) == SI_KERNEL, "port output: SIGSEGV");
	OK(trap(SIGSEGV, trap_msr) == SI_KERNEL, "rdmsr: SIGSEGV");
	OK(trap(SIGSEGV, trap_jump) == SEGV_MAPERR, "jump to nowhere: SIGSEGV, SEGV_MAPERR");
	OK(trap(SIGSEGV, trap_jump_data) == SEGV_ACCERR, "jump to data: SIGSEGV, SEGV_ACCERR");
	OK(trap(SIGTRAP, trap_step) == TRAP_TRACE, "single step: SIGTRAP, TRAP_TRACE");
}

static void
on_fault(int sig __attribute__((unused)), siginfo_t *si, void *uc __attribute__((unused)))
{
	_exit(si->si_addr == (void *)0x123456 ? 0 : 2);
}

TEST("si_addr of SIGSEGV is the address")
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	pid_t pid = child();

	if (pid == 0) {
		sigaction(SIGSEGV, &sa, NULL);
		*(volatile char *)0x123456 = 1;
		_exit(1);
	}
	EXITS(pid, 0);
}

TEST("a trap whose signal is blocked or ignored kills")
{
	pid_t pid = child();

	if (pid == 0) {
		block(SIG_BLOCK, SIGSEGV);
		catch(SIGSEGV, 0);
		trap_null();
		_exit(0);
	}
	KILLED(pid, SIGSEGV);
	if ((pid = child()) == 0) {
		signal(SIGSEGV, SIG_IGN);
		trap_null();
		_exit(0);
	}
	KILLED(pid, SIGSEGV);
}

TEST("a handler frame on a hostile stack: SIGSEGV, the kernel lives")
{
	static const uint64_t bad[] = { 0x10, 0xffffffff80000000, 0x8000000000000000, 0 };
	unsigned i;
	pid_t pid;

	for (i = 0; i < 4; i++) {
		if ((pid = child()) == 0) {
			catch(SIGUSR1, 0);
			__asm__ volatile("mov %0, %%rsp\n\tsyscall\n\tud2" : : "r"(bad[i]), "a"(62),
			    "D"(getpid()), "S"(SIGUSR1));
		}
		KILLED(pid, SIGSEGV);
	}
}

TEST("rt_sigreturn with no frame under it: SIGSEGV, the kernel lives")
{
	pid_t pid = child();

	if (pid == 0) {
		__asm__ volatile("mov $64, %%rsp\n\tsyscall\n\tud2" : : "a"(15));
		_exit(0);
	}
	KILLED(pid, SIGSEGV);
}

static void
on_evil(int sig __attribute__((unused)), siginfo_t *si __attribute__((unused)), void *ucp)
{
	ucontext_t *uc = ucp;

	switch (trap_kind) {
	case 0: uc->uc_mcontext.gregs[REG_RIP] = (long long)0x8000000000000000; break;
	case 1: uc->uc_mcontext.gregs[REG_RIP] = (long long)0xffffffff80000000; break;
	case 2: uc->uc_mcontext.gregs[REG_RSP] = (long long)0xffff800000000000; break;
	case 3: uc->uc_mcontext.gregs[REG_EFL] |= 0x3000; break;		/* IOPL */
	case 4: uc->uc_mcontext.gregs[REG_CSGSFS] = 0; break;
	}
}

TEST("a context made evil in a handler cannot hurt the kernel")
{
	struct sigaction sa = { .sa_sigaction = on_evil, .sa_flags = SA_SIGINFO };
	uint64_t flags;
	int status;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	for (trap_kind = 0; trap_kind < 5; trap_kind++) {
		if ((pid = child()) == 0) {
			raise(SIGUSR1);
			__asm__ volatile("pushf\n\tpop %0" : "=r"(flags));
			_exit(flags & 0x3000 ? 9 : 0);
		}
		status = reap(pid);
		if (trap_kind < 3)
			OK(WIFSIGNALED(status), "evil context %d: killed", trap_kind);
		else
			OK(status != 9 << 8, "evil context %d: no privilege", trap_kind);
	}
}

/* --- the FPU in a frame --- */

#define XSTATE_BV	64	/* words of 8 bytes from the FPU area's start */
#define XCOMP_BV	65

static void (*volatile fpu_change)(ucontext_t *);
static volatile uint32_t fpu_entry_mxcsr;
static volatile uint16_t fpu_entry_cw;

static void
on_fpu_frame(int sig __attribute__((unused)), siginfo_t *si __attribute__((unused)), void *uc)
{
	uint32_t mxcsr, other = 0x1f80;
	uint16_t cw;

	__asm__ volatile("stmxcsr %0\n\tfnstcw %1\n\tpcmpeqd %%xmm6, %%xmm6\n\tldmxcsr %2" :
	    "=m"(mxcsr), "=m"(cw) : "m"(other) : "xmm6");
	fpu_entry_mxcsr = mxcsr;
	fpu_entry_cw = cw;
	if (fpu_change != NULL)
		fpu_change(uc);
}

/* Raises SIGUSR1 with known registers: what xmm6 and MXCSR are after the handler. */
static void
fpu_raise(void (*change)(ucontext_t *), uint32_t xmm[4], uint32_t *mxcsr)
{
	struct sigaction sa = { .sa_sigaction = on_fpu_frame, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	uint32_t in[4] = { 0x11111111, 0x22222222, 0x33333333, 0x44444444 };
	uint32_t csr = 0x3fa0, normal = 0x1f80;		/* rounds down; inexact has been */
	long rax = SYS_kill;

	fpu_change = change;
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	__asm__ volatile("movups %4, %%xmm6\n\tldmxcsr %5\n\tsyscall\n\tmovups %%xmm6, %1\n\t"
	    "stmxcsr %2\n\tldmxcsr %3" : "+a"(rax), "=m"(*(uint32_t (*)[4])xmm), "=m"(*mxcsr) :
	    "m"(normal), "m"(in), "m"(csr), "D"(getpid()), "S"(SIGUSR1) :
	    "rcx", "r11", "xmm6", "memory");
	EQ(rax, 0);
}

static void
fpu_is_kept(void)
{
	uint32_t xmm[4], mxcsr;

	fpu_raise(NULL, xmm, &mxcsr);
	EQ(fpu_entry_mxcsr, 0x1f80);
	EQ(fpu_entry_cw, 0x37f);
	EQ(mxcsr, 0x3fa0);
	EQ(xmm[0], 0x11111111);
	EQ(xmm[3], 0x44444444);
}

TEST("a handler begins with a fresh FPU; that of the interrupted code comes back")
{
	fpu_is_kept();
}

TEST("a handler's frame on pages that are new, and shared since a fork: the FPU comes back")
{
	size_t size = 64 << 10;
	stack_t ss = { .ss_size = size };
	pid_t pid;

	ss.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(ss.ss_sp != MAP_FAILED);
	EQ(sigaltstack(&ss, NULL), 0);
	fpu_is_kept();
	if ((pid = child()) == 0) {
		fpu_is_kept();
		_exit(0);
	}
	EXITS(pid, 0);
	fpu_is_kept();
}

static void
fpu_set(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs->_xmm[6].element[0] = 0x55555555;
	uc->uc_mcontext.fpregs->mxcsr = 0x5f80;
}

TEST("a handler may change the FPU of the interrupted code")
{
	uint32_t xmm[4], mxcsr;

	fpu_raise(fpu_set, xmm, &mxcsr);
	EQ(xmm[0], 0x55555555);
	EQ(xmm[1], 0x22222222);
	EQ(mxcsr, 0x5f80);
}

static void fpu_bad_mxcsr(ucontext_t *uc) { uc->uc_mcontext.fpregs->mxcsr = 0xffffffff; }

static void
fpu_bad_component(ucontext_t *uc)
{
	((volatile uint64_t *)uc->uc_mcontext.fpregs)[XSTATE_BV] |= 1ull << 40;
}

static void
fpu_compacted(ucontext_t *uc)
{
	((volatile uint64_t *)uc->uc_mcontext.fpregs)[XCOMP_BV] = 1ull << 63 | 3;
}

static void
fpu_nowhere(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void fpu_kernel(ucontext_t *uc) { uc->uc_mcontext.fpregs = (void *)-8192l; }

/* The last page that can be read holds the area's beginning only. */
static void
fpu_cut(ucontext_t *uc)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + 4096, 4096);
	memcpy(p + 4096 - 576, uc->uc_mcontext.fpregs, 576);
	uc->uc_mcontext.fpregs = (void *)(p + 4096 - 576);
}

static void
load_bad_mxcsr(void)
{
	uint32_t bad = 0xffffffff;

	__asm__ volatile("ldmxcsr %0" : : "m"(bad));
}

/* Linux leaves it to the processor to refuse MXCSR's reserved bits, and QEMU's takes them. */
static int
mxcsr_is_checked(void)
{
	return access("/proc/bident", F_OK) == 0 || trap(SIGSEGV, load_bad_mxcsr) != -49;
}

TEST("an FPU area made evil in a handler: SIGSEGV, the kernel lives")
{
	static void (*const evil[])(ucontext_t *) = {
		fpu_bad_mxcsr, fpu_bad_component, fpu_compacted, fpu_nowhere, fpu_kernel, fpu_cut
	};
	uint32_t xmm[4], mxcsr;
	int xsave = __builtin_cpu_supports("avx");
	pid_t pid;

	for (unsigned i = mxcsr_is_checked() ? 0 : 1; i < sizeof(evil) / sizeof(evil[0]); i++) {
		if (!xsave && (evil[i] == fpu_bad_component || evil[i] == fpu_compacted))
			continue;
		if ((pid = child()) == 0) {
			fpu_raise(evil[i], xmm, &mxcsr);
			_exit(0);
		}
		KILLED(pid, SIGSEGV);
	}
}

TEST("pause ends with EINTR after a handler")
{
	pid_t me = getpid(), pid;

	catch(SIGUSR1, SA_RESTART);
	if ((pid = child()) == 0) {
		sleep_ms(60);
		kill(me, SIGUSR1);
		_exit(0);
	}
	ERR(pause(), EINTR);
	EQ(caught, 1);
	EXITS(pid, 0);
}

TEST("read of a pipe: EINTR without SA_RESTART, goes on with it")
{
	int fd[2], i;
	char c;
	pid_t me = getpid(), pid;

	EQ(pipe(fd), 0);
	for (i = 0; i < 2; i++) {
		catch(SIGUSR1, i ? SA_RESTART : 0);
		if ((pid = child()) == 0) {
			sleep_ms(60);
			kill(me, SIGUSR1);
			sleep_ms(60);
			EQ(write(fd[1], "z", 1), 1);
			_exit(0);
		}
		if (i == 0)
			ERR(read(fd[0], &c, 1), EINTR);
		EQ(read(fd[0], &c, 1), 1);
		EQ(caught, i + 1);
		EXITS(pid, 0);
	}
}

TEST("nanosleep: EINTR with the time that is left")
{
	struct timespec ts = { 2, 0 }, left = { 9, 9 };
	pid_t me = getpid(), pid;

	catch(SIGUSR1, SA_RESTART);
	if ((pid = child()) == 0) {
		sleep_ms(100);
		kill(me, SIGUSR1);
		_exit(0);
	}
	ERR(nanosleep(&ts, &left), EINTR);
	CHECK(left.tv_sec == 1 && left.tv_nsec > 0);
	EXITS(pid, 0);
}

TEST("nanosleep goes on after a stop and a continuation without a handler")
{
	struct timespec ts = { 0, 300000000 };
	pid_t pid = child();
	long long start = now_ms();

	if (pid == 0)
		_exit(nanosleep(&ts, NULL) == 0 ? 0 : 1);
	sleep_ms(30);
	kill(pid, SIGSTOP);
	sleep_ms(30);
	kill(pid, SIGCONT);
	EXITS(pid, 0);
	CHECK(now_ms() - start >= 290);
}

TEST("sigsuspend takes a mask for its time alone, and ends with EINTR")
{
	sigset_t set, now;

	catch(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	sigfillset(&set);
	sigdelset(&set, SIGUSR1);
	ERR(sigsuspend(&set), EINTR);
	EQ(caught, 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	EQ(sigismember(&now, SIGUSR1), 1);
	EQ(sigismember(&now, SIGTERM), 0);
}

TEST("sigtimedwait: takes a pending one, EAGAIN after its time, waits for a later one")
{
	struct timespec zero = { 0, 0 }, some = { 0, 60000000 }, more = { 5, 0 };
	pid_t me = getpid(), pid;
	siginfo_t si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ERR(sigtimedwait(&set, &si, &zero), EAGAIN);
	ERR(sigtimedwait(&set, &si, &some), EAGAIN);
	raise(SIGUSR1);
	EQ(sigtimedwait(&set, &si, &zero), SIGUSR1);
	if ((pid = child()) == 0) {
		sleep_ms(60);
		kill(me, SIGUSR1);
		_exit(0);
	}
	EQ(sigtimedwait(&set, &si, &more), SIGUSR1);
	EQ(si.si_pid, pid);
	EXITS(pid, 0);
}

TEST("sigwait takes SIGCHLD that is blocked and default")
{
	sigset_t set;
	int sig;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((pid = child()) == 0)
		_exit(0);
	EQ(sigwait(&set, &sig), 0);
	EQ(sig, SIGCHLD);
	EXITS(pid, 0);
}

TEST("kill: errno of no such process, bad signal, no permission")
{
	pid_t pid;

	OKERR(kill(4000000, SIGTERM), ESRCH, "kill of no such process: ESRCH");
	OKERR(kill(-4000000, SIGTERM), ESRCH, "kill of no such group: ESRCH");
	OKERR(kill(getpid(), 65), EINVAL, "kill with signal 65: EINVAL");
	OKERR(kill(getpid(), -1), EINVAL, "kill with signal -1: EINVAL");
	EQ(kill(getpid(), 0), 0);
	if (getuid() != 0)
		SKIP("not root");
	pid_t root = getpid();
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		OKERR(kill(root, SIGTERM), EPERM, "kill of another's process: EPERM");
		OKERR(kill(root, 0), EPERM, "kill with signal 0 of another's process: EPERM");
		OKERR(kill(1, SIGTERM), EPERM, "kill of process 1: EPERM");
		EQ(kill(getpid(), 0), 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("SIGCONT may be sent to any process of one's session")
{
	pid_t pid, root = getpid();

	if (getuid() != 0)
		SKIP("not root");
	catch(SIGCONT, 0);
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		EQ(kill(root, SIGCONT), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(caught, 1);
}

TEST("kill(0) and kill(-pgrp) reach every member of the group (PUB-2)")
{
	struct gate g = gate_make();
	pid_t pid[5], leader;
	int i;

	if ((leader = child()) == 0) {
		setpgid(0, 0);
		for (i = 0; i < 5; i++)
			if ((pid[i] = child()) == 0) {
				gate_open(&g);
				for (;;)
					pause();
			}
		for (i = 0; i < 5; i++)
			gate_pass(&g);
		signal(SIGTERM, SIG_IGN);
		EQ(kill(0, SIGTERM), 0);
		for (i = 0; i < 5; i++)
			KILLED(pid[i], SIGTERM);
		_exit(0);
	}
	EXITS(leader, 0);
	ERR(kill(-leader, 0), ESRCH);
}

TEST("a fork bomb in a group is ended by one killpg(SIGKILL), ten times (PUB-2 FIX-31)")
{
	int round;
	pid_t pid;

	for (round = 0; round < 10; round++) {
		if ((pid = child()) == 0) {
			setpgid(0, 0);
			for (;;) {
				pid_t sub = fork();

				if (sub == 0 && fork() == 0)
					_exit(0);
				if (sub == 0)
					_exit(0);
				while (waitpid(-1, NULL, WNOHANG) > 0)
					continue;
			}
		}
		setpgid(pid, pid);
		sleep_ms(30);
		EQ(kill(-pid, SIGKILL), 0);
		KILLED(pid, SIGKILL);
		CHECK(SOON(kill(-pid, 0) == -1 && errno == ESRCH, 3000));
	}
}

TEST("SIGCONT discards pending stops, a stop discards a pending SIGCONT")
{
	block(SIG_BLOCK, SIGTSTP);
	block(SIG_BLOCK, SIGCONT);
	raise(SIGTSTP);
	EQ(pending(SIGTSTP), 1);
	raise(SIGCONT);
	EQ(pending(SIGTSTP), 0);
	raise(SIGTSTP);
	EQ(pending(SIGCONT), 0);
	raise(SIGCONT);
}

TEST("a stopped process takes SIGKILL at once, SIGTERM when it goes on")
{
	int status;
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGTERM);
	sleep_ms(30);
	EQ(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGCONT);
	KILLED(pid, SIGTERM);
	if ((pid = child()) == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("SIGKILL ends a loop in user mode")
{
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			continue;
	sleep_ms(30);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("a handler runs while the program loops in user mode (a timer's)")
{
	struct itimerval it = { .it_value = { 0, 20000 } };

	catch(SIGALRM, 0);
	EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	while (caught == 0)
		continue;
	EQ(caught_sig, SIGALRM);
}

TEST("2,000 signals between two processes, none lost (each answered)")
{
	pid_t me = getpid(), pid;
	sigset_t set;
	int i, sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((pid = child()) == 0) {
		for (i = 0; i < 1000; i++) {
			EQ(sigwait(&set, &sig), 0);
			kill(me, SIGUSR2);
		}
		_exit(0);
	}
	for (i = 0; i < 1000; i++) {
		EQ(kill(pid, SIGUSR1), 0);
		EQ(sigwait(&set, &sig), 0);
		EQ(sig, SIGUSR2);
	}
	EXITS(pid, 0);
}

TEST("tgkill: own thread, wrong group, no such thread")
{
	catch(SIGUSR1, 0);
	EQ(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0);
	EQ(caught, 1);
	ERR(syscall(SYS_tgkill, getppid(), getpid(), SIGUSR1), ESRCH);
	ERR(syscall(SYS_tgkill, 4000000, 4000000, SIGUSR1), ESRCH);
	ERR(syscall(SYS_tgkill, 0, getpid(), SIGUSR1), EINVAL);
}

TEST("rt_sigprocmask: a wrong size or how is EINVAL, a bad pointer EFAULT")
{
	sigset_t set;

	sigemptyset(&set);
	ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
	ERR(syscall(SYS_rt_sigprocmask, 99, &set, NULL, 8), EINVAL);
	ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)8, NULL, 8), EFAULT);
	ERR(syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8), EFAULT);
}

TAP_MAIN(20)
