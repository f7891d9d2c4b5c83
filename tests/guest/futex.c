/* SPDX-License-Identifier: BSD-2-Clause */
/* Futexes: waits, wakes, requeues, keys, timeouts, locks with an owner, robust lists. */
#include "tap.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static long
futex(volatile uint32_t *word, int op, uint32_t val, const void *timeout, volatile uint32_t *word2,
    uint32_t val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
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

static pid_t
tid_self(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Memory that a forked child shares. */
static void *
shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static struct timespec
in_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms % 1000 * 1000000;
	ts.tv_sec += ms / 1000 + ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

/* --- waiting and waking --- */

static volatile uint32_t word, word2, asleep, awake;

struct wait_arg {
	volatile uint32_t *wa_word;
	int	wa_op;
	uint32_t wa_bits;
	long	wa_ret;
};

static void *
waiter(void *arg)
{
	struct wait_arg *wa = arg;

	__atomic_fetch_add(&asleep, 1, __ATOMIC_SEQ_CST);
	wa->wa_ret = futex(wa->wa_word, wa->wa_op, 0, NULL, NULL, wa->wa_bits);
	__atomic_fetch_add(&awake, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Starts n waiters and lets them fall asleep. */
static void
sleepers(pthread_t *t, struct wait_arg *wa, int n)
{
	uint32_t was = asleep;

	for (int i = 0; i < n; i++)
		t[i] = thread(waiter, &wa[i]);
	CHECK(SOON(asleep == was + n, 5000));
	sleep_ms(40);
}

TEST("wait with another value is EAGAIN; bad addresses are EINVAL and EFAULT")
{
	word = 1;
	ERR(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EAGAIN);
	ERR(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0), EAGAIN);
	ERR(futex((void *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
	ERR(futex((void *)((char *)&word + 2), FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
	ERR(futex((void *)8, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	ERR(futex(&word, FUTEX_WAIT_BITSET, 1, NULL, NULL, 0), EINVAL);
	ERR(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
	ERR(futex(&word, 63, 1, NULL, NULL, 0), ENOSYS);
	ERR(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
}

TEST("wake wakes as many as it is told, and says so; with nobody there it is 0")
{
	struct wait_arg wa[5];
	pthread_t t[5];

	EQ(futex(&word, FUTEX_WAKE, 5, NULL, NULL, 0), 0);
	for (int i = 0; i < 5; i++)
		wa[i] = (struct wait_arg){ &word, FUTEX_WAIT, 0, -1 };
	sleepers(t, wa, 5);
	EQ(futex(&word, FUTEX_WAKE, 2, NULL, NULL, 0), 2);
	CHECK(SOON(awake == 2, 5000));
	sleep_ms(20);
	EQ(awake, 2);
	EQ(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0), 3);
	for (int i = 0; i < 5; i++) {
		join(t[i]);
		EQ(wa[i].wa_ret, 0);
	}
}

TEST("bitsets: only those with a common bit are woken")
{
	struct wait_arg wa[3] = {
		{ &word, FUTEX_WAIT_BITSET, 1, -1 }, { &word, FUTEX_WAIT_BITSET, 2, -1 },
		{ &word, FUTEX_WAIT_BITSET, 6, -1 },
	};
	pthread_t t[3];

	sleepers(t, wa, 3);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 8), 0);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4), 1);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 3), 2);
	for (int i = 0; i < 3; i++)
		join(t[i]);
}

TEST("requeue wakes some and moves others; compare refuses when the word has changed")
{
	struct wait_arg wa[6];
	pthread_t t[6];

	for (int i = 0; i < 6; i++)
		wa[i] = (struct wait_arg){ &word, FUTEX_WAIT, 0, -1 };
	sleepers(t, wa, 6);
	ERR(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2, &word2, 9), EAGAIN);
	EQ(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2, &word2, 0), 3);
	CHECK(SOON(awake == 1, 5000));
	EQ(futex(&word2, FUTEX_WAKE, 100, NULL, NULL, 0), 2);
	CHECK(SOON(awake == 3, 5000));
	EQ(futex(&word, FUTEX_REQUEUE, 0, (void *)100, &word2, 0), 3);
	EQ(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0), 0);
	EQ(futex(&word2, FUTEX_WAKE, 100, NULL, NULL, 0), 3);
	for (int i = 0; i < 6; i++)
		join(t[i]);
	ERR(futex(&word, FUTEX_CMP_REQUEUE, -1, (void *)1, &word2, 0), EINVAL);
}

TEST("wake_op: the second word is changed, and woken if it was what was asked for")
{
	struct wait_arg wa[2] = { { &word, FUTEX_WAIT, 0, -1 }, { &word2, FUTEX_WAIT, 0, -1 } };
	pthread_t t[2];

	sleepers(t, wa, 2);
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2,
	    FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 3)), 1);
	EQ(word2, 5);
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2,
	    FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_GT, 4)), 1);
	EQ(word2, 7);
	join(t[0]);
	join(t[1]);
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2,
	    FUTEX_OP(FUTEX_OP_ANDN, 3, FUTEX_OP_CMP_LT, -1)), 0);
	EQ(word2, 4);
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2,
	    FUTEX_OP((FUTEX_OP_XOR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_LT, -1)), 0);
	EQ(word2, 20);
}

