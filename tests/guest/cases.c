/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went wrong in other kernels where processes are made: each test produces the sequence of
 * one known bug. Those that another program of ours covers already (vfork storms, stale
 * identities, set-id sharing) are not repeated here.
 */
#include "points.h"
#include <pthread.h>
#include <sys/resource.h>
#include <ucontext.h>

static uint32_t
random_next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	return *x ^= *x << 5;
}

/* --- shared pages over copies of copies (CVE-2021-29626) --- */

#define TREE_PAGES	32
#define TREE_DEPTH	6

struct tree_page {
	volatile uint64_t	t_stamp;
	char			t_rest[4096 - 8];
};

static struct tree_page *tree_shared, *tree_private;

/* One member of the tree: writes, forks one more, looks whether its own copy is still its own. */
static void
tree_member(int depth, uint32_t seed)
{
	uint64_t mine = (uint64_t)depth << 32 | (uint32_t)getpid();

	for (int round = 0; round < 3; round++) {
		pid_t kid = -1;

		for (int i = 0; i < TREE_PAGES; i++)
			if (random_next(&seed) % 2 == 0)
				tree_private[i].t_stamp = mine + (uint64_t)i;
		if (depth < TREE_DEPTH && (kid = child()) == 0) {
			tree_member(depth + 1, seed * 31 + (uint32_t)round);
			_exit(0);
		}
		__atomic_add_fetch(&tree_shared[round % TREE_PAGES].t_stamp, 1, __ATOMIC_SEQ_CST);
		/*
		 * A page given back and taken again is empty, whoever else has its former
		 * contents.
		 */
		EQ(madvise(&tree_private[round], 4096, MADV_DONTNEED), 0);
		EQ(tree_private[round].t_stamp, 0);
		for (int i = 3; i < TREE_PAGES; i++) {
			tree_private[i].t_stamp = mine + (uint64_t)i;
			EQ(tree_private[i].t_stamp, mine + (uint64_t)i);
		}
		if (kid > 0)
			EXITS(kid, 0);
		for (int i = 3; i < TREE_PAGES; i++)
			EQ(tree_private[i].t_stamp, mine + (uint64_t)i);
	}
}

