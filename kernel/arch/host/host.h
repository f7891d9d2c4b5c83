/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host machine, as unit tests see it: some RAM, one CPU, one LWP, and a software MMU. Start
 * it with host_init, which also runs mem_init.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <setjmp.h>

#include "arch/arch.h"

struct vm_space;

/*
 * RAM of the given size, in two pieces with a hole between. Every call starts afresh with the
 * first call's RAM.
 */
void	host_init(size_t ram_bytes);

/* The sleeping locks of the only LWP. */
extern struct held_ranks host_held;

/* Runs fn(arg); true when it ended by panic(), whose text is then in host_panic_text. */
bool	host_panics(void (*fn)(void *), void *arg);
extern char host_panic_text[256];

/* The last line given to klog, and how many there were. */
extern char host_klog_last[256];
extern uint32_t host_klog_lines;

/*
 * What a program of this space does: reads or writes bytes by the MMU, faulting as needed. 0 or
 * what vm_fault said. Uses a TLB that only pmap_update and vm_fault's own entry flush, so a flush
 * that is missing shows.
 */
int	host_user_read(struct vm_space *, vaddr_t, void *buf, size_t len);
int	host_user_write(struct vm_space *, vaddr_t, const void *buf, size_t len);
int	host_user_exec(struct vm_space *, vaddr_t);
/* One byte, for short tests: -errno or the byte; 0 or errno. */
int	host_get(struct vm_space *, vaddr_t);
int	host_put(struct vm_space *, vaddr_t, uint8_t);
/* vm_fault calls since the last reset. */
extern uint64_t host_faults;

/* Vnode holds less drops, by the hooks of vm. struct vnode of the tests: one counter. */
struct vnode {
	int64_t	vn_holds;
};

#endif
