/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How drivers make their nodes in /dev. The functions are hooks that fs/devfs implements.
 */
#ifndef FILE_CHRDEV_H
#define FILE_CHRDEV_H

#include "file/file.h"

/*
 * Makes /dev/<name> ("null", "pts/3"; folders are made as needed), a character device owned by root. open gets a file whose
 * f_flags, f_cred and f_vnode are set, and sets f_ops and f_data; what it returns is what open(2) returns. EEXIST, ENOMEM.
 */
int	devfs_register(const char *name, mode_t mode, dev_t rdev, int (*open)(struct file *));
/* The same with an owner. */
int	devfs_register_owned(const char *name, mode_t mode, uid_t uid, gid_t gid, dev_t rdev,
	    int (*open)(struct file *));
/* The node goes; files that are open stay. */
void	devfs_unregister(const char *name);
/* The device number of the node that a file was opened by: how one open function serves many nodes. */
dev_t	devfs_file_rdev(struct file *);

#endif
