/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session: one command in one machine, from its start to its end.
 *
 *	BOOTING -- STARTED --> RUNNING -- EXIT or ERROR --> ENDING -- machine gone --> over
 *
 * and from every state, when the machine dies or the time is over, straight to the end. If the time
 * is over the kernel is first asked, by an NMI, what its CPUs are doing; it has NMI_MS after its
 * last word, NMI_MOST_MS in all.
 *
 * One loop waits for everything: the port, the kernel's messages, QEMU's own, our standard input,
 * the places where output goes, and signals (by signalfd, so that none needs a handler). Nothing
 * in it blocks for long: what the guest sends goes into a ring for each stream (it cannot send
 * more than fits, see bident_proto.h) and is written when poll(2) says that there is room, at most
 * PIPE_BUF bytes at once if it is not a file, because our descriptors are shared with others and
 * may not be made non-blocking.
 *
 * Terminals. A standard stream that is a terminal here is one in the guest. If both input and
 * output are, the terminal is put into raw mode and the guest's terminal does everything. If not
 * (bident in a pipeline), it stays as it is: lines are edited here, Ctrl-C makes SIGINT here, and
 * we pass the signal on.
 *
 * Signals. SIGINT and SIGQUIT go to the guest's foreground process group; three SIGINTs within
 * INTERRUPT_MS end the machine, and so do three presses of ESCAPE_KEY in raw mode. SIGTERM and
 * SIGHUP go there as well and leave it GRACE_MS to end. Before the command has started each of
 * them ends us. SIGTSTP stops the machine, puts the terminal back and stops us.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bident.h"

#define TX_MOST		(128u << 10)	/* no more input is read while so much waits for QEMU */
#define GRACE_MS	2000		/* for the command to end after SIGTERM, and for QEMU */
#define PANIC_MS	5000		/* for the kernel to tell all about a panic */
#define NMI_MS		6000		/* a busy host may run the machine late */
#define NMI_MOST_MS	20000
#define INTERRUPT_MS	2000
#define ESCAPE_KEY	0x1d		/* Ctrl-] */
#define ESCAPE_MS	1000
#define TAIL_LINES	40

enum state {
	BOOTING,
	RUNNING,
	ENDING
};

/* From the guest to one of our descriptors. */
struct outlet {
	int		 ol_fd;		/* -1: this stream does not exist */
	uint32_t	 ol_stream;
	uint32_t	 ol_head, ol_len;	/* of the ring */
	uint32_t	 ol_granted;	/* bytes that the guest may still send */
	uint32_t	 ol_credit_due;
	bool		 ol_plain_file;	/* writing never blocks */
	bool		 ol_broken;	/* nobody reads: what comes is thrown away */
	bool		 ol_eof;	/* the guest will send no more */
	uint8_t		 ol_ring[BIDENT_WINDOW];
};

/* From our standard input to the guest. */
struct inlet {
	int		 il_fd;		/* -1: ended */
	uint32_t	 il_stream;
	uint32_t	 il_credit;
	int64_t		 il_again_ms;	/* not before: we are in the background */
};

enum { OUT, ERR, TTY, NOUTLETS };

struct session {
	struct machine		 ss_machine;
	struct klog		 ss_klog;
	enum state		 ss_state;
	bool			 ss_raw;	/* we drive the terminal */
	bool			 ss_greeted;	/* the agent's HELLO has come */
	int			 ss_signals;	/* signalfd */
	int			 ss_tty;	/* a terminal of ours, or -1 */
	int			 ss_status;	/* to exit with, once ENDING */
	int64_t			 ss_start_ms;
	int64_t			 ss_timeout_ms;	/* absolute times; INT64_MAX: never */
	int64_t			 ss_nmi_ms;	/* when the time was over and the NMI was sent; 0:
						 * not */
	uint64_t		 ss_nmi_at;	/* bytes of the kernel's log before that */
	int64_t			 ss_grace_ms;	/* the machine is killed then */
	int			 ss_grace_status;
	const char		*ss_grace_why;	/* null: nothing to say about it */
	bool			 ss_over;
	bool			 ss_output_lost;	/* the place for it is full, or broken */
	int64_t			 ss_keys_ms[3];	/* when the last three SIGINTs came */
	unsigned int		 ss_escapes;
	int64_t			 ss_escape_ms;
	struct inlet		 ss_in;
	struct outlet		*ss_out;	/* NOUTLETS */
	uint8_t			*ss_tx;
	size_t			 ss_tx_len, ss_tx_size;
	bool			 ss_port_open, ss_log_open, ss_err_open;
	uint8_t			 ss_rx[2 * (BIDENT_HEADER_SIZE + BIDENT_DATA_MAX)];
	size_t			 ss_rx_len;
	char			 ss_qemu_says[4096];
	size_t			 ss_qemu_len;
};

