/* SPDX-License-Identifier: BSD-2-Clause */
/* Process groups, sessions, orphaned groups, and job control on a pseudo-terminal. */
#include "tap.h"
#include <sys/ioctl.h>
#include <termios.h>

static volatile int caught, caught_sig;

static void
on_signal(int sig)
{
	caught++;
	caught_sig = sig;
}

static int ptm, pts;

/* A terminal that is the controlling one of this test's session; we are its foreground group. */
static void
tty_make(void)
{
	char name[64];
	int zero = 0, n;

	ptm = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(ptm >= 0);
	EQ(ioctl(ptm, TIOCSPTLCK, &zero), 0);
	EQ(ioctl(ptm, TIOCGPTN, &n), 0);
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	pts = open(name, O_RDWR | O_NOCTTY);
	CHECK(pts >= 0);
	EQ(ioctl(pts, TIOCSCTTY, 0), 0);
}

static void
tty_mode(tcflag_t set, tcflag_t clear)
{
	struct termios t;

	EQ(tcgetattr(pts, &t), 0);
	t.c_lflag = (t.c_lflag | set) & ~clear;
	EQ(tcsetattr(pts, TCSANOW, &t), 0);
}

static void
type(const char *keys)
{
	EQ(write(ptm, keys, strlen(keys)), strlen(keys));
}

