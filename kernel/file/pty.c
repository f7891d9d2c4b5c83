/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-terminals: opening /dev/ptmx makes a terminal /dev/pts/N; the opened file, the master,
 * is the line's other end. What is written to it is typed, what programs write to the terminal is
 * read from it.
 *
 * One struct tty serves both. The terminal is locked until TIOCSPTLCK frees it (grantpt has
 * nothing to do: the node belongs to the opener). While nobody has the terminal open, after
 * somebody had, the master reads EIO once it is drained. When the master closes, the terminal is
 * hung up (tty.c) and its node goes; the number stays taken until the last file of it goes, so
 * /proc never shows two different terminals under one number.
 *
 * pty_lock guards the table of numbers; it is taken alone.
 */
#include "file/tty_int.h"

#include "arch/arch.h"
#include "fs/devfs/devfs.h"
#include "proc/cred.h"

#define NPTY		1024u
#define PTS_MAJOR	136u
#define BOUNCE		256u

#define TIOCSPTLCK	0x40045431u
#define TIOCGPTN	0x80045430u
#define TIOCGPTLCK	0x80045439u
#define TIOCSIG		0x40045436u
#define TIOCOUTQ	0x5411
#define FIONREAD	0x541b
#define TIOCSCTTY	0x540e
#define TIOCNOTTY	0x5422
#define NSIG		64

static struct spinlock pty_lock = SPINLOCK_INIT("ptys", RANK_NONE);
static bool pty_taken[NPTY];		/* numbers in use */
static struct tty *pty_tty[NPTY];	/* those whose master is open; not held, valid under
					 * pty_lock */

static dev_t
pts_dev(int index)
{
	return MAKEDEV(PTS_MAJOR + (uint32_t)index / 256, (uint32_t)index % 256);
}

static int
index_alloc(void)
{
	int found = -1;

	spin_lock(&pty_lock);
	for (uint32_t i = 0; i < NPTY && found < 0; i++) {
		if (!pty_taken[i]) {
			pty_taken[i] = true;
			found = (int)i;
		}
	}
	spin_unlock(&pty_lock);
	return found;
}

void
pty_release_index(int index)
{
	spin_lock(&pty_lock);
	pty_taken[index] = false;
	spin_unlock(&pty_lock);
}

static void
pty_publish(int index, struct tty *t)
{
	spin_lock(&pty_lock);
	pty_tty[index] = t;
	spin_unlock(&pty_lock);
}

/* ---- the master's file ---- */

