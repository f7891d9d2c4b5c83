/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: mmap, mprotect, minherit over fork. */
#include "nb.h"

#define INHERIT_SHARE 0
#define INHERIT_COPY 1
#define INHERIT_NONE 2
#define INHERIT_ZERO 4
#define PAGE 4096

static volatile char *
pages(int n, int flags)
{
	char *p = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANON, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* What the child reads, and what the parent reads after the child wrote 9. */
static void
over_fork(volatile char *p, int child_reads, int parent_reads)
{
	pid_t pid = fork();

	if (pid == 0) {
		EQ(*p, child_reads);
		*p = 9;
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(*p, parent_reads);
}

TEST("minherit: copy, share, none, zero over fork (VM-1)")
{
	volatile char *p = pages(8, MAP_PRIVATE);
	pid_t pid;

	for (int i = 0; i < 8; i++)
		p[i * PAGE] = (char)(i + 1);
	EQ(CALL(SYS_minherit, p, PAGE, INHERIT_COPY), 0);
	EQ(CALL(SYS_minherit, p + PAGE, PAGE, INHERIT_SHARE), 0);
	EQ(CALL(SYS_minherit, p + 2 * PAGE, PAGE, INHERIT_NONE), 0);
	EQ(CALL(SYS_minherit, p + 3 * PAGE, PAGE, INHERIT_ZERO), 0);
	over_fork(p, 1, 1);
	over_fork(p + PAGE, 2, 9);
	over_fork(p + 3 * PAGE, 0, 4);
	over_fork(p + 4 * PAGE, 5, 5);
	if ((pid = fork()) == 0) {
		char c = p[2 * PAGE];

		_exit(c);
	}
	KILLED(pid, SIGSEGV);
	EQ(p[2 * PAGE], 3);
}

TEST("inherit-share: pages that are touched only later are shared too, and grandchildren "
    "share (VM-1 VM-3)")
{
	volatile char *p = pages(4, MAP_PRIVATE);
	pid_t pid;

	p[0] = 1;
	EQ(CALL(SYS_minherit, p, 4 * PAGE, INHERIT_SHARE), 0);
	if ((pid = fork()) == 0) {
		pid_t inner;

		p[PAGE] = 2;
		if ((inner = fork()) == 0) {
			EQ(p[0], 1);
			EQ(p[PAGE], 2);
			p[2 * PAGE] = 3;
			_exit(0);
		}
		EXITS(inner, 0);
		EQ(p[2 * PAGE], 3);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(p[PAGE], 2);
	EQ(p[2 * PAGE], 3);
	EQ(p[3 * PAGE], 0);
}

TEST("minherit: copy after share: the first child shares, the second has what was there at its "
    "fork (VM-1)")
{
	volatile char *p = pages(4, MAP_PRIVATE), *s = pages(2, MAP_SHARED);
	int to[2], from[2];
	pid_t first, second;
	char c;

	EQ(nb_pipe(to), 0);
	EQ(nb_pipe(from), 0);
	p[0] = 1, p[PAGE] = 2, s[0] = 3;
	EQ(CALL(SYS_minherit, p, 4 * PAGE, INHERIT_SHARE), 0);
	if ((first = fork()) == 0) {
		p[0] = 11;
		EQ(write(from[1], "x", 1), 1);
		EQ(read(to[0], &c, 1), 1);
		EQ(p[PAGE], 12);		/* of the parent, still */
		EQ(p[2 * PAGE], 0);
		_exit(0);
	}
	EQ(read(from[0], &c, 1), 1);
	EQ(CALL(SYS_minherit, p, 4 * PAGE, INHERIT_COPY), 0);
	EQ(CALL(SYS_minherit, s, PAGE, INHERIT_COPY), 0);
	EQ(CALL(SYS_minherit, s + PAGE, PAGE, INHERIT_ZERO), 0);
	s[PAGE] = 4;
	if ((second = fork()) == 0) {
		pid_t third;

		EQ(read(to[0], &c, 1), 1);
		EQ(p[0], 11);
		EQ(p[PAGE], 2);
		EQ(s[0], 3);
		EQ(s[PAGE], 0);
		p[2 * PAGE] = 13, s[0] = 14, s[PAGE] = 15;
		if ((third = fork()) == 0) {	/* private by now, like any memory */
			EQ(p[2 * PAGE], 13);
			p[2 * PAGE] = 16;
			_exit(0);
		}
		EXITS(third, 0);
		EQ(p[2 * PAGE], 13);
		_exit(0);
	}
	p[PAGE] = 12, s[0] = 5;
	EQ(write(to[1], "xx", 2), 2);
	EXITS(first, 0);
	EXITS(second, 0);
	EQ(p[2 * PAGE], 0);
	EQ(s[0], 5);
	EQ(s[PAGE], 4);
}

TEST("what is zeroed in a child keeps its protection, and is zeroed in a grandchild (VM-4)")
{
	volatile char *s = pages(2, MAP_SHARED);
	pid_t pid;

	s[0] = 1, s[PAGE] = 2;
	EQ(CALL(SYS_minherit, s, 2 * PAGE, INHERIT_ZERO), 0);
	EQ(CALL(SYS_mprotect, s + PAGE, PAGE, PROT_READ), 0);
	if ((pid = fork()) == 0) {
		EQ(s[0], 0);
		EQ(s[PAGE], 0);
		s[0] = 5;
		over_fork(s, 0, 5);
		s[PAGE] = 6;
		_exit(1);
	}
	KILLED(pid, SIGSEGV);
	EQ(s[0], 1);
	EQ(s[PAGE], 2);
}

TEST("minherit refuses what is no inheritance (VM-1)")
{
	volatile char *p = pages(1, MAP_PRIVATE);

	ERR(CALL(SYS_minherit, p, PAGE, 3), NB_EINVAL);
	ERR(CALL(SYS_minherit, p, PAGE, 5), NB_EINVAL);
	ERR(CALL(SYS_minherit, p, PAGE, -1), NB_EINVAL);
}

TEST("shared mappings stay shared, private ones are copies both ways (VM-1 VM-3)")
{
	volatile char *s = pages(1, MAP_SHARED), *p = pages(1, MAP_PRIVATE);

	over_fork(s, 0, 9);
	over_fork(p, 0, 0);
}

TEST("mmap: fixed, hint, file, offset on the stack; munmap and mprotect")
{
	volatile char *p = pages(3, MAP_PRIVATE);
	char *q;
	int fd;

	q = mmap((void *)(p + PAGE), PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANON, -1, 0);
	EQ(q, p + PAGE);
	EQ(CALL(SYS_mprotect, q, PAGE, PROT_READ | PROT_WRITE), 0);
	*q = 1;
	EQ(CALL(SYS_munmap, p, 3 * PAGE), 0);
	fd = (int)CALL(SYS_open, nb_self, O_RDONLY, 0);
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(q != MAP_FAILED && q[1] == 'E' && q[2] == 'L');
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
	CHECK(q != MAP_FAILED);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 5) == MAP_FAILED && errno == NB_EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == NB_EBADF);
}

TEST("without PaX flags memory may be writable and executable (NEW-28)")
{
	volatile char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANON, -1, 0);

	CHECK(p != MAP_FAILED);
	p[0] = (char)0xc3;
	((void (*)(void))p)();
}

NB_MAIN(30)
