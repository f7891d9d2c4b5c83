/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: their life, their files, job control and ioctls. ldisc.c has the line discipline,
 * pty.c the other end.
 *
 * A struct tty is one terminal: a pseudo-terminal (both ends are this one struct) or the console.
 * Files of the terminal, the file of the master, and the session that it controls hold it. One
 * mutex, t_lock, guards all; it ranks before nearly everything, so copying to and from programs
 * and posting signals happen under it. What a change means for sleepers is gathered in t_dirty
 * and handed out by tty_kick_locked at the end of each operation.
 *
 * Job control. t_sid and t_pgid are numbers; the session keeps the pointer the other way (proc's
 * tree lock). The hooks check that a group still belongs to the session before they signal it, so
 * a stale number hurts nobody. A process of the session outside the foreground group that reads,
 * or changes settings, or (TOSTOP) writes is stopped by SIGTTIN or SIGTTOU, see check_background.
 *
 * Hang-up: when the master closes, the terminal is dead for good: reads give end of file, writes
 * and ioctls EIO, the session loses it with SIGHUP and SIGCONT.
 *
 * The console is output only: what programs write goes to the kernel's serial line
 * (arch_console_write); reads wait for a signal.
 */
#include "file/tty_int.h"

#include "arch/arch.h"
#include "fs/devfs/devfs.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "sched/clock.h"

#define BOUNCE		512u	/* bytes copied at a time, on the stack */
#define DSEC		(NSEC_PER_SEC / 10)

#define TCGETS		0x5401
#define TCSETS		0x5402
#define TCSETSW		0x5403
#define TCSETSF		0x5404
#define TCSBRK		0x5409
#define TCXONC		0x540a
#define TCFLSH		0x540b
#define TIOCEXCL	0x540c
#define TIOCNXCL	0x540d
#define TIOCSCTTY	0x540e
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCOUTQ	0x5411
#define TIOCGWINSZ	0x5413
#define TIOCSWINSZ	0x5414
#define FIONREAD	0x541b
#define TIOCNOTTY	0x5422
#define TIOCGETD	0x5424
#define TCSBRKP		0x5425
#define TIOCGSID	0x5429
#define TCGETS2		0x802c542au
#define TCSETS2		0x402c542bu
#define TCSETSW2	0x402c542cu
#define TCSETSF2	0x402c542du
#define TIOCGDEV	0x80045432u

static struct cache tty_cache = CACHE_INIT("tty", struct tty);
static struct tty *console;

struct tty *
tty_alloc(int index, dev_t dev)
{
	struct tty *t = cache_alloc(&tty_cache);

	if (t == NULL)
		return NULL;
	t->t_in = kmalloc(TTY_IN_SIZE * sizeof(*t->t_in));
	t->t_out = kmalloc(TTY_OUT_SIZE);
	if (t->t_in == NULL || t->t_out == NULL) {
		kfree(t->t_in);
		kfree(t->t_out);
		cache_free(&tty_cache, t);
		return NULL;
	}
	ref_init(&t->t_refs, 1);
	mutex_init(&t->t_lock, "tty", RANK_TTY);
	t->t_dev = dev;
	t->t_index = index;
	cv_init(&t->t_incv, "ttyin");
	cv_init(&t->t_outcv, "ttyout");
	cv_init(&t->t_mincv, "ptyin");
	cv_init(&t->t_moutcv, "ptyout");
	poll_head_init(&t->t_poll);
	poll_head_init(&t->t_mpoll);
	ldisc_reset(t);
	return t;
}

void
tty_free(struct tty *t)
{
	poll_head_fini(&t->t_poll);
	poll_head_fini(&t->t_mpoll);
	kfree(t->t_in);
	kfree(t->t_out);
	cache_free(&tty_cache, t);
}

void
tty_hold(struct tty *t)
{
	ref_get(&t->t_refs);
}

void
tty_drop(struct tty *t)
{
	int index = t->t_index;

	if (!ref_put(&t->t_refs))
		return;
	tty_free(t);
	if (index >= 0)
		pty_release_index(index);
}

dev_t
tty_dev(const struct tty *t)
{
	return t->t_dev;
}

pid_t
tty_pgid(const struct tty *t)
{
	return load_relaxed(&t->t_pgid);
}

/* The console has no one who takes its output later: it is written out here. */
static void
console_drain_locked(struct tty *t)
{
	while (tty_out_used(t) > 0) {
		uint32_t at = t->t_otail & (TTY_OUT_SIZE - 1);
		uint32_t n = MIN(tty_out_used(t), TTY_OUT_SIZE - at);

		arch_console_write((const char *)&t->t_out[at], n);
		t->t_otail += n;
	}
}

