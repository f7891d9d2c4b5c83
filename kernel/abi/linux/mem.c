/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on memory: translations of flags, and the file behind a mapping.
 */
#include "abi/linux/linux_int.h"

#include "vm/vm.h"

STATIC_ASSERT(LX_PROT_READ == VM_PROT_READ && LX_PROT_WRITE == VM_PROT_WRITE &&
    LX_PROT_EXEC == VM_PROT_EXEC);
STATIC_ASSERT(LX_MREMAP_MAYMOVE == VM_REMAP_MAYMOVE && LX_MREMAP_FIXED == VM_REMAP_FIXED &&
    LX_MREMAP_DONTUNMAP == VM_REMAP_DONTUNMAP);

int
linux_sys_brk(struct linux_call *c)
{
	vaddr_t out = 0;
	int error;

	error = vm_brk(c->lc_proc->p_space, ARG_VA(c, 0), &out);
	(void)error;		/* the answer is where the end is now, moved or not */
	c->lc_ret = (int64_t)out;
	return 0;
}

static const struct {
	uint32_t	 from, to;
} linux_map_flags[] = {
	{ LX_MAP_GROWSDOWN,	VM_MAP_GROWSDOWN },
	{ LX_MAP_NORESERVE,	VM_MAP_NORESERVE },
	{ LX_MAP_POPULATE,	VM_MAP_POPULATE },
	{ LX_MAP_LOCKED,	VM_MAP_LOCKED | VM_MAP_POPULATE },
	{ LX_MAP_32BIT,		VM_MAP_32BIT },
	{ LX_MAP_FIXED,		VM_MAP_FIXED },
	{ LX_MAP_ANONYMOUS,	VM_MAP_ANON },
};

/* Flags that need no file to be understood. */
static int
linux_map_decode(uint32_t flags, struct vm_mapping_req *req)
{
	switch (flags & LX_MAP_TYPE) {
	case LX_MAP_SHARED:
	case LX_MAP_SHARED_VALIDATE:
		req->flags |= VM_MAP_SHARED;
		break;
	case LX_MAP_PRIVATE:
		break;
	default:
		return EINVAL;
	}
	for (size_t i = 0; i < nitems(linux_map_flags); i++) {
		if ((flags & linux_map_flags[i].from) != 0)
			req->flags |= linux_map_flags[i].to;
	}
	if ((flags & LX_MAP_FIXED_NOREPLACE) != 0)
		req->flags = (req->flags & ~VM_MAP_FIXED) | VM_MAP_NOREPLACE;
	return 0;
}

int
linux_sys_mmap(struct linux_call *c)
{
	uint32_t prot = ARG_U32(c, 2), flags = ARG_U32(c, 3);
	struct vm_mapping_req req = {
		.prot = prot & VM_PROT_ALL,
		.offset = c->lc_arg[5],
	};
	vaddr_t va = ARG_VA(c, 0);
	struct file *f = NULL;
	int error;

	if ((c->lc_arg[5] & PAGE_MASK) != 0 || c->lc_arg[1] == 0)
		return EINVAL;
	if ((error = linux_map_decode(flags, &req)) != 0)
		return error;
	if ((req.flags & (VM_MAP_FIXED | VM_MAP_NOREPLACE)) == 0)
		va &= ~PAGE_MASK;	/* only a hint */
	if ((flags & LX_MAP_ANONYMOUS) != 0) {
		req.offset = 0;
	} else {
		if ((error = linux_file_get(c, ARG_INT(c, 4), &f)) != 0)
			return error;
		error = file_mmap(f, &req);
	}
	if (error == 0)
		error = vm_map(c->lc_proc->p_space, &va, c->lc_arg[1], &req);
	if (f != NULL)
		file_drop(f);
	if (error == 0)
		c->lc_ret = (int64_t)va;
	return error;
}

int
linux_sys_munmap(struct linux_call *c)
{
	return vm_unmap(c->lc_proc->p_space, ARG_VA(c, 0), c->lc_arg[1]);
}

int
linux_sys_mprotect(struct linux_call *c)
{
	uint32_t prot = ARG_U32(c, 2);

	/* Growing a protection along a stack is an invention that nothing uses. */
	if ((prot & ~(uint32_t)(VM_PROT_ALL | LX_PROT_SEM)) != 0 || (ARG_VA(c, 0) & PAGE_MASK) != 0)
		return EINVAL;
	if (c->lc_arg[1] == 0)
		return 0;
	return vm_protect(c->lc_proc->p_space, ARG_VA(c, 0), c->lc_arg[1], prot & VM_PROT_ALL);
}

int
linux_sys_mremap(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 3);
	vaddr_t out;
	int error;

	if ((flags & ~(uint32_t)(LX_MREMAP_MAYMOVE | LX_MREMAP_FIXED | LX_MREMAP_DONTUNMAP)) != 0)
		return EINVAL;
	error = vm_remap(c->lc_proc->p_space, ARG_VA(c, 0), c->lc_arg[1], c->lc_arg[2], flags,
	    ARG_VA(c, 4), &out);
	if (error == 0)
		c->lc_ret = (int64_t)out;
	return error;
}

#define LX_MADV_REMOVE		9
#define LX_MADV_POPULATE_READ	22
#define LX_MADV_POPULATE_WRITE	23

