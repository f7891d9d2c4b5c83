/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process descriptors.
 *
 * The open file holds the struct proc itself, not its number: the structure stays until the last
 * hold is dropped, long after the process was reaped and its number given to another. What the
 * process was is then seen by its state (DEAD), and every operation answers ESRCH.
 *
 * A descriptor is readable once the process is a zombie or gone. Who polls waits on p_exit_poll,
 * which belongs to the process; exit.c wakes it in the critical section that makes the zombie.
 *
 * fork1 makes the descriptor before the child is published (fork_pidfd), so the parent has it
 * before the child can run, whatever becomes of the child.
 */
#include "file/file.h"
#include "proc/pidfd.h"
#include "proc/proc_int.h"
#include "signal/signal.h"

static uint32_t
pidfd_poll(struct file *f, struct poll_waiter *w)
{
	struct proc *p = f->f_data;
	enum proc_state state;

	poll_record(w, &p->p_exit_poll);
	spin_lock(&p->p_lock);
	state = p->p_state;
	spin_unlock(&p->p_lock);
	return state == PROC_ZOMBIE || state == PROC_DEAD ? POLL_READ : 0;
}

static void
pidfd_close(struct file *f)
{
	proc_drop(f->f_data);
}

static int
pidfd_stat(struct file *f, struct kstat *st)
{
	struct proc *p = f->f_data;

	file_stat_anon(f, st, 0600, (ino_t)p->p_start_ns);
	return 0;
}

/* The number while the process has it, else -1. */
static int
pidfd_info(struct file *f, char *buf, size_t size)
{
	struct proc *p = f->f_data;
	bool gone;

	spin_lock(&p->p_lock);
	gone = p->p_state == PROC_DEAD;
	spin_unlock(&p->p_lock);
	return ksnprintf(buf, size, "Pid:\t%d\nNSpid:\t%d\n", gone ? -1 : p->p_pid,
	    gone ? -1 : p->p_pid);
}

static const struct file_ops pidfd_ops = {
	.name = "[pidfd]",
	.poll = pidfd_poll,
	.close = pidfd_close,
	.stat = pidfd_stat,
	.fdinfo = pidfd_info,
};

int
pidfd_create(struct proc *p, bool nonblock, struct file **fp)
{
	struct cred *cred = proc_cred_hold(curproc());
	int error;

	error = file_alloc(&pidfd_ops, proc_hold(p), O_RDWR | (nonblock ? O_NONBLOCK : 0u), cred,
	    fp);
	cred_drop(cred);
	if (error != 0)
		proc_drop(p);
	return error;
}

struct proc *
pidfd_proc(const struct file *f)
{
	return f->f_ops == &pidfd_ops ? f->f_data : NULL;
}

int
pidfd_signal(struct lwp *caller, struct proc *p, const struct ksiginfo *ksi)
{
	int error;

	if (ksi->ks_signo < 0 || ksi->ks_signo >= NSIG)
		return EINVAL;
	spin_lock(&proc_tree_lock);
	if (p->p_state == PROC_DEAD)
		error = ESRCH;
	else
		error = signal_check_send(caller->l_proc, p, ksi->ks_signo);
	if (error == 0 && ksi->ks_signo != 0)
		error = signal_post_proc_locked(p, ksi);
	spin_unlock(&proc_tree_lock);
	return error;
}
