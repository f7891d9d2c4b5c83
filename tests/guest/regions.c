/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps of memory with very many regions, and maps that parents and children have in common: each
 * changes its own, and what concerns all (a file that shrinks) reaches all.
 */
#include "tap.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>

#define PAGE	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#endif

static sigjmp_buf out;

static void
on_fault(int sig)
{
	siglongjmp(out, sig);
}

/* A byte, or minus the signal that asking for it gives. */
static int
peek(const volatile char *p)
{
	struct sigaction sa = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	if ((sig = sigsetjmp(out, 1)) != 0)
		return -sig;
	return *p;
}

/* The same for storing. */
static int
poke(volatile char *p, char v)
{
	struct sigaction sa = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	if ((sig = sigsetjmp(out, 1)) != 0)
		return -sig;
	*p = v;
	return 0;
}

/* n pages, no two neighbours alike: n regions. */
static char *
many(size_t n)
{
	char *p = mmap(NULL, n * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	    0);

	CHECK(p != MAP_FAILED);
	for (size_t i = 0; i < n; i += 2)
		EQ(mprotect(p + i * PAGE, PAGE, RW), 0);
	return p;
}

/* The shortest of some forks, in microseconds. */
static long
fork_time(void)
{
	long best = LONG_MAX;

	for (int i = 0; i < 20; i++) {
		struct timespec a, b;
		pid_t pid;
		long t;

		clock_gettime(CLOCK_MONOTONIC, &a);
		if ((pid = fork()) == 0)
			_exit(0);
		clock_gettime(CLOCK_MONOTONIC, &b);
		EXITS(pid, 0);
		t = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
		best = t < best ? t : best;
	}
	return best;
}

TEST("fork of a process with 50,000 mappings: the child has them all, each changes its own (VM-1)")
{
	enum { N = 50000 };
	char *p = many(N), *q;
	pid_t pid;

	EQ(poke(p + 100 * PAGE, 1), 0);
	EQ(poke(p + (N - 2) * PAGE, 2), 0);
	if ((pid = child()) == 0) {
		for (int i = 0; i < N; i += 997)
			EQ(poke(p + i * PAGE, 7), i % 2 == 0 ? 0 : -SIGSEGV);
		EQ(munmap(p + 1000 * PAGE, 30000 * PAGE), 0);
		EQ(mprotect(p + 40001 * PAGE, PAGE, RW), 0);
		q = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(q != MAP_FAILED);
		EQ(poke(q, 1), 0);
		EQ(peek(p + 1000 * PAGE), -SIGSEGV);
		EQ(poke(p + 40001 * PAGE, 1), 0);
		EQ(peek(p + 100 * PAGE), 1);
		EQ(peek(p + (N - 2) * PAGE), 2);
		_exit(0);
	}
	EQ(munmap(p + 100 * PAGE, PAGE), 0);
	EXITS(pid, 0);
	EQ(peek(p + 100 * PAGE), -SIGSEGV);
	EQ(peek(p + 1000 * PAGE), 0);
	EQ(poke(p + 40001 * PAGE, 1), -SIGSEGV);
	EQ(peek(p + (N - 2) * PAGE), 2);
	EQ(munmap(p, N * PAGE), 0);
}

TEST("what fork costs does not depend on the number of mappings")
{
	long few, much;

	if (access("/proc/bident", F_OK) != 0)
		SKIP("a promise of this kernel");
	few = fork_time();
	(void)many(50000);
	much = fork_time();
	tap_say("# fork with few mappings %ld us, with 50,000 %ld us\n", few, much);
	/* It would be a thousand times as long; this is wide for machines that are busy. */
	CHECK(much <= 5 * few + 200);
}

/* Finds the file gone behind its first page, in every form in which a child may have it. */
static void
expect_cut(const char *sh, const char *pr, const char *moved)
{
	EQ(peek(sh), 's');
	EQ(peek(sh + PAGE), -SIGBUS);
	EQ(peek(sh + 7 * PAGE), -SIGBUS);
	EQ(peek(pr), 'p');
	EQ(peek(pr + 2 * PAGE), -SIGBUS);
	EQ(peek(pr + 5 * PAGE), -SIGBUS);
	if (moved != NULL)
		EQ(peek(moved), -SIGBUS);
}

