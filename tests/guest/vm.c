/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: mmap and its kin, faults and their signals, copy on write, brk, advice, hostile
 * pointers.
 */
#include "tap.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#define PAGE 4096UL
#define RW (PROT_READ | PROT_WRITE)
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static char *
map(size_t pages, int prot)
{
	char *p = mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int
map_file(const char *name, size_t pages)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	char buf[PAGE];
	size_t i;

	CHECK(fd >= 0);
	for (i = 0; i < pages; i++) {
		memset(buf, 'A' + (int)i, PAGE);
		EQ(write(fd, buf, PAGE), PAGE);
	}
	return fd;
}

static sigjmp_buf fault_jump;
static volatile int fault_code, fault_sig;
static void *volatile fault_addr;

static void
on_fault(int sig, siginfo_t *si, void *uc __attribute__((unused)))
{
	fault_sig = sig;
	fault_code = si->si_code;
	fault_addr = si->si_addr;
	siglongjmp(fault_jump, 1);
}

/* The signal that reading (write = 0) or writing one byte gives, 0 for none. */
static int
touch(volatile char *p, int write)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	fault_sig = 0;
	if (sigsetjmp(fault_jump, 1) == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return fault_sig;
}

TEST("anonymous memory is zero, and keeps what is written")
{
	char *p = map(300, RW);
	size_t i;

	for (i = 0; i < 300 * PAGE; i += 512)
		EQ(p[i], 0);
	for (i = 0; i < 300; i++)
		p[i * PAGE + i] = (char)i;
	for (i = 0; i < 300; i++)
		EQ(p[i * PAGE + i], (char)i);
	EQ(munmap(p, 300 * PAGE), 0);
	EQ(touch(p, 0), SIGSEGV);
	EQ(fault_code, SEGV_MAPERR);
}

TEST("protection: each of none, read, write is enforced, with address and code")
{
	char *p = map(4, RW);

	EQ(mprotect(p, PAGE, PROT_NONE), 0);
	EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
	EQ(touch(p + 5, 0), SIGSEGV);
	EQ(fault_code, SEGV_ACCERR);
	CHECK(fault_addr == p + 5);
	EQ(touch(p + PAGE, 0), 0);
	EQ(touch(p + PAGE + 7, 1), SIGSEGV);
	EQ(fault_code, SEGV_ACCERR);
	CHECK(fault_addr == p + PAGE + 7);
	EQ(touch(p + 2 * PAGE, 1), 0);
	EQ(mprotect(p, 4 * PAGE, RW), 0);
	EQ(touch(p, 1), 0);
	EQ(touch(p + PAGE, 1), 0);
}

TEST("a right that was used is gone at once when it is taken away, and the page when it is unmapped")
{
	char *p = map(3, RW);

	EQ(touch(p, 1), 0);
	EQ(mprotect(p, PAGE, PROT_READ), 0);
	EQ(touch(p, 1), SIGSEGV);
	EQ(touch(p, 0), 0);
	EQ(mprotect(p, PAGE, PROT_NONE), 0);
	EQ(touch(p, 0), SIGSEGV);
	EQ(touch(p + PAGE, 1), 0);
	EQ(munmap(p + PAGE, PAGE), 0);
	EQ(touch(p + PAGE, 0), SIGSEGV);
	EQ(touch(p + 2 * PAGE, 1), 0);
	EQ(madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED), 0);
	EQ(p[2 * PAGE], 0);
}

static volatile long *spin_word;
static volatile int spin_sig;
static sigjmp_buf spin_jump;

static void
on_spin_fault(int sig, siginfo_t *si, void *uc)
{
	(void)si;
	(void)uc;
	spin_sig = sig;
	siglongjmp(spin_jump, 1);
}

static void *
spinner(void *arg)
{
	if (sigsetjmp(spin_jump, 1) == 0)
		for (;;)
			++*spin_word;
	return arg;
}

TEST("a right is gone on the other CPUs as well when mprotect returns")
{
	struct sigaction sa = { .sa_sigaction = on_spin_fault, .sa_flags = SA_SIGINFO };
	pthread_t t;
	long seen;

	spin_word = (volatile long *)map(1, RW);
	sigaction(SIGSEGV, &sa, NULL);
	EQ(pthread_create(&t, NULL, spinner, NULL), 0);
	while (*spin_word < 1000)
		usleep(1000);
	EQ(mprotect((void *)spin_word, PAGE, PROT_READ), 0);
	seen = *spin_word;
	usleep(20000);
	EQ(*spin_word, seen);
	EQ(pthread_join(t, NULL), 0);
	EQ(spin_sig, SIGSEGV);
}

