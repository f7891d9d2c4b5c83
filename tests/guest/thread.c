/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads: their birth, ids, signals, ends; fork, exec and exit among many of them. */
#include "points.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/times.h>

#define NTHREADS 8

static pid_t
tid_self(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static pthread_t
thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	EQ(pthread_create(&t, NULL, fn, arg), 0);
	return t;
}

static void
join(pthread_t t)
{
	EQ(pthread_join(t, NULL), 0);
}

static int
tasks_of(pid_t pid)
{
	char path[64];
	struct dirent *de;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	CHECK((d = opendir(path)) != NULL);
	while ((de = readdir(d)) != NULL)
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

/* --- birth and sharing --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile long total;

static void *
add_locked(void *arg)
{
	for (int i = 0; i < *(int *)arg; i++) {
		pthread_mutex_lock(&lock);
		total = total + 1;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

TEST("eight threads add under a lock and are joined (LNX-1 LNX-2)")
{
	pthread_t t[NTHREADS];
	int rounds = 2000;

	for (int i = 0; i < NTHREADS; i++)
		t[i] = thread(add_locked, &rounds);
	for (int i = 0; i < NTHREADS; i++)
		join(t[i]);
	EQ(total, NTHREADS * rounds);
}

static void *
nothing(void *arg)
{
	return arg;
}

TEST("threads made and joined a thousand times leave none behind")
{
	for (int i = 0; i < 1000; i++)
		join(thread(nothing, NULL));
	CHECK(SOON(tasks_of(getpid()) == 1, 2000));
}

struct ids {
	pid_t	pid, tid, ppid;
	int	done;
};

static void *
tell_ids(void *arg)
{
	struct ids *id = arg;

	id->pid = getpid();
	id->tid = tid_self();
	id->ppid = getppid();
	while (!__atomic_load_n(&id->done, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	return NULL;
}

TEST("a thread has the process' pid and a number of its own, seen in /proc (LNX-2)")
{
	struct ids a = { 0 }, b = { 0 };
	pthread_t ta = thread(tell_ids, &a), tb = thread(tell_ids, &b);

	CHECK(SOON(*(volatile pid_t *)&a.ppid != 0 && *(volatile pid_t *)&b.ppid != 0, 5000));
	EQ(a.pid, getpid());
	EQ(b.pid, getpid());
	EQ(a.ppid, getppid());
	CHECK(a.tid != getpid() && b.tid != getpid() && a.tid != b.tid);
	EQ(tid_self(), getpid());
	EQ(tasks_of(getpid()), 3);
	a.done = b.done = 1;
	join(ta);
	join(tb);
}

static int raw_word, raw_parent_tid, raw_child_tid;
static char raw_stack[65536] __attribute__((aligned(16)));

static int
raw_thread(void *arg)
{
	(void)arg;
	__atomic_store_n(&raw_word, raw_child_tid, __ATOMIC_SEQ_CST);
	for (;;)
		syscall(SYS_exit, 0);
	return 0;
}

TEST("clone of a thread stores its number twice, clears and wakes the word at its end (LNX-1 LNX-2)")
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	    CLONE_SYSVSEM |
	    CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	int tid, seen;

	raw_parent_tid = raw_child_tid = -1;
	tid = clone(raw_thread, raw_stack + sizeof(raw_stack), flags, NULL, &raw_parent_tid, NULL,
	    &raw_child_tid);
	CHECK(tid > 0);
	EQ(raw_parent_tid, tid);
	while ((seen = __atomic_load_n(&raw_child_tid, __ATOMIC_SEQ_CST)) != 0)
		syscall(SYS_futex, &raw_child_tid, FUTEX_WAIT, seen, NULL, NULL, 0);
	EQ(raw_word, tid);
	CHECK(SOON(syscall(SYS_tgkill, getpid(), tid, 0) == -1 && errno == ESRCH, 2000));
}

static __thread int tls_word = 5;

static void *
tls_check(void *arg)
{
	EQ(tls_word, 5);
	tls_word = *(int *)arg;
	sched_yield();
	EQ(tls_word, *(int *)arg);
	return NULL;
}

TEST("each thread has thread-local memory of its own (LNX-2)")
{
	int number[NTHREADS];
	pthread_t t[NTHREADS];

	for (int i = 0; i < NTHREADS; i++) {
		number[i] = 100 + i;
		t[i] = thread(tls_check, &number[i]);
	}
	for (int i = 0; i < NTHREADS; i++)
		join(t[i]);
	EQ(tls_word, 5);
}

static void *
share_everything(void *arg)
{
	int *fd = arg;

	CHECK((*fd = open("/dev/null", O_RDONLY)) >= 0);
	CHECK(chdir("/") == 0);
	umask(0123);
	signal(SIGUSR2, SIG_IGN);
	return NULL;
}

TEST("threads share descriptors, directory, umask and actions (LNX-2)")
{
	char cwd[PATH_MAX];
	int fd = -1;

	join(thread(share_everything, &fd));
	EQ(close(fd), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0);
	EQ(umask(022), 0123);
	CHECK(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
}

static void *
wait_for_lock(void *arg)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	(void)fcntl(*(int *)arg, F_SETLKW, &fl);
	return NULL;
}

TEST("a record lock granted after its descriptor was closed goes with the process")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int fd = open("f", O_RDWR | O_CREAT, 0644), waits = fd;
	struct gate closed = gate_make();
	pthread_t t;
	pid_t pid;

	EQ(fcntl(fd, F_SETLK, &fl), 0);
	if ((pid = child()) == 0) {
		t = thread(wait_for_lock, &waits);
		sleep_ms(200);
		EQ(close(fd), 0);
		gate_open(&closed);
		join(t);
		_exit(0);
	}
	gate_pass(&closed);
	fl.l_type = F_UNLCK;
	EQ(fcntl(fd, F_SETLK, &fl), 0);
	EXITS(pid, 0);
	fl.l_type = F_WRLCK;
	EQ(fcntl(fd, F_GETLK, &fl), 0);
	EQ(fl.l_type, F_UNLCK);
}

TEST("RLIMIT_NPROC bounds a user's threads: EAGAIN, and none is left")
{
	struct rlimit rl = { 12, 12 };
	pthread_t t[32];
	struct ids id = { 0 };
	int n = 0, error = 0;

	if (geteuid() != 0)
		SKIP("not root");
	CHECK(setresuid(4242, 4242, 4242) == 0);
	CHECK(setrlimit(RLIMIT_NPROC, &rl) == 0);
	while (n < 32 && (error = pthread_create(&t[n], NULL, tell_ids, &id)) == 0)
		n++;
	EQ(error, EAGAIN);
	EQ(n, 11);
	id.done = 1;
	for (int i = 0; i < n; i++)
		join(t[i]);
	CHECK(SOON(tasks_of(getpid()) == 1, 2000));
	join(thread(nothing, NULL));
}

/* --- ends --- */

static void *
exit_later(void *arg)
{
	sleep_ms(60);
	syscall(SYS_exit, (int)(intptr_t)arg);
	return NULL;
}

TEST("the first thread exits, the process lives on as its others do (LNX-1)")
{
	struct gate g = gate_make();
	pid_t pid = child();

	if (pid == 0) {
		thread(exit_later, (void *)7);
		gate_open(&g);
		syscall(SYS_exit, 3);
	}
	gate_pass(&g);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	CHECK(SOON(proc_state(pid) == 'Z', 40));
	EQ(kill(pid, 0), 0);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	EXITS(pid, 7);
}

static void *
exit_group_now(void *arg)
{
	_exit((int)(intptr_t)arg);
}

static void *
sleep_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

TEST("exit_group in any thread ends all, with its code (LNX-1)")
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = child();

		if (pid == 0) {
			for (int k = 0; k < 5; k++)
				thread(sleep_forever, NULL);
			thread(exit_group_now, (void *)(intptr_t)(20 + i));
			sleep_forever(NULL);
		}
		EXITS(pid, 20 + i);
	}
}