TEST("a file that shrinks is gone from parent, children and grandchildren, however they map it")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	struct gate ready = gate_make(), go = gate_make();
	char *sh, *pr, *moved = NULL;
	pid_t pids[12];

	EQ(ftruncate(fd, 8 * PAGE), 0);
	sh = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
	pr = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 8; i++)
		sh[i * PAGE] = 's';
	for (int i = 0; i < 6; i++)
		pr[i * PAGE] = 'p';
	for (int i = 0; i < 12; i++) {
		if ((pids[i] = child()) != 0)
			continue;
		if (i % 3 == 1)		/* regions of its own */
			EQ(mprotect(sh + 2 * PAGE, 2 * PAGE, PROT_READ), 0);
		if (i % 3 == 2) {	/* and a place of its own */
			moved = mremap(pr + 6 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE |
			    MREMAP_FIXED, pr + 100 * PAGE);
			CHECK(moved != MAP_FAILED);
			EQ(poke(moved, 'm'), 0);
		}
		if (i % 2 == 1 && (pids[0] = child()) != 0) {	/* a grandchild in its place */
			EXITS(pids[0], 0);
			_exit(0);
		}
		EQ(poke(pr + 2 * PAGE, 'c'), 0);
		EQ(peek(sh + 7 * PAGE), 's');
		gate_open(&ready);
		gate_pass(&go);
		expect_cut(sh, pr, moved);
		_exit(0);
	}
	for (int i = 0; i < 12; i++)
		gate_pass(&ready);
	EQ(ftruncate(fd, PAGE), 0);
	expect_cut(sh, pr, NULL);
	for (int i = 0; i < 12; i++)
		gate_open(&go);
	for (int i = 0; i < 12; i++)
		EXITS(pids[i], 0);
	EQ(ftruncate(fd, 8 * PAGE), 0);
	EQ(peek(sh + PAGE), 0);
	EQ(peek(pr + 2 * PAGE), 0);
}

TEST("a hole in a file is seen by parent and child alike; private copies stay")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644), *done = share();
	char *sh, *pr;
	pid_t pid;

	EQ(ftruncate(fd, 4 * PAGE), 0);
	sh = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	pr = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 4; i++)
		sh[i * PAGE] = 's';
	pr[PAGE] = 'p';
	EQ(peek(pr + 2 * PAGE), 's');
	if ((pid = child()) == 0) {
		while (__atomic_load_n(done, __ATOMIC_ACQUIRE) == 0)
			sleep_ms(1);
		EQ(peek(sh + PAGE), 0);
		EQ(peek(sh + 2 * PAGE), 0);
		EQ(peek(sh + 3 * PAGE), 's');
		EQ(peek(pr + PAGE), 'p');
		EQ(peek(pr + 2 * PAGE), 0);
		EQ(poke(sh + 2 * PAGE, 'n'), 0);
		_exit(0);
	}
	EQ(fallocate(fd, 3, PAGE, 2 * PAGE), 0);	/* a hole, the size stays */
	EQ(peek(sh + PAGE), 0);
	__atomic_store_n(done, 1, __ATOMIC_RELEASE);
	EXITS(pid, 0);
	EQ(peek(sh + 2 * PAGE), 'n');
	EQ(peek(pr + 2 * PAGE), 'n');
	EQ(peek(pr + PAGE), 'p');
}

