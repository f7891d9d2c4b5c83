/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of the kernel, and what it was started with. */
#ifndef MAIN_MAIN_H
#define MAIN_MAIN_H

#include "lib/klib.h"

#define BIDENT_VERSION	"0.1.0"

struct boot_info;

/* Called by arch on the first CPU, on its boot stack, interrupts off. */
void	kmain(const struct boot_info *) __noreturn;
void	param_init(const char *cmdline);
const char *boot_cmdline(void);
/* Starts the process that gives memory back when it is low (reclaim.c). */
void	reclaim_start(void);

#endif
