/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A C library for tests of the NetBSD personality, of one header: start-up code with the ELF note
 * that makes a program NetBSD's, system calls with NetBSD's numbers, layouts and carry flag, and a
 * harness like tests/guest/tap.h. Programs are built with gcc -static -nostdlib.
 *
 * A program is a row of TEST("title") { ... } bodies and NB_MAIN. Each body runs in a forked child
 * that leads a session, under a time limit; it passes when it returns with no failed check in it or
 * in any of its descendants.
 *
 *	CHECK(cond)		ends the calling process when false
 *	EQ(a, b)		the same for two integers, both shown
 *	ERR(call, EXXX)		the call must return -1 with this errno (NB_EXXX)
 *	EXITS(pid, code)	waits for the child, which must exit so
 *	KILLED(pid, sig)	waits for the child, which must die so
 *
 * HELPER("name") { ... argc, argv ... } is what the program does when its first argument is
 * "@name".
 */
#ifndef NB_H
#define NB_H

typedef unsigned char uint8_t;
typedef signed char int8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
typedef unsigned long size_t;
typedef unsigned long uintptr_t;
typedef int pid_t;

#define NULL ((void *)0)
#define NB_INLINE static inline __attribute__((always_inline, unused))
#define NB_FN static __attribute__((unused, noinline))
#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* --- numbers --- */

#define SYS_exit 1
#define SYS_fork 2
#define SYS_read 3
#define SYS_write 4
#define SYS_open 5
#define SYS_close 6
#define SYS_unlink 10
#define SYS_chdir 12
#define SYS_chmod 15
#define SYS_getpid 20
#define SYS_setuid 23
#define SYS_getuid 24
#define SYS_geteuid 25
#define SYS_kill 37
#define SYS_getppid 39
#define SYS_pipe 42
#define SYS_getgid 47
#define SYS_profil 44
#define SYS_execve 59
#define SYS_vfork 66
#define SYS_munmap 73
#define SYS_mprotect 74
#define SYS_getpgrp 81
#define SYS_setpgid 82
#define SYS_dup2 90
#define SYS_fcntl 92
#define SYS_getpriority 100
#define SYS_setpriority 96
#define SYS_mkdir 136
#define SYS_setsid 147
#define SYS_setgid 181
#define SYS_setegid 182
#define SYS_seteuid 183
#define SYS_getrlimit 194
#define SYS_setrlimit 195
#define SYS_mmap 197
#define SYS_lseek 199
#define SYS_sysctl 202
#define SYS_getpgid 207
#define SYS_minherit 273
#define SYS_sigaltstack 281
#define SYS_vfork14 282
#define SYS_getsid 286
#define SYS_clone 287
#define SYS_sigpending 292
#define SYS_sigprocmask 293
#define SYS_sigsuspend 294
#define SYS_getcwd 296
#define SYS_issetugid 305
#define SYS_getcontext 307
#define SYS_setcontext 308
#define SYS_lwp_create 309
#define SYS_lwp_exit 310
#define SYS_lwp_self 311
#define SYS_lwp_wait 312
#define SYS_lwp_getprivate 316
#define SYS_lwp_setprivate 317
#define SYS_lwp_kill 318
#define SYS_lwp_detach 319
#define SYS_lwp_unpark 321
#define SYS_lwp_ctl 325
#define SYS_sigaction 340
#define SYS_rasctl 343
#define SYS_kqueue 344
#define SYS_sched_yield 350
#define SYS_setitimer 425
#define SYS_clock_gettime 427
#define SYS_nanosleep 430
#define SYS_sigtimedwait 431
#define SYS_kevent 435
#define SYS_getrusage 445
#define SYS_wait4 449
#define SYS_pipe2 453
#define SYS_posix_spawn 474
#define SYS_lwp_park 478
#define SYS_wait6 481