TEST("MADV_DONTFORK and MADV_WIPEONFORK among other mappings, down a line of 40 forks (VM-1)")
{
	enum { N = 300 };
	char *p = many(N);
	pid_t pid;

	for (int i = 0; i < N; i += 2)
		p[i * PAGE] = 1;
	for (int i = 0; i < N; i += 10) {
		EQ(madvise(p + i * PAGE, PAGE, MADV_DONTFORK), 0);
		EQ(madvise(p + (i + 4) * PAGE, PAGE, MADV_WIPEONFORK), 0);
	}
	for (int depth = 0; depth < 40; depth++) {
		if ((pid = child()) != 0) {
			EXITS(pid, 0);
			if (depth > 0)
				_exit(0);
			break;
		}
		for (int i = 0; i < N; i += 2) {
			bool wiped = i % 10 == 4 && i / 10 >= depth;

			EQ(peek(p + i * PAGE), i % 10 == 0 ? -SIGSEGV : wiped ? 0 :
			    i % 10 == 4 ? 9 : 1);
			if (wiped)
				p[i * PAGE] = 9;	/* the next child sees none of it */
		}
		/* But for one, which each takes back. */
		if (depth < N / 10)
			EQ(madvise(p + (10 * depth + 4) * PAGE, PAGE, MADV_KEEPONFORK), 0);
		if (depth == 39)
			_exit(0);
	}
	for (int i = 0; i < N; i += 2)
		EQ(peek(p + i * PAGE), 1);
}

/* What a child of shrinking() does: looks, through maps that it has from its parent or changes. */
static void
shrinking_look(const volatile int *done, char *sh, char *pr, int round)
{
	int g0 = __atomic_load_n(done, __ATOMIC_ACQUIRE), i = round % 15, v, g1;

	if (round % 3 == 0)
		EQ(mprotect(sh + i * PAGE, PAGE, RW), 0);
	if (round % 3 == 1)
		EQ(munmap(sh + 15 * PAGE, PAGE), 0);
	v = peek(sh + i * PAGE);
	CHECK(v == -SIGBUS || v == 0 || v >= g0);
	v = poke(pr + i * PAGE, 127);
	if (v != 0)
		return;
	/* Once the file has shrunk again, this copy must be gone. */
	g1 = __atomic_load_n(done, __ATOMIC_ACQUIRE);
	for (int n = 0; n < 2000 && __atomic_load_n(done, __ATOMIC_ACQUIRE) < g1 + 2; n++)
		usleep(100);
	if (__atomic_load_n(done, __ATOMIC_ACQUIRE) >= g1 + 2)
		CHECK(peek(pr + i * PAGE) != 127);
}

TEST("a file shrinks and grows 100 times while 4 processes fork children that map it: nothing stays")
{
	enum { ROUNDS = 100, SIZE = 16 };
	int fd = open("f", O_RDWR | O_CREAT, 0644), *done = share();
	char *sh, *pr, page[PAGE];
	pid_t pids[4], pid;

	EQ(ftruncate(fd, SIZE * PAGE), 0);
	sh = mmap(NULL, SIZE * PAGE, RW, MAP_SHARED, fd, 0);
	pr = mmap(NULL, SIZE * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 4; i++) {
		if ((pids[i] = child()) != 0)
			continue;
		for (int r = 0; *(volatile int *)done < ROUNDS; r++) {
			if ((pid = child()) == 0) {
				shrinking_look(done, sh, pr, r + i);
				_exit(0);
			}
			if (r % 4 == 0)
				(void)poke(pr + r % SIZE * PAGE, 126);
			EXITS(pid, 0);
		}
		_exit(0);
	}
	for (int g = 1; g <= ROUNDS; g++) {
		EQ(ftruncate(fd, 0), 0);
		memset(page, g, sizeof(page));
		for (int i = 0; i < SIZE; i++)
			EQ(pwrite(fd, page, PAGE, i * PAGE), PAGE);
		__atomic_store_n(done, g, __ATOMIC_RELEASE);
		usleep(500);
	}
	for (int i = 0; i < 4; i++)
		EXITS(pids[i], 0);
	for (int i = 0; i < SIZE; i++)
		EQ(sh[i * PAGE], ROUNDS);
}

/* Threads that change the map, in ways of which a child must see the one side or the other. */
static char *area;			/* 64 pages, of which each thread has some */
static volatile int stop;

/* Pages 0 to 7: one after the other gets the next number. */
static void *
counts_up(void *arg)
{
	for (int n = 1; !stop; n++) {
		for (int i = 0; i < 8; i++)
			*(volatile int *)(area + i * PAGE) = n;
	}
	return arg;
}

