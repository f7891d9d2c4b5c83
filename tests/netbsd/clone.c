/* SPDX-License-Identifier: BSD-2-Clause */
/* __clone: what each flag shares, exit signals, and what is refused. */
#include "nb.h"

#define STACK 65536

struct child { int (*fn)(void *); void *arg; };

/* Calls fn(arg) in a child on a stack of its own, as libc's stub does. */
NB_FN pid_t
clone(int (*fn)(void *), void *arg, int flags)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	register int (*r12)(void *) __asm__("r12") = fn;
	register void *r13 __asm__("r13") = arg;
	uint64_t ax = SYS_clone, dx = 0;
	int carry;

	CHECK(stack != MAP_FAILED);
	__asm__ volatile("syscall\n\tjc 1f\n\ttest %%rax, %%rax\n\tjnz 1f\n\t"
	    "mov %%r13, %%rdi\n\tcall *%%r12\n\tmov %%eax, %%edi\n\tmov $1, %%eax\n\tsyscall\n"
	    "1:\tsetc %b[c]\n\tmovzbl %b[c], %[c]" :
	    "+a"(ax), "+d"(dx), [c] "=&b"(carry) : "D"((long)flags), "S"(stack + STACK - 64),
	    "r"(r12), "r"(r13) :
	    "rcx", "r11", "r8", "r9", "r10", "memory");
	if (carry) {
		errno = (int)ax;
		return -1;
	}
	return (pid_t)ax;
}

static volatile int word;
static volatile int *both;

static int
set_word(void *arg)
{
	word = *(int *)arg;
	return 0x21;
}

TEST("CLONE_VM shares memory, its absence copies it (ENT-4)")
{
	int seven = 7, nine = 9;

	EXITS(clone(set_word, &seven, SIGCHLD), 0x21);
	EQ(word, 0);
	EXITS(clone(set_word, &nine, SIGCHLD | CLONE_VM), 0x21);
	EQ(word, 9);
}

static int
chdir_root(void *arg __attribute__((unused)))
{
	return CALL(SYS_chdir, "/proc") == 0 && CALL(60, 0123) >= 0 ? 0 : 1;
}

TEST("CLONE_FS shares current directory and umask, its absence copies them (ENT-4)")
{
	char cwd[64];

	EQ(CALL(SYS_chdir, "/tmp"), 0);
	CALL(60, 022);
	EXITS(clone(chdir_root, NULL, SIGCHLD), 0);
	CHECK(CALL(SYS_getcwd, cwd, sizeof(cwd)) > 0);
	EQ(strcmp(cwd, "/tmp"), 0);
	EQ(CALL(60, 022), 022);
	EXITS(clone(chdir_root, NULL, SIGCHLD | CLONE_FS), 0);
	CHECK(CALL(SYS_getcwd, cwd, sizeof(cwd)) > 0);
	EQ(strcmp(cwd, "/proc"), 0);
	EQ(CALL(60, 022), 0123);
}

static int
open_ten(void *arg __attribute__((unused)))
{
	return CALL(SYS_dup2, 1, 10) == 10 && CALL(SYS_close, 11) == 0 ? 0 : 1;
}

TEST("CLONE_FILES shares the table, its absence copies it (ENT-4)")
{
	EQ(CALL(SYS_dup2, 1, 11), 11);
	EXITS(clone(open_ten, NULL, SIGCHLD), 0);
	ERR(CALL(SYS_fcntl, 10, F_GETFD), NB_EBADF);
	EQ(CALL(SYS_fcntl, 11, F_GETFD), 0);
	EXITS(clone(open_ten, NULL, SIGCHLD | CLONE_FILES), 0);
	EQ(CALL(SYS_fcntl, 10, F_GETFD), 0);
	ERR(CALL(SYS_fcntl, 11, F_GETFD), NB_EBADF);
}

static int
ignore_usr2(void *arg __attribute__((unused)))
{
	struct sigaction sa = { .handler = SIG_IGN };

	return CALL(SYS_sigaction, SIGUSR2, &sa, NULL, 0, 0) == 0 ? 0 : 1;
}

static uint64_t
usr2_action(void)
{
	struct sigaction sa;

	EQ(CALL(SYS_sigaction, SIGUSR2, NULL, &sa, 0, 0), 0);
	return sa.handler;
}

TEST("CLONE_SIGHAND shares the signal actions, its absence copies them (ENT-4 FIX-20)")
{
	EXITS(clone(ignore_usr2, NULL, SIGCHLD | CLONE_VM), 0);
	EQ(usr2_action(), SIG_DFL);
	EXITS(clone(ignore_usr2, NULL, SIGCHLD | CLONE_VM | CLONE_SIGHAND), 0);
	EQ(usr2_action(), SIG_IGN);
	kill(getpid(), SIGUSR2);	/* ignored here too */
}

static int
late(void *arg __attribute__((unused)))
{
	sleep_ms(60);
	both[0] = 1;
	return 0;
}

