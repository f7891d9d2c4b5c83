/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzzer's operations on processes, signals and descriptors. Most results are not looked at:
 * what is asked of the kernel is that it lives, ends, and loses nothing.
 */
#include "fuzz.h"

#include <linux/sched.h>

static int
slot_pid(uint32_t x)
{
	return __atomic_load_n(&sh->s_pid[x % SLOTS], __ATOMIC_RELAXED);
}

static int
fd_pick(uint32_t x)
{
	return (int)(FD_FIRST + x % FD_COUNT);
}

/* ---- making processes and threads ---- */

static void
child_begin(const struct op *o)
{
	me.me_windows |= 1u << o->o_child;
	me.me_thread = 0;
	memory_after_fork();
	me.me_slot = o->o_child;
	memory_new_window();
	slot_begin(o->o_child);
	memory_verify_all();
	run_slot(o->o_child, (uint32_t)(o - sh->s_op) + 1);
	_exit(0);
}

static void
do_fork(const struct op *o)
{
	if (fork() == 0)
		child_begin(o);
}

static void
do_clone(const struct op *o)
{
	static const unsigned long flags[] = { 0, CLONE_FILES, CLONE_FS, CLONE_FILES | CLONE_FS,
	    CLONE_PARENT, CLONE_SYSVSEM | CLONE_IO };
	static const int signals[] = { SIGCHLD, SIGCHLD, SIGCHLD, 0, SIGUSR1 };
	unsigned long what = flags[o->o_a % 6] | (unsigned)signals[o->o_b % 5];

	if (syscall(SYS_clone, what, 0, 0, 0, 0) == 0) {
		me.me_raw = 1;
		child_begin(o);
	}
}

static void
do_clone3(const struct op *o)
{
	static const uint64_t flags[] = { CLONE_PIDFD, CLONE_CLEAR_SIGHAND, CLONE_FILES,
	    CLONE_PIDFD | CLONE_FS };
	int pidfd = -1;
	struct clone_args ca = { .flags = flags[o->o_a % 4], .exit_signal = SIGCHLD,
	    .pidfd = (uint64_t)&pidfd };

	if (syscall(SYS_clone3, &ca, sizeof(ca)) == 0) {
		me.me_raw = 1;
		child_begin(o);
	}
	if (pidfd >= 0) {
		dup2(pidfd, fd_pick(o->o_b));
		close(pidfd);
	}
}

static void *
thread_main(void *arg)
{
	const struct op *o = arg;

	me = (struct self){ .me_slot = o->o_child, .me_windows = 1u << o->o_child, .me_thread = 1 };
	memory_new_window();
	slot_begin(o->o_child);
	run_slot(o->o_child, (uint32_t)(o - sh->s_op) + 1);
	return NULL;
}

static void
do_thread(const struct op *o)
{
	pthread_attr_t at;
	pthread_t t;

	if (me.me_raw)
		return;
	pthread_attr_init(&at);
	pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED);
	(void)pthread_create(&t, &at, thread_main, (void *)(uintptr_t)o);
}

/* The child of vfork executes, fails to, or ends. */
static void
do_vfork(const struct op *o)
{
	char *av[] = { self_path, "@exit", NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		if (o->o_a % 4 != 0)
			execv(o->o_a % 4 == 1 ? "/none" : self_path, av);
		_exit(1);
	}
	if (pid > 0 && o->o_b % 2 == 0)
		waitpid(pid, NULL, o->o_b % 4 == 0 ? WNOHANG : 0);
}

/* The program goes on in the new image. */
static void
do_exec(const struct op *o)
{
	char slot[16], at[16], *av[] = { self_path, "@go", slot, at, NULL };

	snprintf(slot, sizeof(slot), "%u", me.me_slot);
	snprintf(at, sizeof(at), "%u", (uint32_t)(o - sh->s_op) + 1);
	execv(o->o_a % 5 == 0 ? "/none" : self_path, av);
}

/* ---- ends ---- */

static void
do_exit(const struct op *o)
{
	switch (o->o_a % 4) {
	case 0:
		syscall(SYS_exit, (int)o->o_b);		/* this thread alone */
		break;
	case 1:
		kill(getpid(), SIGKILL);
		break;
	default:
		_exit((int)o->o_b % 50);
	}
}

