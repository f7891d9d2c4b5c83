/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relay: bytes between the port and the command, until the command has ended.
 *
 * A source is a descriptor that we read for the host: the command's stdout, stderr or terminal. It
 * is read only while there is credit for it and room in the port's buffer. A sink is a descriptor
 * that we write for the host: the command's stdin or terminal. Its ring holds as much as the host
 * may send, so taking a frame from the port never waits for the command.
 *
 *	RUNNING  -- the command has ended -->  DRAINING  -- nothing left -->  DONE
 *
 * DRAINING takes what was in the pipes when the command ended, and no more: background processes
 * that still hold a pipe open do not keep the machine alive. How much that is says FIONREAD; where
 * that is missing we take until the pipe is empty, at most what a pipe can hold.
 *
 * Frames that are not DATA are owed, not queued: a counter or a flag says that one is due, and it
 * is made when there is room. That bounds the port's buffer.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define NO_LIMIT	(-1L)
#define PIPE_MOST	(1L << 20)	/* what a pipe can hold at most, bytes */

struct source {
	int		so_fd;		/* -1: ended, or never there */
	uint32_t	so_stream;
	uint32_t	so_credit;	/* bytes */
	long		so_left;	/* while draining: bytes still to take */
	bool		so_eof_due;
};

struct sink {
	int		sk_fd;		/* -1: nobody reads any more */
	uint32_t	sk_stream;
	uint32_t	sk_head;	/* of the ring */
	uint32_t	sk_len;
	uint32_t	sk_granted;	/* bytes that the host may still send */
	uint32_t	sk_credit_due;	/* bytes to give back */
	bool		sk_eof;		/* close it when the ring is empty */
	bool		sk_closed_due;
	uint8_t		sk_ring[BIDENT_WINDOW];
};

enum { OUT, ERR, TTY_OUT, NSOURCES };
enum { IN, TTY_IN, NSINKS };

struct relay {
	struct port	*rl_port;
	struct child	*rl_child;
	struct source	 rl_sources[NSOURCES];
	struct sink	*rl_sinks;	/* NSINKS */
	bool		 rl_ended;	/* the command is gone, rl_status is valid */
	int		 rl_status;	/* as from waitpid(2) */
	bool		 rl_host_gone;
};

static struct sink sinks[NSINKS];

static void
source_end(struct source *so)
{
	if (so->so_fd < 0)
		return;
	if (so->so_stream != BIDENT_STREAM_TTY)
		close(so->so_fd);
	so->so_fd = -1;
	so->so_eof_due = true;
}

static void
source_read(struct relay *rl, struct source *so)
{
	size_t want = port_room(rl->rl_port);
	ssize_t n;

	if (want > BIDENT_DATA_MAX)
		want = BIDENT_DATA_MAX;
	if (want > so->so_credit)
		want = so->so_credit;
	if (so->so_left != NO_LIMIT && want > (size_t)so->so_left)
		want = (size_t)so->so_left;
	if (want == 0)
		return;
	n = read(so->so_fd, port_payload(rl->rl_port), want);
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !rl->rl_ended)))
		return;
	if (n <= 0) {
		source_end(so);
		return;
	}
	port_put(rl->rl_port, BIDENT_MSG_DATA, so->so_stream, NULL, (size_t)n);
	so->so_credit -= (uint32_t)n;
	if (so->so_left != NO_LIMIT)
		so->so_left -= n;
	if (so->so_left == 0)
		source_end(so);
}

static void
sink_end(struct sink *sk)
{
	if (sk->sk_fd < 0)
		return;
	if (sk->sk_stream != BIDENT_STREAM_TTY)
		close(sk->sk_fd);
	sk->sk_fd = -1;
	sk->sk_credit_due += sk->sk_len;
	sk->sk_len = 0;
}

/* Nobody reads it any more: the host may stop as well. */
static void
sink_broken(struct sink *sk)
{
	sk->sk_closed_due = sk->sk_fd >= 0 && !sk->sk_eof;
	sink_end(sk);
}

static void
sink_write(struct sink *sk)
{
	uint32_t run;
	ssize_t n;

	while (sk->sk_fd >= 0 && sk->sk_len > 0) {
		run = BIDENT_WINDOW - sk->sk_head;
		if (run > sk->sk_len)
			run = sk->sk_len;
		n = write(sk->sk_fd, sk->sk_ring + sk->sk_head, run);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			sink_broken(sk);
			return;
		}
		sk->sk_head = (sk->sk_head + (uint32_t)n) % BIDENT_WINDOW;
		sk->sk_len -= (uint32_t)n;
		sk->sk_credit_due += (uint32_t)n;
	}
	if (sk->sk_eof && sk->sk_len == 0)
		sink_end(sk);
}