/* Page 8 to page 20 and back, with what it holds. */
static void *
moves(void *arg)
{
	char *from = area + 8 * PAGE, *to = area + 20 * PAGE, *t;

	while (!stop) {
		CHECK(mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
		t = from, from = to, to = t;
	}
	return arg;
}

/* Pages 24 to 31: mapped anew, unmapped in parts, and written when they are there. */
static void *
maps(void *arg)
{
	char *p = area + 24 * PAGE;

	while (!stop) {
		CHECK(mmap(p, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
		for (int i = 0; i < 8; i++)
			p[i * PAGE] = 'b';
		CHECK(mprotect(p + 2 * PAGE, 3 * PAGE, PROT_READ) == 0);
		CHECK(munmap(p + 3 * PAGE, 2 * PAGE) == 0);
	}
	return arg;
}

/* Page 40 goes to no child; page 42 is emptied, kept from a child and given again, as one. */
static void *
advises(void *arg)
{
	char *page = area + 42 * PAGE;
	volatile char *p = page;

	while (!stop) {
		*p = 'w';
		CHECK(madvise(page, PAGE, MADV_DONTNEED) == 0);
		CHECK(madvise(page, PAGE, MADV_WIPEONFORK) == 0);
		for (volatile int i = 0; i < 2000; i++)
			*p = 's';		/* a secret while the advice is given */
		*p = 0;
		CHECK(madvise(page, PAGE, MADV_KEEPONFORK) == 0);
	}
	return arg;
}

static void
check_area(void)
{
	int last = *(volatile int *)area, here, there, v;

	for (int i = 1, first = last; i < 8; i++) {
		v = *(volatile int *)(area + i * PAGE);
		CHECK(v <= last && v >= first - 1);
		last = v;
	}
	here = peek(area + 8 * PAGE);
	there = peek(area + 20 * PAGE);
	CHECK((here == 'm' && there == -SIGSEGV) || (here == -SIGSEGV && there == 'm'));
	for (int i = 24; i < 32; i++) {
		v = peek(area + i * PAGE);
		CHECK(v == 0 || v == 'b' || v == -SIGSEGV);
	}
	EQ(peek(area + 40 * PAGE), -SIGSEGV);
	v = peek(area + 42 * PAGE);
	CHECK(v == 0 || v == 'w');
}

TEST("4 threads write, move, map and advise while a fifth forks: each child has one instant "
    "(VM-1 VM-3)")
{
	static void *(*const work[4])(void *) = { counts_up, moves, maps, advises };
	pthread_t t[4];
	pid_t pid;

	area = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area[8 * PAGE] = 'm';
	area[40 * PAGE] = 'x';
	EQ(munmap(area + 20 * PAGE, PAGE), 0);
	EQ(madvise(area + 40 * PAGE, PAGE, MADV_DONTFORK), 0);
	for (int i = 0; i < 4; i++)
		EQ(pthread_create(&t[i], NULL, work[i], NULL), 0);
	for (int i = 0; i < 400; i++) {
		if ((pid = child()) == 0) {
			check_area();
			if (i % 4 == 0) {	/* the child changes its map, too */
				EQ(munmap(area + 24 * PAGE, 16 * PAGE), 0);
				EQ(mprotect(area + 4 * PAGE, PAGE, PROT_READ), 0);
			}
			_exit(0);
		}
		EXITS(pid, 0);
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		EQ(pthread_join(t[i], NULL), 0);
}

TEST("each of a line of processes locks memory for itself (VM-4)")
{
	char *p = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	EQ(mlock(p, 4 * PAGE), 0);
	ERR(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	if ((pid = child()) == 0) {
		EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
		EQ(mlock(p + 2 * PAGE, 4 * PAGE), 0);
		ERR(madvise(p + 5 * PAGE, PAGE, MADV_DONTNEED), EINVAL);
		if ((pid = child()) == 0) {
			EQ(madvise(p, 8 * PAGE, MADV_DONTNEED), 0);
			_exit(0);
		}
		EXITS(pid, 0);
		EQ(munlockall(), 0);
		EQ(madvise(p, 8 * PAGE, MADV_DONTNEED), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	ERR(madvise(p + 3 * PAGE, PAGE, MADV_DONTNEED), EINVAL);
	EQ(madvise(p + 4 * PAGE, PAGE, MADV_DONTNEED), 0);
}

TAP_MAIN(60)
