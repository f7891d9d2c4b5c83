/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot archive. */
#ifndef FS_CPIO_H
#define FS_CPIO_H

#include "lib/klib.h"

/*
 * Unpacks the archive (cpio "newc", plain or gzip, several in a row with zeroes between) at
 * physical address start into the root file system, and gives the pages that it lay in to the
 * page allocator as it goes. After vfs_init. 0, or an errno with the entry and the reason in the
 * kernel log: EINVAL (damaged), ENOMEM or ENOSPC (does not fit).
 */
int	cpio_unpack(paddr_t start, size_t size);

#endif