/* What the terminal shows within a moment. */
static const char *
screen(void)
{
	static char buf[1024];
	struct pollfd p = { ptm, POLLIN, 0 };
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(buf) - 1 && poll(&p, 1, 100) > 0 &&
	    (n = read(ptm, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += n;
	buf[have] = '\0';
	return buf;
}

TEST("setpgid: own group, a child's, and back")
{
	pid_t pid;

	if ((pid = child()) == 0) {
		for (;;)
			pause();
	}
	EQ(getpgid(pid), getpgrp());
	EQ(setpgid(pid, pid), 0);
	EQ(getpgid(pid), pid);
	EQ(setpgid(pid, getpgrp()), 0);
	EQ(setpgid(pid, 0), 0);
	EQ(getpgid(pid), pid);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

HELPER("pause")
{
	for (;;)
		pause();
	return 0;
}

TEST("setpgid: errnos")
{
	char *av[] = { tap_self, "@pause", NULL }, path[64], comm[64];
	struct gate g = gate_make();
	pid_t pid, sub;

	OKERR(setpgid(0, 0), EPERM, "setpgid of a session leader: EPERM");
	OKERR(setpgid(0, -5), EINVAL, "setpgid to a negative group: EINVAL");
	OKERR(setpgid(4000000, 0), ESRCH, "setpgid of no such process: ESRCH");
	OKERR(setpgid(1, 0), ESRCH, "setpgid of a process that is no child: ESRCH");
	if ((pid = child()) == 0) {
		OKERR(setpgid(0, 1), EPERM, "setpgid to another session's group: EPERM");
		OKERR(setpgid(0, 4000000), EPERM, "setpgid to no group: EPERM");
		_exit(0);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		execv(tap_self, av);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	CHECK(SOON(read_file(path, comm, sizeof(comm)) > 0 && proc_state(pid) == 'S', 5000));
	sleep_ms(50);
	OKERR(setpgid(pid, pid), EACCES, "setpgid of a child that has called exec: EACCES");
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
	if ((sub = child()) == 0) {
		EQ(setsid(), getpid());
		gate_open(&g);
		for (;;)
			pause();
	}
	gate_pass(&g);
	OKERR(setpgid(sub, getpgrp()), EPERM, "setpgid of a child in another session: EPERM");
	kill(sub, SIGKILL);
	KILLED(sub, SIGKILL);
}

TEST("setsid: new session and group, no terminal; EPERM for a group leader")
{
	pid_t pid;

	tty_make();
	ERR(setsid(), EPERM);
	if ((pid = child()) == 0) {
		int fd = open("/dev/tty", O_RDWR);

		CHECK(fd >= 0);
		close(fd);
		EQ(setsid(), getpid());
		EQ(getsid(0), getpid());
		EQ(getpgrp(), getpid());
		ERR(open("/dev/tty", O_RDWR), ENXIO);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("getsid and getpgid of others; ESRCH")
{
	EQ(getsid(0), getsid(getpid()));
	CHECK(getsid(getppid()) != getsid(0));
	ERR(getsid(4000000), ESRCH);
	ERR(getpgid(4000000), ESRCH);
}

TEST("an orphaned group with a stopped member gets SIGHUP and SIGCONT (END-1)")
{
	struct gate ready = gate_make(), told = gate_make();
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t pid, sub;
	char c = 0;

	if ((pid = child()) == 0) {
		if ((sub = child()) == 0) {
			setpgid(0, 0);
			sigaction(SIGHUP, &sa, NULL);
			gate_open(&ready);
			kill(getpid(), SIGSTOP);
			c = caught_sig == SIGHUP ? 'y' : 'n';
			EQ(write(told.g_fd[1], &c, 1), 1);
			_exit(0);
		}
		gate_pass(&ready);
		CHECK(SOON(proc_state(sub) == 'T', 5000));
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(read(told.g_fd[0], &c, 1), 1);
	EQ(c, 'y');
}

TEST("tty stop signals do not stop a member of an orphaned group; SIGSTOP does")
{
	struct gate g = gate_make();
	pid_t pid, sub;
	char c;

	if ((pid = child()) == 0) {
		/* A session of its own: its only group is orphaned. */
		setsid();
		if ((sub = child()) == 0) {
			raise(SIGTSTP);
			raise(SIGTTIN);
			raise(SIGTTOU);
			EQ(write(g.g_fd[1], "k", 1), 1);
			raise(SIGSTOP);
			_exit(3);
		}
		EQ(read(g.g_fd[0], &c, 1), 1);
		CHECK(SOON(proc_state(sub) == 'T', 5000));
		kill(sub, SIGCONT);
		EXITS(sub, 3);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("isatty, ttyname by /proc, /dev/tty")
{
	char link[64], path[64];
	ssize_t n;

	tty_make();
	EQ(isatty(pts), 1);
	EQ(isatty(ptm), 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pts);
	n = readlink(path, link, sizeof(link) - 1);
	CHECK(n > 0);
	link[n] = 0;
	CHECK(strncmp(link, "/dev/pts/", 9) == 0);
	int fd = open("/dev/tty", O_RDWR);
	CHECK(fd >= 0);
	EQ(tcgetpgrp(fd), getpgrp());
	EQ(isatty(open("/dev/null", O_RDWR)), 0);
	ERR(tcgetpgrp(open("/dev/null", O_RDWR)), ENOTTY);
}

TEST("canonical mode: a line at a time, erase, kill, end of file")
{
	char buf[64];
	struct pollfd p = { 0 };

	tty_make();
	p.fd = pts, p.events = POLLIN;
	tty_mode(0, ECHO);
	type("abc");
	EQ(poll(&p, 1, 50), 0);
	type("\x7f" "d\n");
	EQ(read(pts, buf, sizeof(buf)), 4);
	CHECK(memcmp(buf, "abd\n", 4) == 0);
	type("rubbish\x15" "good\n");
	EQ(read(pts, buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "good\n", 5) == 0);
	type("one\ntwo\n");
	EQ(read(pts, buf, sizeof(buf)), 4);
	EQ(read(pts, buf, 2), 2);
	EQ(read(pts, buf, sizeof(buf)), 2);
	type("part\x04");
	EQ(read(pts, buf, sizeof(buf)), 4);
	type("\x04");
	EQ(read(pts, buf, sizeof(buf)), 0);
	type("\x16\x03\n");
	EQ(read(pts, buf, sizeof(buf)), 2);
	EQ(buf[0], 3);
}

TEST("CR is NL on input, NL is CR NL on output, echo shows what is typed")
{
	char buf[64];

	tty_make();
	type("hi\r");
	EQ(read(pts, buf, sizeof(buf)), 3);
	EQ(buf[2], '\n');
	CHECK(strcmp(screen(), "hi\r\n") == 0);
	EQ(write(pts, "a\nb", 3), 3);
	CHECK(strcmp(screen(), "a\r\nb") == 0);
}

TEST("raw mode: VMIN and VTIME")
{
	struct termios t;
	char buf[16];
	long long start;

	tty_make();
	EQ(tcgetattr(pts, &t), 0);
	t.c_lflag &= ~(ICANON | ECHO | ISIG);
	t.c_iflag &= ~ICRNL;
	t.c_cc[VMIN] = 1, t.c_cc[VTIME] = 0;
	EQ(tcsetattr(pts, TCSANOW, &t), 0);
	type("x\r\x03");
	sleep_ms(20);
	EQ(read(pts, buf, sizeof(buf)), 3);
	CHECK(memcmp(buf, "x\r\x03", 3) == 0);
	t.c_cc[VMIN] = 0, t.c_cc[VTIME] = 2;
	EQ(tcsetattr(pts, TCSANOW, &t), 0);
	start = now_ms();
	EQ(read(pts, buf, sizeof(buf)), 0);
	CHECK(now_ms() - start >= 150);
	t.c_cc[VTIME] = 0;
	EQ(tcsetattr(pts, TCSANOW, &t), 0);
	EQ(read(pts, buf, sizeof(buf)), 0);
	t.c_cc[VMIN] = 4;
	EQ(tcsetattr(pts, TCSANOW, &t), 0);
	type("12345");
	sleep_ms(20);
	EQ(read(pts, buf, sizeof(buf)), 5);
}

static void
key_signal(const char *key, int sig)
{
	pid_t pid;

	tty_make();
	signal(SIGTTOU, SIG_IGN);
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	EQ(tcsetpgrp(pts, pid), 0);
	EQ(tcgetpgrp(pts), pid);
	type(key);
	if (sig != SIGTSTP) {
		int status = reap(pid);

		CHECK(WIFSIGNALED(status));
		EQ(WTERMSIG(status), sig);
		return;
	}
	int status;
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(WSTOPSIG(status), SIGTSTP);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("^C sends SIGINT to the foreground group alone") { key_signal("\x03", SIGINT); }
TEST("^\\ sends SIGQUIT") { key_signal("\x1c", SIGQUIT); }
TEST("^Z sends SIGTSTP") { key_signal("\x1a", SIGTSTP); }

TEST("a background read stops the group with SIGTTIN; in front it goes on")
{
	char c;
	int status;
	pid_t pid;

	tty_make();
	signal(SIGTTOU, SIG_IGN);
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		EQ(read(pts, &c, 1), 1);
		_exit(c);
	}
	setpgid(pid, pid);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(WSTOPSIG(status), SIGTTIN);
	EQ(tcsetpgrp(pts, pid), 0);
	kill(pid, SIGCONT);
	type("q\n");
	EXITS(pid, 'q');
}

TEST("a background read with SIGTTIN ignored or in an orphaned group: EIO")
{
	char c;
	pid_t pid;

	tty_make();
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		signal(SIGTTIN, SIG_IGN);
		ERR(read(pts, &c, 1), EIO);
		_exit(0);
	}
	EXITS(pid, 0);
}

TEST("a background write passes without TOSTOP, stops with it (SIGTTOU)")
{
	int status;
	pid_t pid;

	tty_make();
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		EQ(write(pts, "x", 1), 1);
		_exit(0);
	}
	EXITS(pid, 0);
	tty_mode(TOSTOP, 0);
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		EQ(write(pts, "x", 1), 1);
		_exit(0);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(WSTOPSIG(status), SIGTTOU);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("tcsetpgrp and tcsetattr from the background: SIGTTOU")
{
	int status;
	pid_t pid;

	tty_make();
	if ((pid = child()) == 0) {
		setpgid(0, 0);
		tcsetpgrp(pts, getpid());
		_exit(0);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(WSTOPSIG(status), SIGTTOU);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("tcsetpgrp to a group that is not of the session: EPERM; to none: ESRCH")
{
	tty_make();
	ERR(tcsetpgrp(pts, getpgid(getppid())), EPERM);
	errno = 0;
	CHECK(tcsetpgrp(pts, 3999999) == -1 && (errno == ESRCH || errno == EPERM));
}

TEST("window size: set and read, SIGWINCH to the foreground group")
{
	struct winsize ws = { 37, 91, 0, 0 }, got;

	tty_make();
	signal(SIGWINCH, on_signal);
	EQ(ioctl(ptm, TIOCSWINSZ, &ws), 0);
	EQ(ioctl(pts, TIOCGWINSZ, &got), 0);
	EQ(got.ws_row, 37);
	EQ(got.ws_col, 91);
	CHECK(SOON(caught == 1, 3000));
	EQ(caught_sig, SIGWINCH);
	EQ(ioctl(ptm, TIOCSWINSZ, &ws), 0);
	sleep_ms(30);
	EQ(caught, 1);
}

TEST("closing the master hangs up: SIGHUP to the leader, reads give 0")
{
	char c;

	tty_make();
	signal(SIGHUP, on_signal);
	close(ptm);
	CHECK(SOON(caught >= 1, 3000));
	EQ(read(pts, &c, 1), 0);
	ERR(write(pts, "x", 1), EIO);
}

TEST("death of the session leader: SIGHUP to the foreground group, terminal lost")
{
	struct gate g = gate_make(), told = gate_make();
	pid_t pid, sub;
	char c;

	if ((pid = child()) == 0) {
		setsid();
		tty_make();
		fcntl(ptm, F_SETFD, 0);
		if ((sub = child()) == 0) {
			signal(SIGHUP, on_signal);
			gate_open(&g);
			CHECK(SOON(caught >= 1, 5000));
			ERR(open("/dev/tty", O_RDWR), ENXIO);
			gate_open(&told);
			_exit(0);
		}
		gate_pass(&g);
		_exit(0);
	}
	EXITS(pid, 0);
	struct pollfd p = { told.g_fd[0], POLLIN, 0 };
	EQ(poll(&p, 1, 6000), 1);
	EQ(read(told.g_fd[0], &c, 1), 1);
}

TEST("FIONREAD on a terminal counts whole lines")
{
	int n = -1;

	tty_make();
	type("abc\n");
	sleep_ms(20);
	EQ(ioctl(pts, FIONREAD, &n), 0);
	EQ(n, 4);
}

TEST("tcflush drops input that was typed")
{
	struct pollfd p = { 0 };

	tty_make();
	type("abc\n");
	sleep_ms(20);
	EQ(tcflush(pts, TCIFLUSH), 0);
	p.fd = pts, p.events = POLLIN;
	EQ(poll(&p, 1, 30), 0);
}

TEST("TIOCSCTTY: only by a leader without a terminal; TIOCNOTTY gives it up")
{
	pid_t pid;

	tty_make();
	if ((pid = child()) == 0) {
		EQ(ioctl(pts, TIOCNOTTY), 0);
		ERR(open("/dev/tty", O_RDWR), ENXIO);
		ERR(ioctl(pts, TIOCSCTTY, 0), EPERM);
		_exit(0);
	}
	EXITS(pid, 0);
	CHECK(open("/dev/tty", O_RDWR) >= 0);
}

TEST("a program that dies in front leaves the terminal to its shell")
{
	pid_t pid;
	int round;

	tty_make();
	signal(SIGTTOU, SIG_IGN);
	for (round = 0; round < 5; round++) {
		if ((pid = child()) == 0) {
			setpgid(0, 0);
			_exit(tcsetpgrp(pts, getpid()) == 0 && tcgetpgrp(pts) == getpid() ? 0 : 1);
		}
		setpgid(pid, pid);
		EXITS(pid, 0);
		EQ(tcsetpgrp(pts, getpgrp()), 0);
		EQ(tcgetpgrp(pts), getpgrp());
	}
}

TAP_MAIN(20)
