/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kernel/proc and kernel/signal find around them on the host, besides a scheduler: programs
 * without memory that could be copied from, files without a file system.
 */
#include "stubs.h"
#include "arch/pmap.h"
#include "file/file.h"
#include "file/special.h"
#include "file/tty.h"
#include "file/uio.h"
#include "fs/vfs.h"
#include "machine/frame.h"
#include "proc/proc.h"

int64_t stub_text_count;

/* --- machine --- */

void	arch_lwp_set_pmap(struct lwp *l, struct pmap *pm) { }
int	arch_set_fsbase(struct lwp *l, uint64_t base) { return 0; }
int	arch_frame_init_exec(struct lwp *l, vaddr_t entry, vaddr_t sp) { return 0; }
void	arch_enter_user(void) { UNREACHABLE(); }
void	arch_send_resched(uint32_t cpu) { }
int	user_load32(const uint32_t *u, uint32_t *v) { return EFAULT; }
int	user_cas32(uint32_t *u, uint32_t old, uint32_t new, uint32_t *was) { return EFAULT; }
int	copyin(const void *u, void *k, size_t n) { return EFAULT; }
int	copyout(const void *k, void *u, size_t n) { return EFAULT; }
int	copyinstr(const void *u, char *k, size_t n, size_t *len) { return EFAULT; }
void	pmap_activate(struct pmap *pm) { }
const char *boot_param(const char *name) { return NULL; }
uint64_t boot_param_u64(const char *name, uint64_t dflt) { return dflt; }

/* --- files --- */

struct vnode *
vnode_hold(struct vnode *vn)
{
	if (vn != NULL)
		vn->vn_refs.r_count++;
	return vn;
}

void
vnode_drop(struct vnode *vn)
{
	if (vn != NULL)
		vn->vn_refs.r_count--;
}

int
vnode_text_get(struct vnode *vn)
{
	stub_text_count++;
	return 0;
}

void
vnode_text_put(struct vnode *vn)
{
	stub_text_count--;
}

struct vnode *vfs_root(void) { return NULL; }
uint64_t vnode_size(struct vnode *vn) { return 0; }
int	vfs_lookup_exec(const struct vfs_ctx *c, const char *p, uint32_t f,
    struct vnode **vpp) { return ENOENT; }
int	vfs_read_kernel(struct vnode *vn, void *b, size_t n, off_t o, size_t *done) { return EIO; }
int	vnode_file_stat(struct file *f, struct kstat *st) { return EIO; }
int	console_open(uint32_t flags, struct cred *c, struct file **fp) { return ENXIO; }
void	tty_hold(struct tty *t) { }
void	tty_drop(struct tty *t) { }
void	tty_session_exit(struct tty *t, pid_t sid) { }
void	epoll_file_closed(struct file *f) { }
void	lock_release(struct file *f, const void *owner) { }
void	lock_release_owner(const void *owner) { }
uint32_t lock_sets;
void	uio_init_kernel(struct uio *u, struct kiov *iov, void *b, size_t n, off_t off,
    enum uio_rw rw) { }

/* --- file/poll.c: nobody polls here --- */

void
poll_head_init(struct poll_head *ph)
{
	memset(ph, 0, sizeof(*ph));
}

void
poll_head_fini(struct poll_head *ph __unused)
{
}

void
poll_wakeup(struct poll_head *ph __unused, uint32_t events __unused)
{
}

void
poll_record(struct poll_waiter *w __unused, struct poll_head *ph __unused)
{
}
