/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: which function opens a device number, and the names under /dev. devfs itself is a
 * tmpfs instance that is filled by devfs_register, so programs may also mknod, chmod and link
 * there.
 */
#ifndef FS_DEVFS_DEVFS_H
#define FS_DEVFS_DEVFS_H

#include "fs/vnode.h"

/*
 * Called by open(2) of a device: f is new, its f_flags (O_*), f_cred and f_vnode (held, vn_rdev
 * is the number) are set; the function sets f_ops and f_data, and may sleep. An error ends the
 * open; f_ops->close is then not called.
 */
typedef int	dev_open_fn(struct file *f);

/*
 * Makes /dev/<name> (folders in the name are made, "pts/3") with the type and permissions of mode
 * (S_IFCHR or S_IFBLK), owned by uid and gid 0, and remembers how to open rdev. Callable once mem
 * is up, before vfs_init too. ENOMEM, EEXIST. The name is copied.
 */
int	devfs_register(const char *name, mode_t mode, dev_t rdev, dev_open_fn *);
/* Takes the name and the number away; open files stay. */
void	devfs_unregister(const char *name, dev_t rdev);
/* Owner of a node: ptys belong to who opened the master. */
void	devfs_set_owner(const char *name, uid_t, gid_t);

/* Only the number: for nodes that are made by others (mknod, the boot archive). ENOMEM. */
int	devfs_register_number(mode_t type, dev_t rdev, dev_open_fn *);
/* Runs the device's open on a file whose f_vnode is set. ENXIO: no such device. */
int	devfs_open(struct file *f, mode_t type, dev_t rdev);
int	devfs_symlink(const char *name, const char *target);
/* The file system that /dev shows; made at first use. */
struct mount *devfs_get(void);

/* mem.c: null, zero, full, random, urandom, kmsg. */
void	devfs_mem_init(void);

#endif