TEST("mprotect: errnos, and data is kept")
{
	char *p = map(3, RW);

	strcpy(p, "kept");
	EQ(mprotect(p, PAGE, PROT_NONE), 0);
	EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK(strcmp(p, "kept") == 0);
	ERR(syscall(SYS_mprotect, p + 1, PAGE, RW), EINVAL);
	EQ(munmap(p + PAGE, PAGE), 0);
	ERR(mprotect(p, 3 * PAGE, RW), ENOMEM);
	ERR(syscall(SYS_mprotect, p, PAGE, 0x77777), EINVAL);
}

TEST("code in a page that may be executed runs; without x it is SIGSEGV")
{
	unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *p = map(1, RW);
	pid_t pid;

	memcpy(p, code, sizeof(code));
	if ((pid = child()) == 0)
		_exit(((int (*)(void))(uintptr_t)p)());
	KILLED(pid, SIGSEGV);
	EQ(mprotect(p, PAGE, PROT_READ | PROT_EXEC), 0);
	EQ(((int (*)(void))(uintptr_t)p)(), 42);
	EQ(touch(p, 1), SIGSEGV);
}

TEST("munmap of the middle leaves both ends")
{
	char *p = map(5, RW);

	memset(p, 'x', 5 * PAGE);
	EQ(munmap(p + PAGE, 2 * PAGE), 0);
	EQ(touch(p, 0), 0);
	EQ(touch(p + PAGE, 0), SIGSEGV);
	EQ(touch(p + 2 * PAGE, 0), SIGSEGV);
	EQ(touch(p + 3 * PAGE, 0), 0);
	EQ(p[3 * PAGE], 'x');
	EQ(munmap(p, 5 * PAGE), 0);
	EQ(munmap(p, 5 * PAGE), 0);
	ERR(munmap(p + 1, PAGE), EINVAL);
	ERR(munmap(p, 0), EINVAL);
	ERR(munmap((void *)0xffff800000000000, PAGE), EINVAL);
}

TEST("mmap: errnos")
{
	int fd = map_file("f", 1);

	OKERR(mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0, EINVAL,
	    "mmap of length 0: EINVAL");
	OKERR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0, EINVAL,
	    "mmap neither shared nor private: EINVAL");
	OKERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0) == MAP_FAILED ? -1 : 0, EBADF,
	    "mmap of a bad descriptor: EBADF");
	OKERR(syscall(SYS_mmap, NULL, PAGE, RW, MAP_PRIVATE, fd, 100), EINVAL,
	    "mmap with an odd offset: EINVAL");
	OKERR(mmap(NULL, 1UL << 60, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0,
	    ENOMEM, "mmap of 2^60 bytes: ENOMEM");
	OKERR(mmap((void *)0xffff800000000000, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	    -1, 0) == MAP_FAILED ? -1 : 0,
	    ENOMEM, "mmap fixed in the kernel: ENOMEM");
	OKERR(mmap((void *)0x10000001, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
	    0) == MAP_FAILED ? -1 : 0,
	    EINVAL, "mmap fixed at an odd address: EINVAL");
	OKERR(mmap(NULL, PAGE, RW, MAP_SHARED, open("f", O_RDONLY), 0) == MAP_FAILED ? -1 : 0,
	    EACCES,
	    "shared writable mapping of a read-only file: EACCES");
	OKERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open("f", O_WRONLY), 0) == MAP_FAILED ? -1 :
	    0, EACCES,
	    "mapping of a write-only file: EACCES");
	OKERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0) == MAP_FAILED ? -1 :
	    0, ENODEV,
	    "mapping of a folder: ENODEV");
}

TEST("MAP_FIXED replaces, a hint does not; FIXED_NOREPLACE refuses")
{
	char *p = map(3, RW), *q;

	memset(p, 'x', 3 * PAGE);
	q = mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED && q != p + PAGE);
	q = mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + PAGE);
	EQ(p[PAGE], 0);
	EQ(p[0], 'x');
	EQ(p[2 * PAGE], 'x');
	q = mmap(p, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1, 0);
	CHECK(q == MAP_FAILED && errno == EEXIST);
}