TEST("all threads exit at once: the process ends with the code of one of them")
{
	for (int i = 0; i < 30; i++) {
		pid_t pid = child();
		int status;

		if (pid == 0) {
			for (int k = 0; k < 4; k++)
				thread(exit_later, (void *)(intptr_t)(10 + k));
			sleep_ms(60);
			syscall(SYS_exit, 14);
		}
		status = reap(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) >= 10 && WEXITSTATUS(status) <= 14);
	}
}

static void *
spin(void *arg)
{
	volatile unsigned long *n = arg;

	for (;;)
		*n = *n + 1;
	return NULL;
}

TEST("a fatal signal ends all threads, sleeping or running (LNX-1)")
{
	static const int sigs[] = { SIGKILL, SIGTERM, SIGSEGV };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct gate g = gate_make();
		pid_t pid = child();

		if (pid == 0) {
			unsigned long n = 0;

			thread(sleep_forever, NULL);
			thread(spin, &n);
			gate_open(&g);
			sleep_forever(NULL);
		}
		gate_pass(&g);
		EQ(kill(pid, sigs[i]), 0);
		KILLED(pid, sigs[i]);
	}
}

static void *
fault(void *arg)
{
	*(volatile int *)arg = 1;
	return NULL;
}

TEST("a fault of one thread ends the process")
{
	pid_t pid = child();

	if (pid == 0) {
		thread(sleep_forever, NULL);
		thread(fault, (void *)8);
		sleep_forever(NULL);
	}
	KILLED(pid, SIGSEGV);
}

