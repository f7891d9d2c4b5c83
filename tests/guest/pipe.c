/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and fifos: end of file, EPIPE, capacity, atomicity, non-blocking; poll, select, epoll,
 * eventfd.
 */
#include "tap.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>

static volatile int caught;

static void
on_signal(int sig __attribute__((unused)))
{
	caught++;
}

static int fd[2];

static void
make(int flags)
{
	EQ(pipe2(fd, flags), 0);
}

TEST("bytes go through in order")
{
	char buf[16];

	make(0);
	EQ(write(fd[1], "hello", 5), 5);
	EQ(write(fd[1], "world", 5), 5);
	EQ(read(fd[0], buf, 3), 3);
	EQ(read(fd[0], buf + 3, 13), 7);
	CHECK(memcmp(buf, "helloworld", 10) == 0);
}

TEST("end of file when the last writer is gone, not before")
{
	char c;
	int other;

	make(0);
	other = dup(fd[1]);
	EQ(write(fd[1], "a", 1), 1);
	close(fd[1]);
	EQ(read(fd[0], &c, 1), 1);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	ERR(read(fd[0], &c, 1), EAGAIN);
	close(other);
	EQ(read(fd[0], &c, 1), 0);
	EQ(read(fd[0], &c, 1), 0);
}

TEST("a reader asleep is woken by the writer's close, and by its death")
{
	char c;
	pid_t pid;
	int i;

	for (i = 0; i < 2; i++) {
		make(0);
		if ((pid = child()) == 0) {
			close(fd[0]);
			sleep_ms(40);
			if (i == 0)
				_exit(0);
			kill(getpid(), SIGKILL);
		}
		close(fd[1]);
		EQ(read(fd[0], &c, 1), 0);
		reap(pid);
		close(fd[0]);
	}
}