static const char	panic_why[] = "the kernel panicked and did not power off";
static struct session	session;
static struct outlet	outlets[NOUTLETS];

/* Frames to the guest. */

static uint8_t *
tx_reserve(struct session *ss, size_t len)
{
	uint8_t *p;

	if (ss->ss_tx_size - ss->ss_tx_len < len) {
		ss->ss_tx_size = ss->ss_tx_len + len + TX_MOST;
		ss->ss_tx = xalloc(ss->ss_tx, ss->ss_tx_size);
	}
	p = ss->ss_tx + ss->ss_tx_len;
	ss->ss_tx_len += len;
	return p;
}

static void
tx_put(struct session *ss, enum bident_msg type, uint32_t stream, const void *data, size_t len)
{
	uint8_t *p;

	if (!ss->ss_port_open)
		return;
	p = tx_reserve(ss, BIDENT_HEADER_SIZE + len);
	bident_put_header(p, type, stream, (uint32_t)len);
	if (len > 0)
		memcpy(p + BIDENT_HEADER_SIZE, data, len);
}

static void
tx_put32(struct session *ss, enum bident_msg type, uint32_t stream, uint32_t value)
{
	uint8_t b[4];

	bident_put32(b, value);
	tx_put(ss, type, stream, b, sizeof(b));
}

static void
tx_flush(struct session *ss)
{
	ssize_t n;

	if (ss->ss_tx_len == 0)
		return;
	n = write(ss->ss_machine.mc_port, ss->ss_tx, ss->ss_tx_len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)ss->ss_tx_len;	/* QEMU has gone: reading will tell */
	if (n <= 0)
		return;
	ss->ss_tx_len -= (size_t)n;
	memmove(ss->ss_tx, ss->ss_tx + n, ss->ss_tx_len);
}

/* The request. */

static void
put_string(struct session *ss, const char *text)
{
	size_t size = strlen(text) + 1;

	memcpy(tx_reserve(ss, size), text, size);
}

static uint32_t
choose_ttys(struct session *ss)
{
	bool in = isatty(STDIN_FILENO), out = isatty(STDOUT_FILENO), err = isatty(STDERR_FILENO);
	uint32_t flags = 0;

	ss->ss_raw = in && out;
	if (ss->ss_raw)
		flags |= BIDENT_EXEC_TTY_IN;
	else
		flags |= BIDENT_EXEC_TTY_NOPOST;
	if (out)
		flags |= BIDENT_EXEC_TTY_OUT;
	if (err)
		flags |= BIDENT_EXEC_TTY_ERR;
	ss->ss_tty = out ? STDOUT_FILENO : err ? STDERR_FILENO : -1;
	return flags;
}