TEST("a private mapping of a file: reads it, writes stay one's own")
{
	int fd = map_file("f", 3);
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, PAGE), c;

	CHECK(p != MAP_FAILED);
	close(fd);
	EQ(p[0], 'B');
	EQ(p[PAGE], 'C');
	p[0] = 'x';
	EQ(p[1], 'B');
	fd = open("f", O_RDONLY);
	EQ(pread(fd, &c, 1, PAGE), 1);
	EQ(c, 'B');
}

TEST("a shared mapping and read, write see each other; two mappings too")
{
	int fd = map_file("f", 2);
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0),
	    *q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE), c;

	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	p[5] = 'x';
	EQ(pread(fd, &c, 1, 5), 1);
	EQ(c, 'x');
	EQ(pwrite(fd, "y", 1, PAGE + 9), 1);
	EQ(p[PAGE + 9], 'y');
	EQ(q[9], 'y');
	EQ(msync(p, 2 * PAGE, MS_SYNC), 0);
	EQ(unlink("f"), 0);
	close(fd);
	p[PAGE] = 'z';
	EQ(q[0], 'z');
}

TEST("beyond the end of the file: zeros in the last page, SIGBUS after it")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char *p;

	EQ(write(fd, "abc", 3), 3);
	p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
	EQ(p[2], 'c');
	EQ(p[3], 0);
	EQ(p[PAGE - 1], 0);
	EQ(touch(p + PAGE, 0), SIGBUS);
	EQ(fault_code, BUS_ADRERR);
	EQ(ftruncate(fd, 2 * PAGE), 0);
	EQ(touch(p + PAGE, 0), 0);
	EQ(ftruncate(fd, 1), 0);
	EQ(touch(p + PAGE, 0), SIGBUS);
	EQ(p[2], 0);
}

