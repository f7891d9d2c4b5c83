/* SPDX-License-Identifier: BSD-2-Clause */
/* Host and domain name, under one spin lock. */
#include "fs/procfs/sysname.h"

#include "sync/spin.h"

static struct spinlock sysname_lock = SPINLOCK_INIT("sysname", RANK_NAMECACHE);
/* guarded by sysname_lock */
static char names[2][SYSNAME_MAX + 1] = { "bident", "(none)" };

void
sysname_get(enum sysname_which which, char *buf, size_t size)
{
	spin_lock(&sysname_lock);
	strlcpy(buf, names[which], size);
	spin_unlock(&sysname_lock);
}

int
sysname_set(enum sysname_which which, const char *name, size_t len)
{
	if (len > SYSNAME_MAX)
		return EINVAL;
	spin_lock(&sysname_lock);
	memset(names[which], 0, sizeof(names[which]));
	memcpy(names[which], name, len);
	spin_unlock(&sysname_lock);
	return 0;
}