static void
put_request(struct session *ss, const struct run_options *ro)
{
	const char *term = getenv("TERM");
	char *env[] = {
		xprintf("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
		xprintf("HOME=/root"), xprintf("USER=root"), xprintf("LOGNAME=root"),
		xprintf("SHELL=/bin/sh"), NULL, NULL
	};
	struct bident_exec x = { .x_flags = choose_ttys(ss) };
	uint16_t size[4] = { 0 };
	size_t start = ss->ss_tx_len;
	uint32_t i;

	if (ss->ss_tty >= 0)
		tty_get_size(ss->ss_tty, size);
	x.x_rows = size[0];
	x.x_cols = size[1];
	x.x_xpixels = size[2];
	x.x_ypixels = size[3];
	if (ss->ss_tty >= 0 && term != NULL)
		env[sizeof(env) / sizeof(env[0]) - 2] = xprintf("TERM=%s", term);
	while (ro->ro_argv[x.x_argc] != NULL)
		x.x_argc++;
	while (env[x.x_envc] != NULL)
		x.x_envc++;
	x.x_failc = ro->ro_nfails;
	(void)tx_reserve(ss, BIDENT_HEADER_SIZE);
	memcpy(tx_reserve(ss, sizeof(x)), &x, sizeof(x));	/* x86: the same byte order */
	put_string(ss, "/");
	for (i = 0; i < x.x_argc; i++)
		put_string(ss, ro->ro_argv[i]);
	for (i = 0; i < x.x_envc; i++) {
		put_string(ss, env[i]);
		free(env[i]);
	}
	for (i = 0; i < x.x_failc; i++)
		put_string(ss, ro->ro_fails[i]);
	if (ss->ss_tx_len - start - BIDENT_HEADER_SIZE > BIDENT_EXEC_MAX)
		die("the command's arguments are longer than %u MiB", BIDENT_EXEC_MAX >> 20);
	bident_put_header(ss->ss_tx + start, BIDENT_MSG_EXEC, 0,
	    (uint32_t)(ss->ss_tx_len - start - BIDENT_HEADER_SIZE));
}

static void
put_hello(struct session *ss)
{
	uint8_t b[8];

	bident_put32(b, BIDENT_PROTO_MAGIC);
	bident_put32(b + 4, BIDENT_PROTO_VERSION);
	tx_put(ss, BIDENT_MSG_HELLO, 0, b, sizeof(b));
}

/* The end. */

/* Ends the session at once with this status; the machine is killed if it lives. */
static void
finish(struct session *ss, int status)
{
	ss->ss_status = status;
	ss->ss_over = true;
}

/* Gives the machine some time to end, after which it is killed and the session is over. */
static void
set_grace(struct session *ss, int64_t ms, int status, const char *why)
{
	int64_t at = now_ms() + ms;

	if (at >= ss->ss_grace_ms)
		return;
	ss->ss_grace_ms = at;
	ss->ss_grace_status = status;
	ss->ss_grace_why = why;
}

static void
show_log_tail(struct session *ss)
{
	if (ss->ss_klog.kl_total == 0 || say_verbose)
		return;
	say_error("the last messages of the kernel:");
	klog_show_tail(&ss->ss_klog, ss->ss_nmi_ms != 0 ? ss->ss_nmi_at : ss->ss_klog.kl_total,
	    TAIL_LINES);
}

static void
protocol_error(struct session *ss, const char *what)
{
	tty_restore();
	show_log_tail(ss);
	say_error("the guest's agent broke the protocol (%s): the machine was ended", what);
	finish(ss, STATUS_KERNEL);
}

/* Output from the guest. */

static void
outlet_break(struct session *ss, struct outlet *ol)
{
	ol->ol_broken = true;
	ol->ol_credit_due += ol->ol_len;
	ol->ol_len = 0;
	tx_put(ss, BIDENT_MSG_CLOSED, ol->ol_stream, NULL, 0);
}

/* The command closed it: so do we, for whoever reads us. */
static void
outlet_close(struct outlet *ol)
{
	int null;

	if (ol->ol_stream == BIDENT_STREAM_TTY)
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0)
		return;
	if (ol->ol_stream == BIDENT_STREAM_OUT)
		(void)dup2(null, ol->ol_fd);
	close(null);
}

static void
outlet_write(struct session *ss, struct outlet *ol)
{
	uint32_t run = BIDENT_WINDOW - ol->ol_head;
	ssize_t n;

	if (run > ol->ol_len)
		run = ol->ol_len;
	if (run > PIPE_BUF && !ol->ol_plain_file)
		run = PIPE_BUF;
	if (run == 0)
		return;
	n = write(ol->ol_fd, ol->ol_ring + ol->ol_head, run);
	if (n < 0) {
		if (errno != EINTR && errno != EAGAIN) {
			if (errno != EPIPE) {
				say_error("cannot write the command's output: %s", strerror(errno));
				ss->ss_output_lost = true;
			}
			outlet_break(ss, ol);
		}
		return;
	}
	ol->ol_head = (ol->ol_head + (uint32_t)n) % BIDENT_WINDOW;
	ol->ol_len -= (uint32_t)n;
	ol->ol_credit_due += (uint32_t)n;
	if (ol->ol_len == 0 && ol->ol_eof)
		outlet_close(ol);
}

static void
outlet_take(struct session *ss, struct outlet *ol, const uint8_t *data, uint32_t len)
{
	uint32_t tail = (ol->ol_head + ol->ol_len) % BIDENT_WINDOW;
	uint32_t run = BIDENT_WINDOW - tail;

	if (len > ol->ol_granted) {
		protocol_error(ss, "more output than there is room for");
		return;
	}
	ol->ol_granted -= len;
	if (ol->ol_broken) {
		ol->ol_credit_due += len;
		return;
	}
	if (run > len)
		run = len;
	memcpy(ol->ol_ring + tail, data, run);
	memcpy(ol->ol_ring, data + run, len - run);
	ol->ol_len += len;
}

