/* SPDX-License-Identifier: BSD-2-Clause */
/* LWPs: _lwp_create, waiting, parking, control blocks, restartable sequences, RLIMIT_NTHR. */
#include "nb.h"

#define LWP_DETACHED 0x40
#define STACK 65536

static struct ucontext uc_start;

/* Where a new LWP begins: rdi is the function, rsi its argument. */
void lwp_entry(void);
__asm__(
    "	.globl lwp_entry\n"
    "lwp_entry:\n"
    "	mov %rdi, %rax\n	mov %rsi, %rdi\n	call *%rax\n	mov $310, %eax\n"
    "	syscall\n	hlt\n");

static void
lwp_context(void (*fn)(void *), void *arg)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);

	CHECK(stack != MAP_FAILED);
	EQ(CALL(SYS_getcontext, &uc_start), 0);
	uc_start.flags = UC_CPU | UC_SIGMASK;
	uc_start.reg[R_IP] = (uint64_t)lwp_entry;
	uc_start.reg[R_SP] = (uint64_t)stack + STACK - 64;
	uc_start.reg[R_DI] = (uint64_t)fn;
	uc_start.reg[R_SI] = (uint64_t)arg;
}

static int
lwp(void (*fn)(void *), void *arg, int flags)
{
	int lid = 0;

	lwp_context(fn, arg);
	EQ(CALL(SYS_lwp_create, &uc_start, flags, &lid), 0);
	CHECK(lid > 0);
	return lid;
}

static volatile int lid_seen, word, flag;

static void
tell_lid(void *arg)
{
	lid_seen = (int)CALL(SYS_lwp_self);
	word = (int)(long)arg;
}

TEST("_lwp_create runs a function by a context; _lwp_wait waits for it and tells which")
{
	int departed, lid;

	/* Nothing is left of one that was waited for. */
	for (int i = 0; i < 200; i++) {
		lid = lwp(tell_lid, (void *)5, 0);
		EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
		ERR(CALL(SYS_lwp_wait, lid, &departed), NB_ESRCH);
		ERR(CALL(SYS_lwp_kill, lid, 0), NB_ESRCH);
	}
	lid = lwp(tell_lid, (void *)5, 0);
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	EQ(departed, lid);
	EQ(lid_seen, lid);
	EQ(word, 5);
	EQ(CALL(SYS_lwp_self), getpid());
	ERR(CALL(SYS_lwp_wait, lid, &departed), NB_ESRCH);
	ERR(CALL(SYS_lwp_wait, CALL(SYS_lwp_self), &departed), NB_EDEADLK);
	lid = lwp(tell_lid, (void *)6, 0);
	EQ(CALL(SYS_lwp_wait, 0, &departed), 0);
	EQ(departed, lid);
}

TEST("_lwp_create refuses a context without registers, and registers that user mode cannot have")
{
	int lid;

	lwp_context(tell_lid, NULL);
	uc_start.flags &= ~UC_CPU;
	ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EINVAL);
	lwp_context(tell_lid, NULL);
	uc_start.reg[R_FL] = 0xffff;
	ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EINVAL);
	lwp_context(tell_lid, NULL);
	uc_start.reg[R_IP] = 0xffff800000000000ul;
	ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EINVAL);
	ERR(CALL(SYS_lwp_create, &uc_start, 0x1000, &lid), NB_EINVAL);
}

static void
wait_for_flag(void *arg)
{
	while (__atomic_load_n(&flag, __ATOMIC_SEQ_CST) != (int)(long)arg)
		CALL(SYS_sched_yield);
}

TEST("a detached LWP cannot be waited for; _lwp_detach makes one such")
{
	int departed, lid = lwp(wait_for_flag, (void *)1, LWP_DETACHED), other;

	ERR(CALL(SYS_lwp_wait, lid, &departed), NB_EINVAL);
	other = lwp(wait_for_flag, (void *)1, 0);
	EQ(CALL(SYS_lwp_detach, other), 0);
	ERR(CALL(SYS_lwp_detach, other), NB_EINVAL);
	ERR(CALL(SYS_lwp_detach, 99999999), NB_ESRCH);
	flag = 1;
	CHECK(SOON(CALL(SYS_lwp_detach, lid) == -1 && errno == NB_ESRCH, 3000));
}

static volatile long parked_error;

static void
parks(void *arg)
{
	struct timespec ts = { 5, 0 };

	flag = 1;
	parked_error = CALL(SYS_lwp_park, 3, 0, arg != NULL ? arg : &ts, 0, 0, 0) == 0 ? 0 : errno;
	flag = 2;
}

