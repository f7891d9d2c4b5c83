/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux personality, as the rest of the kernel sees it. */
#ifndef ABI_LINUX_LINUX_H
#define ABI_LINUX_LINUX_H

#include "proc/abi.h"

extern const struct abi_ops linux_abi;

/* Registers it for exec and reads its boot parameters. At boot, before the first program. */
void	linux_abi_init(void);

#endif