static void
pay_credit(struct session *ss)
{
	int i;

	for (i = 0; i < NOUTLETS; i++) {
		struct outlet *ol = &ss->ss_out[i];

		if (ol->ol_credit_due < BIDENT_WINDOW / 4 &&
		    (ol->ol_credit_due == 0 || ol->ol_len > 0))
			continue;
		tx_put32(ss, BIDENT_MSG_CREDIT, ol->ol_stream, ol->ol_credit_due);
		ol->ol_granted += ol->ol_credit_due;
		ol->ol_credit_due = 0;
	}
}

/* Input to the guest. */

static void
inlet_end(struct session *ss)
{
	ss->ss_in.il_fd = -1;
	tx_put(ss, BIDENT_MSG_EOF, ss->ss_in.il_stream, NULL, 0);
}

/* Looks for the escape key in what was typed. True: the user wants out. */
static bool
escaped(struct session *ss, const uint8_t *keys, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (keys[i] != ESCAPE_KEY) {
			ss->ss_escapes = 0;
			continue;
		}
		if (ss->ss_escapes == 0 || now_ms() - ss->ss_escape_ms > ESCAPE_MS) {
			ss->ss_escapes = 0;
			ss->ss_escape_ms = now_ms();
		}
		if (++ss->ss_escapes == 3)
			return true;
	}
	return false;
}

static void
inlet_read(struct session *ss)
{
	static uint8_t buffer[BIDENT_DATA_MAX];
	struct inlet *il = &ss->ss_in;
	bool tty = isatty(il->il_fd);
	ssize_t n;

	/*
	 * Reading the terminal from the background would stop us, though the command wants
	 * nothing.
	 */
	if (tty && tcgetpgrp(il->il_fd) != getpgrp()) {
		il->il_again_ms = now_ms() + 300;
		return;
	}
	n = read(il->il_fd, buffer, ss->ss_raw || il->il_credit > sizeof(buffer) ?
	    sizeof(buffer) : il->il_credit);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		inlet_end(ss);
		return;
	}
	if (ss->ss_raw && escaped(ss, buffer, (size_t)n)) {
		tty_restore();
		say_error("ended by Ctrl-] three times");
		finish(ss, 128 + SIGKILL);
		return;
	}
	if ((size_t)n > il->il_credit)	/* keys that nobody reads; we look for the escape key */
		n = il->il_credit;
	if (n == 0)
		return;
	il->il_credit -= (uint32_t)n;
	tx_put(ss, BIDENT_MSG_DATA, il->il_stream, buffer, (size_t)n);
}

/* Frames from the guest. */

static struct outlet *
find_outlet(struct session *ss, uint32_t stream)
{
	int i;

	for (i = 0; i < NOUTLETS; i++)
		if (ss->ss_out[i].ol_stream == stream && ss->ss_out[i].ol_fd >= 0)
			return &ss->ss_out[i];
	protocol_error(ss, "output on a stream that does not exist");
	return NULL;
}

static void
start_ending(struct session *ss, int status)
{
	ss->ss_state = ENDING;
	ss->ss_status = status;
	tx_put(ss, BIDENT_MSG_BYE, 0, NULL, 0);
}

static void
take_error(struct session *ss, const uint8_t *data, uint32_t len)
{
	uint32_t status = bident_get32(data), i;
	char text[BIDENT_TEXT_MAX + 1];

	memcpy(text, data + 4, len - 4);
	text[len - 4] = 0;
	for (i = 0; text[i] != 0; i++)	/* the guest does not get to drive our terminal */
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	tty_restore();
	say_error("%s", text);
	start_ending(ss, status >= 125 && status <= 127 ? (int)status : STATUS_TROUBLE);
}

static void
take_hello(struct session *ss, const uint8_t *data)
{
	if (bident_get32(data) != BIDENT_PROTO_MAGIC ||
	    bident_get32(data + 4) != BIDENT_PROTO_VERSION) {
		protocol_error(ss, "another version of it; are bident and bident-init from the "
		    "same build?");
		return;
	}
	ss->ss_greeted = true;
	say_note("the guest is up after %lld ms", (long long)(now_ms() - ss->ss_start_ms));
}