TEST("shared anonymous memory is shared through fork, private is not (VM-1)")
{
	char *s = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *p = map(1, RW);
	pid_t pid;

	s[0] = 'a', p[0] = 'a';
	if ((pid = child()) == 0) {
		EQ(s[0], 'a');
		s[0] = 'b', p[0] = 'b';
		s[PAGE] = 'c';
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(s[0], 'b');
	EQ(s[PAGE], 'c');
	EQ(p[0], 'a');
}

TEST("a shared counter: 4 processes add atomically (VM-3)")
{
	volatile int *n = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[4];
	int i, j;

	for (i = 0; i < 4; i++)
		if ((pid[i] = child()) == 0) {
			for (j = 0; j < 20000; j++)
				__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	for (i = 0; i < 4; i++)
		EXITS(pid[i], 0);
	EQ(*n, 80000);
}

TEST("copy on write: parent and child write all 128 pages both ways (VM-3)")
{
	char *p = map(128, RW);
	struct gate g = gate_make();
	size_t i;
	pid_t pid;

	memset(p, 1, 128 * PAGE);
	if ((pid = child()) == 0) {
		for (i = 0; i < 128; i += 2)
			p[i * PAGE] = 2;
		gate_pass(&g);
		for (i = 0; i < 128; i++)
			EQ(p[i * PAGE], i % 2 ? 1 : 2);
		_exit(0);
	}
	for (i = 0; i < 128; i += 3)
		p[i * PAGE + 8] = 3;
	gate_open(&g);
	EXITS(pid, 0);
	for (i = 0; i < 128; i++) {
		EQ(p[i * PAGE], 1);
		EQ(p[i * PAGE + 8], i % 3 ? 1 : 3);
	}
}

TEST("copy on write by the kernel's writes: read(2) into a shared private page (VM-3)")
{
	char *p = map(2, RW);
	int fd[2];
	pid_t pid;

	strcpy(p + PAGE - 3, "before");
	EQ(pipe(fd), 0);
	if ((pid = child()) == 0) {
		EQ(write(fd[1], "child!", 6), 6);
		EQ(read(fd[0], p + PAGE - 3, 6), 6);
		CHECK(memcmp(p + PAGE - 3, "child!", 6) == 0);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(memcmp(p + PAGE - 3, "before", 6) == 0);
}

TEST("the last owner writes in place: grandchildren come and go (VM-3)")
{
	char *p = map(16, RW);
	int round;
	size_t i;
	pid_t pid;

	for (round = 0; round < 30; round++) {
		memset(p, round, 16 * PAGE);
		if ((pid = child()) == 0) {
			for (i = 0; i < 16; i++)
				EQ(p[i * PAGE + 77], round);
			memset(p, 99, 16 * PAGE);
			_exit(0);
		}
		p[0] = 55;
		EXITS(pid, 0);
		EQ(p[0], 55);
		for (i = 1; i < 16; i++)
			EQ(p[i * PAGE], round);
	}
}

TEST("protections and holes are inherited (VM-4)")
{
	char *p = map(4, RW);
	pid_t pid;

	EQ(mprotect(p, PAGE, PROT_READ), 0);
	EQ(munmap(p + PAGE, PAGE), 0);
	EQ(mprotect(p + 2 * PAGE, PAGE, PROT_NONE), 0);
	if ((pid = child()) == 0) {
		EQ(touch(p, 1), SIGSEGV);
		EQ(touch(p + PAGE, 0), SIGSEGV);
		EQ(touch(p + 2 * PAGE, 0), SIGSEGV);
		EQ(touch(p + 3 * PAGE, 1), 0);
		EQ(munmap(p, 4 * PAGE), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(touch(p, 0), 0);
	EQ(touch(p + 3 * PAGE, 0), 0);
}

TEST("MADV_DONTFORK is absent, MADV_WIPEONFORK is zero in the child (VM-1)")
{
	char *p = map(1, RW), *q = map(1, RW);
	pid_t pid;

	p[0] = q[0] = 'x';
	EQ(madvise(p, PAGE, MADV_DONTFORK), 0);
	EQ(madvise(q, PAGE, MADV_WIPEONFORK), 0);
	if ((pid = child()) == 0) {
		EQ(touch(p, 0), SIGSEGV);
		EQ(q[0], 0);
		q[0] = 'y';
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(p[0], 'x');
	EQ(q[0], 'x');
	EQ(madvise(p, PAGE, MADV_DOFORK), 0);
	if ((pid = child()) == 0) {
		EQ(p[0], 'x');
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("MADV_DONTNEED: anonymous memory is zero again, a file's is the file's")
{
	int fd = map_file("f", 1);
	char *p = map(2, RW), *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);

	memset(p, 'x', 2 * PAGE);
	EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
	EQ(p[0], 0);
	EQ(p[PAGE], 'x');
	q[0] = 'y';
	EQ(madvise(q, PAGE, MADV_DONTNEED), 0);
	EQ(q[0], 'A');
	ERR(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	ERR(madvise(p, PAGE, 9999), EINVAL);
	EQ(madvise(p, PAGE, MADV_WILLNEED), 0);
	EQ(munmap(p + PAGE, PAGE), 0);
	ERR(madvise(p, 2 * PAGE, MADV_DONTNEED), ENOMEM);
}

TEST("mremap: grow in place or move, shrink, errnos; data goes along")
{
	char *p = map(2, RW), *q, *wall;

	strcpy(p, "first");
	strcpy(p + PAGE, "second");
	wall = mmap(p + 2 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(wall != MAP_FAILED);
	q = mremap(p, 2 * PAGE, PAGE, 0);
	CHECK(q == p);
	EQ(touch(p + PAGE, 0), SIGSEGV);
	q = mremap(p, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK(strcmp(q, "first") == 0);
	EQ(q[63 * PAGE], 0);
	q[63 * PAGE] = 'x';
	p = map(80, PROT_NONE);
	p = mremap(q, 64 * PAGE, 64 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p);
	CHECK(p != MAP_FAILED);
	CHECK(strcmp(p, "first") == 0);
	EQ(p[63 * PAGE], 'x');
	EQ(touch(q, 0), SIGSEGV);
	CHECK(mremap(p + 1, PAGE, PAGE, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(q, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	CHECK(mremap(p, PAGE, 2 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
}

TEST("brk: grows with zeros, shrinks, the memory is gone")
{
	char *start = (char *)syscall(SYS_brk, 0), *end;

	CHECK(start != NULL);
	end = (char *)syscall(SYS_brk, start + 10 * PAGE);
	CHECK(end == start + 10 * PAGE);
	EQ(start[9 * PAGE], 0);
	memset(start, 'x', 10 * PAGE);
	CHECK((char *)syscall(SYS_brk, start + 5) == start + 5);
	char *gone = (char *)(((uintptr_t)start + 5 + PAGE - 1) & ~(PAGE - 1));
	EQ(touch(gone, 0), SIGSEGV);
	CHECK((char *)syscall(SYS_brk, start + 10 * PAGE) == end);
	EQ(gone[0], 0);
	CHECK((char *)syscall(SYS_brk, 8) == end);
}

static int __attribute__((noinline))
deep(int n)
{
	volatile char frame[3000];

	frame[0] = (char)n;
	if (n == 0)
		return 0;
	return deep(n - 1) + (frame[0] == (char)n);
}

TEST("the stack grows on demand to 6 MiB")
{
	EQ(deep(2000), 2000);
}

TEST("RLIMIT_STACK ends its growth: SIGSEGV")
{
	struct rlimit rl = { 256 << 10, 256 << 10 };
	pid_t pid = child();

	if (pid == 0) {
		setrlimit(RLIMIT_STACK, &rl);
		_exit(deep(2000) == 2000 ? 0 : 1);
	}
	KILLED(pid, SIGSEGV);
}

TEST("RLIMIT_AS and RLIMIT_DATA: ENOMEM")
{
	struct rlimit rl = { 64 << 20, 64 << 20 };
	pid_t pid = child();

	if (pid == 0) {
		EQ(setrlimit(RLIMIT_AS, &rl), 0);
		CHECK(mmap(NULL, 100 << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
		    errno == ENOMEM);
		CHECK(mmap(NULL, 10 << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("a large mapping costs nothing until it is touched")
{
	char *p = mmap(NULL, 64UL << 30, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pid_t pid;

	CHECK(p != MAP_FAILED);
	p[0] = 1;
	p[(32UL << 30) + 5] = 2;
	p[(64UL << 30) - 1] = 3;
	if ((pid = child()) == 0) {
		EQ(p[(32UL << 30) + 5], 2);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(munmap(p, 64UL << 30), 0);
}

TEST("2,000 separate mappings, unmapped in another order, and fork among them")
{
	static char *p[2000];
	pid_t pid;
	int i;

	for (i = 0; i < 2000; i++) {
		p[i] = map(2, i % 2 ? RW : PROT_READ);
		if (i % 2)
			p[i][0] = (char)i;
	}
	if ((pid = child()) == 0) {
		for (i = 1; i < 2000; i += 2)
			EQ(p[i][0], (char)i);
		_exit(0);
	}
	EXITS(pid, 0);
	for (i = 0; i < 2000; i++)
		EQ(munmap(p[(i * 7) % 2000], 2 * PAGE), 0);
	EQ(touch(p[5], 0), SIGSEGV);
}

TEST("mincore, mlock and munlock are there or honestly absent")
{
	char *p = map(2, RW);
	unsigned char v[2];

	p[0] = 1;
	if (mincore(p, 2 * PAGE, v) == 0)
		EQ(v[0] & 1, 1);
	else
		EQ(errno, ENOSYS);
	CHECK(mlock(p, PAGE) == 0 || errno == ENOSYS || errno == ENOMEM || errno == EPERM);
	CHECK(munlock(p, PAGE) == 0 || errno == ENOSYS);
}

/* Calls that take a pointer: each with hostile ones. None may succeed, none may kill. */
TEST("hostile pointers to many calls: EFAULT")
{
	static void *const bad[] = { (void *)8, (void *)0x7ffffffff000, (void *)0x800000000000,
	    (void *)0x8000000000000000,
	    (void *)0xffff800000000000, (void *)0xffffffff80000000, (void *)-8L };
	int fd = map_file("f", 1), pfd[2], n = (int)(sizeof(bad) / sizeof(bad[0])), i;

	EQ(pipe(pfd), 0);
	EQ(write(pfd[1], "0123456789", 10), 10);
#define HOSTILE(name, ...) do {								\
	int good = 0;									\
	for (i = 0; i < n; i++) {							\
		void *b = bad[i];							\
		errno = 0;								\
		lseek(fd, 0, SEEK_SET);							\
		if (syscall(name, __VA_ARGS__) == -1 && errno == EFAULT)		\
			good++;								\
		else									\
			tap_say("# %p: %s\n", b, tap_errno_name(errno));		\
	}										\
	OK(good == n, #name " refuses %d hostile pointers", n);				\
} while (0)
	HOSTILE(SYS_read, fd, b, 100);
	HOSTILE(SYS_write, pfd[1], b, 100);
	HOSTILE(SYS_pread64, fd, b, 100, 0);
	HOSTILE(SYS_pwrite64, fd, b, 100, 0);
	HOSTILE(SYS_readv, fd, b, 1);
	HOSTILE(SYS_writev, fd, b, 1);
	HOSTILE(SYS_open, b, O_RDONLY);
	HOSTILE(SYS_openat, AT_FDCWD, b, O_RDONLY);
	HOSTILE(SYS_stat, b, b);
	HOSTILE(SYS_stat, "f", b);
	HOSTILE(SYS_lstat, "f", b);
	HOSTILE(SYS_fstat, fd, b);
	HOSTILE(SYS_newfstatat, AT_FDCWD, "f", b, 0);
	HOSTILE(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, b);
	HOSTILE(SYS_statfs, "f", b);
	HOSTILE(SYS_access, b, 0);
	HOSTILE(SYS_chdir, b);
	HOSTILE(SYS_mkdir, b, 0755);
	HOSTILE(SYS_rmdir, b);
	HOSTILE(SYS_unlink, b);
	HOSTILE(SYS_rename, "f", b);
	HOSTILE(SYS_link, b, "x");
	HOSTILE(SYS_symlink, b, "x");
	HOSTILE(SYS_readlink, "/proc/self/exe", b, 100);
	HOSTILE(SYS_chmod, b, 0644);
	HOSTILE(SYS_chown, b, 0, 0);
	HOSTILE(SYS_truncate, b, 0);
	HOSTILE(SYS_utimensat, AT_FDCWD, "f", b, 0);
	HOSTILE(SYS_getdents64, open(".", O_RDONLY), b, 4096);
	HOSTILE(SYS_getcwd, b, 4096);
	HOSTILE(SYS_pipe, b);
	HOSTILE(SYS_poll, b, 1, 0);
	HOSTILE(SYS_ioctl, pfd[0], 0x541b, b);
	HOSTILE(SYS_rt_sigaction, SIGUSR1, b, NULL, 8);
	HOSTILE(SYS_rt_sigaction, SIGUSR1, NULL, b, 8);
	HOSTILE(SYS_rt_sigprocmask, SIG_BLOCK, b, NULL, 8);
	HOSTILE(SYS_rt_sigpending, b, 8);
	HOSTILE(SYS_sigaltstack, b, NULL);
	HOSTILE(SYS_nanosleep, b, NULL);
	HOSTILE(SYS_clock_gettime, CLOCK_MONOTONIC, b);
	HOSTILE(SYS_getitimer, 0, b);
	HOSTILE(SYS_setitimer, 0, b, NULL);
	HOSTILE(SYS_getrlimit, RLIMIT_NOFILE, b);
	HOSTILE(SYS_setrlimit, RLIMIT_NOFILE, b);
	HOSTILE(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, b);
	HOSTILE(SYS_getrusage, 0, b);
	HOSTILE(SYS_times, b);
	HOSTILE(SYS_uname, b);
	HOSTILE(SYS_sysinfo, b);
	HOSTILE(SYS_getrandom, b, 16, 0);
	HOSTILE(SYS_execve, b, NULL, NULL);
	HOSTILE(SYS_getresuid, b, b, b);
}

TEST("a string that ends at the end of its page, before nothing, is read whole")
{
	char *p = map(2, RW);
	struct stat st;

	EQ(munmap(p + PAGE, PAGE), 0);
	memcpy(p + PAGE - 10, "/dev/null", 10);
	EQ(stat(p + PAGE - 10, &st), 0);
	memcpy(p + PAGE - 9, "/dev/null", 9);
	ERR(stat(p + PAGE - 9, &st), EFAULT);
}

TEST("memory of dead processes is given back: 200 children with 4 MiB each (INV-6)")
{
	pid_t pid;
	int i;

	for (i = 0; i < 200; i++) {
		if ((pid = child()) == 0) {
			char *p = map(1024, RW);

			for (size_t j = 0; j < 1024; j += i % 7 + 1)
				p[j * PAGE] = 1;
			_exit(0);
		}
		EXITS(pid, 0);
	}
}

TEST("process_vm and ptrace-less access: reading /proc/self/mem or its honest absence")
{
	static const char text[] = "find me";
	char buf[8];
	int fd = open("/proc/self/mem", O_RDONLY);

	if (fd < 0)
		SKIP("no /proc/self/mem");
	EQ(pread(fd, buf, 8, (off_t)(uintptr_t)text), 8);
	CHECK(memcmp(buf, text, 8) == 0);
}

TAP_MAIN(30)
