/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one function that makes processes. fork, vfork, clone's process forms, kernel processes and
 * init differ only in struct fork_args.
 */
#ifndef PROC_FORK_H
#define PROC_FORK_H

#include "lib/klib.h"

struct lwp;

#define FORK_HOLD		0x0001u	/* vfork: the caller sleeps till exec or exit */
#define FORK_SHARE_VM		0x0002u	/* one address space for both */
#define FORK_SHARE_CWD		0x0004u	/* root, current directory, umask */
#define FORK_SHARE_FILES	0x0008u	/* the descriptor table */
#define FORK_SHARE_SIGS		0x0010u	/* the table of signal actions; needs SHARE_VM */
#define FORK_CLEAN_FILES	0x0020u	/* an empty descriptor table (SHARE_FILES wins) */
#define FORK_CLEAN_SIGS		0x0040u	/* handlers back to default, ignored stay (not with
					 * SHARE_SIGS) */
#define FORK_NOWAIT		0x0080u	/* init is the parent */
#define FORK_SYSTEM		0x0100u	/* a kernel process; implies kernel space, clean files,
					 * root, default signals, NOWAIT */
#define FORK_SIBLING		0x0200u	/* the caller's parent is the parent (CLONE_PARENT) */
#define FORK_ALL		0x03ffu

struct fork_args {
	uint32_t	 fa_flags;		/* FORK_* */
	int		 fa_exit_signal;	/* 0: none; below NSIG */
	vaddr_t		 fa_stack;		/* child's stack pointer; 0: the caller's */
	bool		 fa_set_tls;
	uint64_t	 fa_tls;		/* child's FS base, if set_tls */
	vaddr_t		 fa_parent_tid;		/* the pid is stored here in the caller's space
						 * before the child runs; 0: no */
	vaddr_t		 fa_child_tid;		/* ... and here in the child's, at its start */
	vaddr_t		 fa_clear_tid;		/* zeroed and woken when the child leaves its
						 * space */
	void		(*fa_start)(void *);	/* kernel function where the child begins; null:
						 * as a copy of the caller */
	void		*fa_start_arg;		/* null: the new LWP */
	const char	*fa_name;		/* command name; null: the caller's */
	bool		 fa_want_pidfd;		/* a process descriptor for the child, */
	vaddr_t		 fa_pidfd;		/* ... whose number is stored here in the caller's
						 * space */
	pid_t		 fa_pid;		/* this pid and no other; 0: any */
};

struct fork_result {
	pid_t		 fr_pid;
};

/*
 * Makes a process. res may be null. Returns when the child is on its way, with FORK_HOLD when it
 * has let the caller go. EINVAL: flags that do not go together; EAGAIN: too many processes; EEXIST:
 * fa_pid is taken; ENOMEM; ERESTARTALWAYS: a signal to the group came while it was built and
 * nothing was made (the call is done again after the signal). May sleep.
 */
int	fork1(struct lwp *, const struct fork_args *, struct fork_result *res);

#endif
