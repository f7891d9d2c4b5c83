/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX message queues: names and modes, order, blocking, timeouts, notices, limits; what fork,
 * exec and close do to them.
 */
#include "tap.h"
#include <mqueue.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statfs.h>

#ifndef RLIMIT_MSGQUEUE
#define RLIMIT_MSGQUEUE	12
#endif

static char name[64];
static volatile int caught;
static volatile int caught_value, caught_code, caught_pid;

static void
on_signal(int sig __attribute__((unused)), siginfo_t *si, void *uc __attribute__((unused)))
{
	caught++;
	caught_value = si->si_value.sival_int;
	caught_code = si->si_code;
	caught_pid = si->si_pid;
}

static void
catch(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags };

	EQ(sigaction(sig, &sa, NULL), 0);
}

/* A queue of its own, of so many messages of 16 bytes; open for both. */
static mqd_t
make(long maxmsg, int flags)
{
	struct mq_attr a = { .mq_maxmsg = maxmsg, .mq_msgsize = 16 };
	mqd_t q;

	snprintf(name, sizeof(name), "/tap.%d", getpid());
	mq_unlink(name);
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL | flags, 0600, &a);
	CHECK(q >= 0);
	return q;
}

static void
send(mqd_t q, const char *text, unsigned prio)
{
	EQ(mq_send(q, text, strlen(text) + 1, prio), 0);
}

static void
expect(mqd_t q, const char *text, unsigned prio)
{
	char buf[16] = "";
	unsigned got = 99;

	EQ(mq_receive(q, buf, sizeof(buf), &got), strlen(text) + 1);
	CHECK(strcmp(buf, text) == 0);
	EQ(got, prio);
}

/* `ms` from now, as mq_timedsend wants it. */
static struct timespec
in_ms(long ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

TEST("messages: the highest priority first, of one priority the oldest")
{
	mqd_t q = make(8, 0);

	send(q, "low", 1);
	send(q, "high", 9);
	send(q, "low2", 1);
	send(q, "top", 32767);
	send(q, "high2", 9);
	send(q, "", 0);
	expect(q, "top", 32767);
	expect(q, "high", 9);
	expect(q, "high2", 9);
	expect(q, "low", 1);
	expect(q, "low2", 1);
	expect(q, "", 0);
}

TEST("mq_open: names, O_CREAT, O_EXCL, attributes")
{
	struct mq_attr a = { .mq_maxmsg = 4, .mq_msgsize = 16 }, got;
	char longname[300];
	mqd_t q = make(3, 0), r;

	ERR(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a), EEXIST);
	CHECK((r = mq_open(name, O_RDONLY | O_CREAT, 0600, &a)) >= 0);
	EQ(mq_getattr(r, &got), 0);
	EQ(got.mq_maxmsg, 3);		/* that of the first */
	EQ(got.mq_msgsize, 16);
	EQ(got.mq_curmsgs, 0);
	EQ(got.mq_flags, 0);
	send(q, "a", 0);
	EQ(mq_getattr(r, &got), 0);
	EQ(got.mq_curmsgs, 1);
	ERR(mq_send(r, "b", 1, 0), EBADF);
	EQ(mq_close(r), 0);
	CHECK((r = mq_open(name, O_WRONLY)) >= 0);
	ERR(mq_receive(r, longname, 16, NULL), EBADF);
	ERR(mq_open("/tap.none", O_RDWR), ENOENT);
	ERR(mq_open("/tap/none", O_RDWR | O_CREAT, 0600, &a), EACCES);
	ERR(mq_open("/", O_RDWR | O_CREAT, 0600, &a), ENOENT);
	memset(longname, 'x', sizeof(longname));
	longname[0] = '/';
	longname[257] = '\0';
	ERR(syscall(SYS_mq_open, longname + 1, O_RDWR | O_CREAT, 0600, &a), ENAMETOOLONG);
	a.mq_maxmsg = 0;
	ERR(mq_open("/tap.bad", O_RDWR | O_CREAT, 0600, &a), EINVAL);
	a.mq_msgsize = 0;
	ERR(mq_open("/tap.bad", O_RDWR | O_CREAT, 0600, &a), EINVAL);
	a.mq_maxmsg = 5;
	ERR(mq_open("/tap.bad", O_RDWR | O_CREAT, 0600, &a), EINVAL);
	a.mq_maxmsg = -1;
	a.mq_msgsize = 16;
	ERR(mq_open("/tap.bad", O_RDWR | O_CREAT, 0600, &a), EINVAL);
	ERR(syscall(SYS_mq_open, "tap.bad", O_RDWR | O_CREAT, 0600, (void *)8), EFAULT);
	ERR(syscall(SYS_mq_open, (void *)8, O_RDWR | O_CREAT, 0600, NULL), EFAULT);
	ERR(mq_open("/tap.bad", O_RDWR), ENOENT);
	CHECK((r = mq_open("/tap.dflt", O_RDWR | O_CREAT, 0600, NULL)) >= 0);
	EQ(mq_getattr(r, &got), 0);
	EQ(got.mq_maxmsg, 10);
	EQ(got.mq_msgsize, 8192);
	EQ(mq_unlink("/tap.dflt"), 0);
	EQ(mq_unlink(name), 0);
	ERR(mq_unlink(name), ENOENT);
	ERR(mq_open(name, O_RDWR), ENOENT);
	send(q, "still", 0);		/* the queue is there as long as it is open */
}

