/* SPDX-License-Identifier: BSD-2-Clause */
/* fork: what the child gets, what it does not, and what the two see of each other. */
#include "tap.h"
#include <sys/resource.h>
#include <sys/time.h>

TEST("fork returns 0 in the child and its pid in the parent (ENT-1 ENT-8)")
{
	struct gate g = gate_make();
	pid_t pid = child(), told;

	if (pid == 0) {
		told = getpid();
		EQ(write(g.g_fd[1], &told, sizeof(told)), sizeof(told));
		_exit(0);
	}
	EQ(read(g.g_fd[0], &told, sizeof(told)), sizeof(told));
	EQ(told, pid);
	EXITS(pid, 0);
}

TEST("the child's parent is the caller (NEW-12)")
{
	pid_t me = getpid(), pid = child();

	if (pid == 0) {
		EQ(getppid(), me);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("process group and session are the parent's (NEW-20)")
{
	pid_t pgrp = getpgrp(), sid = getsid(0), pid = child();

	if (pid == 0) {
		EQ(getpgrp(), pgrp);
		EQ(getsid(0), sid);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("a pid freed a moment ago is not used again (NEW-1 FIX-60)")
{
	pid_t first = child(), pid;
	int i;

	if (first == 0)
		_exit(0);
	EXITS(first, 0);
	for (i = 0; i < 50; i++) {
		if ((pid = child()) == 0)
			_exit(0);
		CHECK(pid != first);
		EXITS(pid, 0);
	}
}

TEST("the registers but rax, rcx and r11 are as at entry, in both (ENT-8)")
{
	uint64_t out[8] = { 0 };
	long ret;
	int i;

	__asm__ volatile(
	    "push %%rbp\n\tpush %%rbx\n\t"
	    "mov $0x1111111111111111, %%rbx\n\tmov $0x2222222222222222, %%rbp\n\t"
	    "mov $0x3333333333333333, %%r12\n\tmov $0x4444444444444444, %%r13\n\t"
	    "mov $0x5555555555555555, %%r14\n\tmov $0x6666666666666666, %%r15\n\t"
	    "mov $0x7777777777777777, %%r9\n\tmov $0x8888888888888888, %%r8\n\t"
	    "mov $57, %%eax\n\tsyscall\n\t"
	    "mov %%rbx, 0(%%rdi)\n\tmov %%rbp, 8(%%rdi)\n\tmov %%r12, 16(%%rdi)\n\t"
	    "mov %%r13, 24(%%rdi)\n\tmov %%r14, 32(%%rdi)\n\tmov %%r15, 40(%%rdi)\n\t"
	    "mov %%r9, 48(%%rdi)\n\tmov %%r8, 56(%%rdi)\n\t"
	    "pop %%rbx\n\tpop %%rbp\n\t"
	    : "=a"(ret) : "D"(out) : "rcx", "r11", "r8", "r9", "r12", "r13", "r14", "r15",
	    "memory");
	CHECK(ret >= 0);
	for (i = 0; i < 8; i++)
		EQ(out[i], 0x1111111111111111ULL * (unsigned)(i < 6 ? i + 1 : i + 1));
	if (ret == 0)
		_exit(0);
	EXITS((pid_t)ret, 0);
}

TEST("vector registers are the caller's at entry, in both (NEW-25)")
{
	uint64_t in[4] = { 0x0123456789abcdefULL, 0xfedcba9876543210ULL, 0x5a5a5a5aa5a5a5a5ULL,
	    42 };
	uint64_t out[4];
	long ret;
	int i;

	for (i = 0; i < 20; i++) {
		in[0] += i;
		__asm__ volatile("movups (%2), %%xmm5\n\tmovups 16(%2), %%xmm14\n\t"
		    "mov $57, %%eax\n\tsyscall\n\t"
		    "movups %%xmm5, (%1)\n\tmovups %%xmm14, 16(%1)"
		    : "=a"(ret) : "r"(out), "r"(in) : "rcx", "r11", "xmm5", "xmm14", "memory");
		CHECK(memcmp(in, out, sizeof(in)) == 0);
		if (ret == 0)
			_exit(0);
		EXITS((pid_t)ret, 0);
	}
}

TEST("MXCSR and the x87 control word are inherited (NEW-25)")
{
	uint32_t csr = 0x1f80 | 0x6000, got;
	uint16_t cw = 0x0c7f, got_cw;
	pid_t pid;

	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(csr), "m"(cw));
	pid = fork();
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(got), "=m"(got_cw));
	CHECK(pid >= 0);
	EQ(got & 0xffc0, csr & 0xffc0);
	EQ(got_cw, cw);
	if (pid == 0)
		_exit(0);
	EXITS(pid, 0);
}

TEST("vector registers do not leak between processes that are switched (NEW-25)")
{
	pid_t pid[4];
	int i, round;

	for (i = 0; i < 4; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		for (round = 0; round < 200; round++) {
			uint64_t v[2] = { (uint64_t)i * 0x0101010101010101ULL, (uint64_t)round },
			    got[2];

			__asm__ volatile("movups (%1), %%xmm7\n\tmov $24, %%eax\n\tsyscall\n\t"
			    "movups %%xmm7, (%0)"
			    : : "r"(got), "r"(v) : "rax", "rcx", "r11", "xmm7", "memory");
			CHECK(memcmp(v, got, sizeof(v)) == 0);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		EXITS(pid[i], 0);
}

static volatile int fork_data = 7;
static volatile int fork_bss;

TEST("writes of the child to data, bss, heap and stack are not seen by the parent (VM-1 VM-3)")
{
	volatile int stack = 1, *heap = malloc(sizeof(*heap));
	pid_t pid;

	*heap = 5;
	if ((pid = child()) == 0) {
		stack = 2, *heap = 6, fork_data = 8, fork_bss = 9;
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(stack, 1);
	EQ(*heap, 5);
	EQ(fork_data, 7);
	EQ(fork_bss, 0);
}

TEST("writes of the parent after fork are not seen by the child (VM-3)")
{
	struct gate g = gate_make();
	volatile int v = 1;
	pid_t pid = child();

	if (pid == 0) {
		gate_pass(&g);
		EQ(v, 1);
		EQ(fork_data, 7);
		_exit(0);
	}
	v = 2;
	fork_data = 70;
	gate_open(&g);
	EXITS(pid, 0);
}

TEST("a tree of six generations, each with its own copy of 64 pages (VM-3)")
{
	char *p = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int depth, i;
	pid_t pid = 0;

	CHECK(p != MAP_FAILED);
	memset(p, 'a', 64 * 4096);
	for (depth = 1; depth <= 6; depth++) {
		if ((pid = child()) != 0)
			break;
		for (i = depth; i < 64; i += depth)
			p[i * 4096] = (char)('a' + depth);
	}
	if (depth <= 6)
		EXITS(pid, 0);
	depth--;	/* our own generation */
	for (i = 0; i < 64; i++) {
		int d, want = 'a';

		for (d = 1; d <= depth; d++)
			if (i >= d && i % d == 0)
				want = 'a' + d;
		EQ(p[i * 4096], want);
		EQ(p[i * 4096 + 1], 'a');
	}
}

TEST("descriptors: same numbers, shared offset (NEW-8)")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	pid_t pid;

	EQ(write(fd, "0123456789", 10), 10);
	EQ(lseek(fd, 2, SEEK_SET), 2);
	if ((pid = child()) == 0) {
		EQ(lseek(fd, 3, SEEK_CUR), 5);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(lseek(fd, 0, SEEK_CUR), 5);
}

TEST("descriptors: a close or an open in the child does not show in the parent (NEW-8)")
{
	int fd = open("/dev/null", O_RDWR), low;
	pid_t pid;

	CHECK(fd >= 0);
	low = dup(fd);
	close(low);
	if ((pid = child()) == 0) {
		EQ(close(fd), 0);
		EQ(open("/dev/null", O_RDONLY), fd);
		EQ(dup(fd), low);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	ERR(fcntl(low, F_GETFD), EBADF);
}

TEST("descriptors: close-on-exec bits are copied, 300 of them (NEW-8)")
{
	int i, base = fcntl(0, F_DUPFD, 100);
	pid_t pid;

	EQ(base, 100);
	for (i = 0; i < 300; i++)
		EQ(fcntl(0, i % 3 ? F_DUPFD : F_DUPFD_CLOEXEC, 101 + i), 101 + i);
	if ((pid = child()) == 0) {
		for (i = 0; i < 300; i++)
			EQ(fcntl(101 + i, F_GETFD), i % 3 ? 0 : FD_CLOEXEC);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("cwd and umask are copies (NEW-10)")
{
	char cwd[PATH_MAX];
	pid_t pid;

	umask(027);
	EQ(mkdir("d", 0777), 0);
	if ((pid = child()) == 0) {
		EQ(umask(0), 027);
		EQ(chdir("d"), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(umask(022), 027);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
	CHECK(strcmp(cwd, tap_dir) == 0);
}

TEST("limits are the parent's; a later change on either side does not show (NEW-11)")
{
	struct rlimit rl;
	struct gate g = gate_make();
	pid_t pid;

	rl.rlim_cur = 77, rl.rlim_max = 200;
	EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	if ((pid = child()) == 0) {
		gate_pass(&g);
		EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
		EQ(rl.rlim_cur, 77);
		rl.rlim_cur = 66;
		EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
		_exit(0);
	}
	rl.rlim_cur = 88;
	EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	gate_open(&g);
	EXITS(pid, 0);
	EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
	EQ(rl.rlim_cur, 88);
}

static void
fork_handler(int sig __attribute__((unused)))
{
}

TEST("signal actions and mask are copies (NEW-16)")
{
	struct sigaction sa = { .sa_handler = fork_handler }, got;
	sigset_t set, old;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* By number: libc's fork blocks all signals and puts the mask back in the child itself. */
	if ((pid = (pid_t)syscall(SYS_fork)) == 0) {
		sigaction(SIGUSR1, NULL, &got);
		CHECK(got.sa_handler == fork_handler);
		sigaction(SIGUSR2, NULL, &got);
		CHECK(got.sa_handler == SIG_IGN);
		sigprocmask(SIG_SETMASK, NULL, &old);
		EQ(sigismember(&old, SIGTERM), 1);
		EQ(sigismember(&old, SIGHUP), 0);
		signal(SIGUSR1, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		_exit(0);
	}
	EXITS(pid, 0);
	sigaction(SIGUSR1, NULL, &got);
	CHECK(got.sa_handler == fork_handler);
	sigprocmask(SIG_SETMASK, NULL, &old);
	EQ(sigismember(&old, SIGTERM), 1);
}

TEST("pending signals are not inherited (NEW-13)")
{
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigpending(&set);
	EQ(sigismember(&set, SIGUSR1), 1);
	if ((pid = child()) == 0) {
		sigpending(&set);
		EQ(sigismember(&set, SIGUSR1), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	sigpending(&set);
	EQ(sigismember(&set, SIGUSR1), 1);
}

TEST("the alternate stack is copied (NEW-16)")
{
	static char stack[16384];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) }, got;
	pid_t pid;

	EQ(sigaltstack(&ss, NULL), 0);
	if ((pid = child()) == 0) {
		EQ(sigaltstack(NULL, &got), 0);
		CHECK(got.ss_sp == stack);
		EQ(got.ss_size, sizeof(stack));
		EQ(got.ss_flags, 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

static volatile pid_t fork_in_handler_pid;

static void
fork_in_handler(int sig __attribute__((unused)))
{
	fork_in_handler_pid = fork();
}

TEST("fork in a handler on the alternate stack: both return from it (ENT-12)")
{
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = fork_in_handler, .sa_flags = SA_ONSTACK };
	sigset_t set;

	EQ(sigaltstack(&ss, NULL), 0);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, NULL, &set);
	EQ(sigismember(&set, SIGUSR1), 0);
	if (fork_in_handler_pid == 0)
		_exit(23);
	EXITS(fork_in_handler_pid, 23);
}

TEST("interval timers and alarms are not inherited (NEW-14)")
{
	struct itimerval it = { .it_value = { 100, 0 } };
	pid_t pid;

	alarm(200);
	EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	if ((pid = child()) == 0) {
		EQ(alarm(0), 0);
		EQ(getitimer(ITIMER_VIRTUAL, &it), 0);
		EQ(it.it_value.tv_sec, 0);
		EQ(it.it_value.tv_usec, 0);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(alarm(0) > 190);
}

TEST("fcntl locks are not inherited (NEW-14)")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };
	int fd = open("lock", O_RDWR | O_CREAT, 0644);
	pid_t pid;

	EQ(fcntl(fd, F_SETLK, &fl), 0);
	if ((pid = child()) == 0) {
		fl.l_type = F_WRLCK;
		errno = 0;
		CHECK(fcntl(fd, F_SETLK, &fl) == -1 && (errno == EAGAIN || errno == EACCES));
		EQ(fcntl(fd, F_GETLK, &fl), 0);
		EQ(fl.l_pid, getppid());
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("resource usage starts at zero (NEW-19)")
{
	struct rusage ru;
	volatile int i;
	pid_t pid;

	for (i = 0; i < 30000000; i++)
		continue;
	if ((pid = child()) == 0) {
		getrusage(RUSAGE_SELF, &ru);
		CHECK(ru.ru_utime.tv_sec == 0 && ru.ru_utime.tv_usec < 50000);
		getrusage(RUSAGE_CHILDREN, &ru);
		EQ(ru.ru_utime.tv_sec + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec +
		    ru.ru_stime.tv_usec, 0);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("the child has no children of its own to wait for (NEW-13)")
{
	pid_t other = child(), pid;

	if (other == 0)
		_exit(0);
	if ((pid = child()) == 0) {
		ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
		ERR(waitpid(other, NULL, 0), ECHILD);
		_exit(0);
	}
	EXITS(pid, 0);
	EXITS(other, 0);
}

TEST("nice value is inherited (NEW-18)")
{
	pid_t pid;

	EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
	if ((pid = child()) == 0) {
		errno = 0;
		EQ(getpriority(PRIO_PROCESS, 0), 7);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("300 children alive at once, each reaped with its own status (END-2 INV-3)")
{
	static pid_t pid[300];
	struct gate g = gate_make();
	int i;

	for (i = 0; i < 300; i++)
		if ((pid[i] = child()) == 0) {
			gate_pass(&g);
			_exit(i % 256);
		}
	for (i = 0; i < 300; i++)
		gate_open(&g);
	for (i = 299; i >= 0; i--)
		EXITS(pid[i], i % 256);
}

TEST("a chain of 40 nested forks, each waiting for the next (ENT-1)")
{
	int depth;
	pid_t pid;

	for (depth = 0; depth < 40; depth++) {
		pid = child();
		if (pid != 0) {
			EXITS(pid, 40 - depth - 1 == 0 ? 1 : 40 - depth);
			_exit(depth == 0 ? 0 : 40 - depth + 1);
		}
	}
	_exit(1);
}

TEST("500 forks one after another (INV-3)")
{
	pid_t pid;
	int i;

	for (i = 0; i < 500; i++) {
		if ((pid = child()) == 0)
			_exit(i & 1);
		EXITS(pid, i & 1);
	}
}

TEST("forks from four processes at once (SPEC PUB-1)")
{
	pid_t pid[4], sub;
	int i, j;

	for (i = 0; i < 4; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		for (j = 0; j < 60; j++) {
			if ((sub = child()) == 0)
				_exit(j);
			EXITS(sub, j);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		EXITS(pid[i], 0);
}

TAP_MAIN(20)
