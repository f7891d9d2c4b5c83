/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the command.
 *
 * Each of the three standard streams is either a pipe of its own, so that the host can tell them
 * apart and bytes pass unchanged, or the pseudo-terminal, if that stream is a terminal on the host.
 * The command leads a session of its own; the terminal, if there is one, is its controlling
 * terminal.
 *
 * How the agent learns that exec failed: a pipe that exec closes. The child writes where it failed
 * and the errno into it; end of file means that the command runs. The exit statuses are those of
 * env(1) and chroot(1): 127 for a command that does not exist, 126 for one that cannot be run, 125
 * for a fault of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"

#define FAIL_FILE	"/proc/bident/fail"
#define DEFAULT_PATH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum stage {
	STAGE_SETUP,
	STAGE_CWD,
	STAGE_FAIL,
	STAGE_EXEC
};

struct failure {
	int32_t	fl_stage;
	int32_t	fl_errno;
};

/* The descriptors that the child is born with. */
struct ends {
	int	en_in, en_out, en_err;	/* of pipes; -1: the terminal */
	int	en_slave;		/* the terminal, or -1 */
	int	en_report;		/* the pipe for a failure */
};

static bool
take_strings(char **v, uint32_t n, char **at, const char *end)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		char *zero = memchr(*at, 0, (size_t)(end - *at));

		if (zero == NULL)
			return false;
		v[i] = *at;
		*at = zero + 1;
	}
	return true;
}

bool
request_parse(struct request *rq, const struct frame *fr)
{
	struct bident_exec *x = &rq->rq_exec;
	size_t text_len = fr->fr_len - sizeof(*x);
	char *text, *at, *end;

	memcpy(x, fr->fr_data, sizeof(*x));	/* x86: the same byte order */
	if (x->x_argc < 1 || x->x_argc > text_len || x->x_envc > text_len ||
	    x->x_failc > text_len)
		return false;
	text = malloc(text_len);
	rq->rq_argv = calloc(x->x_argc + 1, sizeof(char *));
	rq->rq_envp = calloc(x->x_envc + 1, sizeof(char *));
	rq->rq_failv = calloc(x->x_failc + 1, sizeof(char *));
	if (text == NULL || rq->rq_argv == NULL || rq->rq_envp == NULL || rq->rq_failv == NULL)
		return false;
	memcpy(text, fr->fr_data + sizeof(*x), text_len);
	at = text;
	end = text + text_len;
	return take_strings(&rq->rq_cwd, 1, &at, end) &&
	    take_strings(rq->rq_argv, x->x_argc, &at, end) &&
	    take_strings(rq->rq_envp, x->x_envc, &at, end) &&
	    take_strings(rq->rq_failv, x->x_failc, &at, end) && at == end;
}

/* A pipe for one stream; `ours` is non-blocking, which the command's end is not. */
static int
stream_pipe(int *ours, int *theirs, bool into_child)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return errno;
	*ours = fd[into_child ? 1 : 0];
	*theirs = fd[into_child ? 0 : 1];
	return fcntl(*ours, F_SETFL, (into_child ? O_WRONLY : O_RDONLY) | O_NONBLOCK) < 0 ?
	    errno : 0;
}

void
child_set_size(const struct child *ch, const uint16_t size[4])
{
	struct winsize ws = {
		.ws_row = size[0], .ws_col = size[1], .ws_xpixel = size[2], .ws_ypixel = size[3]
	};

	if (ch->ch_tty >= 0)
		(void)ioctl(ch->ch_tty, TIOCSWINSZ, &ws);
}