#define NB_EPERM 1
#define NB_ENOENT 2
#define NB_ESRCH 3
#define NB_EINTR 4
#define NB_E2BIG 7
#define NB_ENOEXEC 8
#define NB_EBADF 9
#define NB_ECHILD 10
#define NB_EDEADLK 11
#define NB_ENOMEM 12
#define NB_EACCES 13
#define NB_EFAULT 14
#define NB_ENOTDIR 20
#define NB_EINVAL 22
#define NB_EMFILE 24
#define NB_EPIPE 32
#define NB_EAGAIN 35
#define NB_ETIMEDOUT 60
#define NB_ENOSYS 78
#define NB_EALREADY 37

#define SIGHUP 1
#define SIGINT 2
#define SIGABRT 6
#define SIGFPE 8
#define SIGKILL 9
#define SIGBUS 10
#define SIGSEGV 11
#define SIGSYS 12
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTOP 17
#define SIGTSTP 18
#define SIGCONT 19
#define SIGCHLD 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGPROF 27
#define SIGUSR1 30
#define SIGUSR2 31
#define SIG_DFL 0ul
#define SIG_IGN 1ul
#define SA_ONSTACK 1
#define SA_RESTART 2
#define SA_RESETHAND 4
#define SA_NOCLDSTOP 8
#define SA_NODEFER 0x10
#define SA_NOCLDWAIT 0x20
#define SA_SIGINFO 0x40
#define SS_DISABLE 4
#define SS_ONSTACK 1
#define SIG_BLOCK 1
#define SIG_UNBLOCK 2
#define SIG_SETMASK 3

#define CLONE_VM 0x100
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_SIGHAND 0x800
#define CLONE_PID 0x1000
#define CLONE_PTRACE 0x2000
#define CLONE_VFORK 0x4000

#define WNOHANG 1
#define WUNTRACED 2
#define WALTSIG 4
#define WALLSIG 8
#define WCONTINUED 0x10
#define WEXITED 0x20
#define WTRAPPED 0x40
#define WNOWAIT 0x10000
#define WNOZOMBIE 0x20000
#define P_ALL 0
#define P_PID 1
#define P_PGID 4
#define P_SID 5
#define P_UID 7
#define P_GID 8
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_ANON 0x1000
#define MAP_FAILED ((void *)-1)

#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_NONBLOCK 4
#define O_CREAT 0x200
#define O_TRUNC 0x400
#define O_EXCL 0x800
#define O_CLOEXEC 0x400000
#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define FD_CLOEXEC 1
#define FD_CLOFORK 4

#define RLIMIT_NPROC 7
#define RLIMIT_NOFILE 8
#define RLIMIT_NTHR 11

/* --- layouts --- */

struct sigset { uint32_t bits[4]; };
struct sigaction { uint64_t handler; struct sigset mask; int flags, pad; };
struct stack { uint64_t sp, size; int flags, pad; };
struct siginfo {
	int signo, code, error, pad;
	union {
		struct { int pid; uint32_t uid; uint64_t value; } rt;
		struct { int pid; uint32_t uid; int status; uint32_t utime, stime; } child;
		struct { uint64_t addr; int trap, trap2, trap3; } fault;
		uint8_t all[112];
	} u;
};
enum { R_DI, R_SI, R_DX, R_CX, R_8, R_9, R_10, R_11, R_12, R_13, R_14, R_15, R_BP, R_BX, R_AX, R_GS,
    R_FS, R_ES, R_DS,
	R_TRAPNO, R_ERR, R_IP, R_CS, R_FL, R_SP, R_SS, NREG };
#define UC_SIGMASK 1
#define UC_CPU 4
#define UC_FPU 8
#define UC_TLSBASE 0x80000
struct ucontext {
	uint32_t flags, pad;
	uint64_t link;
	struct sigset sigmask;
	struct stack stack;
	uint64_t reg[NREG];
	uint64_t tlsbase;
	uint8_t fp[512];
};
struct timespec { int64_t sec, nsec; };
struct timeval { int64_t sec; int usec, pad; };
struct itimerval { struct timeval interval, value; };
struct rusage { struct timeval utime, stime; int64_t more[14]; };
struct rlimit { uint64_t cur, max; };
struct ps_strings { char **argv; int argc; char **envp; int envc; };