TEST("CLONE_VFORK holds the caller, its absence does not (ENT-4)")
{
	pid_t pid;

	both = shared(4096);
	pid = clone(late, NULL, SIGCHLD | CLONE_VFORK);
	EQ(both[0], 1);
	EXITS(pid, 0);
	both[0] = 0;
	pid = clone(late, NULL, SIGCHLD);
	EQ(both[0], 0);
	EXITS(pid, 0);
	both[0] = 0;
	pid = clone(late, NULL, SIGCHLD | CLONE_VFORK | CLONE_VM);
	EQ(both[0], 1);
	EXITS(pid, 0);
}

static volatile int got_signal, got_pid, got_code, got_status;

static void
note(int signo, struct siginfo *si, struct ucontext *uc __attribute__((unused)))
{
	got_signal = signo;
	got_pid = si->u.child.pid;
	got_code = si->code;
	got_status = si->u.child.status;
}

static int
five(void *arg __attribute__((unused)))
{
	return 5;
}

TEST("the low byte is the exit signal; 0 sends none; wait4 tells such children apart (ENT-4 "
    "END-2 END-5)")
{
	int status;
	pid_t pid;

	handle(SIGUSR1, note, SA_SIGINFO | SA_RESTART);
	handle(SIGCHLD, note, SA_SIGINFO | SA_RESTART);
	pid = clone(five, NULL, SIGUSR1);
	ERR(wait4(pid, &status, 0, NULL), NB_ECHILD);
	EQ(wait4(pid, &status, WALTSIG, NULL), pid);
	EQ(status, 5 << 8);
	EQ(got_signal, SIGUSR1);
	EQ(got_pid, pid);
	EQ(got_code, CLD_EXITED);
	EQ(got_status, 5);
	got_signal = 0;
	pid = clone(five, NULL, 0);
	EQ(wait4(-1, &status, WALLSIG, NULL), pid);
	sleep_ms(20);
	EQ(got_signal, 0);
	block(SIG_BLOCK, 63);
	pid = clone(five, NULL, 63);
	EQ(wait4(-1, &status, WALTSIG, NULL), pid);
	pid = clone(five, NULL, SIGCHLD);
	ERR(wait4(-1, &status, WALTSIG, NULL), NB_ECHILD);
	EQ(wait4(-1, &status, 0, NULL), pid);
	EQ(got_signal, SIGCHLD);
}

static int
parent_is(void *arg)
{
	volatile int here;
	char *sp = (char *)&here;

	word = getppid() == *(int *)arg && sp != NULL ? 0xa5 : 1;
	return word;
}

TEST("all sharing at once: the child is the caller's, on its stack, with its memory (ENT-4)")
{
	int me = getpid(), status;
	pid_t pid;

	block(SIG_BLOCK, SIGUSR1);
	pid = clone(parent_is, &me, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGUSR1);
	EQ(wait4(pid, &status, WALTSIG, NULL), pid);
	EQ(status, 0xa5 << 8);
	EQ(word, 0xa5);
}

/* --- refusals --- */

static int64_t
forks_so_far(void)
{
	int mib[2] = { 2, 5 };
	int64_t field[77];
	size_t len = sizeof(field);

	EQ(CALL(SYS_sysctl, mib, 2, field, &len, NULL, 0), 0);
	return field[35];
}

/* Why the last clone of this process was refused (netbsd.clone.refused), or 0. */
static int
refusal(void)
{
	const char *at = nb_trace();
	int why = 0;

	while ((at = after(at, "netbsd.clone.refused ")) != NULL)
		if (hex(&at) == (uint64_t)getpid())
			why = (int)hex(&at);
	return why;
}

static void
refused(int flags, int why)
{
	int64_t before = forks_so_far();

	tell("/proc/bident/trace", "clear");
	ERR(CALL(SYS_clone, flags, 0), NB_EINVAL);
	EQ(refusal(), why);
	EQ(forks_so_far(), before);
	ERR(wait4(-1, NULL, WNOHANG | WALLSIG, NULL), NB_ECHILD);
}

TEST("a bit that is not offered is refused: CLONE_PID, CLONE_PTRACE and each other one (ENT-5 "
    "FIX-29)")
{
	tell("/proc/bident/probe", "netbsd.clone.refused on");
	refused(CLONE_PID | SIGCHLD, 1);
	refused(CLONE_PTRACE | SIGCHLD, 1);
	for (int bit = 8; bit < 32; bit++)
		if (((1u << bit) & (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_VFORK)) == 0)
			refused((int)(1u << bit) | SIGCHLD, 1);
}

TEST("CLONE_SIGHAND without CLONE_VM is refused (ENT-5)")
{
	tell("/proc/bident/probe", "netbsd.clone.refused on");
	refused(CLONE_SIGHAND | SIGCHLD, 2);
}

TEST("an exit signal of NSIG or more is refused (ENT-5)")
{
	tell("/proc/bident/probe", "netbsd.clone.refused on");
	refused(64, 3);
	refused(255, 3);
	refused(CLONE_VM | 128, 3);
}