void
tty_kick_locked(struct tty *t)
{
	uint32_t dirty = t->t_dirty;

	ASSERT_TTY_HELD(t);
	t->t_dirty = 0;
	if ((dirty & DIRTY_OUTPUT) != 0 && t->t_index < 0) {
		console_drain_locked(t);
		dirty |= DIRTY_OUTROOM;
	}
	if ((dirty & DIRTY_INPUT) != 0) {
		cv_broadcast(&t->t_incv);
		poll_wakeup(&t->t_poll, POLL_READ);
	}
	if ((dirty & DIRTY_OUTPUT) != 0) {
		cv_broadcast(&t->t_mincv);
		poll_wakeup(&t->t_mpoll, POLL_READ);
	}
	if ((dirty & DIRTY_OUTROOM) != 0) {
		cv_broadcast(&t->t_outcv);
		poll_wakeup(&t->t_poll, POLL_WRITE);
	}
	if ((dirty & (DIRTY_INROOM | DIRTY_OUTROOM)) != 0) {
		cv_broadcast(&t->t_moutcv);
		poll_wakeup(&t->t_mpoll, POLL_WRITE);
	}
}

void
tty_flush_input_locked(struct tty *t)
{
	t->t_tail = t->t_canon = t->t_head;
	t->t_lnext = false;
	t->t_dirty |= DIRTY_INROOM;
}

void
tty_flush_output_locked(struct tty *t)
{
	t->t_otail = t->t_ohead;
	t->t_dirty |= DIRTY_OUTROOM;
}

/* ---- job control ---- */

/* Whether t is the controlling terminal of the current process. */
static bool
is_mine(const struct tty *t)
{
	return t->t_sid != 0 && t->t_sid == jobctl_cur_sid();
}

/*
 * A process in the background touches its terminal. 0: let it; EIO or ERESTART: end the call so.
 * With TTIN even who ignores the signal may not read.
 */
static int
check_background(struct tty *t, int signo)
{
	if (!is_mine(t) || t->t_pgid == 0 || t->t_pgid == jobctl_cur_pgid())
		return 0;
	switch (jobctl_background(signo)) {
	case JOBCTL_IGNORED:
		return signo == TSIG_TTIN ? EIO : 0;
	case JOBCTL_ORPHANED:
		return EIO;
	default:
		return ERESTART;
	}
}

void
tty_disassociate_locked(struct tty *t)
{
	pid_t sid = t->t_sid;

	ASSERT_TTY_HELD(t);
	if (sid == 0)
		return;
	jobctl_signal_leader(sid, TSIG_HUP);
	jobctl_signal_leader(sid, TSIG_CONT);
	if (t->t_pgid != 0) {
		(void)jobctl_signal_pgrp(sid, t->t_pgid, TSIG_HUP);
		(void)jobctl_signal_pgrp(sid, t->t_pgid, TSIG_CONT);
	}
	t->t_sid = t->t_pgid = 0;
	jobctl_clear_tty(sid, t);
}

void
tty_session_exit(struct tty *t, pid_t sid)
{
	mutex_lock(&t->t_lock);
	if (t->t_sid == sid) {
		if (t->t_pgid != 0) {
			(void)jobctl_signal_pgrp(sid, t->t_pgid, TSIG_HUP);
			(void)jobctl_signal_pgrp(sid, t->t_pgid, TSIG_CONT);
		}
		t->t_sid = t->t_pgid = 0;
	}
	mutex_unlock(&t->t_lock);
}

/* The current process's session gets t. */
static int
acquire_locked(struct tty *t)
{
	int error;

	if ((error = jobctl_set_tty(t)) != 0)
		return error;
	t->t_sid = jobctl_cur_sid();
	t->t_pgid = jobctl_cur_pgid();
	return 0;
}

/* TIOCSCTTY. Taking it from another session, which root may do in Linux, is not offered. */
static int
set_controlling(struct tty *t)
{
	if (!jobctl_cur_is_leader())
		return EPERM;
	if (is_mine(t))
		return 0;
	return t->t_sid != 0 ? EPERM : acquire_locked(t);
}

static int
set_foreground(struct tty *t, pid_t pgid)
{
	if (!is_mine(t))
		return ENOTTY;
	if (pgid <= 0)
		return EINVAL;
	if (!jobctl_pgrp_in_session(pgid, t->t_sid))
		return EPERM;
	store_relaxed(&t->t_pgid, pgid);
	return 0;
}