TEST("errors of sending and receiving")
{
	mqd_t q = make(2, O_NONBLOCK);
	struct timespec bad = { 0, 1000000000 };
	char buf[16];
	int p[2];

	ERR(mq_send(q, "x", 1, 32768), EINVAL);
	ERR(mq_send(q, "12345678901234567", 17, 0), EMSGSIZE);
	ERR(mq_receive(q, buf, 15, NULL), EMSGSIZE);
	ERR(mq_receive(q, buf, 16, NULL), EAGAIN);
	EQ(mq_send(q, "1234567890123456", 16, 0), 0);
	send(q, "b", 0);
	ERR(mq_send(q, "c", 2, 0), EAGAIN);
	ERR(mq_timedsend(q, "c", 2, 0, &bad), EINVAL);
	ERR(syscall(SYS_mq_timedsend, q, "c", 2, 0, (void *)8), EFAULT);
	EQ(mq_receive(q, buf, 16, NULL), 16);
	ERR(syscall(SYS_mq_timedsend, q, (void *)8, 2, 0, NULL), EFAULT);
	ERR(mq_send(-1, "c", 2, 0), EBADF);
	EQ(pipe(p), 0);
	ERR(mq_send(p[1], "c", 2, 0), EBADF);
	ERR(mq_receive(p[0], buf, 16, NULL), EBADF);
	struct mq_attr a;
	ERR(mq_getattr(p[0], &a), EBADF);
	ERR(mq_notify(p[0], NULL), EBADF);
	ERR(write(q, "c", 1), EINVAL);
	EQ(mq_unlink(name), 0);
}

TEST("a receiver waits for a message, a sender for room")
{
	mqd_t q = make(1, 0);
	pid_t pid = child();

	if (pid == 0) {
		expect(q, "one", 1);
		send(q, "two", 2);
		send(q, "three", 3);	/* waits until we took "two" */
		_exit(0);
	}
	sleep_ms(30);
	send(q, "one", 1);
	CHECK(SOON(proc_state(pid) == 'S', 2000));
	sleep_ms(20);
	expect(q, "two", 2);
	expect(q, "three", 3);
	EXITS(pid, 0);
	EQ(mq_unlink(name), 0);
}

TEST("timeouts: of the wall clock, only when there is something to wait for")
{
	mqd_t q = make(1, 0);
	struct timespec ts = in_ms(60);
	long long start = now_ms();
	char buf[16];

	ERR(mq_timedreceive(q, buf, 16, NULL, &ts), ETIMEDOUT);
	CHECK(now_ms() - start >= 50);
	ts = in_ms(-1000);
	ERR(mq_timedreceive(q, buf, 16, NULL, &ts), ETIMEDOUT);
	EQ(mq_timedsend(q, "x", 2, 0, &ts), 0);		/* over, but there is room */
	ERR(mq_timedsend(q, "y", 2, 0, &ts), ETIMEDOUT);
	ts = in_ms(60);
	ERR(mq_timedsend(q, "y", 2, 0, &ts), ETIMEDOUT);
	ts = in_ms(5000);
	EQ(mq_timedreceive(q, buf, 16, NULL, &ts), 2);
	EQ(mq_unlink(name), 0);
}

