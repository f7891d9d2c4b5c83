/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: one line discipline over two kinds of lines, pseudo-terminals and the console. tty.c
 * has the theory.
 */
#ifndef FILE_TTY_H
#define FILE_TTY_H

#include "file/file.h"

struct tty;

void	tty_hold(struct tty *);
void	tty_drop(struct tty *);
dev_t	tty_dev(const struct tty *);
/* The foreground process group, 0 if none. Unlocked: a moment's answer. */
pid_t	tty_pgid(const struct tty *);
/*
 * The session's leader exits (proc, after it took the terminal off the session, no locks held):
 * SIGHUP and SIGCONT to the foreground group; the terminal is free for another session.
 */
void	tty_session_exit(struct tty *, pid_t sid);

/* Makes /dev/tty, /dev/console, /dev/ptmx; called once by main, after devfs. */
void	tty_init(void);
/* The console: what init's first three descriptors refer to. One reference for the caller. */
int	console_open(uint32_t flags, struct cred *, struct file **);

/*
 * Hooks of job control, implemented by proc/ids.c. Called with a tty's mutex held unless said
 * otherwise: they take proc_tree_lock and locks below, and do not sleep.
 */
/*
 * Session and process group of the current process; the session is 0 when the process gave its
 * terminal up (jobctl_forget_tty).
 */
pid_t	jobctl_cur_sid(void);
pid_t	jobctl_cur_pgid(void);
/* The controlling terminal of the current process's session, held; null if none. */
struct tty *jobctl_cur_tty(void);
/*
 * Makes t the controlling terminal of the current process's session, which keeps a hold of t.
 * EPERM when the process is not the session's leader or the session has one already (of its own:
 * t itself gives 0 when equal).
 */
int	jobctl_set_tty(struct tty *t);
/*
 * Takes t off session sid if it is its controlling terminal, and drops the session's hold (never
 * the last: the caller has one).
 */
void	jobctl_clear_tty(pid_t sid, struct tty *t);
/*
 * The current process, which does not lead its session, has no controlling terminal from now on,
 * nor have its later children.
 */
void	jobctl_forget_tty(void);
/* Whether the current process leads its session. */
bool	jobctl_cur_is_leader(void);
/* Posts signo (code SI_KERNEL) to a group, if it exists and belongs to session sid. ESRCH. */
int	jobctl_signal_pgrp(pid_t sid, pid_t pgid, int signo);
/* Posts signo to the leader of session sid. */
void	jobctl_signal_leader(pid_t sid, int signo);
/* Whether group pgid exists, and is in session sid. */
bool	jobctl_pgrp_in_session(pid_t pgid, pid_t sid);

enum jobctl_answer {
	JOBCTL_IGNORED,		/* the current process ignores signo, or its LWP blocks it */
	JOBCTL_ORPHANED,	/* its process group is orphaned: nobody could continue it */
	JOBCTL_SIGNALLED,	/* signo was posted to its process group: the call ends with
				 * ERESTART */
};
/* The current process, in the background, touches its terminal; signo is SIGTTIN or SIGTTOU. */
enum jobctl_answer jobctl_background(int signo);

/* Output to the machine's console (arch): any context, does not sleep, no log. */
void	arch_console_write(const char *, size_t);

#endif
