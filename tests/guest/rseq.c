/* SPDX-License-Identifier: BSD-2-Clause */
/* Restartable sequences, and barriers between threads. */
#include "tap.h"
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#define SIG 0x53053053u

struct rseq_area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, pad[3];
} __attribute__((aligned(32)));

struct rseq_cs {
	uint32_t version, flags;
	uint64_t start, len, abort;
} __attribute__((aligned(32)));

static __thread struct rseq_area area;

static int
rseq(struct rseq_area *a, uint32_t len, int flags, uint32_t sig)
{
	return (int)syscall(SYS_rseq, a, len, flags, sig);
}

static void
registered(void)
{
	memset(&area, 0, sizeof(area));
	area.cpu_id = (uint32_t)-1;
	EQ(rseq(&area, sizeof(area), 0, SIG), 0);
}

TEST("register: once; another place, length or signature is refused; unregister takes it back (LNX-1)")
{
	static struct rseq_area other;

	ERR(rseq(&area, 31, 0, SIG), EINVAL);
	ERR(rseq((void *)((char *)&area + 8), sizeof(area), 0, SIG), EINVAL);
	ERR(rseq(&area, sizeof(area), 2, SIG), EINVAL);
	ERR(rseq(&area, sizeof(area), 1, SIG), EINVAL);
	registered();
	ERR(rseq(&area, sizeof(area), 0, SIG), EBUSY);
	ERR(rseq(&area, sizeof(area), 0, SIG + 1), EPERM);
	ERR(rseq(&other, sizeof(other), 0, SIG), EINVAL);
	ERR(rseq(&other, sizeof(other), 1, SIG), EINVAL);
	ERR(rseq(&area, sizeof(area), 1, SIG + 1), EPERM);
	EQ(rseq(&area, sizeof(area), 1, SIG), 0);
	EQ(area.cpu_id, (uint32_t)-1);
	ERR(rseq(&area, sizeof(area), 1, SIG), EINVAL);
}

TEST("the CPU's number is there, and follows the thread from CPU to CPU")
{
	cpu_set_t all, one;

	registered();
	CHECK(area.cpu_id != (uint32_t)-1);
	EQ(area.cpu_id, area.cpu_id_start);
	EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int round = 0; round < 3; round++) {
		for (int cpu = 0; cpu < 64; cpu++) {
			if (!CPU_ISSET(cpu, &all))
				continue;
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			EQ(sched_setaffinity(0, sizeof(one), &one), 0);
			EQ(area.cpu_id, (uint32_t)cpu);
			EQ(area.cpu_id_start, (uint32_t)cpu);
		}
	}
}

/*
 * A sequence that counts a word up until it is interrupted: it never commits by itself. Returns the
 * count; 0 if the abort handler was not the way out.
 */
static uint64_t
sequence(struct rseq_cs *cs, volatile uint64_t *count)
{
	uint64_t aborted = 0;

	*count = 0;
	__asm__ volatile(
	    "lea 1f(%%rip), %%rax\n"
	    "mov %%rax, 8(%[cs])\n"
	    "lea 2f(%%rip), %%rcx\n"
	    "sub %%rax, %%rcx\n"
	    "mov %%rcx, 16(%[cs])\n"
	    "lea 4f(%%rip), %%rax\n"
	    "mov %%rax, 24(%[cs])\n"
	    "movl $0, (%[cs])\n"
	    "movl $0, 4(%[cs])\n"
	    "mov %[cs], 8(%[area])\n"
	    "1: addq $1, (%[count])\n"
	    "jmp 1b\n"
	    "2: jmp 5f\n"
	    ".byte 0x0f, 0xb9, 0x3d\n"
	    ".long 0x53053053\n"
	    "4: mov $1, %[aborted]\n"
	    "5:\n"
	    : [aborted] "+r"(aborted)
	    : [cs] "r"(cs), [area] "r"(&area), [count] "r"(count)
	    : "rax", "rcx", "memory");
	return aborted ? *count : 0;
}

static volatile int handled;

static void
handler(int sig)
{
	(void)sig;
	handled = handled + 1;
}

static void
alarm_in(long ms)
{
	struct itimerval { struct timeval i, v; } it = { { 0, 0 }, { 0, ms * 1000 } };

	EQ(syscall(SYS_setitimer, 0, &it, NULL), 0);
}

TEST("a signal handler in a sequence: the handler returns to the abort address")
{
	volatile uint64_t count;
	struct rseq_cs cs;

	registered();
	signal(SIGALRM, handler);
	for (int i = 1; i <= 5; i++) {
		alarm_in(30);
		/* Another process may have had the CPU before the alarm. */
		do
			CHECK(sequence(&cs, &count) != 0);
		while (handled < i);
		EQ(handled, i);
		EQ(area.rseq_cs, 0);
	}
}