_Static_assert(sizeof(struct ucontext) == 784 && sizeof(struct siginfo) == 128, "layouts");

/* --- start-up --- */

#ifndef NB_PAX
#define NB_PAX 0
#endif
#define NB_STR2(x) #x
#define NB_STR(x) NB_STR2(x)

__asm__(
    ".pushsection .note.netbsd.ident, \"a\", @note\n"
    "	.long 7, 4, 1\n	.ascii \"NetBSD\\0\\0\"\n	.long 899003700\n"
    ".popsection\n"
    ".pushsection .note.netbsd.pax, \"a\", @note\n"
    "	.long 4, 4, 3\n	.ascii \"PaX\\0\"\n	.long " NB_STR(NB_PAX) "\n"
    ".popsection\n"
    "	.globl _start, nb_trampoline\n"
    "_start:\n"
#ifdef __PIE__
    "	lea __ehdr_start(%rip), %rdi\n	lea _DYNAMIC(%rip), %rsi\n	call nb_relocate\n"
#endif
    "	mov %rsp, %rdi\n	mov %rbx, %rsi\n	xor %ebp, %ebp\n"
    "	and $-16, %rsp\n	call nb_start\n	hlt\n"
    "nb_trampoline:\n"
    "	mov %r15, %rdi\n	mov $308, %eax\n	syscall\n"
    "	mov $-1, %edi\n	mov $1, %eax\n	syscall\n	hlt\n");

extern char nb_trampoline[];

#ifdef __PIE__
/*
 * A position-independent program relocates itself: addresses in its data are as far off as it is.
 */
void __attribute__((used))
nb_relocate(uint64_t bias, const uint64_t *dyn)
{
	const uint64_t *rela = NULL;
	uint64_t size = 0;

	for (; dyn[0] != 0; dyn += 2) {
		if (dyn[0] == 7)
			rela = (const uint64_t *)(bias + dyn[1]);
		else if (dyn[0] == 8)
			size = dyn[1];
	}
	for (; size >= 24; size -= 24, rela += 3)
		if ((uint32_t)rela[1] == 8)
			*(uint64_t *)(bias + rela[0]) = bias + rela[2];
}
#endif

static int errno;
static struct ps_strings *nb_psstrings;
static char **nb_envp;
static char *nb_self;

/* --- system calls --- */

/* Plain: what the kernel gave. */
struct nb_result { uint64_t ax, dx; int carry; };

NB_INLINE struct nb_result
nb_raw(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	struct nb_result r;
	uint64_t dx = c;

	__asm__ volatile("syscall" : "=a"(r.ax), "+d"(dx), "=@ccc"(r.carry) :
	    "a"(nr), "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	r.dx = dx;
	return r;
}

NB_INLINE long
nb_call6(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	struct nb_result r = nb_raw(nr, a, b, c, d, e, f);

	if (r.carry) {
		errno = (int)r.ax;
		return -1;
	}
	return (long)r.ax;
}

#define NB_CALL_(nr, a, b, c, d, e, f, ...) \
	nb_call6(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d),	\
	    (uint64_t)(e), (uint64_t)(f))
#define CALL(nr, ...) NB_CALL_(nr __VA_OPT__(,) __VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* The seventh argument goes on the stack. */
NB_FN void *
mmap(void *addr, size_t len, int prot, int flags, int fd, int64_t pos)
{
	register uint64_t r10 __asm__("r10") = (uint64_t)flags,
	    r8 __asm__("r8") = (uint64_t)(int64_t)fd,
	    r9 __asm__("r9") = 0;
	uint64_t ax = SYS_mmap, dx = (uint64_t)prot;
	int carry;

	__asm__ volatile("push %[pos]\n\tpush $0\n\tsyscall\n\tlea 16(%%rsp), %%rsp" :
	    "+a"(ax), "+d"(dx), "=@ccc"(carry) : "D"(addr), "S"(len), "r"(r10), "r"(r8), "r"(r9),
	    [pos] "b"(pos) :
	    "rcx", "r11", "memory");
	if (carry) {
		errno = (int)ax;
		return MAP_FAILED;
	}
	return (void *)ax;
}