static void
take_exit(struct session *ss, const uint8_t *data)
{
	uint32_t kind = bident_get32(data), value = bident_get32(data + 4);

	say_note("the command ended by %s %u", kind == BIDENT_EXIT_SIGNAL ? "signal" : "exit",
	    value);
	start_ending(ss, (int)(kind == BIDENT_EXIT_SIGNAL ? 128 + (value & 127) : value & 255));
}

static void
take_stream_frame(struct session *ss, uint32_t type, uint32_t stream, const uint8_t *data,
    uint32_t len)
{
	struct inlet *il = &ss->ss_in;
	struct outlet *ol;

	if (type == BIDENT_MSG_CREDIT) {
		if (stream != il->il_stream || bident_get32(data) > BIDENT_WINDOW - il->il_credit)
			protocol_error(ss, "credit for nothing");
		else
			il->il_credit += bident_get32(data);
		return;
	}
	if (type == BIDENT_MSG_CLOSED) {
		if (stream == il->il_stream)
			il->il_fd = -1;
		return;
	}
	ol = find_outlet(ss, stream);
	if (ol == NULL)
		return;
	if (type == BIDENT_MSG_DATA) {
		outlet_take(ss, ol, data, len);
	} else {
		ol->ol_eof = true;
		if (ol->ol_len == 0)
			outlet_close(ol);
	}
}

static void
take_frame(struct session *ss, uint32_t type, uint32_t stream, const uint8_t *data, uint32_t len)
{
	if (!ss->ss_greeted && type != BIDENT_MSG_HELLO) {
		protocol_error(ss, "no greeting");
		return;
	}
	switch (type) {
	case BIDENT_MSG_HELLO:
		take_hello(ss, data);
		break;
	case BIDENT_MSG_STARTED:
		ss->ss_state = RUNNING;
		break;
	case BIDENT_MSG_EXIT:
		take_exit(ss, data);
		break;
	case BIDENT_MSG_ERROR:
		take_error(ss, data, len);
		break;
	case BIDENT_MSG_DATA:
	case BIDENT_MSG_EOF:
	case BIDENT_MSG_CREDIT:
	case BIDENT_MSG_CLOSED:
		take_stream_frame(ss, type, stream, data, len);
		break;
	default:
		protocol_error(ss, "a frame that only the host sends");
	}
}

static void
take_frames(struct session *ss)
{
	size_t at = 0;

	while (!ss->ss_over && ss->ss_rx_len - at >= BIDENT_HEADER_SIZE) {
		const uint8_t *p = ss->ss_rx + at;
		uint32_t type = bident_get16(p), len = bident_get32(p + 4);

		if (len > bident_payload_max(type) || len < bident_payload_min(type) ||
		    type == BIDENT_MSG_EXEC) {
			protocol_error(ss, "a malformed frame");
			return;
		}
		if (ss->ss_rx_len - at < BIDENT_HEADER_SIZE + len)
			break;
		take_frame(ss, type, bident_get16(p + 2), p + BIDENT_HEADER_SIZE, len);
		at += BIDENT_HEADER_SIZE + len;
	}
	ss->ss_rx_len -= at;
	memmove(ss->ss_rx, ss->ss_rx + at, ss->ss_rx_len);
}

static void
port_read(struct session *ss)
{
	ssize_t n = read(ss->ss_machine.mc_port, ss->ss_rx + ss->ss_rx_len,
	    sizeof(ss->ss_rx) - ss->ss_rx_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ss->ss_port_open = false;
		ss->ss_tx_len = 0;
		return;
	}
	ss->ss_rx_len += (size_t)n;
	take_frames(ss);
	/*
	 * Anyone in the guest can write "panic: " on the console: a kernel that goes on is alive.
	 */
	if (ss->ss_grace_why == panic_why)
		ss->ss_grace_ms = now_ms() + PANIC_MS;
}

static void
log_read(struct session *ss)
{
	bool before = ss->ss_klog.kl_panicked;
	char text[4096];
	ssize_t n = read(ss->ss_machine.mc_log, text, sizeof(text));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ss->ss_log_open = false;
		return;
	}
	klog_take(&ss->ss_klog, text, (size_t)n);
	if (ss->ss_nmi_ms != 0) {
		ss->ss_timeout_ms = now_ms() + NMI_MS;
		if (ss->ss_timeout_ms > ss->ss_nmi_ms + NMI_MOST_MS)
			ss->ss_timeout_ms = ss->ss_nmi_ms + NMI_MOST_MS;
	}
	if (ss->ss_klog.kl_panicked && !before)
		set_grace(ss, PANIC_MS, STATUS_KERNEL, panic_why);
}

