/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of kernel/proc on the host start from: an init with memory, files and a program,
 * a caller who is whichever LWP the test says, children that exit when they are told to; and the
 * invariants that hold whenever nothing is under way.
 */
#ifndef UNIT_PROC_FIXTURE_H
#define UNIT_PROC_FIXTURE_H

/* The C library's sigset_t, and the vnodes of the tests of vm, are not ours. */
#define sigset_t unit_sigset_t
#define vnode unit_vnode
#include "../unit.h"
#include "../memfail.h"
#undef sigset_t
#undef vnode
#include "stubs.h"
#include "mem/census.h"
#include "mem/page.h"
#include "file/fd.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "signal/signal_int.h"
#include "vm/vm.h"

#ifndef FIXTURE_RAM
#define FIXTURE_RAM	(64ul << 20)
#endif

static char text_vnode[4096];
static struct proc *init;

static inline void
become(struct lwp *l)
{
	host_cpu.c_curlwp = l;
}

static inline struct lwp *
first_lwp(struct proc *p)
{
	return list_first(&p->p_lwps, struct lwp, l_link);
}

/* Init has memory, files and a program, as if it had exec'd. */
static int
setup(void **state)
{
	struct vm_mapping_req req = { .prot = VM_PROT_READ | VM_PROT_WRITE };
	vaddr_t va = 0x400000;
	struct file *f;
	int fd;

	host_init(FIXTURE_RAM);
	proc_init();
	proc_start_init();
	init = proc_init_proc;
	assert_non_null(init);
	become(first_lwp(init));
	assert_int_equal(vm_space_create(&init->p_space), 0);
	assert_int_equal(vm_map(init->p_space, &va, 64 * PAGE_SIZE, &req), 0);
	for (uint32_t i = 0; i < 64; i += 3)
		assert_int_equal(host_put(init->p_space, va + i * PAGE_SIZE, 1), 0);
	for (int i = 0; i < 40; i++) {
		static const struct file_ops ops;

		assert_int_equal(file_alloc(&ops, NULL, 0, &cred_kernel, &f), 0);
		assert_int_equal(fd_alloc_install(init->p_fds, 0, 100, f, 0, &fd), 0);
	}
	init->p_exe = (struct vnode *)text_vnode;
	return 0;
}

static int
teardown(void **state)
{
	vm_space_drop(init->p_space);
	init->p_space = NULL;
	return 0;
}

/* The kinds of objects that a process has; what allocators keep for themselves is not compared. */
struct count {
	uint64_t	n[14];
};

static inline struct count
count_all(void)
{
	static const char *const names[] = { "proc", "lwp", "cred", "plimit", "sigacts", "sigq",
	    "ucount", "session", "pgrp",
	    "fork_hold", "fd_table", "cwd", "vm_space", "vm_region" };
	struct count c;

	for (uint32_t i = 0; i < nitems(names); i++)
		c.n[i] = census_live(names[i]);
	return c;
}

/* A line of the census. */
static inline uint64_t
census_number(const char *name)
{
	static char text[8192];
	char *at;

	census_format(text, sizeof(text));
	at = strstr(text, name);
	assert_non_null(at);
	return strtou64(at + strlen(name) + 1, NULL);
}

static inline void
assert_same(const struct count *a, const struct count *b)
{
	for (uint32_t i = 0; i < nitems(a->n); i++)
		assert_int_equal(a->n[i], b->n[i]);
}

/* The process, which has one LWP, exits and is buried. */
static inline void
let_exit(pid_t pid, int code)
{
	struct lwp *self = curlwp();
	struct proc *p = proc_find(pid);
	struct lwp *l = first_lwp(p);

	become(l);
	if (setjmp(stub_exit_jump) == 0)
		proc_exit(l, code, 0, false);
	become(self);
	proc_drop(p);
	sched_reap(l);
}

static inline struct wait_result
wait_for(pid_t pid)
{
	struct wait_req wq = { .wq_idtype = WAIT_PID, .wq_id = pid,
	    .wq_flags = WAIT_EXITED | WAIT_NOHANG | WAIT_ANYSIG };
	struct wait_result wr;

	assert_int_equal(proc_wait(curlwp(), &wq, &wr), 0);
	return wr;
}

/*
 * INV-1, INV-2: every process is in both counts, those of uids by the record of what was charged.
 */
static inline void
check_counts(void)
{
	uint32_t all = 1, charged = 0;

	spin_lock(&proc_tree_lock);
	list_foreach(p, &proc_all, struct proc, p_all_link) {
		uint32_t same = p->p_charge == proc0.p_charge;

		all++;
		assert_non_null(p->p_charge);
		list_foreach(q, &proc_all, struct proc, p_all_link)
			same += q->p_charge == p->p_charge;
		assert_int_equal(same, p->p_charge->uc_nproc);
		charged += p->p_charge != proc0.p_charge;
	}
	spin_unlock(&proc_tree_lock);
	assert_int_equal(all, proc_count());
	assert_int_equal(charged + proc0.p_charge->uc_nproc, proc_count());
}

/*
 * INV-4: exactly one parent lists each process, and from each a way of parents leads to process
 * 0.
 */
static inline void
check_tree(void)
{
	spin_lock(&proc_tree_lock);
	list_foreach(p, &proc_all, struct proc, p_all_link) {
		uint32_t listed = 0, steps = 0;

		list_foreach(c, &p->p_parent->p_children, struct proc, p_sibling)
			listed += c == p;
		list_foreach(q, &proc_all, struct proc, p_all_link) {
			list_foreach(c, &q->p_children, struct proc, p_sibling)
				assert_true(c != p || q == p->p_parent);
		}
		assert_int_equal(listed, 1);
		for (struct proc *up = p; up != &proc0; up = up->p_parent)
			assert_true(steps++ < 10000);
	}
	spin_unlock(&proc_tree_lock);
}

/* PUB-6: whoever comes back holds no lock. */
static inline void
check_quiet(void)
{
	assert_int_equal(host_cpu.c_spin_depth, 0);
	assert_int_equal(lwp_held_ranks(curlwp())->h_n, 0);
	check_counts();
	check_tree();
}

#endif