TEST("a write without readers: SIGPIPE, or EPIPE when that is ignored")
{
	pid_t pid;

	make(0);
	close(fd[0]);
	if ((pid = child()) == 0) {
		EQ(write(fd[1], "x", 1), 1);
		_exit(0);
	}
	KILLED(pid, SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	ERR(write(fd[1], "x", 1), EPIPE);
	signal(SIGPIPE, on_signal);
	ERR(write(fd[1], "x", 1), EPIPE);
	EQ(caught, 1);
}

TEST("a writer asleep on a full pipe is woken by the reader's close: EPIPE")
{
	static char buf[70000];
	pid_t pid;
	ssize_t n;

	make(0);
	if ((pid = child()) == 0) {
		close(fd[0]);
		signal(SIGPIPE, SIG_IGN);
		n = write(fd[1], buf, sizeof(buf));
		CHECK(n == 65536 || (n == -1 && errno == EPIPE));
		ERR(write(fd[1], buf, 1), EPIPE);
		_exit(0);
	}
	sleep_ms(60);
	close(fd[0]);
	EXITS(pid, 0);
}

TEST("capacity: 65,536 bytes, then EAGAIN, as F_GETPIPE_SZ says")
{
	char buf[4096] = { 0 };
	size_t total = 0;
	ssize_t n;

	make(O_NONBLOCK);
	EQ(fcntl(fd[0], F_GETPIPE_SZ), 65536);
	while ((n = write(fd[1], buf, sizeof(buf))) > 0)
		total += n;
	EQ(errno, EAGAIN);
	EQ(total, 65536);
	EQ(read(fd[0], buf, 4096), 4096);
	EQ(write(fd[1], buf, 4096), 4096);
}

TEST("F_SETPIPE_SZ grows and shrinks; EBUSY below the contents")
{
	static char buf[200000];

	make(O_NONBLOCK);
	CHECK(fcntl(fd[1], F_SETPIPE_SZ, 200000) >= 200000);
	CHECK(write(fd[1], buf, sizeof(buf)) == 200000);
	ERR(fcntl(fd[1], F_SETPIPE_SZ, 4096), EBUSY);
	EQ(read(fd[0], buf, sizeof(buf)), 200000);
	EQ(fcntl(fd[1], F_SETPIPE_SZ, 4096), 4096);
	EQ(fcntl(fd[0], F_GETPIPE_SZ), 4096);
}

TEST("non-blocking writes of up to PIPE_BUF go whole or not at all; larger ones in part")
{
	static char buf[65536];

	make(O_NONBLOCK);
	EQ(write(fd[1], buf, 65536 - 100), 65536 - 100);
	errno = 0;
	ssize_t n = write(fd[1], buf, 4096);
	CHECK(n == -1 && errno == EAGAIN);
	EQ(read(fd[0], buf, 32768), 32768);
	n = write(fd[1], buf, 65536);
	CHECK(n > 0 && n < 65536);
}

TEST("blocking writes of PIPE_BUF from four writers do not mix")
{
	char buf[512];
	pid_t pid[4];
	int i, j, k, count[4] = { 0 };

	make(0);
	for (i = 0; i < 4; i++)
		if ((pid[i] = child()) == 0) {
			memset(buf, 'a' + i, sizeof(buf));
			for (j = 0; j < 400; j++)
				EQ(write(fd[1], buf, sizeof(buf)), sizeof(buf));
			_exit(0);
		}
	close(fd[1]);
	for (j = 0; j < 1600; j++) {
		size_t have = 0;

		while (have < sizeof(buf)) {
			ssize_t n = read(fd[0], buf + have, sizeof(buf) - have);
			CHECK(n > 0);
			have += n;
		}
		for (k = 1; k < (int)sizeof(buf); k++)
			EQ(buf[k], buf[0]);
		count[buf[0] - 'a']++;
	}
	EQ(read(fd[0], buf, 1), 0);
	for (i = 0; i < 4; i++) {
		EQ(count[i], 400);
		EXITS(pid[i], 0);
	}
}

TEST("2 MiB through a pipe, checked; odd sizes on both sides")
{
	static unsigned char out[3001], in[4099];
	unsigned long sent = 0, got = 0, i;
	ssize_t n;
	pid_t pid;

	make(0);
	if ((pid = child()) == 0) {
		close(fd[0]);
		while (sent < 2097152) {
			size_t len = 2097152 - sent < sizeof(out) ? 2097152 - sent : sizeof(out);

			for (i = 0; i < len; i++)
				out[i] = (unsigned char)((sent + i) * 7 >> 3);
			EQ(write(fd[1], out, len), len);
			sent += len;
		}
		_exit(0);
	}
	close(fd[1]);
	while ((n = read(fd[0], in, sizeof(in))) > 0) {
		for (i = 0; i < (size_t)n; i++)
			if (in[i] != (unsigned char)((got + i) * 7 >> 3))
				EQ(in[i], (unsigned char)((got + i) * 7 >> 3));
		got += n;
	}
	EQ(n, 0);
	EQ(got, 2097152);
	EXITS(pid, 0);
}

TEST("ping-pong of 3,000 bytes between two processes")
{
	int back[2], i;
	char c = 0;
	pid_t pid;

	make(0);
	EQ(pipe(back), 0);
	if ((pid = child()) == 0) {
		for (i = 0; i < 3000; i++) {
			EQ(read(fd[0], &c, 1), 1);
			c++;
			EQ(write(back[1], &c, 1), 1);
		}
		_exit(0);
	}
	for (i = 0; i < 3000; i++) {
		EQ(write(fd[1], &c, 1), 1);
		EQ(read(back[0], &c, 1), 1);
	}
	EQ(c, (char)3000);
	EXITS(pid, 0);
}

TEST("errnos of pipes")
{
	char c;
	int bad[2];

	make(0);
	OKERR(read(fd[1], &c, 1), EBADF, "read of the write end: EBADF");
	OKERR(write(fd[0], "x", 1), EBADF, "write to the read end: EBADF");
	OKERR(lseek(fd[0], 0, SEEK_CUR), ESPIPE, "lseek of a pipe: ESPIPE");
	OKERR(pread(fd[0], &c, 1, 0), ESPIPE, "pread of a pipe: ESPIPE");
	OKERR(ftruncate(fd[1], 0), EINVAL, "ftruncate of a pipe: EINVAL");
	OKERR(syscall(SYS_pipe2, bad, 0x12345), EINVAL, "pipe2 with unknown flags: EINVAL");
	OKERR(syscall(SYS_pipe2, (void *)8, 0), EFAULT, "pipe2 with a bad pointer: EFAULT");
	EQ(write(fd[1], "x", 1), 1);
	OKERR(read(fd[0], (void *)0xffff800000000000, 1), EFAULT,
	    "read of a pipe to a kernel address: EFAULT");
	EQ(read(fd[0], &c, 1), 1);
	EQ(write(fd[1], "x", 0), 0);
	EQ(read(fd[0], &c, 0), 0);
}

TEST("FIONREAD, O_NONBLOCK by fcntl, pipe2's flags, fstat says FIFO")
{
	struct stat st;
	int n;
	char c;

	make(O_CLOEXEC | O_NONBLOCK);
	EQ(fcntl(fd[0], F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd[1], F_GETFL), O_WRONLY | O_NONBLOCK);
	ERR(read(fd[0], &c, 1), EAGAIN);
	EQ(write(fd[1], "abc", 3), 3);
	EQ(ioctl(fd[0], FIONREAD, &n), 0);
	EQ(n, 3);
	EQ(fstat(fd[0], &st), 0);
	CHECK(S_ISFIFO(st.st_mode));
}

TEST("a fifo: open waits for the other side; O_NONBLOCK as POSIX says")
{
	char buf[8];
	int f;
	pid_t pid;

	EQ(mkfifo("ff", 0644), 0);
	ERR(open("ff", O_WRONLY | O_NONBLOCK), ENXIO);
	f = open("ff", O_RDONLY | O_NONBLOCK);
	CHECK(f >= 0);
	EQ(read(f, buf, 1), 0);
	close(f);
	if ((pid = child()) == 0) {
		sleep_ms(40);
		f = open("ff", O_WRONLY);
		EQ(write(f, "fifo", 4), 4);
		_exit(0);
	}
	f = open("ff", O_RDONLY);
	CHECK(f >= 0);
	EQ(read(f, buf, sizeof(buf)), 4);
	EXITS(pid, 0);
	EQ(read(f, buf, sizeof(buf)), 0);
	ERR(mkfifo("ff", 0644), EEXIST);
}

TEST("poll: what is ready, HUP, ERR, NVAL, timeouts")
{
	struct pollfd p[3];
	long long start = now_ms();

	make(0);
	p[0].fd = fd[0], p[0].events = POLLIN;
	p[1].fd = fd[1], p[1].events = POLLOUT;
	p[2].fd = -1, p[2].revents = 7;
	EQ(poll(p, 3, 0), 1);
	EQ(p[0].revents, 0);
	EQ(p[1].revents, POLLOUT);
	EQ(p[2].revents, 0);
	EQ(poll(p, 1, 60), 0);
	CHECK(now_ms() - start >= 55);
	EQ(write(fd[1], "x", 1), 1);
	EQ(poll(p, 1, -1), 1);
	EQ(p[0].revents, POLLIN);
	close(fd[1]);
	EQ(poll(p, 1, 0), 1);
	EQ(p[0].revents, POLLIN | POLLHUP);
	p[1].revents = 0;
	EQ(poll(p + 1, 1, 0), 1);
	EQ(p[1].revents, POLLNVAL);
	make(0);
	close(fd[0]);
	p[0].fd = fd[1], p[0].events = POLLOUT;
	EQ(poll(p, 1, 0), 1);
	EQ(p[0].revents & POLLERR, POLLERR);
}

TEST("poll sleeps until another process writes; regular files are always ready")
{
	struct pollfd p = { 0 };
	pid_t pid;

	make(0);
	if ((pid = child()) == 0) {
		sleep_ms(50);
		EQ(write(fd[1], "x", 1), 1);
		_exit(0);
	}
	p.fd = fd[0], p.events = POLLIN;
	EQ(poll(&p, 1, 5000), 1);
	EXITS(pid, 0);
	p.fd = open("file", O_RDWR | O_CREAT, 0644), p.events = POLLIN | POLLOUT;
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN | POLLOUT);
}