static void
qemu_read(struct session *ss)
{
	char text[1024];
	ssize_t n = read(ss->ss_machine.mc_err, text, sizeof(text));
	size_t room = sizeof(ss->ss_qemu_says) - ss->ss_qemu_len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ss->ss_err_open = false;
		return;
	}
	if (room > (size_t)n)
		room = (size_t)n;
	memcpy(ss->ss_qemu_says + ss->ss_qemu_len, text, room);
	ss->ss_qemu_len += room;
}

/* Signals. */

static void
forward(struct session *ss, int signo)
{
	tx_put32(ss, BIDENT_MSG_SIGNAL, 0, (uint32_t)signo);
}

static void
on_interrupt(struct session *ss)
{
	int64_t now = now_ms();

	if (ss->ss_keys_ms[1] != 0 && now - ss->ss_keys_ms[1] < INTERRUPT_MS) {
		tty_restore();
		say_error("interrupted three times: the machine was ended");
		finish(ss, 128 + SIGINT);
		return;
	}
	ss->ss_keys_ms[1] = ss->ss_keys_ms[0];
	ss->ss_keys_ms[0] = now;
	forward(ss, SIGINT);
}

static void
on_stop(struct session *ss)
{
	bool raw = tty_is_raw();

	tty_restore();
	(void)kill(ss->ss_machine.mc_pid, SIGSTOP);
	(void)raise(SIGSTOP);
	/* Here we were continued. */
	(void)kill(ss->ss_machine.mc_pid, SIGCONT);
	if (raw)
		(void)tty_make_raw(STDIN_FILENO);
}

static void
on_resize(struct session *ss)
{
	uint16_t size[4];
	uint8_t b[8];
	int i;

	if (ss->ss_tty < 0 || ss->ss_state != RUNNING)
		return;
	tty_get_size(ss->ss_tty, size);
	for (i = 0; i < 4; i++)
		bident_put16(b + 2 * i, size[i]);
	tx_put(ss, BIDENT_MSG_WINSIZE, 0, b, sizeof(b));
}

static void
on_child(struct session *ss)
{
	struct machine *mc = &ss->ss_machine;

	if (!mc->mc_dead && waitpid(mc->mc_pid, &mc->mc_status, WNOHANG) == mc->mc_pid)
		mc->mc_dead = true;
}

static void
on_signal(struct session *ss, int signo)
{
	switch (signo) {
	case SIGCHLD:
		on_child(ss);
		return;
	case SIGWINCH:
		on_resize(ss);
		return;
	case SIGTSTP:
		on_stop(ss);
		on_resize(ss);
		return;
	}
	if (ss->ss_state != RUNNING) {
		finish(ss, 128 + signo);
		return;
	}
	if (signo == SIGINT) {
		on_interrupt(ss);
		return;
	}
	forward(ss, signo);
	if (signo != SIGQUIT)
		set_grace(ss, GRACE_MS, 128 + signo, "the command did not end when told to");
}

static int
open_signals(void)
{
	static const int signals[] = {
		SIGCHLD, SIGWINCH, SIGTSTP, SIGINT, SIGQUIT, SIGTERM, SIGHUP
	};
	struct sigaction sa;
	sigset_t set;
	size_t i;
	int fd;

	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* What our caller has us ignore stays ignored (nohup, background jobs). */
		if (signals[i] != SIGCHLD && sigaction(signals[i], NULL, &sa) == 0 &&
		    sa.sa_handler == SIG_IGN)
			continue;
		sigaddset(&set, signals[i]);
	}
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		die("cannot take signals: %s", strerror(errno));
	return fd;
}