static void
do_wait(const struct op *o)
{
	static const int ids[] = { -1, 0, -2, -3 };
	struct itimerval once = { { 0, 0 }, { 0, 5000 } };
	int which = ids[o->o_a % 4], status, options = o->o_b & (WUNTRACED | WCONTINUED | __WALL);
	struct rusage ru;
	siginfo_t si;

	if (o->o_c % 4 != 0)
		options |= WNOHANG;
	else
		setitimer(ITIMER_REAL, &once, NULL);
	if (which < -1)
		which = which == -2 ? slot_pid(o->o_c) : -slot_pid(o->o_c);
	if (o->o_c % 16 < 12)
		wait4(which, &status, options, &ru);
	else
		waitid(which > 0 ? P_PID : P_ALL, (id_t)which, &si, WEXITED | WNOHANG |
		    (o->o_b & 4 ? WNOWAIT : 0));
}

/* ---- signals ---- */

static const int signals[] = { 0, SIGSTOP, SIGCONT, SIGCONT, SIGTERM, SIGKILL, SIGUSR1, SIGUSR1,
    SIGCHLD, SIGTSTP, 40 };
#define NSIGNALS	(sizeof(signals) / sizeof(signals[0]))

static void
do_kill(const struct op *o)
{
	int pid = slot_pid(o->o_a), sig = signals[o->o_b % NSIGNALS];

	if (pid == 0)
		return;
	if (o->o_c % 8 == 0)
		kill(-pid, sig);
	else if (o->o_c % 8 == 1)
		syscall(SYS_tgkill, pid, sh->s_tid[o->o_a % SLOTS], sig);
	else
		kill(pid, sig);
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
do_sigaction(const struct op *o)
{
	static const int which[] = { SIGUSR1, SIGCHLD, SIGTERM, SIGCONT, SIGTSTP, 40 };
	struct sigaction sa = { .sa_handler = o->o_b % 3 == 0 ? SIG_IGN : o->o_b % 3 == 1 ?
	    SIG_DFL : nothing, .sa_flags = o->o_c & 1 ? SA_RESTART | SA_NOCLDWAIT : 0 };

	sigaction(which[o->o_a % 6], &sa, NULL);
}

static void
do_sigmask(const struct op *o)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signals[1 + o->o_a % (NSIGNALS - 1)]);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(o->o_b % 2 ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void
do_timer(const struct op *o)
{
	struct itimerval it = { { 0, 0 }, { 0, (suseconds_t)(o->o_b % 3000) } };

	setitimer(o->o_a % 3 == 0 ? ITIMER_VIRTUAL : ITIMER_REAL, &it, NULL);
}

/* ---- who one is ---- */

static void
do_setpgid(const struct op *o)
{
	setpgid(o->o_a % 2 ? 0 : slot_pid(o->o_b), o->o_c % 3 ? slot_pid(o->o_c) : 0);
}

static void
do_setsid(const struct op *o)
{
	(void)o;
	setsid();
}

static void
do_setuid(const struct op *o)
{
	uid_t u = 1000 + o->o_a % 3;

	/* The call itself: it is for this thread. */
	if (o->o_b % 2)
		syscall(SYS_setresuid, u, u, u);
	else
		syscall(SYS_setresuid, -1, u, o->o_c % 2 ? 0 : -1);
}

static void
do_prlimit(const struct op *o)
{
	static const int which[] = { RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_SIGPENDING };
	struct rlimit r = { o->o_c % 80, 4096 }, old;

	syscall(SYS_prlimit64, o->o_a % 2 ? 0 : slot_pid(o->o_a), which[o->o_b % 4],
	    o->o_b % 3 == 0 ? NULL : &r, &old);
}

static void
do_prctl(const struct op *o)
{
	switch (o->o_a % 4) {
	case 0:
		prctl(PR_SET_CHILD_SUBREAPER, o->o_b % 2);
		break;
	case 1:
		prctl(PR_SET_PDEATHSIG, o->o_b % 2 ? SIGKILL : SIGUSR1);
		break;
	case 2:
		prctl(PR_SET_NAME, "fuzzed");
		break;
	default:
		prctl(PR_SET_DUMPABLE, o->o_b % 2);
		break;
	}
}

/* ---- waiting ---- */

static void
do_futex(const struct op *o)
{
	static const struct timespec ms = { 0, 1000000 };
	uint32_t *word = o->o_a % 4 == 0 ? (uint32_t *)((uintptr_t)memory_any(o) & ~3ul) :
	    &sh->s_futex[o->o_a % 16];
	int private = o->o_b & 8 ? FUTEX_PRIVATE_FLAG : 0;

	switch (o->o_b % 4) {
	case 0:
	case 1:
		syscall(SYS_futex, word, FUTEX_WAIT | private, 0, &ms, NULL, 0);
		break;
	case 2:
		syscall(SYS_futex, word, FUTEX_WAKE | private, o->o_c % 3 + 1, NULL, NULL, 0);
		break;
	default:
		syscall(SYS_futex, word, FUTEX_REQUEUE | private, 1, (void *)2l,
		    &sh->s_futex[o->o_c % 16], 0);
		break;
	}
}

static void
do_nap(const struct op *o)
{
	struct timespec ts = { 0, o->o_a % 1000000 };

	if (o->o_b % 2)
		sched_yield();
	else
		nanosleep(&ts, NULL);
}

static void
do_affinity(const struct op *o)
{
	unsigned long mask = o->o_a % 15 + 1;

	syscall(SYS_sched_setaffinity, o->o_b % 2 ? 0 : slot_pid(o->o_b), sizeof(mask), &mask);
}

/* ---- descriptors ---- */

static void
do_pipe(const struct op *o)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK | (o->o_c % 2 ? O_CLOEXEC : 0)) != 0)
		return;
	dup2(fd[0], fd_pick(o->o_a));
	dup2(fd[1], fd_pick(o->o_b));
	close(fd[0]);
	close(fd[1]);
}