/* --- exec --- */

HELPER("whoami")
{
	return getpid() == atoi(argv[2]) && tid_self() == getpid() && tasks_of(getpid()) == 1 ? 42 :
	    1;
}

static void *
exec_self(void *arg)
{
	char pid[16];
	char *av[] = { tap_self, "@whoami", pid, NULL };

	(void)arg;
	snprintf(pid, sizeof(pid), "%d", getpid());
	execv(tap_self, av);
	_exit(99);
}

TEST("exec by any thread: one is left, with the process' number (LWP-3 END-4)")
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = child();

		if (pid == 0) {
			unsigned long n = 0;

			thread(sleep_forever, NULL);
			thread(spin, &n);
			thread(exec_self, NULL);
			sleep_forever(NULL);
		}
		EXITS(pid, 42);
	}
}

TEST("exec by a thread after the first one has exited")
{
	pid_t pid = child();

	if (pid == 0) {
		thread(exec_self, NULL);
		syscall(SYS_exit, 9);
	}
	EXITS(pid, 42);
}

TEST("all threads exec at once: one wins, the others are gone (LWP-3)")
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = child();

		if (pid == 0) {
			pthread_t t;

			/* No more can be made once one of them is about to exec. */
			for (int k = 0; k < 6; k++)
				(void)!pthread_create(&t, NULL, exec_self, NULL);
			exec_self(NULL);
		}
		EXITS(pid, 42);
	}
}

static void *
exec_fails(void *arg)
{
	char *av[] = { "x", NULL };

	(void)arg;
	ERR(execv("/no/such/file", av), ENOENT);
	return NULL;
}

TEST("a failed exec leaves the other threads alone")
{
	struct ids id = { 0 };
	pthread_t t = thread(tell_ids, &id);

	join(thread(exec_fails, NULL));
	EQ(tasks_of(getpid()) >= 2, 1);
	id.done = 1;
	join(t);
}

/* --- stops --- */

TEST("a stop stops every thread, a continuation continues all (LNX-1)")
{
	volatile unsigned long *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long was[4];
	int status;
	pid_t pid = child();

	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			thread(spin, (void *)&n[i * 8]);
		spin((void *)&n[24]);
	}
	for (int i = 0; i < 4; i++)
		CHECK(SOON(n[i * 8] != 0, 5000));
	for (int round = 0; round < 3; round++) {
		EQ(kill(pid, SIGSTOP), 0);
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		for (int i = 0; i < 4; i++)
			was[i] = n[i * 8];
		sleep_ms(30);
		for (int i = 0; i < 4; i++)
			EQ(n[i * 8], was[i]);
		EQ(kill(pid, SIGCONT), 0);
		EQ(waitpid(pid, &status, WCONTINUED), pid);
		for (int i = 0; i < 4; i++)
			CHECK(SOON(n[i * 8] != was[i], 5000));
	}
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

/* --- signals --- */

static volatile pid_t handler_tid;
static volatile int handler_count;

static void
note_tid(int sig)
{
	(void)sig;
	handler_tid = tid_self();
	handler_count = handler_count + 1;
}

static void *
wait_blocking(void *arg)
{
	struct ids *id = arg;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return tell_ids(arg == NULL ? id : arg);
}

TEST("a signal to the process goes to a thread that does not block it (LNX-1)")
{
	struct ids id = { 0 };
	pthread_t t;
	sigset_t set;

	signal(SIGUSR1, note_tid);
	t = thread(tell_ids, &id);
	CHECK(SOON(*(volatile pid_t *)&id.ppid != 0, 5000));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < 50; i++) {
		int was = handler_count;

		EQ(kill(getpid(), SIGUSR1), 0);
		CHECK(SOON(handler_count == was + 1, 5000));
		EQ(handler_tid, id.tid);
	}
	id.done = 1;
	join(t);
}