NB_INLINE void __attribute__((noreturn))
_exit(int code)
{
	for (;;)
		CALL(SYS_exit, code);
}

#define getpid() ((pid_t)CALL(SYS_getpid))
#define getppid() ((pid_t)CALL(SYS_getppid))
#define kill(pid, sig) CALL(SYS_kill, pid, sig)
#define read(fd, buf, n) CALL(SYS_read, fd, buf, n)
#define write(fd, buf, n) CALL(SYS_write, fd, buf, n)
#define close(fd) CALL(SYS_close, fd)
NB_INLINE pid_t
wait4(pid_t pid, int *status, int options, void *ru)
{
	return (pid_t)CALL(SYS_wait4, pid, status, options, ru);
}
/* As a stub of libc computes it: from both registers. In the child of a holding fork do little. */
NB_INLINE pid_t
nb_fork(long nr)
{
	struct nb_result r = nb_raw(nr, 0, 0, 0, 0, 0, 0);

	if (r.carry) {
		errno = (int)r.ax;
		return -1;
	}
	return (pid_t)(((uint32_t)r.dx - 1) & (uint32_t)r.ax);
}
#define fork() nb_fork(SYS_fork)
#define vfork() nb_fork(SYS_vfork)
#define vfork14() nb_fork(SYS_vfork14)

/* --- small library --- */

void *
memcpy(void *d, const void *s, size_t n)
{
	char *dst = d;
	const char *src = s;

	while (n-- > 0)
		*dst++ = *src++;
	return d;
}

void *
memset(void *d, int c, size_t n)
{
	volatile char *p = d;

	while (n-- > 0)
		*p++ = (char)c;
	return d;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

NB_FN size_t
strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

NB_FN int
strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

NB_FN int
starts(const char *s, const char *with)
{
	while (*with != '\0')
		if (*s++ != *with++)
			return 0;
	return 1;
}

NB_FN int
atoi(const char *s)
{
	int n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (*s++ - '0');
	return n;
}

/* A line of text, put together piece by piece. */
struct nb_text { char buf[512]; size_t n; };

NB_FN void
nb_put(struct nb_text *t, const char *s)
{
	while (*s != '\0' && t->n < sizeof(t->buf))
		t->buf[t->n++] = *s++;
}

NB_FN void
nb_put_num(struct nb_text *t, int64_t v)
{
	char digits[24];
	int i = sizeof(digits) - 1;
	uint64_t u = v < 0 ? (uint64_t)-v : (uint64_t)v;

	digits[i] = '\0';
	do
		digits[--i] = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		digits[--i] = '-';
	nb_put(t, digits + i);
}

NB_FN void
nb_say(struct nb_text *t)
{
	nb_put(t, "\n");
	if (write(1, t->buf, t->n) < 0)
		_exit(98);
}

/* --- the harness --- */

struct nb_shared { int lines, bad, failed; };
static volatile struct nb_shared *nb_shared;

struct nb_test { const char *title; void (*body)(void); } __attribute__((aligned(16)));
struct nb_helper { const char *name; int (*body)(int, char **); } __attribute__((aligned(16)));
extern const struct nb_test __start_nb_tests[], __stop_nb_tests[];
extern const struct nb_helper __start_nb_helpers[], __stop_nb_helpers[];

#define NB_GLUE2(a, b) a##b
#define NB_GLUE(a, b) NB_GLUE2(a, b)
#define TEST(t)										\
	static void NB_GLUE(nb_body_, __LINE__)(void);					\
	static const struct nb_test NB_GLUE(nb_test_, __LINE__)				\
	    __attribute__((section("nb_tests"), used)) = { t, NB_GLUE(nb_body_, __LINE__) };	\
	static void NB_GLUE(nb_body_, __LINE__)(void)
#define HELPER(n)									\
	static int NB_GLUE(nb_help_, __LINE__)(int, char **);				\
	static const struct nb_helper NB_GLUE(nb_helper_, __LINE__)			\
	    __attribute__((section("nb_helpers"), used)) = { n, NB_GLUE(nb_help_, __LINE__) };	\
	static int									\
	NB_GLUE(nb_help_, __LINE__)(int argc __attribute__((unused)),			\
	    char **argv __attribute__((unused)))

HELPER("true")
{
	return 0;
}

HELPER("exit")
{
	return atoi(argv[2]);
}

NB_FN void __attribute__((noreturn))
nb_fail(int line, const char *what, int64_t a, int64_t b, int numbers)
{
	struct nb_text t = { .n = 0 };
	int e = errno;

	nb_put(&t, "# line ");
	nb_put_num(&t, line);
	nb_put(&t, ": not so: ");
	nb_put(&t, what);
	if (numbers) {
		nb_put(&t, ": ");
		nb_put_num(&t, a);
		nb_put(&t, ", not ");
		nb_put_num(&t, b);
	}
	nb_put(&t, " (errno ");
	nb_put_num(&t, e);
	nb_put(&t, ")");
	nb_say(&t);
	__atomic_fetch_add(&nb_shared->failed, 1, __ATOMIC_SEQ_CST);
	_exit(99);
}

#define CHECK(cond) do { if (!(cond)) nb_fail(__LINE__, #cond, 0, 0, 0); } while (0)
#define EQ(a, b) do {									\
	int64_t nb_a = (int64_t)(a), nb_b = (int64_t)(b);				\
	if (nb_a != nb_b)								\
		nb_fail(__LINE__, #a " == " #b, nb_a, nb_b, 1);				\
} while (0)
#define ERR(call, want) do {								\
	errno = 0;									\
	int64_t nb_r = (int64_t)(call);							\
	if (nb_r != -1 || errno != (want))						\
		nb_fail(__LINE__, #call " gives " #want, nb_r == -1 ? errno : 0, (want), 1);	\
} while (0)
#define EXITS(pid, code) EQ(nb_reap(pid), (code) << 8)
#define KILLED(pid, sig) EQ(nb_reap(pid) & ~0x80, (sig))

NB_FN int
nb_reap(pid_t pid)
{
	int status = -1;
	pid_t got;

	do
		got = wait4(pid, &status, WALLSIG, NULL);
	while (got == -1 && errno == NB_EINTR);
	EQ(got, pid);
	return status;
}

NB_FN void
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (CALL(SYS_nanosleep, &ts, &ts) == -1 && errno == NB_EINTR)
		continue;
}