static void
signals_read(struct session *ss)
{
	struct signalfd_siginfo info;

	while (!ss->ss_over && read(ss->ss_signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		on_signal(ss, (int)info.ssi_signo);
}

/* The loop. */

static bool
output_pending(const struct session *ss)
{
	int i;

	for (i = 0; i < NOUTLETS; i++)
		if (ss->ss_out[i].ol_len > 0)
			return true;
	return false;
}

/* Milliseconds until something is due, for poll(2). */
static int
next_wait(const struct session *ss)
{
	int64_t now = now_ms(), at = INT64_MAX;

	if (ss->ss_timeout_ms < at)
		at = ss->ss_timeout_ms;
	if (ss->ss_grace_ms < at)
		at = ss->ss_grace_ms;
	if (ss->ss_in.il_again_ms > now && ss->ss_in.il_again_ms < at)
		at = ss->ss_in.il_again_ms;
	if (at == INT64_MAX)
		return -1;
	if (at <= now)
		return 0;
	return at - now > 1000000 ? 1000000 : (int)(at - now);
}

static bool
inlet_wanted(const struct session *ss)
{
	const struct inlet *il = &ss->ss_in;

	if (il->il_fd < 0 || now_ms() < il->il_again_ms)
		return false;
	if (ss->ss_raw)		/* always, for the escape key; what is typed early waits in the
				 * guest */
		return true;
	return ss->ss_state == RUNNING && il->il_credit > 0 && ss->ss_tx_len < TX_MOST;
}

static void
loop_round(struct session *ss)
{
	struct pollfd pfd[5 + NOUTLETS];
	struct machine *mc = &ss->ss_machine;
	int i;

	tx_flush(ss);
	pfd[0] = (struct pollfd){ ss->ss_signals, POLLIN, 0 };
	pfd[1] = (struct pollfd){ ss->ss_port_open ? mc->mc_port : -1, POLLIN, 0 };
	if (ss->ss_tx_len > 0)
		pfd[1].events |= POLLOUT;
	pfd[2] = (struct pollfd){ ss->ss_log_open ? mc->mc_log : -1, POLLIN, 0 };
	pfd[3] = (struct pollfd){ ss->ss_err_open ? mc->mc_err : -1, POLLIN, 0 };
	pfd[4] = (struct pollfd){ inlet_wanted(ss) ? ss->ss_in.il_fd : -1, POLLIN, 0 };
	for (i = 0; i < NOUTLETS; i++)
		pfd[5 + i] = (struct pollfd){
		    ss->ss_out[i].ol_len > 0 ? ss->ss_out[i].ol_fd : -1, POLLOUT, 0 };
	if (poll(pfd, 5 + NOUTLETS, next_wait(ss)) < 0) {
		if (errno != EINTR)
			die("poll: %s", strerror(errno));
		return;
	}
	if (pfd[2].revents != 0)
		log_read(ss);
	if (pfd[3].revents != 0)
		qemu_read(ss);
	if (pfd[1].revents & (POLLIN | POLLHUP | POLLERR))
		port_read(ss);
	for (i = 0; i < NOUTLETS; i++)
		if (pfd[5 + i].revents != 0)
			outlet_write(ss, &ss->ss_out[i]);
	if (pfd[4].revents != 0 && !ss->ss_over)
		inlet_read(ss);
	if (pfd[0].revents != 0)
		signals_read(ss);
	pay_credit(ss);
}

/* The machine has ended and has nothing more to say. */
static void
machine_ended(struct session *ss)
{
	int status = ss->ss_machine.mc_status;
	bool off = WIFEXITED(status) && WEXITSTATUS(status) == QEMU_STATUS_OFF;
	bool panicked = (WIFEXITED(status) && WEXITSTATUS(status) == QEMU_STATUS_PANIC) ||
	    (ss->ss_klog.kl_panicked && !off);

	ss->ss_over = true;
	if (ss->ss_state == ENDING && !panicked) {
		if (ss->ss_output_lost && ss->ss_status == 0)
			ss->ss_status = STATUS_TROUBLE;
		return;
	}
	tty_restore();
	ss->ss_status = STATUS_KERNEL;
	if (panicked) {
		if (!say_verbose && ss->ss_klog.kl_panicked)
			klog_show_panic(&ss->ss_klog);
		else
			show_log_tail(ss);
		say_error("the kernel panicked%s",
		    ss->ss_state == ENDING ? " after the command had ended" : "");
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && !ss->ss_greeted) {
		say_error("QEMU did not run the machine; it says:");
		say_text(ss->ss_qemu_says, ss->ss_qemu_len);
		ss->ss_status = STATUS_TROUBLE;
		return;
	}
	show_log_tail(ss);
	if (ss->ss_qemu_len > 0)
		say_text(ss->ss_qemu_says, ss->ss_qemu_len);
	if (WIFSIGNALED(status))
		say_error("QEMU was ended by signal %d before the command had ended",
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) == QEMU_STATUS_OFF)
		say_error("the machine powered off before the command had ended");
	else
		say_error("the kernel died before the command had ended (QEMU's status: %d)",
		    WEXITSTATUS(status));
}

/* The time is over, for the first time or after the kernel was asked what it does. */
static void
check_timeout(struct session *ss, const struct run_options *ro, int64_t now)
{
	if (now < ss->ss_timeout_ms && (ss->ss_nmi_ms == 0 ||
	    (!ss->ss_klog.kl_nmi_done && !ss->ss_machine.mc_dead)))
		return;
	if (ss->ss_nmi_ms == 0 && machine_inject_nmi(&ss->ss_machine)) {
		ss->ss_nmi_ms = now;
		ss->ss_nmi_at = ss->ss_klog.kl_total;
		ss->ss_klog.kl_nmi_done = false;
		ss->ss_timeout_ms = now + NMI_MS;
		return;
	}
	tty_restore();
	show_log_tail(ss);
	say_error("the time is over (--timeout %g s): the machine was ended",
	    (double)ro->ro_timeout_ms / 1000);
	finish(ss, STATUS_KERNEL);
}

static void
check_deadlines(struct session *ss, const struct run_options *ro)
{
	int64_t now = now_ms();

	check_timeout(ss, ro, now);
	if (ss->ss_over || ss->ss_nmi_ms != 0)	/* too late for everything else */
		return;
	if (now < ss->ss_grace_ms)
		return;
	tty_restore();
	if (ss->ss_klog.kl_panicked && !say_verbose)
		klog_show_panic(&ss->ss_klog);
	if (ss->ss_grace_why != NULL)
		say_error("%s: the machine was ended", ss->ss_grace_why);
	finish(ss, ss->ss_grace_status);
}

static void
loop(struct session *ss, const struct run_options *ro)
{
	while (!ss->ss_over) {
		loop_round(ss);
		if (ss->ss_over)
			break;
		check_deadlines(ss, ro);
		if (ss->ss_over || output_pending(ss))
			continue;
		if (ss->ss_state == ENDING && !ss->ss_klog.kl_panicked)
			set_grace(ss, GRACE_MS, ss->ss_status, NULL);
		if (ss->ss_machine.mc_dead && !ss->ss_port_open && !ss->ss_log_open &&
		    !ss->ss_err_open)
			machine_ended(ss);
	}
}

static void
outlet_init(struct outlet *ol, int fd, uint32_t stream)
{
	struct stat st;

	ol->ol_fd = fd;
	ol->ol_stream = stream;
	ol->ol_granted = BIDENT_WINDOW;
	ol->ol_plain_file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void
open_streams(struct session *ss)
{
	ss->ss_out = outlets;
	outlet_init(&outlets[OUT], isatty(STDOUT_FILENO) ? -1 : STDOUT_FILENO, BIDENT_STREAM_OUT);
	outlet_init(&outlets[ERR], isatty(STDERR_FILENO) ? -1 : STDERR_FILENO, BIDENT_STREAM_ERR);
	outlet_init(&outlets[TTY], ss->ss_tty, BIDENT_STREAM_TTY);
	ss->ss_in = (struct inlet){ .il_fd = STDIN_FILENO, .il_credit = BIDENT_WINDOW,
	    .il_stream = ss->ss_raw ? BIDENT_STREAM_TTY : BIDENT_STREAM_IN };
}

/* A closed standard stream would let a pipe of ours get its number. */
static void
open_std_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 0)
		close(fd);
}

int
run_main(int argc, char **argv)
{
	struct session *ss = &session;
	struct run_options ro;
	struct image im;

	open_std_fds();
	options_parse_run(&ro, argc, argv);
	ss->ss_start_ms = now_ms();
	ss->ss_timeout_ms = ro.ro_timeout_ms != 0 ? ss->ss_start_ms + ro.ro_timeout_ms : INT64_MAX;
	ss->ss_grace_ms = INT64_MAX;
	ss->ss_port_open = ss->ss_log_open = ss->ss_err_open = true;
	klog_init(&ss->ss_klog, ro.ro_kernel_log);
	ss->ss_klog.kl_stats = ro.ro_stats;
	image_make(&im, &ro);
	put_hello(ss);
	put_request(ss, &ro);
	open_streams(ss);
	ss->ss_signals = open_signals();
	machine_start(&ss->ss_machine, &ro, &im);
	if (ss->ss_raw)
		(void)tty_make_raw(STDIN_FILENO);
	loop(ss, &ro);
	machine_kill(&ss->ss_machine);
	tty_restore();
	return ss->ss_status;
}