TEST("what the first thread blocks is taken up when another stops blocking it")
{
	struct ids id = { 0 };
	pthread_t t;
	sigset_t set, none;

	signal(SIGUSR1, note_tid);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	t = thread(wait_blocking, &id);
	CHECK(SOON(*(volatile pid_t *)&id.ppid != 0, 5000));
	EQ(kill(getpid(), SIGUSR1), 0);
	sleep_ms(20);
	EQ(handler_count, 0);
	EQ(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	EQ(handler_count, 1);
	EQ(handler_tid, getpid());
	id.done = 1;
	join(t);
}

TEST("tgkill reaches this thread and no other; a wrong process is ESRCH (LNX-2)")
{
	struct ids a = { 0 }, b = { 0 };
	pthread_t ta = thread(tell_ids, &a), tb = thread(tell_ids, &b);

	signal(SIGUSR1, note_tid);
	CHECK(SOON(*(volatile pid_t *)&a.ppid != 0 && *(volatile pid_t *)&b.ppid != 0, 5000));
	for (int i = 0; i < 20; i++) {
		pid_t to = i % 2 ? a.tid : b.tid;
		int was = handler_count;

		EQ(syscall(SYS_tgkill, getpid(), to, SIGUSR1), 0);
		CHECK(SOON(handler_count == was + 1, 5000));
		EQ(handler_tid, to);
	}
	ERR(syscall(SYS_tgkill, getppid(), a.tid, SIGUSR1), ESRCH);
	ERR(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
	a.done = b.done = 1;
	join(ta);
	join(tb);
	CHECK(SOON(syscall(SYS_tgkill, getpid(), a.tid, 0) == -1 && errno == ESRCH, 2000));
}

static void *
altstack_of_thread(void *arg)
{
	(void)arg;
	stack_t ss;

	EQ(sigaltstack(NULL, &ss), 0);
	EQ(ss.ss_flags, SS_DISABLE);
	return NULL;
}

static char alt[32768];

static void
altstack_set(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };

	EQ(sigaltstack(&ss, NULL), 0);
}

TEST("a new thread has no alternate stack, and its maker's mask")
{
	altstack_set();
	join(thread(altstack_of_thread, NULL));
}

static int
altstack_report(void *arg)
{
	stack_t ss;

	(void)arg;
	if (sigaltstack(NULL, &ss) != 0)
		_exit(1);
	_exit(ss.ss_flags == SS_DISABLE ? 10 : 11);
}

TEST("alternate stack: gone in a child that shares memory and is not waited for, kept in all others (FIX-28 NEW-16)")
{
	pid_t pid;

	altstack_set();
	pid = clone(altstack_report, raw_stack + sizeof(raw_stack), CLONE_VM | SIGCHLD, NULL);
	CHECK(pid > 0);
	EXITS(pid, 10);
	pid = clone(altstack_report, raw_stack + sizeof(raw_stack),
	    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	CHECK(pid > 0);
	EXITS(pid, 11);
	if ((pid = child()) == 0)
		altstack_report(NULL);
	EXITS(pid, 11);
}

/* --- sharing actions between processes --- */

static volatile int sig_step;

static int
sighand_sharer(void *arg)
{
	struct sigaction sa;

	(void)arg;
	while (sig_step != 1)
		sched_yield();
	sigaction(SIGUSR1, NULL, &sa);
	if (sa.sa_handler != SIG_IGN)
		_exit(1);
	kill(getpid(), SIGUSR1);		/* ignored by the other's wish */
	sa.sa_handler = note_tid;
	sigaction(SIGUSR1, &sa, NULL);
	sig_step = 2;
	while (sig_step != 3)
		sched_yield();
	sigaction(SIGUSR1, NULL, &sa);
	kill(getpid(), SIGUSR1);		/* default again: death */
	_exit(2);
}

TEST("CLONE_SIGHAND: an action set by either side is the other's at once (FIX-20 NEW-16 NEW-4)")
{
	pid_t pid;
	struct sigaction sa;

	pid = clone(sighand_sharer, raw_stack + sizeof(raw_stack),
	    CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	CHECK(pid > 0);
	signal(SIGUSR1, SIG_IGN);
	sig_step = 1;
	CHECK(SOON(sig_step == 2, 5000));
	EQ(sigaction(SIGUSR1, NULL, &sa), 0);
	CHECK(sa.sa_handler == note_tid);
	EQ(raise(SIGUSR1), 0);
	EQ(handler_tid, getpid());
	signal(SIGUSR1, SIG_DFL);
	sig_step = 3;
	KILLED(pid, SIGUSR1);
}

/* --- children --- */

static struct gate wait_gate;
static volatile pid_t wait_child;

static void *
make_child(void *arg)
{
	struct gate *g = arg;

	if ((wait_child = fork()) == 0) {
		gate_pass(&wait_gate);
		_exit(5);
	}
	CHECK(wait_child > 0);
	gate_open(g);
	sleep_forever(NULL);
	return NULL;
}

TEST("any thread waits for a child of any other; __WNOTHREAD sees only its own (END-2)")
{
	struct gate g = gate_make();
	pid_t mine;

	wait_gate = gate_make();
	thread(make_child, &g);
	gate_pass(&g);
	ERR(waitpid(wait_child, NULL, __WNOTHREAD | WNOHANG), ECHILD);
	EQ(waitpid(wait_child, NULL, WNOHANG), 0);
	gate_open(&wait_gate);
	EXITS(wait_child, 5);
	if ((mine = child()) == 0)
		_exit(6);
	EQ(waitpid(mine, NULL, __WNOTHREAD), mine);
}

static void *
fork_and_exit(void *arg)
{
	struct gate *g = arg;

	if ((wait_child = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGUSR1);
		gate_open(g);
		sleep_forever(NULL);
	}
	gate_pass(g);
	return NULL;
}

TEST("PR_SET_PDEATHSIG: the parent that dies is the thread that forked")
{
	struct gate g = gate_make();

	join(thread(fork_and_exit, &g));
	KILLED(wait_child, SIGUSR1);
}

static void *
fork_in_thread(void *arg)
{
	stack_t ss = { .ss_sp = malloc(16384), .ss_size = 16384 }, got;
	sigset_t mask, now;
	pid_t pid;

	(void)arg;
	tls_word = 77;
	/* What the first thread has not. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGURG);
	EQ(pthread_sigmask(SIG_BLOCK, &mask, NULL), 0);
	EQ(sigaltstack(&ss, NULL), 0);
	pid = (pid_t)syscall(SYS_fork);		/* the library's puts the mask back itself */
	if (pid == 0) {
		/* The copy of this thread is the child's only one. */
		if (tls_word != 77 || tid_self() != getpid() || tasks_of(getpid()) != 1)
			_exit(1);
		if (sigprocmask(SIG_BLOCK, NULL, &now) != 0 || !sigismember(&now, SIGURG))
			_exit(2);
		if (sigaltstack(NULL, &got) != 0 || got.ss_sp != ss.ss_sp ||
		    got.ss_flags != 0)
			_exit(3);
		_exit(8);
	}
	CHECK(pid > 0);
	EXITS(pid, 8);
	ss.ss_flags = SS_DISABLE;
	EQ(sigaltstack(&ss, NULL), 0);
	free(ss.ss_sp);
	return NULL;
}

TEST("fork in a thread: the child has one thread, a copy of that one, which returns 0 (LWP-1 LWP-2)")
{
	struct ids id = { 0 };
	pthread_t t = thread(tell_ids, &id);

	for (int i = 0; i < 10; i++)
		join(thread(fork_in_thread, NULL));
	id.done = 1;
	join(t);
}

static volatile int in_handler_pid;

static void
fork_on_altstack(int sig)
{
	volatile char here[64];
	pid_t pid;

	(void)sig;
	CHECK((char *)here >= alt && (char *)here < alt + sizeof(alt));
	memset((char *)here, 'p', sizeof(here));
	pid = fork();
	CHECK(pid >= 0);
	in_handler_pid = pid;
	if (pid == 0)
		memset((char *)here, 'c', sizeof(here));
	else
		sleep_ms(20);
	for (size_t i = 0; i < sizeof(here); i++)
		EQ(here[i], pid == 0 ? 'c' : 'p');
}

TEST("fork in a handler on the alternate stack: both return from it on their own copy (ENT-12 NEW-16)")
{
	struct sigaction sa = { .sa_handler = fork_on_altstack, .sa_flags = SA_ONSTACK };
	stack_t ss;

	altstack_set();
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	for (int i = 0; i < 5; i++) {
		in_handler_pid = -1;
		EQ(raise(SIGUSR1), 0);
		EQ(sigaltstack(NULL, &ss), 0);
		EQ(ss.ss_flags, 0);
		if (in_handler_pid == 0)
			_exit(12);
		EXITS(in_handler_pid, 12);
	}
}

/* --- accounts --- */

static void *
burn(void *arg)
{
	struct rusage ru;
	long long end = now_ms() + 5000;

	do {
		EQ(getrusage(RUSAGE_THREAD, &ru), 0);
	} while (ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 +
	    ru.ru_stime.tv_usec < 40000 && now_ms() < end);
	*(struct rusage *)arg = ru;
	return NULL;
}

TEST("RUSAGE_THREAD is the thread's own, RUSAGE_SELF keeps those of threads that are gone")
{
	struct rusage one, self, me;
	struct tms tms;

	join(thread(burn, &one));
	EQ(getrusage(RUSAGE_SELF, &self), 0);
	EQ(getrusage(RUSAGE_THREAD, &me), 0);
	CHECK(self.ru_utime.tv_sec * 1000000 + self.ru_utime.tv_usec +
	    self.ru_stime.tv_sec * 1000000 +
	    self.ru_stime.tv_usec >= 40000);
	CHECK(me.ru_utime.tv_sec * 1000000 + me.ru_utime.tv_usec + me.ru_stime.tv_sec * 1000000 +
	    me.ru_stime.tv_usec + 30000 < self.ru_utime.tv_sec * 1000000 + self.ru_utime.tv_usec +
	    self.ru_stime.tv_sec * 1000000 + self.ru_stime.tv_usec);
	CHECK(times(&tms) != (clock_t)-1);
	CHECK(tms.tms_utime + tms.tms_stime >= 3);
}

static void *
affinity_of_thread(void *arg)
{
	cpu_set_t set;

	EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	*(int *)arg = CPU_COUNT(&set);
	return NULL;
}

TEST("affinity is a thread's own, handed on to those that it makes")
{
	cpu_set_t one, set;
	int all, n = 0;

	EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	all = CPU_COUNT(&set);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EQ(sched_setaffinity(0, sizeof(one), &one), 0);
	join(thread(affinity_of_thread, &n));
	EQ(n, 1);
	EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	join(thread(affinity_of_thread, &n));
	EQ(n, all);
}

static void *
set_limit(void *arg)
{
	struct rlimit rl = { 100, 100 };

	(void)arg;
	EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	return NULL;
}

TEST("limits are the process', whichever thread sets them")
{
	struct rlimit rl;

	join(thread(set_limit, NULL));
	EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
	EQ(rl.rlim_cur, 100);
}

static void *
set_uid(void *arg)
{
	(void)arg;
	EQ(setuid(1234), 0);
	return NULL;
}

TEST("setuid in a thread, as libc does it, is done in all")
{
	struct ids id = { 0 };
	pthread_t t;

	if (geteuid() != 0)
		SKIP("not root");
	t = thread(tell_ids, &id);
	join(thread(set_uid, NULL));
	EQ(getuid(), 1234);
	EQ(syscall(SYS_geteuid), 1234);
	id.done = 1;
	join(t);
}

/* --- memory during forks --- */

/*
 * Each writer counts in its own pages: first in the front word, then in the back word, then in the
 * next page. At any instant front - back is 0 or 1 and the pages ascend downwards.
 */
#define WRITERS 8
#define PAGES 4
#define WORDS 512

struct writer_area {
	volatile uint64_t w[PAGES][WORDS];
};

static struct writer_area *areas;
static volatile int writers_stop;

static void *
writer(void *arg)
{
	struct writer_area *a = arg;
	uint64_t n = 0;

	while (!writers_stop) {
		n++;
		for (int p = 0; p < PAGES; p++) {
			__atomic_store_n(&a->w[p][0], n, __ATOMIC_RELEASE);
			__atomic_store_n(&a->w[p][WORDS - 1], n, __ATOMIC_RELEASE);
		}
	}
	return NULL;
}

/* In the child: no torn page, and nothing that changes afterwards. */
static int
writers_examine(void)
{
	uint64_t was[WRITERS][PAGES][2];

	for (int i = 0; i < WRITERS; i++) {
		uint64_t last = UINT64_MAX;

		for (int p = 0; p < PAGES; p++) {
			uint64_t front = areas[i].w[p][0], back = areas[i].w[p][WORDS - 1];

			was[i][p][0] = front;
			was[i][p][1] = back;
			if (front - back > 1 || front > last)
				return 1;
			last = back;
		}
		if (was[i][0][0] - last > 1)
			return 2;
	}
	sched_yield();
	for (int i = 0; i < WRITERS; i++) {
		for (int p = 0; p < PAGES; p++) {
			if (areas[i].w[p][0] != was[i][p][0] ||
			    areas[i].w[p][WORDS - 1] != was[i][p][1])
				return 3;
		}
	}
	return 0;
}

TEST("eight threads write while another forks: the child sees one instant, and no later write (VM-3)")
{
	pthread_t t[WRITERS];

	areas = mmap(NULL, sizeof(*areas) * WRITERS, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(areas != MAP_FAILED);
	for (int i = 0; i < WRITERS; i++)
		t[i] = thread(writer, &areas[i]);
	for (int i = 0; i < 60; i++) {
		pid_t pid = child();

		if (pid == 0)
			_exit(writers_examine());
		EXITS(pid, 0);
	}
	writers_stop = 1;
	for (int i = 0; i < WRITERS; i++)
		join(t[i]);
}

/* --- registers --- */

/*
 * fork by hand between filling and reading the vector registers; 0 for the child, -1: they
 * changed.
 */
#define VECTORS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) \
	X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static long
fork_with_vectors(const uint8_t in[16][32], uint8_t out[16][32], int avx)
{
	long ret = SYS_fork;

#define LOADX(n) "movups " #n "*32(%2), %%xmm" #n "\n"
#define STOREX(n) "movups %%xmm" #n ", " #n "*32(%3)\n"
#define LOADY(n) "vmovups " #n "*32(%2), %%ymm" #n "\n"
#define STOREY(n) "vmovups %%ymm" #n ", " #n "*32(%3)\n"
	if (avx)
		__asm__ volatile(VECTORS(LOADY) "syscall\n" VECTORS(STOREY)
		    : "+a"(ret) : "0"(ret), "r"(in), "r"(out) : "rcx", "r11", "memory");
	else
		__asm__ volatile(VECTORS(LOADX) "syscall\n" VECTORS(STOREX)
		    : "+a"(ret) : "0"(ret), "r"(in), "r"(out) : "rcx", "r11", "memory");
	return ret;
}

static void
vectors_round(unsigned seed, int avx)
{
	uint8_t in[16][32], out[16][32];
	uint16_t cw, cw_in = 0x037f ^ (seed % 4) << 10;
	size_t bytes = avx ? 32 : 16;
	long pid;

	for (int i = 0; i < 16; i++)
		for (int k = 0; k < 32; k++)
			in[i][k] = (uint8_t)(seed * 31 + i * 7 + k);
	memset(out, 0, sizeof(out));
	__asm__ volatile("fldcw %0" : : "m"(cw_in));
	pid = fork_with_vectors(in, out, avx);
	__asm__ volatile("fnstcw %0" : "=m"(cw));
	CHECK(pid >= 0);
	EQ(cw, cw_in);
	for (int i = 0; i < 16; i++)
		CHECK(memcmp(in[i], out[i], bytes) == 0);
	if (pid == 0)
		_exit(33);
	EXITS((pid_t)pid, 33);
}

TEST("fork: child and parent have the caller's vector registers, each process poisons its own (NEW-25)")
{
	uint32_t a = 1, b, c = 0, d;
	pid_t pid[6];
	int avx;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	avx = (c >> 27 & 1) && (c >> 28 & 1);
	for (int i = 0; i < 6; i++) {
		if ((pid[i] = child()) == 0) {
			for (unsigned k = 0; k < 40; k++)
				vectors_round((unsigned)i * 1000 + k, avx);
			_exit(0);
		}
	}
	for (int i = 0; i < 6; i++)
		EXITS(pid[i], 0);
}

/* --- storms --- */

static void *
fork_in_a_loop(void *arg)
{
	(void)arg;
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return NULL;
}

TEST("exit while other threads fork: the fork is done or never seen, the process ends (LWP-3 FIX-32 ENT-11)")
{
	for (int i = 0; i < 30; i++) {
		pid_t pid = child();

		if (pid == 0) {
			for (int k = 0; k < 4; k++)
				thread(fork_in_a_loop, NULL);
			sleep_ms(i % 7);
			_exit(50);
		}
		EXITS(pid, 50);
	}
}

TEST("exec while other threads fork (LWP-3)")
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = child();

		if (pid == 0) {
			for (int k = 0; k < 4; k++)
				thread(fork_in_a_loop, NULL);
			sleep_ms(i % 7);
			exec_self(NULL);
		}
		EXITS(pid, 42);
	}
}

/* --- failures and stalls on purpose --- */

static void
fail_lwps(void)
{
	static struct point_list points;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, n = 0;

	points.pl_at = NULL;
	while (point_next(&points, "lwp.")) {
		raw_parent_tid = 0;
		FAIL("%s:1 pid=self", points.pl_name);
		ERR(syscall(SYS_clone, flags | CLONE_PARENT_SETTID, raw_stack + sizeof(raw_stack),
		    &raw_parent_tid, NULL, 0), points.pl_errno);
		EQ(raw_parent_tid, 0);
		EQ(tasks_of(getpid()), 1);
		FAIL("clear");
		n++;
	}
	CHECK(n >= 4);
}

TEST("a thread that cannot be made: the error is told, nothing is left (FIX-6 INV-3)")
{
	point_need("fail");
	fail_lwps();		/* touches what memory it needs */
	CENSUS_BEGIN();
	fail_lwps();
	CENSUS_END("after failed threads");
	join(thread(nothing, NULL));
}

/* The census has a line for queued signals from the first on. */
static void
queue_a_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	EQ(raise(SIGUSR1), 0);
	EQ(sigtimedwait(&set, NULL, NULL), SIGUSR1);
	EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static volatile int stall_result;

static volatile int stall_armed;

static void *
fork_once(void *arg)
{
	pid_t pid;

	(void)arg;
	while (!stall_armed)
		continue;
	pid = fork();
	if (pid == 0)
		_exit(0);
	stall_result = pid > 0 ? 1 : 2;
	return NULL;
}

HELPER("childless")
{
	return waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD ? 42 : 1;
}

/* A thread stands at `point` while another ends the process, or execs. */
static void
end_during(const char *point, void *(*fn)(void *), int exec)
{
	pid_t pid = child();

	if (pid == 0) {
		char *av[] = { tap_self, "@childless", NULL };

		thread(fn, NULL);
		STALL("%s pid=%d", point, getpid());
		stall_armed = 1;
		while (!point_stalled(point, getpid()))
			sleep_ms(1);
		if (!exec)
			_exit(42);
		execv(tap_self, av);
		_exit(2);
	}
	EXITS(pid, 42);
	STALL("clear");
}

static void *
thread_once(void *arg)
{
	pthread_t t;

	while (!stall_armed)
		continue;
	return pthread_create(&t, NULL, nothing, NULL) == 0 ? NULL : arg;
}

TEST("exec and exit in another thread while a fork, or the making of a thread, is under way (LWP-3 ENT-11 FIX-32)")
{
	static const char *const forks[] = { "fork.quota", "fork.space", "fork.publish",
	    "fork.start" };
	static const char *const lwps[] = { "lwp.alloc", "lwp.pid", "lwp.join" };

	point_need("stall");
	queue_a_signal();
	for (int round = 0; round < 4; round++) {
		int exec = round % 2;

		if (round == 2)		/* what is made once is there */
			CENSUS_BEGIN();
		for (size_t i = 0; i < sizeof(forks) / sizeof(forks[0]); i++) {
			/* A published child is one, and the exec'd program has it. */
			if (exec && strcmp(forks[i], "fork.start") == 0)
				continue;
			end_during(forks[i], fork_once, exec);
		}
		for (size_t i = 0; i < sizeof(lwps) / sizeof(lwps[0]); i++)
			end_during(lwps[i], thread_once, exec);
	}
	CENSUS_END("after ends during forks");
}

static unsigned
next(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void *storm_thread(void *);

static void
storm(unsigned seed, int depth)
{
	for (int i = 0; i < 3; i++) {
		pthread_t t;
		pid_t pid;

		switch (next(&seed) % 6) {
		case 0:
		case 1:
			if (depth > 0 && pthread_create(&t, NULL, storm_thread,
			    (void *)(uintptr_t)(next(&seed) << 4 | (unsigned)(depth - 1))) == 0 &&
			    next(&seed) % 2)
				pthread_join(t, NULL);
			break;
		case 2:
		case 3:
			if (depth > 0 && (pid = fork()) >= 0) {
				if (pid == 0) {
					alarm(20);
					storm(next(&seed), depth - 1);
					_exit(0);
				}
				if (next(&seed) % 3)
					waitpid(pid, NULL, 0);
				else
					kill(pid, SIGKILL);
			}
			break;
		case 4:
			if (next(&seed) % 4 == 0)
				exec_self(NULL);
			sched_yield();
			break;
		case 5:
			if (next(&seed) % 8 == 0)
				_exit(1);
			break;
		}
	}
}

static void *
storm_thread(void *arg)
{
	storm((unsigned)(uintptr_t)arg >> 4, (int)((uintptr_t)arg & 15));
	return NULL;
}

TEST("storm of threads, forks, execs and exits: nothing is left (INV-3)")
{
	int have = access("/proc/bident/census", F_OK) == 0;

	EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (unsigned round = 0; round < 30; round++) {
		pid_t pid;

		if (have && round == 6)		/* what is made once is there */
			CENSUS_BEGIN();
		pid = child();

		if (pid == 0) {
			alarm(20);
			storm(round * 7919 + 1, 4);
			_exit(0);
		}
		reap(pid);
		while (waitpid(-1, NULL, 0) > 0)
			continue;
		EQ(errno, ECHILD);
	}
	if (have)
		CENSUS_END("after the storm");
}

TAP_MAIN(60)
