/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/watch share. */
#ifndef WATCH_WATCH_INT_H
#define WATCH_WATCH_INT_H

#include "lib/point.h"
#include "proc/proc.h"
#include "watch/watch.h"

#define WATCH_NAME_MAX	40	/* of a point, or of a pattern for points, with the zero */

/* ---- texts (watch.c) ---- */

/* Calls fn with each line of the text that is not empty, a copy. The first error ends it. */
int	watch_lines(const char *text, size_t len, int (*fn)(char *line));
/* The next word of a line (blanks and commas part them), cut off with a zero; null at the end. */
char	*watch_word(char **at);
/* A decimal number that is the whole text, 1 ... 10^18. */
bool	watch_number(const char *text, uint64_t *);
/*
 * Says in the log, and for later readers, what is wrong with a line and the way out; returns
 * error.
 */
int	watch_refuse(int error, const char *fmt, ...) __printflike(2, 3);
void	watch_refused_format(struct textbuf *);

/* ---- points ---- */

#define foreach_point(pt)	for (struct point *pt = __start_points; pt < __stop_points; pt++)

/* Whether a pattern, a name that may end in '*', is for a point. */
bool	watch_match(const char *pattern, const char *name);
/*
 * Whether some point of one of these kinds is meant by the pattern. If not, says so, with the
 * nearest name, and returns EINVAL.
 */
int	watch_check_pattern(const char *pattern, uint32_t kinds, const char *what);
/* Sets or clears one kind at a point. */
void	watch_arm(struct point *, uint32_t kind, bool on);
/* Reads "pid=N" or "pid=self": a process that exists. EINVAL, ESRCH. */
int	watch_read_pid(const char *value, pid_t *);

/* Whose pass it is: null for interrupts and kernel processes, which nothing but probes touches. */
struct proc *watch_passer(void);

/* ---- what happens at an armed point ---- */

void	fail_init(void);
void	probe_init(void);
int	fail_pass(struct point *);	/* any context; 0 or the error */
void	probe_pass(struct point *, const uintptr_t arg[3]);	/* any context */
void	chaos_init(void);
#ifdef CHAOS
void	chaos_pass(void);	/* may sleep */
#endif
#ifdef DEBUG
void	stall_init(void);
void	stall_pass(struct point *);	/* may sleep */
#endif

#endif