TEST("a signal ends a wait: EINTR, or with SA_RESTART it goes on; SIGKILL ends it for good")
{
	mqd_t q = make(1, 0);
	char buf[16];
	pid_t pid;

	if ((pid = child()) == 0) {
		catch(SIGUSR1, 0);
		ERR(mq_receive(q, buf, 16, NULL), EINTR);
		EQ(caught, 1);
		catch(SIGUSR1, SA_RESTART);
		send(q, "fill", 1);
		EQ(mq_send(q, "more", 5, 2), 0);
		EQ(caught, 2);
		_exit(0);
	}
	CHECK(SOON(proc_state(pid) == 'S', 2000));
	sleep_ms(20);
	EQ(kill(pid, SIGUSR1), 0);
	struct mq_attr a = { 0 };
	CHECK(SOON(mq_getattr(q, &a) == 0 && a.mq_curmsgs == 1, 2000));
	sleep_ms(20);
	EQ(kill(pid, SIGUSR1), 0);
	sleep_ms(20);
	expect(q, "fill", 1);
	EXITS(pid, 0);
	expect(q, "more", 2);
	if ((pid = child()) == 0) {
		mq_receive(q, buf, 16, NULL);
		_exit(1);
	}
	sleep_ms(20);
	EQ(kill(pid, SIGKILL), 0);
	KILLED(pid, SIGKILL);
	EQ(mq_unlink(name), 0);
}

