/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open regular files, whose bytes are the pages of the vnode's object; and files opened with
 * O_PATH.
 *
 * vn_lock is held shared over a read and exclusively over a write or truncation: so a write is
 * seen as a whole, and O_APPEND finds the end. User memory is copied under it; the faults that
 * this may take need vm's locks only, which come later. Holes have no page and read as zeroes. A
 * write that runs out of memory part-way is a short write; no byte moved: ENOSPC. Some pages are
 * kept in reserve, so that a program that fills the disk does not starve the rest of the system.
 */
#include "fs/vfs_int.h"

#include "file/file.h"
#include "vm/vm.h"

#define OFF_MAX		INT64_MAX

bool
vfs_no_space(void)
{
	return pages_free_count() < 32 + pages_total / 64;
}

/* One page's worth of a read. */
static int
read_page(struct vm_object *vo, size_t n, struct uio *u)
{
	size_t skip = (size_t)u->u_off & PAGE_MASK;
	struct page *pg;
	int error;

	n = MIN(n, PAGE_SIZE - skip);
	if ((error = vm_object_page(vo, (uint64_t)u->u_off >> PAGE_SHIFT, false, &pg)) != 0)
		return error;
	if (pg == NULL)
		return uio_move_zero(n, u);
	error = uio_move((char *)page_kva(pg) + skip, n, u);
	page_drop(pg);
	return error;
}

static int
reg_read(struct file *f, struct uio *u)
{
	struct vnode *vp = f->f_vnode;
	uint64_t size;
	int error = 0;

	rw_rdlock(&vp->vn_lock);
	size = vm_object_size(vp->vn_object);
	while (error == 0 && u->u_resid > 0 && (uint64_t)u->u_off < size)
		error = read_page(vp->vn_object, MIN(u->u_resid, size - (uint64_t)u->u_off), u);
	rw_unlock(&vp->vn_lock);
	if ((f->f_flags & O_NOATIME) == 0)
		vnode_touch(vp, VT_ATIME);
	return error;
}

static int
write_page(struct vm_object *vo, size_t n, struct uio *u)
{
	size_t skip = (size_t)u->u_off & PAGE_MASK;
	uint64_t index = (uint64_t)u->u_off >> PAGE_SHIFT;
	struct page *pg;
	int error;

	n = MIN(n, PAGE_SIZE - skip);
	if ((error = vm_object_page(vo, index, false, &pg)) != 0)
		return error;
	if (pg == NULL) {
		if (vfs_no_space())
			return ENOSPC;
		if ((error = vm_object_page(vo, index, true, &pg)) != 0)
			return error == ENOMEM ? ENOSPC : error;
	}
	error = uio_move((char *)page_kva(pg) + skip, n, u);
	page_drop(pg);
	return error;
}

/* How much of a write the limits let through. */
static int
write_limit(struct uio *u, size_t *todo)
{
	uint64_t limit = vfs_hook_fsize_limit(), off = (uint64_t)u->u_off;

	*todo = u->u_resid;
	if (*todo == 0)
		return 0;
	if (u->u_off >= OFF_MAX)
		return EFBIG;
	*todo = MIN(*todo, (uint64_t)OFF_MAX - off);
	if (off >= limit) {
		file_sigxfsz();
		return EFBIG;
	}
	*todo = MIN(*todo, limit - off);
	return 0;
}

static int
reg_write_locked(struct vnode *vp, struct uio *u)
{
	struct vm_object *vo = vp->vn_object;
	uint64_t old = vm_object_size(vo);
	off_t start = u->u_off;
	size_t todo, before;
	int error;

	if ((error = write_limit(u, &todo)) != 0 || todo == 0)
		return error;
	/*
	 * What lies between the old end and here becomes zero, whatever a mapping left behind the
	 * end.
	 */
	if ((uint64_t)u->u_off > old)
		vm_object_truncate(vo, (uint64_t)u->u_off);
	while (error == 0 && todo > 0) {
		before = u->u_resid;
		error = write_page(vo, todo, u);
		todo -= before - u->u_resid;
		vm_object_grow(vo, (uint64_t)u->u_off);
	}
	if (u->u_off == start && (uint64_t)start > old)
		vm_object_truncate(vo, old);
	return error;
}