/* Opens a new pseudo-terminal. */
static int
open_terminal(struct child *ch, struct ends *en, const struct bident_exec *x)
{
	const uint16_t size[4] = { x->x_rows, x->x_cols, x->x_xpixels, x->x_ypixels };
	unsigned int number = 0;
	int unlock = 0;
	char name[32];
	struct termios tio;

	ch->ch_tty = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (ch->ch_tty < 0)
		return errno;
	if (ioctl(ch->ch_tty, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(ch->ch_tty, TIOCGPTN, &number) < 0)
		return errno;
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	en->en_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (en->en_slave < 0)
		return errno;
	child_set_size(ch, size);
	if ((x->x_flags & BIDENT_EXEC_TTY_NOPOST) && tcgetattr(en->en_slave, &tio) == 0) {
		tio.c_oflag &= ~(tcflag_t)OPOST;
		(void)tcsetattr(en->en_slave, TCSANOW, &tio);
	}
	return 0;
}

static int
open_ends(struct child *ch, struct ends *en, const struct bident_exec *x)
{
	const uint32_t tty = BIDENT_EXEC_TTY_IN | BIDENT_EXEC_TTY_OUT | BIDENT_EXEC_TTY_ERR;
	int error = 0;

	if (x->x_flags & tty)
		error = open_terminal(ch, en, x);
	if (error == 0 && !(x->x_flags & BIDENT_EXEC_TTY_IN))
		error = stream_pipe(&ch->ch_in, &en->en_in, true);
	if (error == 0 && !(x->x_flags & BIDENT_EXEC_TTY_OUT))
		error = stream_pipe(&ch->ch_out, &en->en_out, false);
	if (error == 0 && !(x->x_flags & BIDENT_EXEC_TTY_ERR))
		error = stream_pipe(&ch->ch_err, &en->en_err, false);
	return error;
}

/* Runs file; a script without "#!" is given to the shell, as execvp(3) does. */
static void
try_exec(const char *file, const struct request *rq)
{
	char **argv;
	uint32_t i;

	execve(file, rq->rq_argv, rq->rq_envp);
	if (errno != ENOEXEC)
		return;
	argv = calloc(rq->rq_exec.x_argc + 2, sizeof(char *));
	if (argv == NULL)
		return;
	argv[0] = rq->rq_argv[0];
	argv[1] = (char *)(uintptr_t)file;
	for (i = 1; i < rq->rq_exec.x_argc; i++)
		argv[i + 1] = rq->rq_argv[i];
	execve("/bin/sh", argv, rq->rq_envp);
	errno = ENOEXEC;
}

static const char *
request_path(const struct request *rq)
{
	char **e;

	for (e = rq->rq_envp; *e != NULL; e++)
		if (strncmp(*e, "PATH=", 5) == 0)
			return *e + 5;
	return DEFAULT_PATH;
}

/* Looks the command up in PATH and becomes it. Returns the errno that says best why not. */
static int
exec_command(const struct request *rq)
{
	const char *name = rq->rq_argv[0];
	const char *p = request_path(rq);
	int error = ENOENT;

	if (*name == 0)
		return ENOENT;
	if (strchr(name, '/') != NULL) {
		try_exec(name, rq);
		return errno;
	}
	for (;;) {
		size_t len = strcspn(p, ":");
		char file[4096];

		if (len + strlen(name) + 2 <= sizeof(file)) {
			memcpy(file, p, len);
			file[len] = '/';
			strcpy(file + len + (len != 0), name);
			try_exec(file, rq);
			if (errno == EACCES)
				error = EACCES;
			else if (errno != ENOENT && errno != ENOTDIR)
				return errno;
		}
		if (p[len] == 0)
			return error;
		p += len + 1;
	}
}

/*
 * Sets the failures that were asked for, for this process and all that come from it: from here on
 * nothing but exec is its own. 0 or errno.
 */
static int
set_failures(const struct request *rq)
{
	char line[512], **f;
	int fd, n;

	if (rq->rq_failv[0] == NULL)
		return 0;
	if ((fd = open(FAIL_FILE, O_WRONLY | O_CLOEXEC)) < 0)
		return errno;
	for (f = rq->rq_failv; *f != NULL; f++) {
		n = snprintf(line, sizeof(line), "%s tree=self", *f);
		if (n >= (int)sizeof(line))
			return EINVAL;
		if (write(fd, line, (size_t)n) != n)
			return errno;
	}
	return close(fd) == 0 ? 0 : errno;
}

/* Why the kernel refused a failure: the last line of its list. */
static void
describe_refusal(char *text, size_t size)
{
	static char list[65536];
	int fd = open(FAIL_FILE, O_RDONLY | O_CLOEXEC);
	const char *why = NULL;
	size_t have = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, list + have, sizeof(list) - 1 - have)) > 0)
		have += (size_t)n;
	if (fd >= 0) {
		close(fd);
		why = strstr(list, "# refused: ");
	}
	snprintf(text, size, "%.*s", why != NULL ? (int)strcspn(why + 11, "\n") : 41,
	    why != NULL ? why + 11 : "the kernel knows no failures on purpose");
}