TEST("_lwp_park: till unparked, or till its time; an unpark that comes first is not lost")
{
	struct timespec ts = { 0, 30000000 };
	int64_t start = now_ms();
	int lid, departed;

	ERR(CALL(SYS_lwp_park, 3, 0, &ts, 0, 0, 0), NB_ETIMEDOUT);
	CHECK(now_ms() - start >= 25);
	EQ(CALL(SYS_lwp_unpark, CALL(SYS_lwp_self), 0), 0);
	ERR(CALL(SYS_lwp_park, 3, 0, NULL, 0, 0, 0), NB_EALREADY);
	ERR(CALL(SYS_lwp_unpark, 99999999, 0), NB_ESRCH);
	lid = lwp(parks, NULL, 0);
	CHECK(SOON(flag == 1, 3000));
	sleep_ms(30);
	EQ(flag, 1);
	EQ(CALL(SYS_lwp_unpark, lid, 0), 0);
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	EQ(parked_error, 0);
	CHECK(now_ms() - start < 4000);
}

static volatile int handled_by;

static void
note(int signo __attribute__((unused)), struct siginfo *si,
    struct ucontext *uc __attribute__((unused)))
{
	EQ(si->code, -5);
	handled_by = (int)CALL(SYS_lwp_self);
}

TEST("_lwp_kill reaches the LWP that is named, and ends its park")
{
	struct timespec ts = { 20, 0 };
	int lid, departed;

	handle(SIGUSR1, note, SA_SIGINFO);
	lid = lwp(parks, &ts, 0);
	CHECK(SOON(flag == 1, 3000));
	sleep_ms(20);
	EQ(CALL(SYS_lwp_kill, lid, SIGUSR1), 0);
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	EQ(handled_by, lid);
	EQ(parked_error, NB_EINTR);
	ERR(CALL(SYS_lwp_kill, lid, SIGUSR1), NB_ESRCH);
}

static void
own_tls(void *arg)
{
	EQ(CALL(SYS_lwp_setprivate, arg), 0);
	EQ(CALL(SYS_lwp_getprivate), arg);
	wait_for_flag((void *)1);
	EQ(CALL(SYS_lwp_getprivate), arg);
}

TEST("the private pointer is each LWP's own, and a forked child's is the caller's (LWP-1)")
{
	static uint64_t mine[2] = { 11, 0 }, its[2] = { 22, 0 };
	uint64_t value;
	int lid, departed;
	pid_t pid;

	EQ(CALL(SYS_lwp_setprivate, mine), 0);
	lid = lwp(own_tls, its, 0);
	__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
	EQ(value, 11);
	flag = 1;
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	if ((pid = fork()) == 0) {
		__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
		EQ(value, 11);
		EQ(CALL(SYS_lwp_getprivate), mine);
		_exit(0);
	}
	EXITS(pid, 0);
}

static void
forever(void *arg __attribute__((unused)))
{
	for (;;)
		sleep_ms(1000);
}

TEST("a forked child has the calling LWP alone (LWP-1)")
{
	int mib[5] = { 1, 64, 0, 128, 10 };
	char buf[1280];
	size_t len;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		lwp(forever, NULL, LWP_DETACHED);
	mib[2] = getpid();
	len = sizeof(buf);
	EQ(CALL(SYS_sysctl, mib, 5, buf, &len, NULL, 0), 0);
	EQ(len, 4 * 128);
	if ((pid = fork()) == 0) {
		mib[2] = getpid();
		len = sizeof(buf);
		EQ(CALL(SYS_sysctl, mib, 5, buf, &len, NULL, 0), 0);
		EQ(len, 128);
		EQ(*(int *)(buf + 32), getpid());
		_exit(0);
	}
	EXITS(pid, 0);
}

static void
exits_process(void *arg)
{
	sleep_ms(20);
	_exit((int)(long)arg);
}

TEST("exit by any LWP ends all, also one that forks without end (ENT-11 FIX-32)")
{
	pid_t pid = fork(), inner;

	if (pid == 0) {
		lwp(exits_process, (void *)9, 0);
		for (;;) {
			inner = fork();
			if (inner == 0)
				_exit(0);
			CHECK(inner > 0);
			wait4(-1, NULL, WNOHANG, NULL);
		}
	}
	EXITS(pid, 9);
}

