/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching the kernel at its points (lib/point.h): failures on purpose, stalls, probes. Each is a
 * file below /proc/bident, whose text is made and taken here: the x_write functions take the text
 * of one write(2), lines ended by '\n' or ';', and may sleep; the x_format functions write at
 * most size bytes, terminated, and return the length that the whole text would have. A line that
 * is refused ends the write with an error; the lines before it hold. Why it was refused is in the
 * kernel log, and in the last line of /proc/bident/fail.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "lib/klib.h"

/* Takes the points over, and reads the boot parameters fail= and probe=. After proc_init. */
void	watch_init(void);

/* Failures: EINVAL, ESRCH (no such process), ENOSPC (too many settings). */
int	fail_write(const char *text, size_t len);
size_t	fail_format(char *buf, size_t size);

#ifdef DEBUG
/* Stalls, in debug kernels only: the same errors. */
int	stall_write(const char *text, size_t len);
size_t	stall_format(char *buf, size_t size);
#endif

#ifdef CHAOS
/* What was drawn so far; chaos.c. */
size_t	chaos_format(char *buf, size_t size);
#endif

/* Probes: EINVAL, ENOMEM. The trace's lines are the records that the probes left, oldest first. */
int	probe_write(const char *text, size_t len);
size_t	probe_format(char *buf, size_t size);
int	trace_write(const char *text, size_t len);
size_t	trace_format(char *buf, size_t size);

#endif
