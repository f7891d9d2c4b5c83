/* SPDX-License-Identifier: BSD-2-Clause */
/* The file system's view of who calls: proc's part of fs/vfs.h. */
#ifndef PROC_VFSCTX_H
#define PROC_VFSCTX_H

#include "fs/vfs.h"

/*
 * Fills ctx for the calling process, everything held: vfs_ctx_drop when done. vc_at is null and
 * stays the caller's own.
 */
void	vfs_ctx_cur(struct vfs_ctx *);
void	vfs_ctx_drop(struct vfs_ctx *);

#endif