TEST("six generations write, drop and share pages: each keeps its own copy, the shared ones are one (VM-1 VM-3 INV-6)")
{
	uint64_t sum = 0;
	pid_t kid;

	tree_shared = mmap(NULL, TREE_PAGES * 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tree_private = mmap(NULL, TREE_PAGES * 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(tree_shared != MAP_FAILED && tree_private != MAP_FAILED);
	for (int i = 0; i < TREE_PAGES; i++)
		tree_private[i].t_stamp = 77;
	if ((kid = child()) == 0) {
		tree_member(1, 4711);
		_exit(0);
	}
	EXITS(kid, 0);
	for (int i = 0; i < TREE_PAGES; i++) {
		EQ(tree_private[i].t_stamp, 77);
		sum += tree_shared[i].t_stamp;
	}
	/* 3 rounds by each of 1 + 3 + 9 + ... + 243 members. */
	EQ(sum, 3 * (1 + 3 + 9 + 27 + 81 + 243));
}

/* --- the kernel writes for the user into a page that is being taken away (CVE-2016-5195) --- */

static char *cow_page;
static volatile int cow_stop;

static void *
cow_dropper(void *arg)
{
	(void)arg;
	while (!cow_stop)
		(void)madvise(cow_page, 4096, MADV_DONTNEED);
	return NULL;
}

TEST("read(2) into a private page of a read-only file, while another thread drops it: the file keeps its contents (VM-3)")
{
	char was[64] = "this was here before", is[64] = "";
	int file, zero, i;
	pthread_t t;

	CHECK((file = open("cow", O_RDWR | O_CREAT, 0600)) >= 0);
	EQ(write(file, was, sizeof(was)), sizeof(was));
	EQ(ftruncate(file, 4096), 0);
	close(file);
	CHECK((file = open("cow", O_RDONLY)) >= 0);
	cow_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(cow_page != MAP_FAILED);
	CHECK((zero = open("/dev/zero", O_RDONLY)) >= 0);
	EQ(pthread_create(&t, NULL, cow_dropper, NULL), 0);
	for (i = 0; i < 2000; i++) {
		EQ(read(zero, cow_page, 64), 64);
		if (i % 100 == 0) {
			pid_t kid = child();

			if (kid == 0) {
				EQ(read(zero, cow_page + 8, 8), 8);
				_exit(0);
			}
			EXITS(kid, 0);
		}
		EQ(pread(file, is, sizeof(is), 0), sizeof(is));
		CHECK(memcmp(is, was, sizeof(is)) == 0);
	}
	cow_stop = 1;
	pthread_join(t, NULL);
}

/* --- what a child has taken out of the parent's page stays what it was (CVE-2020-29374) --- */

TEST("what was put into a pipe from a page shared by fork does not change with the page (VM-3)")
{
	struct gate g = gate_make();
	char *page, got[4096];
	int fd[2];
	pid_t kid;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(page, 'a', 4096);
	EQ(pipe(fd), 0);
	if ((kid = child()) == 0) {
		EQ(write(fd[1], page, 4096), 4096);
		EQ(munmap(page, 4096), 0);
		EQ(write(g.g_fd[1], "x", 1), 1);
		EQ(read(fd[0], got, 4096), 4096);
		_exit(got[0] == 'a' && got[4095] == 'a' ? 0 : 1);
	}
	EQ(read(g.g_fd[0], got, 1), 1);
	memset(page, 'b', 4096);
	EXITS(kid, 0);
}

/* --- a return to an address that is none (CVE-2012-0217, CVE-2014-4699) --- */

static volatile uint64_t bad_rip, bad_rsp;

static void
bad_return(int signo, siginfo_t *si, void *arg)
{
	ucontext_t *uc = arg;

	(void)signo;
	(void)si;
	uc->uc_mcontext.gregs[REG_RIP] = (long long)bad_rip;
	if (bad_rsp != 0)
		uc->uc_mcontext.gregs[REG_RSP] = (long long)bad_rsp;
}

TEST("sigreturn to every kind of address that is none, in fork's child and in its parent: SIGSEGV, not the kernel (ENT-6)")
{
	static const uint64_t addresses[] = { 0x800000000000, 0x7ffffffffffe, 0x7fffffffffff,
	    0xffff7fffffffffff,
		0xffff800000000000, 0xffffffff80100000, 0xffffffffffffffff, 0x8000000000000000,
		    0xdeadbeefdeadbeef };
	struct sigaction sa = { .sa_sigaction = bad_return, .sa_flags = SA_SIGINFO };

	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	for (size_t i = 0; i < 2 * sizeof(addresses) / sizeof(addresses[0]); i++) {
		pid_t kid;

		bad_rip = addresses[i / 2];
		bad_rsp = i % 2 == 0 ? 0 : bad_rip;
		if ((kid = child()) == 0) {
			pid_t grandkid = fork();

			raise(SIGUSR1);
			_exit(grandkid >= 0 ? 1 : 2);
		}
		KILLED(kid, SIGSEGV);
	}
}

/* --- a fork bomb and one killpg --- */

TEST("a fork bomb in a group is gone within moments of one killpg(SIGKILL), a hundred times (PUB-2 FIX-31)")
{
	for (int round = 0; round < 100; round++) {
		pid_t kid = child();

		if (kid == 0) {
			struct rlimit rl = { 40, 40 };

			if (setpgid(0, 0) != 0 || setrlimit(RLIMIT_NPROC, &rl) != 0 ||
			    setgid(12345) != 0 || setuid(12345) != 0)
				_exit(1);
			for (;;)
				(void)fork();
		}
		CHECK(SOON(kill(-kid, 0) == 0, 2000));
		sleep_ms(round % 7);
		EQ(kill(-kid, SIGKILL), 0);
		KILLED(kid, SIGKILL);
		CHECK(SOON(kill(-kid, 0) != 0, 2000));
	}
}

/* --- SIGKILL at each step of exec --- */

static const char *const exec_points[] = { "exec.space", "exec.stack", "exec.head", "exec.args",
    "exec.script", "exec.cred",
	"exec.load", "exec.finish", "exec.unshare", "exec.text", "exec.alone", "exec.frame",
	    "exec.commit" };

TEST("SIGKILL at each step of exec ends it, though the step goes on (END-4 FIX-32)")
{
	struct gate g = gate_make();

	point_need("stall");
	/* The first time round makes the memory that is kept afterwards. */
	for (size_t n = sizeof(exec_points) / sizeof(exec_points[0]), i = 0; i < 2 * n; i++) {
		const char *point = exec_points[i % n];
		pid_t kid;
		char c;

		if (i == n)
			CENSUS_BEGIN();
		kid = child();

		if (kid == 0) {
			EQ(read(g.g_fd[0], &c, 1), 1);
			execl(tap_self, tap_self, "@true", (char *)NULL);
			_exit(1);
		}
		STALL("%s pid=%d", point, kid);
		EQ(write(g.g_fd[1], "x", 1), 1);
		CHECK(SOON(point_stalled(point, kid), 5000));
		EQ(kill(kid, SIGKILL), 0);
		STALL("release %s", point);
		KILLED(kid, SIGKILL);
	}
	STALL("clear");
	CENSUS_END("exec killed at each step");
}

/* --- a thread that gives up its rights while its memory is lent --- */

static volatile int rights_go, rights_done;

static void *
rights_dropper(void *arg)
{
	while (!rights_go)
		sleep_ms(1);
	/* The system call itself: libc's would first talk to all threads. */
	*(long *)arg = syscall(SYS_setresuid, 12345, 12345, 12345);
	rights_done = 1;
	return NULL;
}

TEST("setuid waits while a vfork child runs on the memory: it is never shared across a change of rights (INV-8)")
{
	long result = -1;
	pthread_t t;
	pid_t kid;

	if (access("/proc/bident", F_OK) != 0)
		SKIP("this kernel lets it happen");
	EQ(pthread_create(&t, NULL, rights_dropper, &result), 0);
	if ((kid = vfork()) == 0) {
		rights_go = 1;
		for (int i = 0; i < 100; i++)
			sleep_ms(2);
		_exit(rights_done || getuid() != 0);
	}
	EXITS(kid, 0);
	pthread_join(t, NULL);
	EQ(result, 0);
	EQ(rights_done, 1);
	EQ(getuid(), 12345);
}

TAP_MAIN(120)