/* --- keys --- */

TEST("shared memory: a child's wake reaches the parent, by whatever address either has it")
{
	volatile uint32_t *a = shared(4096);
	pid_t pid = child();

	if (pid == 0) {
		volatile uint32_t *b = mremap((void *)a, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
		    (void *)0x600000000000);

		CHECK((void *)b != MAP_FAILED);
		sleep_ms(40);
		*b = 1;
		_exit(futex(b, FUTEX_WAKE, 1, NULL, NULL, 0) == 1 ? 0 : 1);
	}
	EQ(futex(a, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
	EQ(*a, 1);
	EXITS(pid, 0);
}

TEST("a file's pages: two mappings of it are one word")
{
	volatile uint32_t *a, *b;
	struct wait_arg wa;
	pthread_t t;
	int fd = open("f", O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
	a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
	CHECK((void *)a != MAP_FAILED && (void *)b != MAP_FAILED);
	wa = (struct wait_arg){ a + 1025, FUTEX_WAIT, 0, -1 };
	sleepers(&t, &wa, 1);
	EQ(futex(b, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	EQ(futex(b + 1, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	join(t);
}

TEST("private memory: a child's word is not its parent's")
{
	struct timespec ts = { 0, 80 * 1000000 };
	pid_t pid = child();

	if (pid == 0) {
		sleep_ms(30);
		_exit((int)futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
	}
	ERR(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0), ETIMEDOUT);
	EXITS(pid, 0);
}

/* --- time --- */

TEST("timeouts: a length for wait, a time of either clock for the bitset form")
{
	struct timespec ts = { 0, 60 * 1000000 }, bad = { 0, 1000000000 };
	long long start = now_ms();

	ERR(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0), ETIMEDOUT);
	CHECK(now_ms() - start >= 59 && now_ms() - start < 2000);
	start = now_ms();
	ts = in_ms(CLOCK_MONOTONIC, 60);
	ERR(futex(&word, FUTEX_WAIT_BITSET, 0, &ts, NULL, ~0u), ETIMEDOUT);
	CHECK(now_ms() - start >= 59 && now_ms() - start < 2000);
	start = now_ms();
	ts = in_ms(CLOCK_REALTIME, 60);
	ERR(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &ts, NULL, ~0u), ETIMEDOUT);
	CHECK(now_ms() - start >= 58 && now_ms() - start < 2000);
	ts = in_ms(CLOCK_MONOTONIC, -1000);
	ERR(futex(&word, FUTEX_WAIT_BITSET, 0, &ts, NULL, ~0u), ETIMEDOUT);
	ERR(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
	ERR(futex(&word, FUTEX_WAIT, 0, (void *)8, NULL, 0), EFAULT);
}

static volatile int handled;

static void
handler(int sig)
{
	(void)sig;
	handled = handled + 1;
}

static void
alarm_every(long ms, int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval { struct timeval i, v; } it = { { 0, 0 }, { 0, ms * 1000 } };

	EQ(sigaction(SIGALRM, &sa, NULL), 0);
	EQ(syscall(SYS_setitimer, 0, &it, NULL), 0);
}

TEST("a handler interrupts a wait: EINTR, or a restart with SA_RESTART when it has no end")
{
	struct wait_arg wa = { &word, FUTEX_WAKE, 0, 0 };
	struct timespec ts = { 5, 0 };

	alarm_every(40, 0);
	ERR(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EINTR);
	EQ(handled, 1);
	alarm_every(40, 0);
	ERR(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0), EINTR);
	EQ(handled, 2);
	alarm_every(40, SA_RESTART);
	ERR(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
	if (child() == 0) {
		sleep_ms(120);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	{
		struct sigaction sa = { .sa_handler = handler };

		EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	}
	ERR(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EINTR);
	EQ(handled, 4);
	(void)wa;
}

TEST("a stop and a continuation do not end a wait, nor lengthen it")
{
	volatile uint32_t *a = shared(4096);
	pid_t pid = child();
	int status;

	if (pid == 0) {
		struct timespec ts = { 0, 200 * 1000000 };
		long long start = now_ms();
		long r = futex(a, FUTEX_WAIT, 0, &ts, NULL, 0);

		_exit(r == -1 && errno == ETIMEDOUT && now_ms() - start < 350 &&
		    now_ms() - start >= 199 ? 0 : 1);
	}
	sleep_ms(40);
	EQ(kill(pid, SIGSTOP), 0);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(kill(pid, SIGCONT), 0);
	EXITS(pid, 0);
}

/* --- nothing is lost --- */

#define PINGS 3000

static volatile uint32_t ball[2];

static void *
ping(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (uint32_t i = 1; i <= PINGS; i++) {
		while (__atomic_load_n(&ball[me], __ATOMIC_SEQ_CST) < i)
			futex(&ball[me], FUTEX_WAIT_PRIVATE, i - 1, NULL, NULL, 0);
		__atomic_store_n(&ball[!me], me == 0 ? i : i + 1, __ATOMIC_SEQ_CST);
		futex(&ball[!me], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	return NULL;
}

TEST("two threads pass a ball 3000 times: no wake is lost")
{
	pthread_t a = thread(ping, (void *)0), b = thread(ping, (void *)1);

	__atomic_store_n(&ball[0], 1, __ATOMIC_SEQ_CST);
	futex(&ball[0], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	join(a);
	join(b);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long produced, consumed;

static void *
consumer(void *arg)
{
	(void)arg;
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (produced == consumed)
			pthread_cond_wait(&cond, &mutex);
		if (produced < 0) {
			pthread_mutex_unlock(&mutex);
			return NULL;
		}
		consumed++;
		pthread_mutex_unlock(&mutex);
	}
}

TEST("condition variables: four consumers take all that is produced")
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		t[i] = thread(consumer, NULL);
	for (int i = 0; i < 4000; i++) {
		pthread_mutex_lock(&mutex);
		produced++;
		pthread_mutex_unlock(&mutex);
		if (i % 3 == 0)
			pthread_cond_broadcast(&cond);
		else
			pthread_cond_signal(&cond);
	}
	CHECK(SOON(({ pthread_mutex_lock(&mutex); long c = consumed; pthread_cond_broadcast(&cond);
	    pthread_mutex_unlock(&mutex); c; }) == 4000, 20000));
	pthread_mutex_lock(&mutex);
	produced = -1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		join(t[i]);
}

/* --- locks with an owner --- */

static volatile uint32_t pi;
static volatile long pi_total;

static void
pi_lock(volatile uint32_t *lock)
{
	uint32_t zero = 0;

	if (!__atomic_compare_exchange_n(lock, &zero, (uint32_t)tid_self(), 0, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST))
		EQ(futex(lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static void
pi_unlock(volatile uint32_t *lock)
{
	uint32_t me = (uint32_t)tid_self();

	if (!__atomic_compare_exchange_n(lock, &me, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		EQ(futex(lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static void *
pi_adder(void *arg)
{
	(void)arg;
	for (int i = 0; i < 500; i++) {
		pi_lock(&pi);
		pi_total = pi_total + 1;
		if (i % 16 == 0)
			sched_yield();
		pi_unlock(&pi);
	}
	return NULL;
}

TEST("PI: six threads add under a lock with an owner; none is left waiting")
{
	pthread_t t[6];

	for (int i = 0; i < 6; i++)
		t[i] = thread(pi_adder, NULL);
	for (int i = 0; i < 6; i++)
		join(t[i]);
	EQ(pi_total, 3000);
	EQ(pi & FUTEX_TID_MASK, 0);
}

static void *
pi_hold(void *arg)
{
	struct gate *g = arg;

	pi_lock(&pi);
	gate_open(&g[0]);
	gate_pass(&g[1]);
	pi_unlock(&pi);
	return NULL;
}

TEST("PI: EDEADLK, EPERM, EAGAIN, ETIMEDOUT, ESRCH")
{
	struct gate g[2] = { gate_make(), gate_make() };
	struct timespec ts;
	pthread_t t;

	pi_lock(&pi);
	EQ(pi, (uint32_t)tid_self());
	ERR(futex(&pi, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	pi_unlock(&pi);
	EQ(pi, 0);
	ERR(futex(&pi, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	EQ(futex(&pi, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), 0);
	EQ(pi & FUTEX_TID_MASK, (uint32_t)tid_self());
	EQ(futex(&pi, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	EQ(pi, 0);
	t = thread(pi_hold, g);
	gate_pass(&g[0]);
	ERR(futex(&pi, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
	ERR(futex(&pi, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	ts = in_ms(CLOCK_REALTIME, 50);
	ERR(futex(&pi, FUTEX_LOCK_PI, 0, &ts, NULL, 0), ETIMEDOUT);
	ts = in_ms(CLOCK_MONOTONIC, 50);
	ERR(futex(&pi, FUTEX_LOCK_PI2, 0, &ts, NULL, 0), ETIMEDOUT);
	CHECK((pi & FUTEX_WAITERS) != 0);
	gate_open(&g[1]);
	EQ(futex(&pi, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	EQ(pi & FUTEX_TID_MASK, (uint32_t)tid_self());
	pi_unlock(&pi);
	join(t);
	pi = 0x3ffffff0;		/* nobody's number */
	ERR(futex(&pi, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
}

static void *
pi_die(void *arg)
{
	struct gate *g = arg;

	pi_lock(&pi);
	gate_open(&g[0]);
	gate_pass(&g[1]);
	sleep_ms(50);
	return NULL;
}

static void *
pi_wait(void *arg)
{
	*(long *)arg = futex(&pi, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	if (*(long *)arg == 0) {
		CHECK((pi & FUTEX_TID_MASK) == (uint32_t)tid_self());
		EQ(futex(&pi, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	}
	return NULL;
}

TEST("PI: an owner that dies without a word: the waiters get the lock, marked, one by one")
{
	struct gate g[2] = { gate_make(), gate_make() };
	long ret[3] = { -9, -9, -9 };
	pthread_t t = thread(pi_die, g), w[3];

	gate_pass(&g[0]);
	for (int i = 0; i < 3; i++)
		w[i] = thread(pi_wait, &ret[i]);
	gate_open(&g[1]);
	for (int i = 0; i < 3; i++) {
		join(w[i]);
		EQ(ret[i], 0);
	}
	join(t);
	EQ(pi & FUTEX_TID_MASK, 0);
}

/* --- robust lists --- */

struct robust_lock {
	struct robust_list	 rl_node;	/* first */
	volatile uint32_t	 rl_word;
};

static void
robust_head(struct robust_list_head *h)
{
	h->list.next = &h->list;
	h->futex_offset = offsetof(struct robust_lock, rl_word);
	h->list_op_pending = NULL;
	EQ(syscall(SYS_set_robust_list, h, sizeof(*h)), 0);
}

static void
robust_add(struct robust_list_head *h, struct robust_lock *rl)
{
	rl->rl_word = (uint32_t)tid_self();
	rl->rl_node.next = h->list.next;
	h->list.next = &rl->rl_node;
}

struct robust_area {
	struct robust_list_head	 ra_head;
	struct robust_lock	 ra_lock[8];
};

TEST("robust: the locks of a process that is killed are marked, and one waiter of each is woken")
{
	struct robust_area *ra = shared(sizeof(*ra));
	struct timespec ts = { 5, 0 };
	pid_t pid = child();
	uint32_t seen;

	if (pid == 0) {
		robust_head(&ra->ra_head);
		for (int i = 0; i < 4; i++)
			robust_add(&ra->ra_head, &ra->ra_lock[i]);
		ra->ra_lock[4].rl_word = (uint32_t)getpid();	/* not on the list */
		ra->ra_head.list_op_pending = &ra->ra_lock[5].rl_node;
		ra->ra_lock[5].rl_word = (uint32_t)getpid();
		ra->ra_lock[6].rl_word = 1;
		for (;;)
			pause();
	}
	CHECK(SOON(ra->ra_lock[6].rl_word == 1, 5000));
	seen = __atomic_fetch_or(&ra->ra_lock[2].rl_word, FUTEX_WAITERS, __ATOMIC_SEQ_CST) |
	    FUTEX_WAITERS;
	if (child() == 0) {
		sleep_ms(30);
		kill(pid, SIGKILL);
		_exit(0);
	}
	EQ(futex(&ra->ra_lock[2].rl_word, FUTEX_WAIT, seen, &ts, NULL, 0), 0);
	EQ(ra->ra_lock[2].rl_word, FUTEX_WAITERS | FUTEX_OWNER_DIED);
	KILLED(pid, SIGKILL);
	EQ(ra->ra_lock[0].rl_word, FUTEX_OWNER_DIED);
	EQ(ra->ra_lock[1].rl_word, FUTEX_OWNER_DIED);
	EQ(ra->ra_lock[3].rl_word, FUTEX_OWNER_DIED);
	EQ(ra->ra_lock[4].rl_word, (uint32_t)pid);
	EQ(ra->ra_lock[5].rl_word, FUTEX_OWNER_DIED);
}

HELPER("three")
{
	return 3;
}

TEST("robust: exec counts as death, and the new program has no list (END-4)")
{
	struct robust_area *ra = shared(sizeof(*ra));
	char *av[] = { tap_self, "@three", NULL };
	pid_t pid = child();

	if (pid == 0) {
		robust_head(&ra->ra_head);
		robust_add(&ra->ra_head, &ra->ra_lock[0]);
		execv(tap_self, av);
		_exit(99);
	}
	EXITS(pid, 3);
	EQ(ra->ra_lock[0].rl_word, FUTEX_OWNER_DIED);
}

TEST("robust: a child has no list (NEW-24)")
{
	struct robust_area *ra = shared(sizeof(*ra));
	pid_t pid;

	robust_head(&ra->ra_head);
	if ((pid = child()) == 0) {
		struct robust_list_head *h = (void *)1;
		size_t len = 0;

		if (syscall(SYS_get_robust_list, 0, &h, &len) != 0 || h != NULL)
			_exit(1);
		/* Were the list inherited, this would be marked. */
		robust_add(&ra->ra_head, &ra->ra_lock[0]);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(ra->ra_lock[0].rl_word, (uint32_t)pid);
	ra->ra_head.list.next = &ra->ra_head.list;
}

TEST("robust: a locker with an owner (PI) that dies is marked and passed on")
{
	struct robust_area *ra = shared(sizeof(*ra));
	volatile uint32_t *w = &ra->ra_lock[0].rl_word;
	pid_t pid = child();

	if (pid == 0) {
		robust_head(&ra->ra_head);
		robust_add(&ra->ra_head, &ra->ra_lock[0]);
		ra->ra_head.list.next = (void *)((uintptr_t)ra->ra_head.list.next | 1);
		ra->ra_lock[6].rl_word = 1;
		sleep_ms(60);
		_exit(0);
	}
	CHECK(SOON(ra->ra_lock[6].rl_word == 1, 5000));
	EQ(futex(w, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	EQ(*w & ~FUTEX_WAITERS, FUTEX_OWNER_DIED | (uint32_t)tid_self());
	EXITS(pid, 0);
}

/* Lists that lie: each must end, none may hurt anyone but its owner. */
static void
robust_lie(int kind, struct robust_area *ra)
{
	struct robust_list_head *h = &ra->ra_head;

	robust_head(h);
	robust_add(h, &ra->ra_lock[0]);
	switch (kind) {
	case 0:		/* a ring that never comes back to the head */
		ra->ra_lock[0].rl_node.next = &ra->ra_lock[1].rl_node;
		ra->ra_lock[1].rl_node.next = &ra->ra_lock[0].rl_node;
		break;
	case 1:
		ra->ra_lock[0].rl_node.next = (void *)8;
		break;
	case 2:		/* the kernel's half */
		ra->ra_lock[0].rl_node.next = (void *)0xffffffff80000000ul;
		break;
	case 3:
		h->futex_offset = 1;	/* not aligned */
		break;
	case 4:
		h->futex_offset = (long)0x8000000000000000ul;
		break;
	case 5:
		syscall(SYS_set_robust_list, (void *)0xffff800000000000ul, sizeof(*h));
		break;
	case 6:
		h->list_op_pending = (void *)3;
		break;
	case 7:
		syscall(SYS_set_robust_list, (void *)16, sizeof(*h));
		break;
	case 8:		/* a read-only lock */
		{
			struct robust_lock *rl = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			robust_add(h, rl);
			mprotect(rl, 4096, PROT_READ);
		}
		break;
	}
}

TEST("robust: lists that lie end, and their owner with them")
{
	for (int kind = 0; kind <= 8; kind++) {
		struct robust_area *ra = shared(sizeof(*ra));
		pid_t pid = child();

		if (pid == 0) {
			robust_lie(kind, ra);
			_exit(kind);
		}
		EXITS(pid, kind);
		if (kind < 3 || kind == 6)
			EQ(ra->ra_lock[0].rl_word, FUTEX_OWNER_DIED);
		munmap(ra, sizeof(*ra));
	}
}

TEST("set_robust_list: a wrong length is EINVAL")
{
	struct robust_list_head h;

	ERR(syscall(SYS_set_robust_list, &h, sizeof(h) - 1), EINVAL);
	ERR(syscall(SYS_set_robust_list, &h, 0), EINVAL);
}

TEST("robust mutexes of the C library: EOWNERDEAD after the death of a thread")
{
	pthread_mutexattr_t ma;
	pthread_mutex_t *m = shared(sizeof(*m));
	pid_t pid;

	EQ(pthread_mutexattr_init(&ma), 0);
	EQ(pthread_mutexattr_setrobust(&ma, PTHREAD_MUTEX_ROBUST), 0);
	EQ(pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED), 0);
	EQ(pthread_mutex_init(m, &ma), 0);
	if ((pid = child()) == 0) {
		pthread_mutex_lock(m);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(pthread_mutex_lock(m), EOWNERDEAD);
	EQ(pthread_mutex_consistent(m), 0);
	EQ(pthread_mutex_unlock(m), 0);
	EQ(pthread_mutex_lock(m), 0);
	EQ(pthread_mutex_unlock(m), 0);
}

TAP_MAIN(60)