static void
do_dup(const struct op *o)
{
	if (o->o_c % 3 == 0)
		fcntl(fd_pick(o->o_a), F_DUPFD_CLOEXEC, fd_pick(o->o_b));
	else
		dup3(fd_pick(o->o_a), fd_pick(o->o_b), o->o_c % 3 == 1 ? O_CLOEXEC : 0);
}

static void
do_close(const struct op *o)
{
	if (o->o_b % 8 == 0)
		syscall(SYS_close_range, fd_pick(o->o_a), fd_pick(o->o_a) + (int)(o->o_c % 20),
		    o->o_b % 16 == 0 ? 2 /* CLOSE_RANGE_UNSHARE */ : 0);
	else
		close(fd_pick(o->o_a));
}

static void
do_transfer(const struct op *o)
{
	static char buffer[16384];
	size_t n = o->o_b % sizeof(buffer);

	if (o->o_c % 8 == 7)	/* from memory that may not be there */
		(void)!write(fd_pick(o->o_a), memory_any(o), n);
	else if (o->o_c % 2)
		(void)!write(fd_pick(o->o_a), buffer, n);
	else
		(void)!read(fd_pick(o->o_a), buffer, n);
}

static void
do_pidfd(const struct op *o)
{
	int pid = slot_pid(o->o_a), fd;

	if (pid == 0 || (fd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0)
		return;
	if (o->o_b % 2)
		syscall(SYS_pidfd_send_signal, fd, signals[o->o_c % NSIGNALS], NULL, 0);
	dup2(fd, fd_pick(o->o_b));
	close(fd);
}

static void
do_proc(const struct op *o)
{
	static const char *const files[] = { "stat", "maps", "status", "fd", "task", "statm",
	    "cmdline", "limits" };
	static char text[4096];
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", slot_pid(o->o_a), files[o->o_b % 8]);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	if (syscall(SYS_getdents64, fd, text, sizeof(text)) < 0)
		while (read(fd, text, sizeof(text)) > 0)
			continue;
	close(fd);
}

const struct kind kinds[] = {
	{ "map", 16, 0, do_map }, { "map_file", 3, 0, do_map_file }, { "unmap", 4, 0, do_unmap },
	{ "protect", 8, 0, do_protect }, { "remap", 6, 0, do_remap }, { "advise", 8, 0, do_advise },
	{ "lock", 1, 0, do_lock }, { "store", 24, 0, do_store }, { "verify", 12, 0, do_verify },
	{ "copyout", 6, 0, do_copyout }, { "huge", 6, 0, do_huge },
	{ "fork", 6, 1, do_fork }, { "clone", 2, 1, do_clone }, { "clone3", 2, 1, do_clone3 },
	{ "thread", 4, 1, do_thread }, { "vfork", 3, 0, do_vfork }, { "exec", 2, 0, do_exec },
	{ "exit", 1, 0, do_exit }, { "wait", 5, 0, do_wait }, { "kill", 3, 0, do_kill },
	{ "sigaction", 2, 0, do_sigaction }, { "sigmask", 2, 0, do_sigmask },
	{ "timer", 1, 0, do_timer }, { "setpgid", 2, 0, do_setpgid }, { "setsid", 1, 0, do_setsid },
	{ "setuid", 1, 0, do_setuid }, { "prlimit", 2, 0, do_prlimit }, { "prctl", 2, 0, do_prctl },
	{ "futex", 4, 0, do_futex }, { "nap", 3, 0, do_nap }, { "affinity", 1, 0, do_affinity },
	{ "pipe", 4, 0, do_pipe }, { "dup", 4, 0, do_dup }, { "close", 4, 0, do_close },
	{ "transfer", 4, 0, do_transfer }, { "pidfd", 2, 0, do_pidfd }, { "proc", 3, 0, do_proc },
};
const uint32_t nkinds = sizeof(kinds) / sizeof(kinds[0]);