static int
reg_write(struct file *f, struct uio *u)
{
	struct vnode *vp = f->f_vnode;
	size_t before = u->u_resid;
	int error;

	rw_wrlock(&vp->vn_lock);
	if ((load_relaxed(&f->f_flags) & O_APPEND) != 0)
		u->u_off = (off_t)vm_object_size(vp->vn_object);
	error = reg_write_locked(vp, u);
	rw_unlock(&vp->vn_lock);
	if (u->u_resid != before) {
		vnode_touch(vp, VT_MTIME | VT_CTIME);
		if (f->f_cred != NULL && !cred_is_root(f->f_cred))
			vnode_strip_setid(vp);
	}
	return error;
}

int
vfs_read_kernel(struct vnode *vp, void *buf, size_t n, off_t off, size_t *done)
{
	struct kiov iov;
	uint64_t size;
	struct uio u;
	int error = 0;

	*done = 0;
	if (vp->vn_object == NULL)
		return EINVAL;
	uio_init_kernel(&u, &iov, buf, n, off, UIO_READ);
	rw_rdlock(&vp->vn_lock);
	size = vm_object_size(vp->vn_object);
	while (error == 0 && u.u_resid > 0 && (uint64_t)u.u_off < size)
		error = read_page(vp->vn_object, MIN(u.u_resid, size - (uint64_t)u.u_off), &u);
	rw_unlock(&vp->vn_lock);
	*done = n - u.u_resid;
	return error;
}

int
vnode_truncate(struct vnode *vp, off_t length)
{
	if (length < 0 || vp->vn_object == NULL)
		return EINVAL;
	if ((uint64_t)length > vfs_hook_fsize_limit() && (uint64_t)length > vnode_size(vp)) {
		file_sigxfsz();
		return EFBIG;
	}
	rw_wrlock(&vp->vn_lock);
	vm_object_truncate(vp->vn_object, (uint64_t)length);
	rw_unlock(&vp->vn_lock);
	vnode_touch(vp, VT_MTIME | VT_CTIME);
	return 0;
}

int
vnode_allocate(struct vnode *vp, off_t off, off_t len, bool keep_size)
{
	struct vm_object *vo = vp->vn_object;
	uint64_t end = (uint64_t)off + (uint64_t)len;
	struct page *pg;
	int error = 0;

	if (end > vfs_hook_fsize_limit() && !keep_size && end > vnode_size(vp)) {
		file_sigxfsz();
		return EFBIG;
	}
	rw_wrlock(&vp->vn_lock);
	for (uint64_t i = (uint64_t)off >> PAGE_SHIFT; error == 0 && i << PAGE_SHIFT < end; i++) {
		if (vfs_no_space())
			error = ENOSPC;
		else if ((error = vm_object_page(vo, i, true, &pg)) == 0)
			page_drop(pg);
	}
	if (error == 0 && !keep_size && end > vm_object_size(vo))
		vm_object_truncate(vo, end);
	rw_unlock(&vp->vn_lock);
	vnode_touch(vp, VT_CTIME);
	return error == ENOMEM ? ENOSPC : error;
}

#define FALLOC_KEEP_SIZE	1
#define FALLOC_PUNCH_HOLE	2

static int
reg_allocate(struct file *f, int mode, off_t off, off_t len)
{
	struct vnode *vp = f->f_vnode;

	if (mode == 0 || mode == FALLOC_KEEP_SIZE)
		return vnode_allocate(vp, off, len, mode == FALLOC_KEEP_SIZE);
	if (mode != (FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE))
		return EOPNOTSUPP;
	rw_wrlock(&vp->vn_lock);
	vm_object_punch(vp->vn_object, (uint64_t)off, (uint64_t)off + (uint64_t)len);
	rw_unlock(&vp->vn_lock);
	vnode_touch(vp, VT_MTIME | VT_CTIME);
	return 0;
}