TEST("CLONE_FILES with a close-on-fork descriptor is refused; a copying fork leaves it out "
    "(ENT-5 FIX-24 NEW-8)")
{
	pid_t pid;

	tell("/proc/bident/probe", "netbsd.clone.refused on");
	EQ(CALL(SYS_dup2, 1, 20), 20);
	EQ(CALL(SYS_fcntl, 20, F_SETFD, FD_CLOFORK), 0);
	EQ(CALL(SYS_fcntl, 20, F_GETFD), FD_CLOFORK);
	refused(CLONE_FILES | SIGCHLD, 4);
	if ((pid = fork()) == 0) {
		ERR(CALL(SYS_fcntl, 20, F_GETFD), NB_EBADF);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(CALL(SYS_fcntl, 20, F_SETFD, 0), 0);
	EXITS(clone(five, NULL, CLONE_FILES | SIGCHLD), 5);
}

TEST("the refusals come in order, and before any limit is looked at (ENT-5)")
{
	struct rlimit none = { 0, 0 };

	tell("/proc/bident/probe", "netbsd.clone.refused on");
	EQ(CALL(SYS_dup2, 1, 20), 20);
	EQ(CALL(SYS_fcntl, 20, F_SETFD, FD_CLOFORK), 0);
	refused(CLONE_PID | CLONE_SIGHAND | CLONE_FILES | 64, 1);
	refused(CLONE_SIGHAND | CLONE_FILES | 64, 2);
	refused(CLONE_FILES | 64, 3);
	refused(CLONE_FILES | SIGCHLD, 4);
	EQ(CALL(SYS_setrlimit, RLIMIT_NPROC, &none), 0);
	EQ(CALL(SYS_setuid, 1000), 0);
	ERR(CALL(SYS_clone, SIGCHLD, 0), NB_EAGAIN);
	ERR(CALL(SYS_clone, CLONE_FILES | SIGCHLD, 0), NB_EINVAL);
	ERR(CALL(SYS_clone, CLONE_FILES | 64, 0), NB_EINVAL);
	ERR(CALL(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0), NB_EINVAL);
	ERR(CALL(SYS_clone, CLONE_PTRACE | SIGCHLD, 0), NB_EINVAL);
}

TEST("a kqueue is left out by a copying fork, and its number is a hole; shared tables keep it "
    "(FIX-24 NEW-8)")
{
	int kq = (int)CALL(SYS_kqueue), next;
	pid_t pid;

	CHECK(kq >= 0);
	next = (int)CALL(SYS_fcntl, 1, F_DUPFD, 0);
	CHECK(next > kq);
	if ((pid = fork()) == 0) {
		ERR(CALL(SYS_fcntl, kq, F_GETFD), NB_EBADF);
		EQ(CALL(SYS_fcntl, next, F_GETFD), 0);
		EQ(CALL(SYS_fcntl, 1, F_DUPFD, 0), kq);		/* the lowest free one */
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(CALL(SYS_fcntl, kq, F_GETFD), 0);
	both = shared(4096);
	pid = clone(five, NULL, CLONE_FILES | SIGCHLD);
	EQ(CALL(SYS_fcntl, kq, F_GETFD), 0);
	EXITS(pid, 5);
}

static int
altstack_of_child(void *arg)
{
	struct stack *out = arg;

	return CALL(SYS_sigaltstack, NULL, out) == 0 ? 0 : 1;
}

TEST("the alternate stack is disabled where memory is shared and both run, copied in all "
    "other cases (FIX-28 NEW-16)")
{
	static char area[16384];
	struct stack ss = { .sp = (uint64_t)area, .size = sizeof(area) }, *seen = shared(4096);

	EQ(CALL(SYS_sigaltstack, &ss, NULL), 0);
	EXITS(clone(altstack_of_child, seen, CLONE_VM | SIGCHLD), 0);
	EQ(seen->flags, SS_DISABLE);
	EXITS(clone(altstack_of_child, seen, SIGCHLD), 0);
	EQ(seen->flags, 0);
	EQ(seen->sp, ss.sp);
	EXITS(clone(altstack_of_child, seen, CLONE_VM | CLONE_VFORK | SIGCHLD), 0);
	EQ(seen->flags, 0);
	EQ(seen->sp, ss.sp);
	EXITS(clone(altstack_of_child, seen, CLONE_VFORK | SIGCHLD), 0);
	EQ(seen->flags, 0);
}

TEST("__clone over RLIMIT_NPROC is EAGAIN for a user, not for root (ADM-4)")
{
	struct rlimit none = { 0, 0x7fffffffffffffffl };

	EQ(CALL(SYS_setrlimit, RLIMIT_NPROC, &none), 0);
	EXITS(clone(five, NULL, SIGCHLD), 5);
	EQ(CALL(SYS_setuid, 1000), 0);
	ERR(clone(five, NULL, SIGCHLD), NB_EAGAIN);
}

NB_MAIN(30)
