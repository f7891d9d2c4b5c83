/* SPDX-License-Identifier: BSD-2-Clause */
/* profil and ITIMER_PROF: what is counted, and what children get. */
#include "nb.h"

static volatile uint16_t *cells;	/* one for each 4 bytes of code, from burn on */
#define NCELLS 64
#define SCALE 0x8000

__attribute__((noinline)) static uint64_t
burn(int64_t until)
{
	volatile uint64_t n = 0;

	while (now_ms() < until)
		for (int i = 0; i < 20000; i++)
			n = n + 1;
	return n;
}

static void
burn_ms(int ms)
{
	burn(now_ms() + ms);
}

static int
profil(volatile uint16_t *buf, uint64_t scale)
{
	return (int)CALL(SYS_profil, buf, NCELLS * 2, burn, scale);
}

static int
sum(volatile uint16_t *buf)
{
	int n = 0;

	for (int i = 0; i < NCELLS; i++)
		n += buf[i];
	return n;
}

static volatile uint16_t *
buffer(int flags)
{
	volatile uint16_t *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags | MAP_ANON, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int64_t
user_ms(void)
{
	struct rusage ru;

	EQ(CALL(SYS_getrusage, 0, &ru), 0);
	return ru.utime.sec * 1000 + ru.utime.usec / 1000;
}

TEST("profil counts a sample for each 10 ms of user time, at the addresses that run; scale 0 "
    "ends it")
{
	int64_t before, used;
	int n;

	cells = buffer(MAP_PRIVATE);
	EQ(profil(cells, SCALE), 0);
	before = user_ms();
	burn_ms(400);
	used = user_ms() - before;
	EQ(profil(NULL, 0), 0);
	n = sum(cells);
	CHECK(n >= used / 10 / 2 && n <= used / 10 + 2);
	CHECK(n >= 5);
	burn_ms(60);
	EQ(sum(cells), n);
	ERR(profil(cells, 0x10001), NB_EINVAL);
}

TEST("a forked child is profiled from its first instruction, into its own copy (NEW-19 FIX-27)")
{
	int before;
	pid_t pid;

	cells = buffer(MAP_PRIVATE);
	EQ(profil(cells, SCALE), 0);
	burn_ms(60);
	before = sum(cells);
	if ((pid = fork()) == 0) {
		int mine = sum(cells);

		burn_ms(150);
		CHECK(sum(cells) >= mine + 3);
		_exit(0);
	}
	sleep_ms(1);
	EXITS(pid, 0);
	CHECK(sum(cells) <= before + 2);
}

TEST("with shared memory profiling is off in the child, held or not (NEW-19 FIX-27)")
{
	volatile int grew = -1;
	int before;
	pid_t pid;

	cells = buffer(MAP_PRIVATE);
	EQ(profil(cells, SCALE), 0);
	burn_ms(60);
	CHECK(sum(cells) > 0);
	if ((pid = vfork14()) == 0) {
		before = sum(cells);
		burn_ms(150);
		grew = sum(cells) - before;
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(grew, 0);
	/* The copying vfork's child has it. */
	if ((pid = vfork()) == 0) {
		before = sum(cells);
		burn_ms(150);
		_exit(sum(cells) - before >= 3 ? 0 : 1);
	}
	EXITS(pid, 0);
	/* And the parent still. */
	before = sum(cells);
	burn_ms(150);
	CHECK(sum(cells) >= before + 3);
}

HELPER("profiled")
{
	volatile uint16_t *p = mmap((void *)0x7000000000ul, 4096, PROT_READ | PROT_WRITE,
	    MAP_FIXED | MAP_PRIVATE | MAP_ANON, -1, 0);

	burn_ms(100);
	return p != MAP_FAILED && sum(p) == 0 ? 0 : 1;
}

TEST("exec ends profiling (END-4)")
{
	char *argv[] = { nb_self, "@profiled", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		cells = mmap((void *)0x7000000000ul, 4096, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_PRIVATE | MAP_ANON, -1, 0);
		EQ(profil(cells, SCALE), 0);
		burn_ms(60);
		CHECK(sum(cells) > 0);
		CALL(SYS_execve, nb_self, argv, nb_envp);
		_exit(99);
	}
	EXITS(pid, 0);
}

TEST("a buffer that cannot be written ends profiling, not the program")
{
	cells = buffer(MAP_PRIVATE);
	EQ(CALL(SYS_profil, 0x1000, 4096, burn, SCALE), 0);
	burn_ms(80);
	EQ(profil(cells, SCALE), 0);
	burn_ms(80);
	CHECK(sum(cells) > 0);
}

static volatile int ticks;

static void
tick(int signo __attribute__((unused)), struct siginfo *si __attribute__((unused)),
    struct ucontext *uc __attribute__((unused)))
{
	ticks++;
}

TEST("ITIMER_PROF counts the time that the process uses; a child starts without (NEW-14)")
{
	struct itimerval it = { { 0, 20000, 0 }, { 0, 20000, 0 } };
	pid_t pid;

	handle(SIGPROF, tick, 0);
	EQ(CALL(SYS_setitimer, 2, &it, NULL), 0);
	sleep_ms(100);
	CHECK(ticks <= 2);
	burn_ms(250);
	CHECK(ticks >= 3);
	if ((pid = fork()) == 0) {
		ticks = 0;
		burn_ms(100);
		EQ(ticks, 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

NB_MAIN(30)