TEST("RLIMIT_NTHR bounds a user's LWPs, without the first ones of his processes (ADM-10)")
{
	struct rlimit rl = { 0, 10 }, got;
	int lid;
	pid_t pid;

	EQ(CALL(SYS_setrlimit, RLIMIT_NTHR, &rl), 0);
	EQ(CALL(SYS_getrlimit, RLIMIT_NTHR, &got), 0);
	CHECK(got.cur == 0 && got.max == 10);
	EQ(CALL(SYS_setuid, 2010), 0);
	/* No LWP beside the first, but processes, each with a first one. */
	lwp_context(forever, NULL);
	ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EAGAIN);
	if ((pid = fork()) == 0)
		_exit(0);
	EXITS(pid, 0);
	rl.cur = 2;
	EQ(CALL(SYS_setrlimit, RLIMIT_NTHR, &rl), 0);
	lwp(forever, NULL, 0);
	if ((pid = fork()) == 0) {
		/* One more for the user: two in all, whosever they are. */
		lwp(forever, NULL, 0);
		lwp_context(forever, NULL);
		ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EAGAIN);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(SOON(CALL(SYS_lwp_create, &uc_start, 0, &lid) == 0, 3000));
	ERR(CALL(SYS_lwp_create, &uc_start, 0, &lid), NB_EAGAIN);
}

/* --- control blocks --- */

struct ctl { volatile int curcpu, pctr; };

static struct ctl *
lwpctl(void)
{
	struct ctl *c;

	EQ(CALL(SYS_lwp_ctl, 3, &c), 0);
	return c;
}

static struct ctl *ctl_of_main;
static volatile int seen_cpu[3], seen_n, stop_watch;

static void
watch(void *arg __attribute__((unused)))
{
	while (!stop_watch) {
		int cpu = ctl_of_main->curcpu;

		seen_cpu[cpu == -1 ? 0 : cpu == -2 ? 1 : 2]++;
		seen_n++;
		sleep_ms(2);
	}
}

TEST("_lwp_ctl: the block tells that its LWP runs, that it sleeps, how often it ran, that it "
    "has ended")
{
	struct ctl *c = lwpctl();
	int before = c->pctr, lid, departed;

	CHECK(c->curcpu >= 0);
	EQ(lwpctl(), c);
	for (int i = 0; i < 5; i++)
		sleep_ms(2);
	CHECK(c->pctr >= before + 5);
	ctl_of_main = c;
	lid = lwp(watch, NULL, 0);
	sleep_ms(100);
	CHECK(seen_cpu[0] > 0);			/* this LWP slept */
	stop_watch = 1;
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	EQ(seen_cpu[1], 0);
}

TEST("a child of a holding fork on shared memory runs with the caller's block; it is given "
    "back (HOLD-5)")
{
	struct ctl *c = lwpctl();
	volatile int cpu = -7, before, after;
	pid_t pid = vfork14();

	if (pid == 0) {
		cpu = c->curcpu;
		before = c->pctr;
		for (int i = 0; i < 5; i++)
			sleep_ms(2);
		after = c->pctr;
		_exit(0);
	}
	CHECK(cpu >= 0);
	CHECK(after >= before + 5);
	CHECK(c->curcpu >= 0);
	before = c->pctr;
	sleep_ms(2);
	CHECK(c->pctr > before);
	EXITS(pid, 0);
}

TEST("the child of a holding fork on shared memory starts on the caller's CPU, others being "
    "idle (HOLD-5)")
{
	struct ctl *c = lwpctl();
	volatile int same = 0, before, cpu;

	for (int i = 0; i < 40; i++) {
		pid_t pid;

		sleep_ms(1);
		before = c->curcpu;
		if ((pid = vfork14()) == 0) {
			cpu = c->curcpu;
			_exit(0);
		}
		same += cpu == before;
		EXITS(pid, 0);
	}
	CHECK(same >= 36);	/* an interrupt may move the caller between the two looks */
}

