/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system is called: uname(2), sethostname(2), /proc/version, /proc/sys/kernel. */
#ifndef FS_PROCFS_SYSNAME_H
#define FS_PROCFS_SYSNAME_H

#include "lib/klib.h"

/*
 * Programs compare the release with the Linux versions that they need (glibc refuses to start
 * below 3.2).
 */
#define SYSNAME_SYSNAME	"Linux"
#define SYSNAME_RELEASE	"6.1.0-bident"
#define SYSNAME_VERSION	"#1 SMP Bident"
#define SYSNAME_MACHINE	"x86_64"
#define SYSNAME_MAX	64	/* longest host or domain name */

enum sysname_which { SYSNAME_HOST, SYSNAME_DOMAIN };

/* Terminated copy; size SYSNAME_MAX + 1 holds any. */
void	sysname_get(enum sysname_which, char *buf, size_t size);
/* EINVAL: too long. The caller has asked for root's rights. */
int	sysname_set(enum sysname_which, const char *name, size_t len);

#endif
