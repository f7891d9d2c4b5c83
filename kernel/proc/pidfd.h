/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process descriptors: open files that name one process for ever, however often its number is used
 * again. One object for all personalities.
 */
#ifndef PROC_PIDFD_H
#define PROC_PIDFD_H

#include "proc/proc.h"

struct file;

/* A descriptor's file for p, which need not be published yet. ENOMEM, ENFILE. */
int	pidfd_create(struct proc *, bool nonblock, struct file **);
/* The process of such a file, which holds it; null: the file is something else. */
struct proc *pidfd_proc(const struct file *);
/*
 * Sends a signal as kill does (ksi's sender is the caller); signo 0 only asks. ESRCH: the process
 * has been reaped; EPERM, EINVAL.
 */
int	pidfd_signal(struct lwp *caller, struct proc *, const struct ksiginfo *);

#endif