static int
master_read_locked(struct tty *t, struct file *f, struct uio *u)
{
	int error;

	while (tty_out_used(t) == 0) {
		if (t->t_opened && t->t_opens == 0)
			return EIO;
		if (file_nonblock(f))
			return EAGAIN;
		if (cv_wait_sig(&t->t_mincv, &t->t_lock) != 0 && tty_out_used(t) == 0)
			return ERESTART;
	}
	t->t_dirty |= DIRTY_OUTROOM;
	while (u->u_resid > 0 && tty_out_used(t) > 0) {
		uint32_t at = t->t_otail & (TTY_OUT_SIZE - 1);
		size_t before = u->u_resid;

		error = uio_move(&t->t_out[at], MIN(tty_out_used(t), TTY_OUT_SIZE - at), u);
		t->t_otail += (uint32_t)(before - u->u_resid);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
master_read(struct file *f, struct uio *u)
{
	struct tty *t = f->f_data;
	int error;

	if (u->u_resid == 0)
		return 0;
	mutex_lock(&t->t_lock);
	error = master_read_locked(t, f, u);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

/* Types a piece; what does not fit stays in the uio. */
static int
type_some(struct tty *t, struct uio *u)
{
	uint8_t buf[BOUNCE];
	size_t n = MIN(u->u_resid, sizeof(buf)), done = 0;
	struct uio mark = uio_save(u);
	int error;

	if ((error = uio_move(buf, n, u)) != 0)
		return error;
	while (done < n && ldisc_can_input(t))
		ldisc_input(t, buf[done++]);
	uio_restore(u, &mark);
	uio_skip(u, done);
	return 0;
}

static int
master_write_locked(struct tty *t, struct file *f, struct uio *u)
{
	int error;

	while (u->u_resid > 0) {
		if (t->t_opened && t->t_opens == 0)
			return EIO;
		if (ldisc_can_input(t)) {
			if ((error = type_some(t, u)) != 0)
				return error;
			continue;
		}
		tty_kick_locked(t);
		if (file_nonblock(f))
			return EAGAIN;
		if (cv_wait_sig(&t->t_moutcv, &t->t_lock) != 0 && !ldisc_can_input(t))
			return ERESTART;
	}
	return 0;
}

static int
master_write(struct file *f, struct uio *u)
{
	struct tty *t = f->f_data;
	int error;

	mutex_lock(&t->t_lock);
	error = master_write_locked(t, f, u);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

static uint32_t
master_poll(struct file *f, struct poll_waiter *w)
{
	struct tty *t = f->f_data;
	uint32_t events = 0;

	poll_record(w, &t->t_mpoll);
	mutex_lock(&t->t_lock);
	if (tty_out_used(t) > 0)
		events |= POLL_READ;
	if (ldisc_can_input(t))
		events |= POLL_WRITE;
	if (t->t_opened && t->t_opens == 0)
		events |= POLLHUP;
	mutex_unlock(&t->t_lock);
	return events;
}

static int
put_int(vaddr_t arg, int32_t value)
{
	return copyout(&value, (void *)arg, sizeof(value));
}

static int
master_ioctl_locked(struct tty *t, uint32_t cmd, vaddr_t arg)
{
	int32_t n;
	int error;

	switch (cmd) {
	case TIOCGPTN:
		return put_int(arg, t->t_index);
	case TIOCGPTLCK:
		return put_int(arg, t->t_locked);
	case TIOCSPTLCK:
		if ((error = copyin((const void *)arg, &n, sizeof(n))) == 0)
			t->t_locked = n != 0;
		return error;
	case TIOCSIG:
		if (arg < 1 || arg > NSIG)
			return EINVAL;
		return t->t_pgid != 0 ? jobctl_signal_pgrp(t->t_sid, t->t_pgid, (int)arg) : 0;
	case FIONREAD:
		return put_int(arg, (int32_t)tty_out_used(t));
	case TIOCOUTQ:
		return put_int(arg, (int32_t)tty_in_used(t));
	case TIOCSCTTY:
	case TIOCNOTTY:
		return ENOTTY;
	default:
		return tty_ioctl_common(t, true, cmd, arg);
	}
}

static int
master_ioctl(struct file *f, uint32_t cmd, vaddr_t arg)
{
	struct tty *t = f->f_data;
	int error;

	mutex_lock(&t->t_lock);
	error = master_ioctl_locked(t, cmd, arg);
	tty_kick_locked(t);
	mutex_unlock(&t->t_lock);
	return error;
}

static int
master_stat(struct file *f, struct kstat *st)
{
	file_stat_anon(f, st, S_IFCHR | 0666, 2);
	st->st_rdev = MAKEDEV(5, 2);
	return 0;
}

static void
pts_name(char *buf, size_t size, int index)
{
	(void)ksnprintf(buf, size, "pts/%d", index);
}

static void
master_close(struct file *f)
{
	struct tty *t = f->f_data;
	char name[16];

	pty_publish(t->t_index, NULL);
	pts_name(name, sizeof(name), t->t_index);
	devfs_unregister(name, t->t_dev);
	mutex_lock(&t->t_lock);
	t->t_hungup = true;
	tty_disassociate_locked(t);
	t->t_stopped = false;
	t->t_dirty |= DIRTY_INPUT | DIRTY_OUTROOM;
	tty_kick_locked(t);
	poll_wakeup(&t->t_poll, POLLERR | POLLHUP);
	mutex_unlock(&t->t_lock);
	tty_drop(t);
}

static const struct file_ops master_ops = {
	.name = "ptmx",
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.stat = master_stat,
	.close = master_close,
};

/* ---- opening ---- */

/* /dev/pts/N */
static int
pts_open(struct file *f)
{
	dev_t dev = f->f_vnode->vn_rdev;
	uint32_t index = (DEV_MAJOR(dev) - PTS_MAJOR) * 256 + DEV_MINOR(dev);
	struct tty *t = NULL;
	int error;

	if (index >= NPTY)
		return ENXIO;
	spin_lock(&pty_lock);
	if ((t = pty_tty[index]) != NULL)
		tty_hold(t);	/* the master's own hold is still there: it takes t out of the
				 * table first */
	spin_unlock(&pty_lock);
	if (t == NULL)
		return EIO;
	if ((error = tty_open_file(t, f)) != 0)
		tty_drop(t);
	return error;
}

/* /dev/ptmx */
static int
ptmx_open(struct file *f)
{
	int index = index_alloc();
	char name[16];
	struct tty *t;
	int error;

	if (index < 0)
		return ENOSPC;
	if ((t = tty_alloc(index, pts_dev(index))) == NULL) {
		pty_release_index(index);
		return ENOMEM;
	}
	t->t_locked = true;
	pts_name(name, sizeof(name), index);
	if ((error = devfs_register(name, S_IFCHR | 0620, t->t_dev, pts_open)) != 0) {
		tty_drop(t);
		return error;
	}
	if (f->f_cred != NULL)
		devfs_set_owner(name, f->f_cred->cr_fsuid, f->f_cred->cr_fsgid);
	f->f_ops = &master_ops;
	f->f_data = t;
	pty_publish(index, t);
	return 0;
}

void
pty_init(void)
{
	if (devfs_register("ptmx", S_IFCHR | 0666, MAKEDEV(5, 2), ptmx_open) != 0)
		klog(KLOG_ERR, "pty: cannot make /dev/ptmx\n");
}
