/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on memory: translations of flags, and PaX.
 *
 * A program whose file asks for PaX MPROTECT never gets memory that is, or was, writable and
 * executable: a mapping may become only one of the two, and asking for both gives the writable one.
 * The flag is the process' (p_hardening), inherited by fork (SPEC NEW-28).
 */
#include "abi/netbsd/netbsd_int.h"

#include "proc/abi.h"
#include "vm/vm.h"

static bool
netbsd_pax_mprotect(struct proc *p)
{
	return (p->p_hardening & HARDEN_MPROTECT) != 0;
}

/* What the protection may ever become, and is now. */
static void
netbsd_pax_limit(struct proc *p, struct vm_mapping_req *req)
{
	if (!netbsd_pax_mprotect(p))
		return;
	if (req->max_prot == 0)
		req->max_prot = VM_PROT_ALL;
	if ((req->prot & (VM_PROT_WRITE | VM_PROT_EXEC)) == VM_PROT_EXEC) {
		req->max_prot &= ~VM_PROT_WRITE;
	} else {
		req->prot &= ~VM_PROT_EXEC;
		req->max_prot &= ~VM_PROT_EXEC;
	}
}

/* mmap(addr, len, prot, flags, fd, pad, offset): the last is on the stack. */
int
netbsd_sys_mmap(struct netbsd_call *c)
{
	uint32_t flags = ARG_U32(c, 3);
	struct vm_mapping_req req = { .prot = ARG_U32(c, 2) & VM_PROT_ALL };
	vaddr_t va = ARG_VA(c, 0);
	struct file *f = NULL;
	int error;

	if ((error = netbsd_stack_arg(c, 6, &req.offset)) != 0)
		return error;
	if (c->nc_arg[1] == 0 || (req.offset & PAGE_MASK) != 0 ||
	    (flags & (NB_MAP_SHARED | NB_MAP_PRIVATE)) == (NB_MAP_SHARED | NB_MAP_PRIVATE))
		return EINVAL;
	if ((flags & NB_MAP_SHARED) != 0)
		req.flags |= VM_MAP_SHARED;
	if ((flags & NB_MAP_FIXED) != 0)
		req.flags |= VM_MAP_FIXED;
	else
		va &= ~PAGE_MASK;	/* only a hint */
	if ((flags & NB_MAP_ANON) != 0) {
		req.flags |= VM_MAP_ANON;
		req.offset = 0;
	} else if ((error = netbsd_file_get(c, ARG_INT(c, 4), &f)) != 0) {
		return error;
	} else {
		error = file_mmap(f, &req);
	}
	if (error == 0) {
		netbsd_pax_limit(c->nc_proc, &req);
		error = vm_map(c->nc_proc->p_space, &va, c->nc_arg[1], &req);
	}
	if (f != NULL)
		file_drop(f);
	c->nc_ret = va;
	return error;
}

int
netbsd_sys_munmap(struct netbsd_call *c)
{
	return vm_unmap(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1]);
}

int
netbsd_sys_mprotect(struct netbsd_call *c)
{
	uint32_t prot = ARG_U32(c, 2);

	if ((prot & ~VM_PROT_ALL) != 0 || (ARG_VA(c, 0) & PAGE_MASK) != 0)
		return EINVAL;
	if (netbsd_pax_mprotect(c->nc_proc) && (prot & VM_PROT_WRITE) != 0)
		prot &= ~VM_PROT_EXEC;
	return c->nc_arg[1] == 0 ? 0 : vm_protect(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1],
	    prot);
}

int
netbsd_sys_madvise(struct netbsd_call *c)
{
	enum vm_advice advice;

	switch (ARG_INT(c, 2)) {
	case NB_MADV_NORMAL:
	case NB_MADV_RANDOM:
	case NB_MADV_SEQUENTIAL:
	case NB_MADV_DONTNEED:
	case NB_MADV_SPACEAVAIL:	advice = VM_ADV_IGNORED; break;
	case NB_MADV_WILLNEED:		advice = VM_ADV_WILLNEED; break;
	case NB_MADV_FREE:		advice = VM_ADV_FREE; break;
	default:			return EINVAL;
	}
	if ((ARG_VA(c, 0) & PAGE_MASK) != 0)
		return EINVAL;
	return c->nc_arg[1] == 0 ? 0 : vm_advise(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1],
	    advice);
}

int
netbsd_sys_minherit(struct netbsd_call *c)
{
	enum vm_inherit how;

	switch (ARG_INT(c, 2)) {
	case NB_INHERIT_SHARE:	how = VM_INHERIT_SHARE; break;
	case NB_INHERIT_COPY:	how = VM_INHERIT_COPY; break;
	case NB_INHERIT_NONE:	how = VM_INHERIT_NONE; break;
	case NB_INHERIT_ZERO:	how = VM_INHERIT_ZERO; break;
	default:		return EINVAL;
	}
	return vm_inherit(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1], how);
}

int
netbsd_sys_mlock(struct netbsd_call *c)
{
	return vm_mlock(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1], true);
}

int
netbsd_sys_munlock(struct netbsd_call *c)
{
	return vm_mlock(c->nc_proc->p_space, ARG_VA(c, 0), c->nc_arg[1], false);
}
