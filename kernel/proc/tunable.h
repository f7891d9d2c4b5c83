/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunables: numbers that an administrator may change while the kernel runs. One table; boot
 * parameters, /proc/sys and sysctl(2) all read and write the same variables.
 */
#ifndef PROC_TUNABLE_H
#define PROC_TUNABLE_H

#include "lib/klib.h"

struct tunable {
	const char	*tn_name;	/* "kern.maxproc"; the boot parameter is the last
					 * component */
	const char	*tn_unit;	/* what it counts, for people */
	uint32_t	*tn_value;	/* A */
	uint64_t	 tn_min;
	uint64_t	(*tn_max)(void);	/* the largest value that is accepted */
	bool		 tn_boot_only;	/* fixed once the kernel runs */
};

/* Reads the boot parameters. A bad one is named in the log and leaves the default. */
void	tunable_boot(void);

/* The n-th; null after the last. */
const struct tunable *tunable_at(uint32_t n);
/* By name; null when there is none. */
const struct tunable *tunable_find(const char *name);
uint64_t tunable_get(const struct tunable *);
/*
 * EINVAL: outside the range, which the log then tells with the name; EPERM: it cannot be changed
 * any more. The old value stays. Whether the caller may is the interface's business.
 */
int	tunable_set(const struct tunable *, int64_t value);

#endif