TEST("poll: EINTR by a handler; ppoll with a mask; EFAULT; EINVAL")
{
	struct pollfd p = { 0 };
	struct timespec ts = { 5, 0 };
	pid_t me = getpid(), pid;
	sigset_t set, none;

	make(0);
	p.fd = fd[0], p.events = POLLIN;
	signal(SIGUSR1, on_signal);
	if ((pid = child()) == 0) {
		sleep_ms(50);
		kill(me, SIGUSR1);
		_exit(0);
	}
	ERR(poll(&p, 1, 5000), EINTR);
	EXITS(pid, 0);
	sigemptyset(&set);
	sigemptyset(&none);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	ERR(ppoll(&p, 1, &ts, &none), EINTR);
	EQ(caught, 2);
	ERR(syscall(SYS_poll, (void *)8, 1, 0), EFAULT);
	ERR(syscall(SYS_poll, &p, 100000000, 0), EINVAL);
}

TEST("select: sets, the highest number, timeouts, EBADF, EINVAL")
{
	struct timeval tv = { 0, 40000 };
	fd_set r, w;

	make(0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fd[0], &r);
	FD_SET(fd[1], &w);
	EQ(select(fd[1] + 1, &r, &w, NULL, NULL), 1);
	CHECK(!FD_ISSET(fd[0], &r) && FD_ISSET(fd[1], &w));
	FD_SET(fd[0], &r);
	EQ(select(fd[0] + 1, &r, NULL, NULL, &tv), 0);
	CHECK(!FD_ISSET(fd[0], &r));
	EQ(write(fd[1], "x", 1), 1);
	FD_SET(fd[0], &r);
	EQ(select(fd[0] + 1, &r, NULL, NULL, NULL), 1);
	FD_ZERO(&r);
	FD_SET(fd[1], &r);
	close(fd[1]);
	tv.tv_sec = tv.tv_usec = 0;
	ERR(select(fd[1] + 1, &r, NULL, NULL, &tv), EBADF);
	ERR(select(-1, &r, NULL, NULL, &tv), EINVAL);
	EQ(select(0, NULL, NULL, NULL, &tv), 0);
}

