/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on message queues. Names come without the slash that libraries take off. Timeouts
 * are times of the wall clock, turned into monotonic ones when the call begins. SIGEV_THREAD,
 * which libraries build on a netlink socket, fails as it does with a descriptor that is none:
 * there is no netlink here.
 */
#include "abi/linux/linux_int.h"

#include "fs/mqueue/mqfs.h"
#include "sched/clock.h"

#include <linux/mqueue.h>

#define LX_SIGEV_SIGNAL	0
#define LX_SIGEV_NONE	1
#define LX_SIGEV_THREAD	2

struct linux_sigevent {
	uint64_t	 sigev_value;
	int32_t		 sigev_signo;
	int32_t		 sigev_notify;
	uint8_t		 sigev_rest[48];
};

STATIC_ASSERT(sizeof(struct linux_sigevent) == 64);
STATIC_ASSERT(sizeof(struct mq_attr) == 64);
STATIC_ASSERT(MQ_NOTIFY_SIGNAL == LX_SIGEV_SIGNAL && MQ_NOTIFY_NONE == LX_SIGEV_NONE);

/* A timeout argument as a deadline; null: none. */
static int
mq_deadline(vaddr_t uts, uint64_t *deadline_ns)
{
	uint64_t at, wall;
	int error;

	*deadline_ns = 0;
	if (uts == 0)
		return 0;
	if ((error = linux_timespec_in(uts, &at)) != 0)
		return error;
	wall = clock_wall_ns();
	*deadline_ns = at > wall ? clock_mono_ns() + (at - wall) : 1;
	return 0;
}

int
linux_sys_mq_open(struct linux_call *c)
{
	struct mq_attr attr = { 0 };
	struct vfs_ctx ctx;
	struct file *f;
	char *name;
	int error;

	if (ARG_VA(c, 3) != 0 && (error = copyin(uptr(ARG_VA(c, 3)), &attr, sizeof(attr))) != 0)
		return error;
	if (ARG_VA(c, 3) != 0 && (ARG_U32(c, 1) & O_CREAT) != 0 && attr.mq_maxmsg == 0 &&
	    attr.mq_msgsize == 0)
		attr.mq_maxmsg = -1;	/* not what no attributes mean */
	if ((error = linux_string_in(ARG_VA(c, 0), &name)) != 0)
		return error;
	linux_ctx_begin(c, &ctx);
	error = mqfs_open(c->lc_lwp, &ctx, name, ARG_U32(c, 1), ARG_U32(c, 2),
	    (uint64_t)attr.mq_maxmsg,
	    (uint64_t)attr.mq_msgsize, &f);
	linux_ctx_end(&ctx);
	linux_string_free(name);
	return error != 0 ? error : linux_file_install(c, f, true);
}

int
linux_sys_mq_unlink(struct linux_call *c)
{
	struct vfs_ctx ctx;
	char *name;
	int error;

	if ((error = linux_string_in(ARG_VA(c, 0), &name)) != 0)
		return error;
	linux_ctx_begin(c, &ctx);
	error = mqfs_unlink(&ctx, name);
	linux_ctx_end(&ctx);
	linux_string_free(name);
	return error;
}

int
linux_sys_mq_timedsend(struct linux_call *c)
{
	uint64_t deadline_ns;
	struct kiov iov;
	struct file *f;
	struct uio u;
	int error;

	if ((error = mq_deadline(ARG_VA(c, 4), &deadline_ns)) != 0)
		return error;
	if (ARG_U32(c, 3) >= MQ_PRIO_MAX)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	uio_init_user(&u, &iov, ARG_VA(c, 1), c->lc_arg[2], 0, UIO_WRITE);
	error = mqueue_send(f, &u, ARG_U32(c, 3), deadline_ns);
	file_drop(f);
	return error;
}

int
linux_sys_mq_timedreceive(struct linux_call *c)
{
	size_t room = c->lc_arg[2];
	uint64_t deadline_ns;
	struct kiov iov;
	struct file *f;
	uint32_t prio;
	struct uio u;
	int error;

	if ((error = mq_deadline(ARG_VA(c, 4), &deadline_ns)) != 0 ||
	    (error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	uio_init_user(&u, &iov, ARG_VA(c, 1), room, 0, UIO_READ);
	room = u.u_resid;
	error = mqueue_receive(f, &u, &prio, deadline_ns);
	file_drop(f);
	if (error == 0 && ARG_VA(c, 3) != 0)
		error = copyout(&prio, uptr(ARG_VA(c, 3)), sizeof(prio));
	if (error == 0)
		c->lc_ret = (int64_t)(room - u.u_resid);
	return error;
}

/* What sigev_signo of SIGEV_THREAD names is never a netlink socket. */
static int
notify_thread(struct linux_call *c, int fd)
{
	struct file *f;
	int error = linux_file_get(c, fd, &f);

	if (error != 0)
		return error;
	file_drop(f);
	return ENOTSOCK;
}

int
linux_sys_mq_notify(struct linux_call *c)
{
	struct linux_sigevent se = { .sigev_notify = LX_SIGEV_NONE };
	struct file *f;
	int error;

	if (ARG_VA(c, 1) != 0 && (error = copyin(uptr(ARG_VA(c, 1)), &se, sizeof(se))) != 0)
		return error;
	if (se.sigev_notify == LX_SIGEV_THREAD)
		return notify_thread(c, se.sigev_signo);
	if (se.sigev_notify != LX_SIGEV_SIGNAL && se.sigev_notify != LX_SIGEV_NONE)
		return EINVAL;
	if (se.sigev_notify == LX_SIGEV_SIGNAL && (se.sigev_signo < 0 || se.sigev_signo >= NSIG))
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if (f->f_ops != &mqueue_file_ops)
		error = EBADF;
	else if (ARG_VA(c, 1) == 0)
		error = mqueue_set_notice(f, NULL, c->lc_proc->p_fds);
	else
		error = mqfs_notify(c->lc_lwp, f, (enum mqfs_notify_kind)se.sigev_notify,
		    se.sigev_signo,
		    se.sigev_value);
	file_drop(f);
	return error;
}

int
linux_sys_mq_getsetattr(struct linux_call *c)
{
	struct mq_attr attr = { 0 }, old = { 0 };
	struct mq_status ms;
	struct file *f;
	uint32_t flags;
	int error;

	if (ARG_VA(c, 1) != 0 && (error = copyin(uptr(ARG_VA(c, 1)), &attr, sizeof(attr))) != 0)
		return error;
	if ((attr.mq_flags & ~(long)O_NONBLOCK) != 0)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	flags = file_getfl(f);
	if ((error = mqueue_status(f, &ms)) == 0 && ARG_VA(c, 1) != 0)
		error = file_setfl(f, (flags & ~(uint32_t)O_NONBLOCK) | (uint32_t)attr.mq_flags);
	file_drop(f);
	if (error != 0 || ARG_VA(c, 2) == 0)
		return error;
	old.mq_flags = flags & O_NONBLOCK;
	old.mq_maxmsg = ms.ms_maxmsg;
	old.mq_msgsize = (long)ms.ms_msgsize;
	old.mq_curmsgs = ms.ms_count;
	return copyout(&old, uptr(ARG_VA(c, 2)), sizeof(old));
}