TEST("with copied memory the block is not lent: the caller's stays as it was, the child has "
    "none (FIX-8)")
{
	volatile int *both = shared(4096);
	struct ctl *c = lwpctl(), *own;
	int lid, departed, pctr;
	pid_t pid;

	ctl_of_main = c;
	lid = lwp(watch, NULL, 0);
	sleep_ms(10);
	seen_cpu[2] = 0;
	pctr = c->pctr;
	if ((pid = vfork()) == 0) {
		for (int i = 0; i < 20; i++)
			sleep_ms(3);
		own = lwpctl();			/* asks for its own */
		both[0] = own->curcpu >= 0;
		_exit(0);
	}
	/* While the child ran and slept, nobody wrote the caller's block but the caller. */
	CHECK(c->pctr <= pctr + 3);
	EQ(both[0], 1);
	stop_watch = 1;
	EQ(CALL(SYS_lwp_wait, lid, &departed), 0);
	EXITS(pid, 0);
	if ((pid = fork()) == 0) {
		both[1] = c->curcpu;		/* not mapped in the child */
		_exit(0);
	}
	KILLED(pid, SIGSEGV);
}

TEST("the caller dies while its block is lent: the child goes on without (FIX-8 HOLD-4 HOLD-6)")
{
	volatile int *both = shared(4096);
	pid_t outer;

	for (int i = 0; i < 10; i++) {
		both[0] = both[1] = 0;
		if ((outer = fork()) == 0) {
			struct ctl *c = lwpctl();
			pid_t pid = vfork14();

			if (pid == 0) {
				both[0] = getpid();
				while (getppid() == outer || both[2] == 0)
					sleep_ms(1);
				for (int k = 0; k < 10; k++)
					sleep_ms(1);
				both[1] = c->curcpu;
				both[3] = 1;
				_exit(0);
			}
			_exit(1);
		}
		both[2] = both[3] = 0;
		CHECK(SOON(both[0] != 0, 3000));
		kill(outer, SIGKILL);
		KILLED(outer, SIGKILL);
		both[2] = 1;
		CHECK(SOON(both[3] == 1, 3000));
		EQ(both[1], -2);		/* the last word of its owner */
	}
}

/* --- restartable sequences --- */

extern char ras_start[], ras_end[];
void ras_loop(volatile uint64_t *counter);
__asm__(
    "	.globl ras_start, ras_end, ras_loop\n"
    "ras_loop:\n"
    "ras_start:\n"
    "	mov (%rdi), %rax\n"
    "	mov $20000, %ecx\n"
    "1:	dec %ecx\n	jnz 1b\n"
    "	inc %rax\n"
    "	mov %rax, (%rdi)\n"
    "ras_end:\n"
    "	ret\n");

static volatile uint64_t ras_counter;
static volatile int ras_in_handler;

static void
ras_handler(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc)
{
	ras_in_handler |= uc->reg[R_IP] > (uint64_t)ras_start && uc->reg[R_IP] < (uint64_t)ras_end;
	ras_counter += 1000;		/* what an interrupted sequence must not lose */
}

static void
ras_run(void)
{
	struct itimerval it = { { 0, 3000, 0 }, { 0, 3000, 0 } },
	    off = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint64_t n;

	ras_counter = 0;
	handle(SIGALRM, ras_handler, 0);
	EQ(CALL(SYS_setitimer, 0, &it, NULL), 0);
	for (n = 0; n < 3000; n++)
		ras_loop(&ras_counter);
	EQ(CALL(SYS_setitimer, 0, &off, NULL), 0);
	EQ(ras_counter % 1000, n % 1000);
	EQ(ras_in_handler, 0);
}

TEST("rasctl: a sequence that is interrupted starts again; a forked child has the same ones "
    "(NEW-6)")
{
	pid_t pid;

	ERR(CALL(SYS_rasctl, ras_start, 0, 0), NB_EINVAL);
	EQ(CALL(SYS_rasctl, ras_start, ras_end - ras_start, 0), 0);
	ras_run();
	if ((pid = fork()) == 0) {
		ras_run();
		EQ(CALL(SYS_rasctl, ras_start, ras_end - ras_start, 1), 0);	/* it was there */
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(CALL(SYS_rasctl, ras_start, ras_end - ras_start, 1), 0);
	ERR(CALL(SYS_rasctl, ras_start, ras_end - ras_start, 1), NB_ESRCH);
}

HELPER("no-sequence")
{
	return CALL(SYS_rasctl, ras_start, ras_end - ras_start, 1) == -1 ? 0 : 1;
}

TEST("exec drops restartable sequences (END-4)")
{
	char *argv[] = { nb_self, "@no-sequence", NULL };
	pid_t pid;

	EQ(CALL(SYS_rasctl, ras_start, ras_end - ras_start, 0), 0);
	if ((pid = fork()) == 0) {
		CALL(SYS_execve, nb_self, argv, NULL);
		_exit(9);
	}
	EXITS(pid, 0);
}

NB_MAIN(30)