static void *
spin(void *arg)
{
	while (!*(volatile int *)arg)
		continue;
	return NULL;
}

TEST("preemption in a sequence: it goes on at the abort address")
{
	volatile uint64_t count;
	cpu_set_t one;
	pthread_t t;
	int stop = 0;
	struct rseq_cs cs;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EQ(sched_setaffinity(0, sizeof(one), &one), 0);
	EQ(pthread_create(&t, NULL, spin, &stop), 0);
	registered();
	for (int i = 0; i < 10; i++) {
		CHECK(sequence(&cs, &count) != 0);
		EQ(area.rseq_cs, 0);
	}
	stop = 1;
	pthread_join(t, NULL);
}

TEST("a wrong signature before the abort address, or a bad descriptor, is SIGSEGV")
{
	for (int kind = 0; kind < 4; kind++) {
		pid_t pid = child();

		if (pid == 0) {
			struct rseq_cs cs = { 0 };
			volatile uint64_t count;

			registered();
			alarm(5);
			signal(SIGUSR1, handler);
			switch (kind) {
			case 0:
				rseq(&area, sizeof(area), 1, SIG);
				EQ(rseq(&area, sizeof(area), 0, SIG + 1), 0);
				signal(SIGALRM, handler);
				alarm_in(30);
				sequence(&cs, &count);
				break;
			case 1:
				area.rseq_cs = 8;
				break;
			case 2:
				cs.version = 1;
				area.rseq_cs = (uintptr_t)&cs;
				break;
			case 3:
				cs.abort = cs.start = 0xffffffff80000000ul;
				area.rseq_cs = (uintptr_t)&cs;
				break;
			}
			raise(SIGUSR1);
			sleep_ms(20);
			_exit(1);
		}
		KILLED(pid, SIGSEGV);
	}
}

TEST("an area that goes away is SIGSEGV, not the kernel's trouble")
{
	pid_t pid = child();

	if (pid == 0) {
		struct rseq_area *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		EQ(rseq(a, sizeof(*a), 0, SIG), 0);
		munmap(a, 4096);
		for (;;)
			sleep_ms(5);
	}
	KILLED(pid, SIGSEGV);
}

HELPER("fresh")
{
	/* Nothing is registered, so this is the first time. */
	return rseq(&area, sizeof(area), 0, SIG + 7) == 0 ? 0 : 1;
}

static int
vm_child(void *arg)
{
	(void)arg;
	_exit(rseq(&area, sizeof(area), 0, SIG) == -1 && errno == EBUSY ? 1 : 0);
}

TEST("fork hands the registration on; a child on shared memory and exec start without (NEW-6)")
{
	static char stack[65536] __attribute__((aligned(16)));
	char *av[] = { tap_self, "@fresh", NULL };
	volatile uint64_t count;
	struct rseq_cs cs;
	pid_t pid;

	registered();
	if ((pid = child()) == 0) {
		if (rseq(&area, sizeof(area), 0, SIG) != -1 || errno != EBUSY)
			_exit(1);
		signal(SIGALRM, handler);
		alarm_in(30);
		_exit(sequence(&cs, &count) != 0 ? 0 : 2);
	}
	EXITS(pid, 0);
	pid = clone(vm_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	CHECK(pid > 0);
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		execv(tap_self, av);
		_exit(9);
	}
	EXITS(pid, 0);
}

/* --- membarrier --- */

static int
membarrier(int cmd, unsigned flags)
{
	return (int)syscall(SYS_membarrier, cmd, flags, 0);
}

static volatile int barrier_stop, order_broken;
static volatile long bx, by;

/* The fast side: only compiler barriers. The other side pays for both. */
static void *
fast_side(void *arg)
{
	(void)arg;
	while (!barrier_stop) {
		bx = 1;
		__asm__ volatile("" : : : "memory");
		if (by == 1)
			sched_yield();
		bx = 0;
	}
	return NULL;
}

TEST("membarrier: what is offered works after registration, EPERM before, EINVAL else")
{
	int have = membarrier(MEMBARRIER_CMD_QUERY, 0);
	pthread_t t;

	CHECK(have > 0 && (have & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0);
	ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), EPERM);
	ERR(membarrier(1 << 30, 0), EINVAL);
	ERR(membarrier(MEMBARRIER_CMD_QUERY, 2), EINVAL);
	EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0), 0);
	EQ(pthread_create(&t, NULL, fast_side, NULL), 0);
	for (int i = 0; i < 300; i++) {
		by = 1;
		EQ(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), 0);
		by = 0;
	}
	EQ(membarrier(MEMBARRIER_CMD_GLOBAL, 0), 0);
	barrier_stop = 1;
	pthread_join(t, NULL);
}

TAP_MAIN(60)