NB_FN int64_t
now_ms(void)
{
	struct timespec ts;

	CALL(SYS_clock_gettime, 3, &ts);
	return ts.sec * 1000 + ts.nsec / 1000000;
}

/* Polls until the condition holds or about `ms` have gone by. */
#define SOON(cond, ms) ({								\
	int64_t nb_end = now_ms() + (ms);						\
	int nb_ok;									\
	while (!(nb_ok = !!(cond)) && now_ms() < nb_end)				\
		sleep_ms(2);								\
	nb_ok;										\
})

/* Memory that all processes of a test see. */
NB_FN void *
shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

NB_FN void
handle(int sig, void (*fn)(int, struct siginfo *, struct ucontext *), int flags)
{
	struct sigaction sa = { .handler = (uint64_t)fn, .flags = flags };

	EQ(CALL(SYS_sigaction, sig, &sa, NULL, nb_trampoline, 2), 0);
}

NB_FN void
block(int how, int sig)
{
	struct sigset set = { { 0 } };

	if (sig != 0)
		set.bits[(sig - 1) / 32] |= 1u << (sig - 1) % 32;
	EQ(CALL(SYS_sigprocmask, how, &set, NULL), 0);
}

NB_FN int
nb_pipe(int fd[2])
{
	return (int)CALL(SYS_pipe2, fd, 0);
}

/* Writes a line into a file, such as /proc/bident/probe. */
NB_FN void
tell(const char *path, const char *line)
{
	int fd = (int)CALL(SYS_open, path, O_WRONLY, 0);

	CHECK(fd >= 0);
	EQ(write(fd, line, strlen(line)), (int64_t)strlen(line));
	close(fd);
}

