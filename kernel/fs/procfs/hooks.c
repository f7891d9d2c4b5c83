/* SPDX-License-Identifier: BSD-2-Clause */
/* What the vfs asks about the calling process, which it does not know. */
#include "fs/vfs.h"
#include "proc/limits.h"
#include "proc/proc.h"

uint64_t
vfs_hook_fsize_limit(void)
{
	struct lwp *l = curlwp();

	return l == NULL || l->l_proc == NULL ? RLIM_INFINITY : proc_limit(l->l_proc, RLIMIT_FSIZE);
}