/*
 * TIOCNOTTY: the session's leader gives the terminal up for all, another member for itself and
 * its children.
 */
static int
give_up(struct tty *t)
{
	if (!is_mine(t))
		return ENOTTY;
	if (jobctl_cur_is_leader())
		tty_disassociate_locked(t);
	else
		jobctl_forget_tty();
	return 0;
}

/* ---- ioctl ---- */

static int
get_termios(struct tty *t, vaddr_t arg, size_t size)
{
	struct tty_termios ios = t->t_ios;

	return copyout(&ios, (void *)arg, size);
}

static int
set_termios(struct tty *t, vaddr_t arg, size_t size, bool flush)
{
	struct tty_termios ios = t->t_ios;
	int error;

	if ((error = copyin((const void *)arg, &ios, size)) != 0)
		return error;
	if (flush)
		tty_flush_input_locked(t);
	ldisc_set_termios(t, &ios);
	return 0;
}

static int
set_winsize(struct tty *t, vaddr_t arg)
{
	struct tty_winsize ws;
	int error;

	if ((error = copyin((const void *)arg, &ws, sizeof(ws))) != 0)
		return error;
	if (memcmp(&ws, &t->t_ws, sizeof(ws)) == 0)
		return 0;
	t->t_ws = ws;
	if (t->t_pgid != 0)
		(void)jobctl_signal_pgrp(t->t_sid, t->t_pgid, TSIG_WINCH);
	return 0;
}

/*
 * TCXONC: stop and restart output; the input side (2, 3) sends the characters over the line,
 * which nobody listens to here.
 */
static int
set_flow(struct tty *t, vaddr_t arg)
{
	switch (arg) {
	case 0:
		t->t_stopped = true;
		return 0;
	case 1:
		ldisc_start(t);
		return 0;
	case 2:
	case 3:
		return 0;
	default:
		return EINVAL;
	}
}

static int
flush_queues(struct tty *t, vaddr_t arg)
{
	if (arg > 2)
		return EINVAL;
	if (arg == 0 || arg == 2)
		tty_flush_input_locked(t);
	if (arg == 1 || arg == 2)
		tty_flush_output_locked(t);
	return 0;
}

static int
put_int(vaddr_t arg, int32_t value)
{
	return copyout(&value, (void *)arg, sizeof(value));
}

/* Those that change the terminal; a process in the background has to wait. */
static int
ioctl_change(struct tty *t, bool master, uint32_t cmd, vaddr_t arg)
{
	int32_t n;
	int error;

	if (!master && (error = check_background(t, TSIG_TTOU)) != 0)
		return error;
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(t, arg, TERMIOS_SIZE, cmd == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios(t, arg, TERMIOS2_SIZE, cmd == TCSETSF2);
	case TCXONC:
		return set_flow(t, arg);
	case TCFLSH:
		return flush_queues(t, arg);
	case TIOCSPGRP:
		if ((error = copyin((const void *)arg, &n, sizeof(n))) != 0)
			return error;
		return set_foreground(t, n);
	default:	/* TCSBRK, TCSBRKP: no line to break, no output that is still under way */
		return 0;
	}
}

int
tty_ioctl_common(struct tty *t, bool master, uint32_t cmd, vaddr_t arg)
{
	ASSERT_TTY_HELD(t);
	switch (cmd) {
	case TCGETS:
		return get_termios(t, arg, TERMIOS_SIZE);
	case TCGETS2:
		return get_termios(t, arg, TERMIOS2_SIZE);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
	case TCXONC:
	case TCFLSH:
	case TCSBRK:
	case TCSBRKP:
	case TIOCSPGRP:
		return ioctl_change(t, master, cmd, arg);
	case TIOCGWINSZ:
		return copyout(&t->t_ws, (void *)arg, sizeof(t->t_ws));
	case TIOCSWINSZ:
		return set_winsize(t, arg);
	case TIOCGPGRP:
		return !master && !is_mine(t) ? ENOTTY : put_int(arg, t->t_pgid);
	case TIOCGSID:
		if (!(master ? t->t_sid != 0 : is_mine(t)))
			return ENOTTY;
		return put_int(arg, t->t_sid);
	case TIOCGETD:
		return put_int(arg, 0);
	case TIOCEXCL:
	case TIOCNXCL:
		return 0;
	case TIOCGDEV:
		return put_int(arg, (int32_t)t->t_dev);
	default:
		return ENOTTY;
	}
}