static int
linux_advice(uint32_t advice, enum vm_advice *out)
{
	switch (advice) {
	case LX_MADV_NORMAL:
	case LX_MADV_RANDOM:
	case LX_MADV_SEQUENTIAL:
	case LX_MADV_DONTDUMP:
	case LX_MADV_DODUMP:
	case LX_MADV_COLD:
	case LX_MADV_PAGEOUT:		*out = VM_ADV_IGNORED; return 0;
	case LX_MADV_WILLNEED:		*out = VM_ADV_WILLNEED; return 0;
	case LX_MADV_DONTNEED:		*out = VM_ADV_DONTNEED; return 0;
	case LX_MADV_FREE:		*out = VM_ADV_FREE; return 0;
	case LX_MADV_REMOVE:		*out = VM_ADV_REMOVE; return 0;
	case LX_MADV_DONTFORK:		*out = VM_ADV_DONTFORK; return 0;
	case LX_MADV_DOFORK:		*out = VM_ADV_DOFORK; return 0;
	case LX_MADV_WIPEONFORK:	*out = VM_ADV_WIPEONFORK; return 0;
	case LX_MADV_KEEPONFORK:	*out = VM_ADV_KEEPONFORK; return 0;
	case LX_MADV_HUGEPAGE:		*out = VM_ADV_HUGE; return 0;
	case LX_MADV_NOHUGEPAGE:	*out = VM_ADV_NOHUGE; return 0;
	case LX_MADV_POPULATE_READ:	*out = VM_ADV_POPULATE_READ; return 0;
	case LX_MADV_POPULATE_WRITE:	*out = VM_ADV_POPULATE_WRITE; return 0;
	default:			return EINVAL;
	}
}

int
linux_sys_madvise(struct linux_call *c)
{
	enum vm_advice advice;
	int error;

	if ((error = linux_advice(ARG_U32(c, 2), &advice)) != 0)
		return error;
	if ((ARG_VA(c, 0) & PAGE_MASK) != 0)
		return EINVAL;
	if (c->lc_arg[1] == 0)
		return 0;
	return vm_advise(c->lc_proc->p_space, ARG_VA(c, 0), c->lc_arg[1], advice);
}

int
linux_sys_msync(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 2);

	if ((flags & ~(uint32_t)(LX_MS_ASYNC | LX_MS_INVALIDATE | LX_MS_SYNC)) != 0 ||
	    (flags & (LX_MS_ASYNC | LX_MS_SYNC)) == (LX_MS_ASYNC | LX_MS_SYNC) ||
	    (ARG_VA(c, 0) & PAGE_MASK) != 0)
		return EINVAL;
	if (c->lc_arg[1] == 0)
		return 0;
	return vm_msync(c->lc_proc->p_space, ARG_VA(c, 0), c->lc_arg[1]);
}

int
linux_sys_mincore(struct linux_call *c)
{
	vaddr_t va = ARG_VA(c, 0), uvec = ARG_VA(c, 2);
	uint8_t vec[128];
	uint64_t left;
	int error;

	if ((va & PAGE_MASK) != 0)
		return EINVAL;
	if (c->lc_arg[1] > USER_MAX || va > USER_MAX - c->lc_arg[1])
		return ENOMEM;
	for (left = howmany(c->lc_arg[1], PAGE_SIZE); left > 0; ) {
		size_t n = MIN(left, sizeof(vec));

		if ((error = vm_mincore(c->lc_proc->p_space, va, n, vec)) != 0 ||
		    (error = copyout(vec, uptr(uvec), n)) != 0)
			return error;
		va += n * PAGE_SIZE;
		uvec += n;
		left -= n;
	}
	return 0;
}

/* Locking works on whole pages around the range. */
static int
linux_mlock(struct linux_call *c, bool lock)
{
	vaddr_t start = ARG_VA(c, 0) & ~PAGE_MASK;
	uint64_t len = c->lc_arg[1];

	if (len == 0)
		return 0;
	if (len > USER_MAX || start > USER_MAX - len)
		return ENOMEM;
	len = roundup2(ARG_VA(c, 0) + len, PAGE_SIZE) - start;
	return vm_mlock(c->lc_proc->p_space, start, len, lock);
}

int
linux_sys_mlock(struct linux_call *c)
{
	return linux_mlock(c, true);
}

int
linux_sys_mlock2(struct linux_call *c)
{
	return (ARG_U32(c, 2) & ~1u) != 0 ? EINVAL : linux_mlock(c, true);
}

int
linux_sys_munlock(struct linux_call *c)
{
	return linux_mlock(c, false);
}

int
linux_sys_mlockall(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 0);

	if (flags == 0 || flags == LX_MCL_ONFAULT ||
	    (flags & ~(uint32_t)(LX_MCL_CURRENT | LX_MCL_FUTURE | LX_MCL_ONFAULT)) != 0)
		return EINVAL;
	return vm_mlock_all(c->lc_proc->p_space, (flags & LX_MCL_CURRENT) != 0,
	    (flags & LX_MCL_FUTURE) != 0);
}

int
linux_sys_munlockall(struct linux_call *c)
{
	return vm_munlock_all(c->lc_proc->p_space);
}