static void
sink_take(struct sink *sk, const struct frame *fr)
{
	uint32_t tail, run;

	if (fr->fr_len > sk->sk_granted)
		agent_die("the host sent more than it may on stream %u", fr->fr_stream);
	sk->sk_granted -= fr->fr_len;
	if (sk->sk_fd < 0 || sk->sk_eof) {
		sk->sk_credit_due += fr->fr_len;
		return;
	}
	tail = (sk->sk_head + sk->sk_len) % BIDENT_WINDOW;
	run = BIDENT_WINDOW - tail;
	if (run > fr->fr_len)
		run = fr->fr_len;
	memcpy(sk->sk_ring + tail, fr->fr_data, run);
	memcpy(sk->sk_ring, fr->fr_data + run, fr->fr_len - run);
	sk->sk_len += fr->fr_len;
	sink_write(sk);
}

static struct sink *
find_sink(struct relay *rl, uint32_t stream)
{
	if (stream == BIDENT_STREAM_IN)
		return &rl->rl_sinks[IN];
	if (stream == BIDENT_STREAM_TTY)
		return &rl->rl_sinks[TTY_IN];
	agent_die("the host cannot write to stream %u", stream);
}

static struct source *
find_source(struct relay *rl, uint32_t stream)
{
	if (stream == BIDENT_STREAM_OUT)
		return &rl->rl_sources[OUT];
	if (stream == BIDENT_STREAM_ERR)
		return &rl->rl_sources[ERR];
	if (stream == BIDENT_STREAM_TTY)
		return &rl->rl_sources[TTY_OUT];
	agent_die("the host cannot read stream %u", stream);
}

static void
take_credit(struct source *so, uint32_t bytes)
{
	if (bytes > BIDENT_WINDOW - so->so_credit)
		agent_die("the host gave back more than it got on stream %u", so->so_stream);
	so->so_credit += bytes;
}

static void
take_frame(struct relay *rl, const struct frame *fr)
{
	uint16_t size[4];
	int i;

	switch (fr->fr_type) {
	case BIDENT_MSG_DATA:
		sink_take(find_sink(rl, fr->fr_stream), fr);
		break;
	case BIDENT_MSG_EOF:
		find_sink(rl, fr->fr_stream)->sk_eof = true;
		sink_write(find_sink(rl, fr->fr_stream));
		break;
	case BIDENT_MSG_CREDIT:
		take_credit(find_source(rl, fr->fr_stream), bident_get32(fr->fr_data));
		break;
	case BIDENT_MSG_CLOSED:
		source_end(find_source(rl, fr->fr_stream));
		break;
	case BIDENT_MSG_WINSIZE:
		for (i = 0; i < 4; i++)
			size[i] = bident_get16(fr->fr_data + 2 * i);
		child_set_size(rl->rl_child, size);
		break;
	case BIDENT_MSG_SIGNAL:
		if (!rl->rl_ended)
			child_signal(rl->rl_child, (int)bident_get32(fr->fr_data));
		break;
	default:
		agent_die("unexpected frame of type %u from the host", fr->fr_type);
	}
}

/* Makes the frames that are due. At most three a stream are ever in the buffer's reserve. */
static void
pay_debts(struct relay *rl)
{
	int i;

	if (rl->rl_port->pt_out_len > BIDENT_DATA_MAX)
		return;
	for (i = 0; i < NSOURCES; i++) {
		struct source *so = &rl->rl_sources[i];

		if (so->so_eof_due)
			port_put(rl->rl_port, BIDENT_MSG_EOF, so->so_stream, NULL, 0);
		so->so_eof_due = false;
	}
	for (i = 0; i < NSINKS; i++) {
		struct sink *sk = &rl->rl_sinks[i];

		if (sk->sk_closed_due)
			port_put(rl->rl_port, BIDENT_MSG_CLOSED, sk->sk_stream, NULL, 0);
		sk->sk_closed_due = false;
		/* Half a window at a time, unless the host would have to wait for it. */
		if (sk->sk_credit_due > 0 &&
		    (sk->sk_credit_due >= BIDENT_WINDOW / 4 || sk->sk_len == 0)) {
			port_put32(rl->rl_port, BIDENT_MSG_CREDIT, sk->sk_stream,
			    sk->sk_credit_due);
			sk->sk_granted += sk->sk_credit_due;
			sk->sk_credit_due = 0;
		}
	}
}

/* Sets the limits for DRAINING: what is in the pipes now. */
static void
start_draining(struct relay *rl)
{
	int i, n;

	for (i = 0; i < NSOURCES; i++) {
		struct source *so = &rl->rl_sources[i];

		if (so->so_fd < 0)
			continue;
		so->so_left = PIPE_MOST;
		if (so->so_stream != BIDENT_STREAM_TTY && ioctl(so->so_fd, FIONREAD, &n) == 0)
			so->so_left = n;
		if (so->so_left == 0)
			source_end(so);
	}
	for (i = 0; i < NSINKS; i++)
		sink_end(&rl->rl_sinks[i]);
}

/* Buries every process that has died; an init has many that are not its own. */
static void
reap(struct relay *rl)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != rl->rl_child->ch_pid || rl->rl_ended)
			continue;
		rl->rl_ended = true;
		rl->rl_status = status;
		start_draining(rl);
	}
}