/* The trace of the kernel's probes, NUL-terminated. */
NB_FN const char *
nb_trace(void)
{
	static char text[16384];
	int fd = (int)CALL(SYS_open, "/proc/bident/trace", O_RDONLY, 0);
	int64_t n = 0, got;

	CHECK(fd >= 0);
	while (n < (int64_t)sizeof(text) - 1 &&
	    (got = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	return text;
}

/* What follows the first place where text has `what`; null when it has not. */
NB_FN const char *
after(const char *text, const char *what)
{
	for (; *text != '\0'; text++)
		if (starts(text, what))
			return text + strlen(what);
	return NULL;
}

NB_FN uint64_t
hex(const char **text)
{
	uint64_t v = 0;

	CHECK(*text != NULL && starts(*text, "0x"));
	for (*text += 2; (**text >= '0' && **text <= '9') || (**text >= 'a' && **text <= 'f');
	    ++*text)
		v = v * 16 + (uint64_t)(**text <= '9' ? **text - '0' : **text - 'a' + 10);
	if (**text == ' ')
		++*text;
	return v;
}

NB_FN void
nb_line(int good, const char *title)
{
	struct nb_text t = { .n = 0 };

	if (!good) {
		__atomic_fetch_add(&nb_shared->bad, 1, __ATOMIC_SEQ_CST);
		nb_put(&t, "not ");
	}
	nb_put(&t, "ok ");
	nb_put_num(&t, __atomic_add_fetch(&nb_shared->lines, 1, __ATOMIC_SEQ_CST));
	nb_put(&t, " - ");
	nb_put(&t, title);
	nb_say(&t);
}

NB_FN void
nb_run(const struct nb_test *test, int limit)
{
	int failed = nb_shared->failed, status = 0;
	int64_t end = now_ms() + limit * 1000;
	pid_t pid = fork(), got;

	if (pid == 0) {
		CALL(SYS_setsid);
		test->body();
		_exit(0);
	}
	CHECK(pid > 0);
	while ((got = wait4(pid, &status, WNOHANG, NULL)) == 0 && now_ms() < end)
		sleep_ms(2);
	if (got == 0) {
		struct nb_text t = { .n = 0 };

		nb_put(&t, "# timed out");
		nb_say(&t);
		kill(pid, SIGKILL);
		wait4(pid, &status, 0, NULL);
	} else if (status != 0 && failed == nb_shared->failed) {
		struct nb_text t = { .n = 0 };

		nb_put(&t, "# the test's process ended with status ");
		nb_put_num(&t, status);
		nb_say(&t);
	}
	kill(-pid, SIGKILL);
	nb_line(got == pid && status == 0 && failed == nb_shared->failed, test->title);
}

NB_FN int
nb_main(int argc, char **argv, int limit)
{
	struct nb_text t = { .n = 0 };

	nb_self = argv[0];
	if (argc > 1 && argv[1][0] == '@') {
		for (const struct nb_helper *h = __start_nb_helpers; h < __stop_nb_helpers; h++)
			if (strcmp(h->name, argv[1] + 1) == 0)
				return h->body(argc, argv);
		return 126;
	}
	nb_shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	if (nb_shared == MAP_FAILED)
		return 1;
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	for (const struct nb_test *test = __start_nb_tests; test < __stop_nb_tests; test++)
		if (argc < 2 || starts(test->title, argv[1]))
			nb_run(test, limit);
	nb_put(&t, "1..");
	nb_put_num(&t, nb_shared->lines);
	nb_say(&t);
	return nb_shared->bad != 0;
}

/* `limit` is the time that one test may take, in seconds. */
#define NB_MAIN(limit)									\
void __attribute__((noreturn, used))							\
nb_start(uint64_t *sp, struct ps_strings *ps)						\
{											\
	int argc = (int)sp[0];								\
	char **argv = (char **)(sp + 1);						\
											\
	nb_psstrings = ps;								\
	nb_envp = argv + argc + 1;							\
	_exit(nb_main(argc, argv, limit));						\
}

#endif