static _Noreturn void
child_fail(int report, enum stage stage, int error)
{
	struct failure fl = { .fl_stage = (int32_t)stage, .fl_errno = error };

	(void)!write(report, &fl, sizeof(fl));
	_exit(127);
}

static _Noreturn void
child_main(const struct ends *en, const struct request *rq)
{
	sigset_t none;
	int error;

	if (setsid() < 0)
		child_fail(en->en_report, STAGE_SETUP, errno);
	if (en->en_slave >= 0 && ioctl(en->en_slave, TIOCSCTTY, 0) < 0)
		child_fail(en->en_report, STAGE_SETUP, errno);
	/* All of these are above 2: agent's own 0, 1 and 2 are always open. */
	if (dup2(en->en_in >= 0 ? en->en_in : en->en_slave, 0) < 0 ||
	    dup2(en->en_out >= 0 ? en->en_out : en->en_slave, 1) < 0 ||
	    dup2(en->en_err >= 0 ? en->en_err : en->en_slave, 2) < 0)
		child_fail(en->en_report, STAGE_SETUP, errno);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	if (chdir(rq->rq_cwd) != 0)
		child_fail(en->en_report, STAGE_CWD, errno);
	if ((error = set_failures(rq)) != 0)
		child_fail(en->en_report, STAGE_FAIL, error);
	child_fail(en->en_report, STAGE_EXEC, exec_command(rq));
}

static void
describe(const struct failure *fl, const struct request *rq, int *status, char *text, size_t size)
{
	const char *why = strerror(fl->fl_errno);

	*status = 125;
	switch (fl->fl_stage) {
	case STAGE_CWD:
		snprintf(text, size, "cannot change to folder '%s': %s", rq->rq_cwd, why);
		break;
	case STAGE_FAIL:
		describe_refusal(text, size);
		break;
	case STAGE_EXEC:
		*status = fl->fl_errno == ENOENT ? 127 : 126;
		if (fl->fl_errno == ENOENT && strchr(rq->rq_argv[0], '/') == NULL)
			why = "no such command in PATH";
		snprintf(text, size, "cannot run '%.512s': %s", rq->rq_argv[0], why);
		break;
	default:
		snprintf(text, size, "cannot set up the command's process: %s", why);
		break;
	}
}

/* Waits until the child has become the command, or has said why not. */
static bool
child_runs(int report, struct failure *fl)
{
	size_t got = 0;
	ssize_t n;

	do {
		n = read(report, (char *)fl + got, sizeof(*fl) - got);
		if (n > 0)
			got += (size_t)n;
	} while ((n > 0 && got < sizeof(*fl)) || (n < 0 && errno == EINTR));
	return got < sizeof(*fl);
}

static void
close_ends(const struct ends *en)
{
	const int fds[] = { en->en_in, en->en_out, en->en_err, en->en_slave, en->en_report };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

bool
child_start(struct child *ch, const struct request *rq, int *status, char *text, size_t size)
{
	struct ends en = { -1, -1, -1, -1, -1 };
	struct failure fl = { STAGE_SETUP, 0 };
	int report[2];
	bool runs;

	*ch = (struct child){ .ch_pid = -1, .ch_in = -1, .ch_out = -1, .ch_err = -1, .ch_tty = -1 };
	fl.fl_errno = open_ends(ch, &en, &rq->rq_exec);
	if (fl.fl_errno == 0 && pipe2(report, O_CLOEXEC) != 0)
		fl.fl_errno = errno;
	if (fl.fl_errno != 0) {
		describe(&fl, rq, status, text, size);
		return false;
	}
	en.en_report = report[1];
	ch->ch_pid = fork();
	if (ch->ch_pid == 0)
		child_main(&en, rq);
	if (ch->ch_pid < 0)
		fl.fl_errno = errno;
	close_ends(&en);
	runs = ch->ch_pid > 0 && child_runs(report[0], &fl);
	close(report[0]);
	if (!runs)
		describe(&fl, rq, status, text, size);
	return runs;
}

void
child_signal(const struct child *ch, int signo)
{
	pid_t group = ch->ch_pid;
	pid_t front;

	if (ch->ch_tty >= 0) {
		front = tcgetpgrp(ch->ch_tty);
		if (front > 0)
			group = front;
	}
	if (kill(-group, signo) != 0)
		(void)kill(ch->ch_pid, signo);
}
