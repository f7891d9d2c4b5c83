/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fork against everything that changes memory at the same time: sibling threads that write, map,
 * unmap, protect, move and drop; and fork of huge pages, of which each side changes parts.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

#include "points.h"

#define PAGE	4096ul
#define HUGE	(512 * PAGE)

/* ---- Siblings that change the map ---- */

#define THREADS		4
#define ARENA_PAGES	32ul

/*
 * What a thread writes: first, then second, which is two huge pages away. In any instant, second
 * is what first is, or one less.
 */
struct counter {
	volatile long	 first;
	char		 away[2 * HUGE];
	volatile long	 second;
	char		 rest[64];
};

static struct counter *counters;
static volatile int stop, wrong;

static void
fill(volatile char *p, size_t pages, char b)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = b;
}

static int
all(const volatile char *p, size_t pages, char b)
{
	for (size_t i = 0; i < pages; i++) {
		if (p[i * PAGE] != b)
			return 0;
	}
	return 1;
}

/* One round of changes to an arena of the thread's own; where it is afterwards, null: a failure. */
static char *
change_map(char *p, char b)
{
	char *q;

	if (mmap(p, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != p || !all(p, ARENA_PAGES, 0))
		return NULL;
	fill(p, ARENA_PAGES, b);
	if (mprotect(p + 4 * PAGE, 8 * PAGE, PROT_READ) != 0 || !all(p, ARENA_PAGES, b) ||
	    mprotect(p + 4 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	fill(p + 4 * PAGE, 8, (char)(b + 1));
	if (madvise(p + 16 * PAGE, 4 * PAGE, MADV_DONTNEED) != 0 || !all(p + 16 * PAGE, 4, 0) ||
	    !all(p + 4 * PAGE, 8, (char)(b + 1)) || !all(p, 4, b))
		return NULL;
	if (munmap(p + 24 * PAGE, 8 * PAGE) != 0)
		return NULL;
	q = mremap(p, 24 * PAGE, ARENA_PAGES * PAGE, MREMAP_MAYMOVE);
	if (q == MAP_FAILED || !all(q + 4 * PAGE, 8, (char)(b + 1)) || !all(q, 4, b) ||
	    !all(q + 24 * PAGE, 8, 0))
		return NULL;
	return q;
}

static void *
changer(void *arg)
{
	struct counter *c = arg;
	char *p = mmap(NULL, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (long n = 1; !stop && p != NULL && p != MAP_FAILED; n++) {
		c->first = n;
		c->second = n;
		if (n % 16 == 0)
			p = change_map(p, (char)n);
	}
	if (p == NULL || p == MAP_FAILED)
		wrong = 1;
	return NULL;
}

/* In a child: what it sees is one instant, stays as it is, and is its own. */
static int
examine(void)
{
	long first[THREADS];

	for (int i = 0; i < THREADS; i++) {
		first[i] = counters[i].first;
		if (first[i] != counters[i].second && first[i] != counters[i].second + 1)
			return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		if (counters[i].first != first[i])
			return 2;
		counters[i].first = counters[i].second = -1;
	}
	for (int i = 0; i < THREADS; i++) {
		if (counters[i].first != -1 || counters[i].second != -1)
			return 3;
	}
	return 0;
}

TEST("four threads write, map, unmap, protect, move and drop while another forks 400 times: each "
    "child sees one instant (VM-3)")
{
	pthread_t t[THREADS];

	counters = mmap(NULL, sizeof(*counters) * THREADS, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(counters != MAP_FAILED);
	for (int i = 0; i < THREADS; i++)
		EQ(pthread_create(&t[i], NULL, changer, &counters[i]), 0);
	for (int i = 0; i < 400; i++) {
		pid_t pid = child();

		if (pid == 0)
			_exit(examine());
		EXITS(pid, 0);
	}
	stop = 1;
	for (int i = 0; i < THREADS; i++)
		EQ(pthread_join(t[i], NULL), 0);
	EQ(wrong, 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(counters[i].first > 0);
}

/* ---- Parts of huge pages ---- */

#define PAGES	(8 * 512ul)

static char *area;

static char
value(size_t page)
{
	return (char)(page * 7 + page / 512 + 1);
}

static int
untouched(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (((volatile char *)area)[i * PAGE] != value(i))
			return 0;
	}
	return 1;
}

/* Does something to a part of each huge page but the first two and the last; 0 if all is right. */
static int
cut_up(void)
{
	const size_t h = 512;
	char *q;

	area[(2 * h + 5) * PAGE] = 'w';
	if (!untouched(2 * h, 2 * h + 5) || !untouched(2 * h + 6, 3 * h))
		return 1;
	if (mprotect(area + (3 * h + 100) * PAGE, 50 * PAGE, PROT_READ) != 0 ||
	    !untouched(3 * h, 4 * h))
		return 2;
	area[(3 * h + 99) * PAGE] = area[(3 * h + 150) * PAGE] = 'p';
	if (!untouched(3 * h, 3 * h + 99) || !untouched(3 * h + 100, 3 * h + 150))
		return 3;
	if (munmap(area + (4 * h + 10) * PAGE, 20 * PAGE) != 0 ||
	    !untouched(4 * h, 4 * h + 10) || !untouched(4 * h + 30, 5 * h))
		return 4;
	if (madvise(area + (5 * h + 256) * PAGE, 256 * PAGE, MADV_DONTNEED) != 0 ||
	    !untouched(5 * h, 5 * h + 256) || !all(area + (5 * h + 256) * PAGE, 256, 0))
		return 5;
	q = mremap(area + (6 * h + 200) * PAGE, 100 * PAGE, 100 * PAGE,
	    MREMAP_MAYMOVE | MREMAP_FIXED, area + PAGES * PAGE);
	if (q != area + PAGES * PAGE || !untouched(6 * h, 6 * h + 200) ||
	    !untouched(6 * h + 300, 7 * h))
		return 6;
	for (size_t i = 0; i < 100; i++) {
		if (q[i * PAGE] != value(6 * h + 200 + i))
			return 7;
	}
	return untouched(0, 2 * h) && untouched(7 * h, 8 * h) ? 0 : 8;
}

TEST("16 MiB written in sequence: child after child, then the parent, changes parts of its huge "
    "pages, and nobody else's (VM-1 VM-3)")
{
	char *p = mmap(NULL, (PAGES + 100) * PAGE + HUGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	area = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	EQ(munmap(area + PAGES * PAGE, 100 * PAGE), 0);
	for (size_t i = 0; i < PAGES; i++)
		area[i * PAGE] = value(i);
	for (int i = 0; i < 4; i++) {
		pid_t pid = child(), grandchild;

		if (pid == 0) {
			if (i % 2 == 0)
				_exit(cut_up());
			/* Two at a time, the second from the first's remains. */
			area[(2 * 512 + 6) * PAGE] = 'x';
			if ((grandchild = child()) == 0) {
				area[(2 * 512 + 6) * PAGE] = value(2 * 512 + 6);
				_exit(cut_up());
			}
			EXITS(grandchild, 0);
			_exit(untouched(0, 2 * 512 + 6) && untouched(2 * 512 + 7, PAGES) ? 0 : 9);
		}
		EXITS(pid, 0);
		CHECK(untouched(0, PAGES));
	}
	EQ(cut_up(), 0);
}

/* ---- Memory that runs out ---- */

/* The log's last word of a death by want of memory names pid, command, uid and size. */
static int
log_tells(pid_t pid)
{
	static char text[1 << 16];
	char want[64], *at;
	unsigned uid;
	unsigned long long mapped, resident;

	snprintf(want, sizeof(want), "killed pid %d (forkmap), ", (int)pid);
	if (read_file("/proc/bident/klog", text, sizeof(text)) <= 0 ||
	    (at = strstr(text, want)) == NULL)
		return 0;
	return sscanf(at + strlen(want), "uid %u, %llu KiB mapped, %llu resident", &uid, &mapped,
	    &resident) == 3 && uid == 4711 && mapped >= 16 * 4 && resident >= 16 * 4;
}

TEST("each allocation of the first write after a fork fails in turn: the writer alone ends, the log "
    "says whose memory ran out, and nobody else sees a thing (VM-5)")
{
	/* Far from all else: with page tables of its own. */
	volatile char *mem = mmap((void *)0x100000000000, 16 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	volatile int *go = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	int killed = 0, lived = 0;

	point_need("fail");
	CHECK(mem != MAP_FAILED && go != MAP_FAILED);
	fill(mem, 16, 'a');
	for (int n = 1; !lived && n < 20; n++) {
		int status;
		pid_t pid;

		*go = 0;
		if ((pid = child()) == 0) {
			EQ(setuid(4711), 0);
			*go = 1;
			while (*go == 1)
				;
			mem[3 * PAGE] = 'b';
			_exit(!all(mem, 3, 'a') || mem[3 * PAGE] != 'b' ||
			    !all(mem + 4 * PAGE, 12, 'a'));
		}
		CHECK(SOON(*go == 1, 3000));
		FAIL("mem.*:%d pid=%d", n, pid);
		*go = 2;
		EQ(waitpid(pid, &status, 0), pid);
		FAIL("clear");
		CHECK(all(mem, 16, 'a'));
		if (WIFSIGNALED(status)) {
			EQ(WTERMSIG(status), SIGKILL);
			CHECK(log_tells(pid));
			killed++;
		} else {
			EQ(status, 0);
			lived = 1;
		}
	}
	CHECK(killed >= 4 && lived);	/* three tables, and the page */
}

TAP_MAIN(120)
