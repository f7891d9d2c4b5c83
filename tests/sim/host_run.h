/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_HOST_RUN_H
#define SIM_HOST_RUN_H

#include <stddef.h>

/* Zeroed memory that runs and their starter share. */
void	*sim_host_share(size_t size);
/* Runs fn in a copy of the calling process; the copy's status, as wait gives it. */
int	sim_host_run(void (*fn)(void));

#endif