static bool
all_sources_ended(const struct relay *rl)
{
	int i;

	for (i = 0; i < NSOURCES; i++)
		if (rl->rl_sources[i].so_fd >= 0)
			return false;
	return true;
}

/* One round: wait until something can be done, and do it. */
static void
relay_round(struct relay *rl, int sigchld_fd)
{
	struct pollfd pfd[2 + NSOURCES + NSINKS];
	struct pollfd *ps = pfd + 2, *pk = pfd + 2 + NSOURCES;
	struct frame fr;
	char junk[64];
	int i;

	pfd[0] = (struct pollfd){ .fd = rl->rl_port->pt_fd, .events = POLLIN };
	if (rl->rl_port->pt_out_len > 0)
		pfd[0].events |= POLLOUT;
	pfd[1] = (struct pollfd){ .fd = sigchld_fd, .events = POLLIN };
	for (i = 0; i < NSOURCES; i++) {
		struct source *so = &rl->rl_sources[i];
		bool ready = so->so_credit > 0 && port_room(rl->rl_port) > 0;

		ps[i] = (struct pollfd){ .fd = ready ? so->so_fd : -1, .events = POLLIN };
	}
	for (i = 0; i < NSINKS; i++) {
		struct sink *sk = &rl->rl_sinks[i];
		/* An idle pipe is watched for POLLERR: its reader has gone. */
		bool watch = sk->sk_len > 0 || sk->sk_stream == BIDENT_STREAM_IN;

		pk[i] = (struct pollfd){ .fd = watch ? sk->sk_fd : -1,
		    .events = sk->sk_len > 0 ? POLLOUT : 0 };
	}
	if (poll(pfd, 2 + NSOURCES + NSINKS, -1) < 0 && errno != EINTR)
		agent_die("poll: %s", strerror(errno));

	if (pfd[1].revents & POLLIN)
		while (read(sigchld_fd, junk, sizeof(junk)) == (ssize_t)sizeof(junk))
			;
	if (!rl->rl_ended)
		reap(rl);
	for (i = 0; i < NSINKS; i++) {
		if (pk[i].revents & POLLOUT)
			sink_write(&rl->rl_sinks[i]);
		else if (pk[i].revents & (POLLERR | POLLNVAL))
			sink_broken(&rl->rl_sinks[i]);
	}
	rl->rl_host_gone = !port_fill(rl->rl_port);
	while (port_next_frame(rl->rl_port, &fr))
		take_frame(rl, &fr);
	for (i = 0; i < NSOURCES; i++)
		if (rl->rl_sources[i].so_fd >= 0 && (ps[i].revents != 0 || rl->rl_ended))
			source_read(rl, &rl->rl_sources[i]);
	pay_debts(rl);
	if (!port_flush(rl->rl_port))
		rl->rl_host_gone = true;
}

/* Tells how it ended and waits for BYE; what else the host says meanwhile no longer matters. */
static void
relay_finish(struct relay *rl)
{
	uint8_t b[8];
	struct frame fr;

	if (WIFSIGNALED(rl->rl_status)) {
		bident_put32(b, BIDENT_EXIT_SIGNAL);
		bident_put32(b + 4, (uint32_t)WTERMSIG(rl->rl_status));
	} else {
		bident_put32(b, BIDENT_EXIT_CODE);
		bident_put32(b + 4, (uint32_t)WEXITSTATUS(rl->rl_status));
	}
	if (!port_flush_all(rl->rl_port))
		return;
	port_put(rl->rl_port, BIDENT_MSG_EXIT, 0, b, sizeof(b));
	if (!port_flush_all(rl->rl_port))
		return;
	while (port_wait_frame(rl->rl_port, &fr) && fr.fr_type != BIDENT_MSG_BYE)
		;
}

static void
source_init(struct source *so, int fd, uint32_t stream)
{
	*so = (struct source){ .so_fd = fd, .so_stream = stream, .so_credit = BIDENT_WINDOW,
	    .so_left = NO_LIMIT };
}

static void
sink_init(struct sink *sk, int fd, uint32_t stream)
{
	sk->sk_fd = fd;
	sk->sk_stream = stream;
	sk->sk_granted = BIDENT_WINDOW;
}

void
relay_run(struct port *pt, struct child *ch, int sigchld_fd)
{
	struct relay rl = { .rl_port = pt, .rl_child = ch, .rl_sinks = sinks };

	source_init(&rl.rl_sources[OUT], ch->ch_out, BIDENT_STREAM_OUT);
	source_init(&rl.rl_sources[ERR], ch->ch_err, BIDENT_STREAM_ERR);
	source_init(&rl.rl_sources[TTY_OUT], ch->ch_tty, BIDENT_STREAM_TTY);
	sink_init(&sinks[IN], ch->ch_in, BIDENT_STREAM_IN);
	sink_init(&sinks[TTY_IN], ch->ch_tty, BIDENT_STREAM_TTY);

	while (!rl.rl_host_gone && !(rl.rl_ended && all_sources_ended(&rl)))
		relay_round(&rl, sigchld_fd);
	if (!rl.rl_host_gone)
		relay_finish(&rl);
}