TEST("poll tells of messages and of room; O_NONBLOCK is the open file's, by mq_setattr and fcntl")
{
	mqd_t q = make(1, 0);
	struct pollfd p = { .fd = q, .events = POLLIN | POLLOUT };
	struct mq_attr a = { .mq_flags = O_NONBLOCK }, old;
	pid_t pid;

	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLOUT);
	send(q, "x", 0);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN);
	EQ(mq_setattr(q, &a, &old), 0);
	EQ(old.mq_flags, 0);
	EQ(old.mq_curmsgs, 1);
	EQ(fcntl(q, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ERR(mq_send(q, "y", 1, 0), EAGAIN);
	EQ(fcntl(q, F_SETFL, 0), 0);
	EQ(mq_getattr(q, &a), 0);
	EQ(a.mq_flags, 0);
	a.mq_flags = O_APPEND;
	ERR(syscall(SYS_mq_getsetattr, q, &a, NULL), EINVAL);
	expect(q, "x", 0);
	if ((pid = child()) == 0) {
		sleep_ms(30);
		send(q, "late", 0);
		_exit(0);
	}
	p.events = POLLIN;
	EQ(poll(&p, 1, 5000), 1);
	expect(q, "late", 0);
	EXITS(pid, 0);
	EQ(mq_unlink(name), 0);
}

TEST("mq_notify: one signal, with value and sender, for the first message")
{
	mqd_t q = make(4, 0);
	struct sigevent se = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	    .sigev_value.sival_int = 4711 };
	pid_t pid;

	catch(SIGUSR1, 0);
	EQ(mq_notify(q, &se), 0);
	ERR(mq_notify(q, &se), EBUSY);
	if ((pid = child()) == 0) {
		ERR(mq_notify(q, &se), EBUSY);
		EQ(mq_notify(q, NULL), 0);	/* not ours: nothing happens */
		ERR(mq_notify(q, &se), EBUSY);
		send(q, "a", 0);
		send(q, "b", 0);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(SOON(caught, 2000));
	EQ(caught, 1);
	EQ(caught_value, 4711);
	EQ(caught_code, SI_MESGQ);
	EQ(caught_pid, pid);
	expect(q, "a", 0);
	expect(q, "b", 0);
	send(q, "c", 0);
	EQ(caught, 1);			/* it was for one */
	EQ(mq_notify(q, &se), 0);
	send(q, "d", 0);
	EQ(caught, 1);			/* it was not empty */
	expect(q, "c", 0);
	expect(q, "d", 0);
	EQ(mq_notify(q, NULL), 0);
	send(q, "e", 0);
	EQ(caught, 1);
	expect(q, "e", 0);
	EQ(mq_unlink(name), 0);
}

TEST("mq_notify: not when somebody waits for the message")
{
	mqd_t q = make(4, 0);
	struct sigevent se = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	pid_t pid;

	catch(SIGUSR1, 0);
	EQ(mq_notify(q, &se), 0);
	if ((pid = child()) == 0) {
		expect(q, "a", 0);
		_exit(0);
	}
	CHECK(SOON(proc_state(pid) == 'S', 2000));
	sleep_ms(30);
	send(q, "a", 0);
	EXITS(pid, 0);
	EQ(caught, 0);
	ERR(mq_notify(q, &se), EBUSY);	/* it still stands */
	send(q, "b", 0);
	EQ(caught, 1);
	EQ(mq_unlink(name), 0);
}

TEST("mq_notify: gone when its process closes the queue, exits or execs; not by a child's close")
{
	mqd_t q = make(4, 0), r = mq_open(name, O_RDWR);
	struct sigevent se = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct gate g = gate_make(), h = gate_make();
	char buf[96];
	pid_t pid;

	CHECK(r >= 0);
	catch(SIGUSR1, 0);
	EQ(mq_notify(q, &se), 0);
	if ((pid = child()) == 0) {
		EQ(close(q), 0);
		EQ(close(r), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	ERR(mq_notify(r, &se), EBUSY);
	EQ(close(dup(q)), 0);		/* any descriptor of it */
	EQ(mq_notify(r, &se), 0);
	EQ(close(r), 0);
	EQ(pread(q, buf, sizeof(buf), 0) > 0, 1);
	CHECK(strstr(buf, "NOTIFY:0 ") != NULL);
	for (int how = 0; how < 2; how++) {
		if ((pid = child()) == 0) {
			EQ(mq_notify(q, &se), 0);
			gate_open(&g);
			gate_pass(&h);
			if (how == 0)
				_exit(0);
			execl(tap_self, tap_self, "@true", NULL);
			_exit(9);
		}
		gate_pass(&g);
		ERR(mq_notify(q, &se), EBUSY);
		gate_open(&h);
		EXITS(pid, 0);
		EQ(mq_notify(q, &se), 0);
		EQ(mq_notify(q, NULL), 0);
	}
	EQ(mq_unlink(name), 0);
}

TEST("mq_notify: SIGEV_NONE takes the place; a bad signal and SIGEV_THREAD without its socket "
    "are refused")
{
	mqd_t q = make(4, 0);
	struct sigevent se = { .sigev_notify = SIGEV_NONE };
	int p[2];

	EQ(mq_notify(q, &se), 0);
	ERR(mq_notify(q, &se), EBUSY);
	send(q, "x", 0);		/* uses it up */
	EQ(mq_notify(q, &se), 0);
	EQ(mq_notify(q, NULL), 0);
	se.sigev_notify = SIGEV_SIGNAL;
	se.sigev_signo = 65;
	ERR(mq_notify(q, &se), EINVAL);
	se.sigev_notify = 77;
	ERR(mq_notify(q, &se), EINVAL);
	EQ(pipe(p), 0);
	struct { void *value; int signo, notify; char rest[48]; } thread = { p, p[0], SIGEV_THREAD,
	    "" };
	ERR(syscall(SYS_mq_notify, q, &thread), ENOTSOCK);
	thread.signo = 999;
	ERR(syscall(SYS_mq_notify, q, &thread), EBADF);
	EQ(mq_unlink(name), 0);
}

TEST("permissions: the mode and umask of a queue; only its owner unlinks it; set limits bind users")
{
	struct mq_attr a = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	mqd_t q = make(4, 0), r;
	struct stat st;
	pid_t pid;

	EQ(fstat(q, &st), 0);
	EQ(st.st_mode, S_IFREG | 0600);
	EQ(st.st_size, 80);
	if ((pid = child()) == 0) {
		EQ(setuid(1000), 0);
		ERR(mq_open(name, O_RDONLY), EACCES);
		ERR(mq_open(name, O_WRONLY), EACCES);
		ERR(syscall(SYS_mq_unlink, name + 1), EPERM);	/* libc says EACCES */
		a.mq_maxmsg = 11;
		ERR(mq_open("/tap.user", O_RDWR | O_CREAT, 0600, &a), EINVAL);
		a.mq_maxmsg = 10;
		a.mq_msgsize = 8193;
		ERR(mq_open("/tap.user", O_RDWR | O_CREAT, 0600, &a), EINVAL);
		a.mq_msgsize = 8192;
		umask(027);
		CHECK((r = mq_open("/tap.user", O_RDWR | O_CREAT, 0666, &a)) >= 0);
		EQ(fstat(r, &st), 0);
		EQ(st.st_mode, S_IFREG | 0640);
		EQ(st.st_uid, 1000);
		EQ(close(r), 0);
		/* its maker may */
		CHECK((r = mq_open("/tap.user0", O_RDWR | O_CREAT, 0, &a)) >= 0);
		ERR(mq_open("/tap.user0", O_RDWR | O_CREAT, 0, &a), EACCES);
		EQ(mq_unlink("/tap.user0"), 0);
		EQ(mq_unlink("/tap.user"), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	a.mq_maxmsg = 11;		/* root's may be larger */
	CHECK((r = mq_open("/tap.root", O_RDWR | O_CREAT, 0600, &a)) >= 0);
	EQ(mq_unlink("/tap.root"), 0);
	EQ(mq_unlink(name), 0);
}

TEST("RLIMIT_MSGQUEUE counts what a user's queues may hold, and gets it back when they are gone")
{
	struct rlimit rl = { 30000, 30000 };
	struct mq_attr a = { .mq_maxmsg = 2, .mq_msgsize = 8000 };
	mqd_t q;
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(setuid(1001), 0);
		EQ(setrlimit(RLIMIT_MSGQUEUE, &rl), 0);
		CHECK((q = mq_open("/tap.a", O_RDWR | O_CREAT, 0600, &a)) >= 0);
		ERR(mq_open("/tap.b", O_RDWR | O_CREAT, 0600, &a), EMFILE);
		ERR(mq_open("/tap.b", O_RDWR), ENOENT);
		EQ(mq_unlink("/tap.a"), 0);
		/* it is open still */
		ERR(mq_open("/tap.b", O_RDWR | O_CREAT, 0600, &a), EMFILE);
		EQ(close(q), 0);
		for (int i = 0; i < 5; i++) {
			CHECK((q = mq_open("/tap.b", O_RDWR | O_CREAT, 0600, &a)) >= 0);
			EQ(mq_unlink("/tap.b"), 0);
			EQ(close(q), 0);
		}
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("the folder: mounted it shows the queues, reading one tells its state, removing works")
{
	mqd_t q = make(4, 0);
	char path[128], buf[128];
	struct dirent *de;
	struct statfs sf;
	int fd, seen = 0;
	DIR *d;

	EQ(mkdir("mq", 0755), 0);
	EQ(mount("none", "mq", "mqueue", 0, NULL), 0);
	EQ(statfs("mq", &sf), 0);
	EQ(sf.f_type, 0x19800202);
	send(q, "123456789", 0);
	snprintf(path, sizeof(path), "mq%s", name);
	CHECK(read_file(path, buf, sizeof(buf)) > 0);
	CHECK(strncmp(buf, "QSIZE:10         NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n",
	    60) == 0);
	struct sigevent se = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	EQ(mq_notify(q, &se), 0);
	CHECK(read_file(path, buf, sizeof(buf)) > 0);
	int qsize, kind, signo, pid;
	EQ(sscanf(buf, "QSIZE:%d NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &qsize, &kind, &signo, &pid),
	    4);
	CHECK(qsize == 10 && kind == SIGEV_SIGNAL && signo == SIGUSR2 && pid == getpid());
	CHECK((d = opendir("mq")) != NULL);
	while ((de = readdir(d)) != NULL)
		seen += strcmp(de->d_name, name + 1) == 0;
	closedir(d);
	EQ(seen, 1);
	CHECK((fd = open("mq/touched", O_RDWR | O_CREAT, 0600)) >= 0);
	EQ(mq_send(fd, "x", 1, 0), 0);
	EQ(close(fd), 0);
	EQ(unlink("mq/touched"), 0);
	ERR(mkdir("mq/dir", 0700), EPERM);
	if (truncate(path, 0) == 0)	/* Linux lets it; it does nothing */
		CHECK(read_file(path, buf, sizeof(buf)) > 0);
	EQ(unlink(path), 0);
	ERR(mq_open(name, O_RDWR), ENOENT);
	expect(q, "123456789", 0);
	EQ(umount("mq"), 0);
	EQ(mount("none", "mq", "mqueue", 0, NULL), 0);
	EQ(umount("mq"), 0);
	EQ(rmdir("mq"), 0);
}

HELPER("is-open")
{
	return fcntl(atoi(argv[2]), F_GETFD) == -1 ? 3 : 4;
}

TEST("fork shares the open queue, exec closes it (NEW-8)")
{
	mqd_t q = make(4, 0);
	char number[16];
	pid_t pid;

	EQ(fcntl(q, F_GETFD), FD_CLOEXEC);
	snprintf(number, sizeof(number), "%d", q);
	if ((pid = child()) == 0) {
		send(q, "child", 0);
		execl(tap_self, tap_self, "@is-open", number, NULL);
		_exit(9);
	}
	EXITS(pid, 3);
	expect(q, "child", 0);
	EQ(mq_unlink(name), 0);
}

/*
 * Opens queues until it is told EMFILE: how many more the table may have; closes them again. 0:
 * no such limit here.
 */
static int
more(mqd_t *some, int max)
{
	int n = 0, error = 0;

	while (n < max && (some[n] = mq_open(name, O_RDONLY)) >= 0)
		n++;
	if (n < max)
		error = errno;
	for (int i = 0; i < n; i++)
		EQ(close(some[i]), 0);
	if (error != 0)
		EQ(error, EMFILE);
	return n == max ? 0 : n;
}

static int
share_files(void *arg)
{
	mqd_t q = mq_open(name, O_RDONLY);

	return q < 0 || close((int)(intptr_t)arg) != 0;
}

TEST("open queues are counted by the descriptor table: opens, dups, closes, copies, sharers "
    "(NEW-9 FIX-23)")
{
	static mqd_t some[600];
	static char stack[16384] __attribute__((aligned(16)));
	int all, status;
	mqd_t q, d;
	pid_t pid;

	q = make(4, 0);
	if ((all = more(some, 600)) == 0)
		SKIP("no limit on open queues here");
	EQ(all, 511);			/* 512, and one is open */
	CHECK((d = dup(q)) >= 0);
	EQ(more(some, 600), all - 1);
	EQ(dup2(0, d), d);		/* closes it */
	EQ(more(some, 600), all);
	EQ(dup2(q, d), d);
	EQ(dup2(q, d), d);		/* one for another */
	EQ(more(some, 600), all - 1);
	if ((pid = child()) == 0) {	/* a copy counts what it copied */
		EQ(more(some, 600), all - 1);
		EQ(close(d), 0);
		EQ(more(some, 600), all);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(more(some, 600), all - 1);
	/* Sharers: one opens, and closes what the other opened. */
	pid = clone(share_files, stack + sizeof(stack), CLONE_FILES | SIGCHLD, (void *)(intptr_t)d);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(more(some, 600), all - 1);
	EQ(mq_unlink(name), 0);
}

#define THREADS	2

/* Opens and closes queues in a table that it shares. */
static int
churn(void *arg)
{
	volatile int *stop = arg;

	while (!*stop) {
		mqd_t q = mq_open(name, O_RDONLY), r = dup(q);

		close(q);
		close(r);
	}
	return 0;
}

TEST("a copy of the table is of one instant while others open and close queues in it: its count "
    "fits it (FIX-23)")
{
	static char stack[THREADS][16384] __attribute__((aligned(16)));
	static mqd_t some[600];
	volatile int *stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	pid_t thread[THREADS], pid;
	int status;

	make(4, 0);
	for (int i = 0; i < THREADS; i++)
		thread[i] = clone(churn, stack[i] + sizeof(stack[i]),
		    CLONE_FILES | CLONE_VM | SIGCHLD, (void *)stop);
	for (int round = 0; round < 40; round++) {
		if ((pid = child()) == 0) {
			int open = 0;
			char link[64], text[64];
			for (int fd = 0; fd < 64; fd++) {
				snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
				ssize_t n = readlink(link, text, sizeof(text) - 1);
				text[n > 0 ? n : 0] = '\0';
				open += strstr(text, name) != NULL;
			}
			int left = more(some, 600);
			if (left != 0)
				EQ(left, 512 - open);
			_exit(0);
		}
		EXITS(pid, 0);
	}
	*stop = 1;
	for (int i = 0; i < THREADS; i++)
		EQ(waitpid(thread[i], &status, 0), thread[i]);
	EQ(mq_unlink(name), 0);
}

TEST("hundred messages each from four senders to four receivers: all come, each once")
{
	mqd_t q = make(3, 0);
	unsigned *sum = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[8];

	for (int i = 0; i < 8; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		for (int n = 1; n <= 100; n++) {
			char buf[16];
			if (i < 4) {
				snprintf(buf, sizeof(buf), "%d", i * 1000 + n);
				send(q, buf, n % 7);
			} else {
				CHECK(mq_receive(q, buf, sizeof(buf), NULL) > 0);
				__atomic_fetch_add(sum, atoi(buf), __ATOMIC_SEQ_CST);
			}
		}
		_exit(0);
	}
	for (int i = 0; i < 8; i++)
		EXITS(pid[i], 0);
	EQ(*sum, 4 * 5050 + 100 * (0 + 1000 + 2000 + 3000));
	EQ(mq_unlink(name), 0);
}

TAP_MAIN(30)