TEST("epoll: level, edge, one-shot, modify, delete")
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 0x123456789abcdef }, got[4];
	int ep = epoll_create1(EPOLL_CLOEXEC);
	char c;

	CHECK(ep >= 0);
	make(0);
	EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev), 0);
	ERR(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev), EEXIST);
	EQ(epoll_wait(ep, got, 4, 0), 0);
	EQ(write(fd[1], "ab", 2), 2);
	EQ(epoll_wait(ep, got, 4, 0), 1);
	EQ(epoll_wait(ep, got, 4, -1), 1);
	EQ(got[0].data.u64, 0x123456789abcdef);
	EQ(got[0].events, EPOLLIN);
	ev.events = EPOLLIN | EPOLLET;
	EQ(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &ev), 0);
	EQ(epoll_wait(ep, got, 4, 0), 1);
	EQ(epoll_wait(ep, got, 4, 0), 0);
	EQ(write(fd[1], "c", 1), 1);
	EQ(epoll_wait(ep, got, 4, 0), 1);
	ev.events = EPOLLIN | EPOLLONESHOT;
	EQ(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], &ev), 0);
	EQ(epoll_wait(ep, got, 4, 0), 1);
	EQ(write(fd[1], "d", 1), 1);
	EQ(epoll_wait(ep, got, 4, 0), 0);
	EQ(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], NULL), 0);
	ERR(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], NULL), ENOENT);
	ERR(epoll_ctl(ep, EPOLL_CTL_ADD, open("file", O_RDWR | O_CREAT, 0644), &ev), EPERM);
	ERR(epoll_wait(ep, got, 0, 0), EINVAL);
	EQ(read(fd[0], &c, 1), 1);
}

TEST("epoll: closing a descriptor removes it; HUP is told; wait sleeps and wakes")
{
	struct epoll_event ev = { .events = EPOLLIN }, got[4];
	int ep = epoll_create1(0);
	pid_t pid;

	make(0);
	EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev), 0);
	if ((pid = child()) == 0) {
		close(fd[0]);
		sleep_ms(50);
		EQ(write(fd[1], "x", 1), 1);
		_exit(0);
	}
	EQ(epoll_wait(ep, got, 4, 5000), 1);
	EXITS(pid, 0);
	close(fd[1]);
	EQ(epoll_wait(ep, got, 4, 0), 1);
	EQ(got[0].events, EPOLLIN | EPOLLHUP);
	close(fd[0]);
	EQ(epoll_wait(ep, got, 4, 0), 0);
}

TEST("eventfd: adds up, reads and clears, blocks, semaphore mode")
{
	uint64_t v = 5;
	int e = eventfd(3, EFD_NONBLOCK);
	struct pollfd p = { e, POLLIN | POLLOUT, 0 };

	CHECK(e >= 0);
	EQ(write(e, &v, 8), 8);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN | POLLOUT);
	EQ(read(e, &v, 8), 8);
	EQ(v, 8);
	ERR(read(e, &v, 8), EAGAIN);
	ERR(read(e, &v, 4), EINVAL);
	v = ~0ULL;
	ERR(write(e, &v, 8), EINVAL);
	v = ~0ULL - 1;
	EQ(write(e, &v, 8), 8);
	v = 1;
	ERR(write(e, &v, 8), EAGAIN);
	e = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	EQ(read(e, &v, 8), 8);
	EQ(v, 1);
	EQ(read(e, &v, 8), 8);
	ERR(read(e, &v, 8), EAGAIN);
}

TEST("a pipeline of eight processes moves 200 lines")
{
	int in, out[2], i;
	char buf[4096];
	size_t have = 0;
	ssize_t n;
	pid_t pid[9];

	make(0);
	if ((pid[8] = child()) == 0) {
		close(fd[0]);
		for (i = 0; i < 200; i++)
			EQ(write(fd[1], "line\n", 5), 5);
		_exit(0);
	}
	close(fd[1]);
	in = fd[0];
	for (i = 0; i < 8; i++) {
		EQ(pipe(out), 0);
		if ((pid[i] = child()) == 0) {
			close(out[0]);
			while ((n = read(in, buf, 7)) > 0)
				EQ(write(out[1], buf, n), n);
			_exit(0);
		}
		close(in);
		close(out[1]);
		in = out[0];
	}
	while ((n = read(in, buf + have, sizeof(buf) - have)) > 0)
		have += n;
	EQ(have, 1000);
	for (i = 0; i < 1000; i++)
		EQ(buf[i], "line\n"[i % 5]);
	for (i = 0; i < 9; i++)
		EXITS(pid[i], 0);
}

TAP_MAIN(20)