static int
slave_ioctl_locked(struct tty *t, uint32_t cmd, vaddr_t arg)
{
	if (t->t_hungup)
		return cmd == TIOCSPGRP ? ENOTTY : EIO;
	switch (cmd) {
	case TIOCSCTTY:
		return set_controlling(t);
	case TIOCNOTTY:
		return give_up(t);
	case FIONREAD:
		return put_int(arg, (int32_t)ldisc_count(t));
	case TIOCOUTQ:
		return put_int(arg, t->t_index < 0 ? 0 : (int32_t)tty_out_used(t));
	default:
		return tty_ioctl_common(t, false, cmd, arg);
	}
}

static int
tty_ioctl(struct file *f, uint32_t cmd, vaddr_t arg)
{
	struct tty *t = f->f_data;
	int error;

	mutex_lock(&t->t_lock);
	error = slave_ioctl_locked(t, cmd, arg);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

/* ---- reading and writing ---- */

/* Moves what may be read now. *end: a line (or the file) ended here. */
static int
take_some(struct tty *t, struct uio *u, size_t max, bool *end)
{
	uint8_t buf[BOUNCE];
	int error;

	*end = false;
	while (u->u_resid > 0 && max > 0 && !*end) {
		size_t n = ldisc_take(t, buf, MIN(MIN(u->u_resid, max), sizeof(buf)), end);

		if (n == 0)
			break;
		if ((error = uio_move(buf, n, u)) != 0)
			return error;
		max -= n;
	}
	return 0;
}

/*
 * Sleeps till at least min characters (canonical: a line) are there. 0, ERESTART, EAGAIN, EIO, or
 * ETIMEDOUT at the deadline. A hung up terminal is 0 as well.
 */
static int
await_input(struct tty *t, struct file *f, uint32_t min, uint64_t deadline_ns)
{
	int error;

	while (!ldisc_readable(t, min) && !t->t_hungup) {
		if (file_nonblock(f))
			return EAGAIN;
		if ((error = cv_timedwait_sig(&t->t_incv, &t->t_lock, deadline_ns)) != 0)
			return error == EINTR ? ERESTART : error;
		if ((error = check_background(t, TSIG_TTIN)) != 0)
			return error;
	}
	return 0;
}

/* Without ICANON: VMIN and VTIME say how long to wait. */
static int
read_raw(struct tty *t, struct file *f, struct uio *u)
{
	uint32_t min = t->t_ios.c_cc[VMIN];
	uint64_t pause = t->t_ios.c_cc[VTIME] * DSEC;
	size_t want = MIN(u->u_resid, (size_t)min), start = u->u_resid;
	bool end;
	int error = 0;

	if (min == 0) {		/* whatever comes within the time; nothing is no error */
		error = pause == 0 ? 0 : await_input(t, f, 1, clock_mono_ns() + pause);
		if (error != 0 && error != ETIMEDOUT)
			return error;
		if (pause == 0 && !ldisc_readable(t, 1) && file_nonblock(f) && !t->t_hungup)
			return EAGAIN;
		return take_some(t, u, u->u_resid, &end);
	}
	do {			/* the timer runs between characters */
		uint64_t deadline = pause != 0 && u->u_resid != start ? clock_mono_ns() + pause : 0;

		if ((error = await_input(t, f, 1, deadline)) != 0)
			break;
		error = take_some(t, u, u->u_resid, &end);
	} while (error == 0 && start - u->u_resid < want && !t->t_hungup &&
	    (t->t_ios.c_lflag & ICANON) == 0);
	return error == ETIMEDOUT ? 0 : error;
}

static int
tty_read_locked(struct tty *t, struct file *f, struct uio *u)
{
	bool end;
	int error;

	if (t->t_hungup || u->u_resid == 0)
		return 0;
	if ((error = check_background(t, TSIG_TTIN)) != 0)
		return error;
	if ((t->t_ios.c_lflag & ICANON) == 0)
		return read_raw(t, f, u);
	if ((error = await_input(t, f, 1, 0)) != 0)
		return error;
	return take_some(t, u, u->u_resid, &end);
}

static int
tty_read(struct file *f, struct uio *u)
{
	struct tty *t = f->f_data;
	int error;

	mutex_lock(&t->t_lock);
	error = tty_read_locked(t, f, u);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

static int
tty_write_locked(struct tty *t, struct file *f, struct uio *u)
{
	uint8_t buf[BOUNCE];
	int error;

	if ((t->t_ios.c_lflag & TOSTOP) != 0 && (error = check_background(t, TSIG_TTOU)) != 0)
		return error;
	while (u->u_resid > 0) {
		size_t n = MIN(MIN(ldisc_output_room(t), u->u_resid), sizeof(buf));

		if (t->t_hungup)
			return EIO;
		if (n != 0) {
			if ((error = uio_move(buf, n, u)) != 0)
				return error;
			ldisc_output(t, buf, n);
			if (t->t_index < 0)
				tty_kick_locked(t);
			continue;
		}
		tty_kick_locked(t);
		if (file_nonblock(f))
			return EAGAIN;
		if (cv_wait_sig(&t->t_outcv, &t->t_lock) != 0 && ldisc_output_room(t) == 0)
			return ERESTART;
	}
	return 0;
}

static int
tty_write(struct file *f, struct uio *u)
{
	struct tty *t = f->f_data;
	int error;

	mutex_lock(&t->t_lock);
	error = t->t_hungup ? EIO : tty_write_locked(t, f, u);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

static uint32_t
tty_poll(struct file *f, struct poll_waiter *w)
{
	struct tty *t = f->f_data;
	uint32_t events = 0, min;

	poll_record(w, &t->t_poll);
	mutex_lock(&t->t_lock);
	min = t->t_ios.c_cc[VTIME] == 0 ? t->t_ios.c_cc[VMIN] : 1;
	if (t->t_hungup)
		events = POLL_READ | POLL_WRITE | POLLERR | POLLHUP;
	else if (ldisc_readable(t, min))
		events |= POLL_READ;
	if (ldisc_output_room(t) != 0)
		events |= POLL_WRITE;
	mutex_unlock(&t->t_lock);
	return events;
}

static int
tty_stat(struct file *f, struct kstat *st)
{
	struct tty *t = f->f_data;

	file_stat_anon(f, st, S_IFCHR | 0620, 5);
	st->st_rdev = t->t_dev;
	return 0;
}

static void
tty_close(struct file *f)
{
	struct tty *t = f->f_data;

	mutex_lock(&t->t_lock);
	if (--t->t_opens == 0) {
		cv_broadcast(&t->t_mincv);
		poll_wakeup(&t->t_mpoll, POLLHUP | POLL_READ);
	}
	mutex_unlock(&t->t_lock);
	tty_drop(t);
}

static const struct file_ops tty_ops = {
	.name = "tty",
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.stat = tty_stat,
	.close = tty_close,
};

/* ---- opening ---- */

int
tty_open_file(struct tty *t, struct file *f)
{
	mutex_lock(&t->t_lock);
	if (t->t_hungup || t->t_locked) {
		mutex_unlock(&t->t_lock);
		return EIO;
	}
	t->t_opens++;
	t->t_opened = true;
	/*
	 * A session without a terminal gets this one when its leader opens it; it may fail, which
	 * is no error.
	 */
	if ((f->f_flags & O_NOCTTY) == 0 && t->t_sid == 0 && t->t_index >= 0 &&
	    jobctl_cur_is_leader() &&
	    file_readable(f))
		(void)acquire_locked(t);
	mutex_unlock(&t->t_lock);
	f->f_ops = &tty_ops;
	f->f_data = t;
	return 0;
}

/* /dev/tty */
static int
current_open(struct file *f)
{
	struct tty *t = jobctl_cur_tty();
	int error;

	if (t == NULL)
		return ENXIO;
	if ((error = tty_open_file(t, f)) != 0)
		tty_drop(t);
	return error;
}

/* /dev/console */
static int
console_node_open(struct file *f)
{
	int error;

	tty_hold(console);
	if ((error = tty_open_file(console, f)) != 0)
		tty_drop(console);
	return error;
}

int
console_open(uint32_t flags, struct cred *cr, struct file **fp)
{
	int error;

	if ((error = file_alloc(&tty_ops, NULL, flags, cr, fp)) != 0)
		return error;
	error = console_node_open(*fp);
	if (error != 0)
		file_free_unopened(*fp);
	return error;
}

void
tty_init(void)
{
	if ((console = tty_alloc(-1, MAKEDEV(5, 1))) == NULL)
		panic("no memory for the console");
	if (devfs_register("console", S_IFCHR | 0600, console->t_dev, console_node_open) != 0 ||
	    devfs_register("tty", S_IFCHR | 0666, MAKEDEV(5, 0), current_open) != 0)
		klog(KLOG_ERR, "tty: cannot make the nodes in /dev\n");
	pty_init();
}