static int
reg_truncate(struct file *f, off_t len)
{
	int error;

	if ((error = vnode_truncate(f->f_vnode, len)) == 0 && !cred_is_root(f->f_cred))
		vnode_strip_setid(f->f_vnode);
	return error;
}

/* SEEK_DATA and SEEK_HOLE: from off on, the first resident page or the first that is not. */
static int
seek_data(struct vnode *vp, off_t off, bool hole, off_t *out)
{
	uint64_t size = vnode_size(vp), i, next;

	if (off < 0 || (uint64_t)off >= size)
		return ENXIO;
	i = (uint64_t)off >> PAGE_SHIFT;
	next = vm_object_next_resident(vp->vn_object, i);
	if (!hole) {
		if (next == UINT64_MAX || next << PAGE_SHIFT >= size)
			return ENXIO;
		*out = next == i ? off : (off_t)(next << PAGE_SHIFT);
		return 0;
	}
	while (next == i && i << PAGE_SHIFT < size)
		next = vm_object_next_resident(vp->vn_object, ++i);
	*out = MAX(off, (off_t)MIN(i << PAGE_SHIFT, size));
	return 0;
}

static int
reg_seek(struct file *f, off_t off, int whence, off_t *out)
{
	off_t base;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = f->f_off;
		break;
	case SEEK_END:
		base = (off_t)vnode_size(f->f_vnode);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		return seek_data(f->f_vnode, off, whence == SEEK_HOLE, out);
	default:
		return EINVAL;
	}
	if (off > 0 && base > OFF_MAX - off)
		return EOVERFLOW;
	if (base + off < 0)
		return EINVAL;
	*out = base + off;
	return 0;
}

static int
reg_mmap(struct file *f, struct vm_mapping_req *rq)
{
	struct vnode *vp = f->f_vnode;
	bool noexec = (load_relaxed(&vp->vn_mount->mnt_flags) & MNT_NOEXEC) != 0;
	uint32_t max = VM_PROT_ALL;

	if (!file_readable(f))
		return EACCES;
	if ((rq->flags & VM_MAP_SHARED) != 0 && !file_writable(f)) {
		if ((rq->prot & VM_PROT_WRITE) != 0)
			return EACCES;
		max &= ~VM_PROT_WRITE;
	}
	if (noexec) {
		if ((rq->prot & VM_PROT_EXEC) != 0)
			return EPERM;
		max &= ~VM_PROT_EXEC;
	}
	rq->max_prot = max;
	rq->object = vp->vn_object;
	rq->vnode = vp;
	vnode_touch(vp, VT_ATIME);
	return 0;
}

static int
reg_sync(struct file *f __unused, bool data_only __unused)
{
	return 0;
}

#define FIONREAD	0x541b

static int
reg_ioctl(struct file *f, uint32_t cmd, vaddr_t arg)
{
	int left;

	if (cmd != FIONREAD)
		return ENOTTY;
	left = (int)((off_t)vnode_size(f->f_vnode) - f->f_off);
	return copyout(&left, (void *)arg, sizeof(left));
}

static void
reg_close(struct file *f)
{
	if (file_writable(f))
		vnode_writer_put(f->f_vnode);
}

const struct file_ops reg_file_ops = {
	.name = "reg",
	.seekable = true,
	.read = reg_read,
	.write = reg_write,
	.ioctl = reg_ioctl,
	.close = reg_close,
	.seek = reg_seek,
	.mmap = reg_mmap,
	.truncate = reg_truncate,
	.sync = reg_sync,
	.allocate = reg_allocate,
};

/*
 * Every call on such a file is refused before it comes to the ops; it serves fstat, openat and
 * /proc/self/fd.
 */
const struct file_ops path_file_ops = {
	.name = "path",
};
