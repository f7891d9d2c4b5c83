/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fork report.
 *
 * Fork reads the cycle counter before each row of its table, which is all that it costs when
 * nobody looks; a process that forks gets a struct forkstat with its first one, and if there is no
 * memory for it, the report stays empty. What shared memory costs afterwards is counted by vm in
 * the address space; a process keeps (p_cow) what those that it has left counted. A space that
 * several processes share (vfork) is counted for the one that leaves it last.
 *
 * A process that ends adds everything to its parent's "children", and an orphan to its new
 * parent's: so process 1 has, in the end, the sum of all.
 *
 * Locks: the sums are guarded by p_lock. Counts of vm are read as they are.
 */
#include "file/fd.h"
#include "mem/cache.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "vm/vm.h"

struct forkstat {
	uint64_t	 fs_last[FS_NITEMS];
	uint64_t	 fs_total[FS_NITEMS];
	uint64_t	 fs_children[FS_NITEMS];
	struct vm_cow_counts fs_before;		/* what had been copied at the last fork */
};

STATIC_ASSERT(sizeof(struct vm_cow_counts) % sizeof(uint64_t) == 0);

const char *
forkstat_name(uint32_t item)
{
	static const char *const names[FS_STEPS] = {
		[FS_FORKS] = "forks", [FS_FAILED] = "failed", [FS_REGIONS] = "regions",
		[FS_DESCRIPTORS] = "descriptors", [FS_TABLES_SHARED] = "tables_shared",
		[FS_TABLES_COPIED] = "tables_copied", [FS_TABLES_TAKEN] = "tables_taken",
		[FS_PAGES_COPIED] = "pages_copied", [FS_PAGES_TAKEN] = "pages_taken",
		[FS_COW_FAULTS] = "cow_faults", [FS_NS] = "ns",
	};

	return item < FS_STEPS ? names[item] : fork_step_name(item - FS_STEPS);
}

/* to += sign * from, field by field. */
static void
cow_add(struct vm_cow_counts *to, const struct vm_cow_counts *from, bool minus)
{
	uint64_t *t = (uint64_t *)to;
	const uint64_t *f = (const uint64_t *)from;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*t); i++)
		t[i] += minus ? -f[i] : f[i];
}

/* What was copied for p, in the space that it has and in those that it had. p_lock is held. */
static void
cow_of_locked(const struct proc *p, struct vm_cow_counts *vc)
{
	struct vm_cow_counts now;

	*vc = p->p_cow;
	if (p->p_space != NULL) {
		vm_space_cow_counts(p->p_space, &now);
		cow_add(vc, &now, false);
	}
}

static void
add_cow(uint64_t v[FS_NITEMS], const struct vm_cow_counts *vc)
{
	v[FS_TABLES_SHARED] += vc->vc_tables_shared;
	v[FS_TABLES_COPIED] += vc->vc_tables_copied;
	v[FS_TABLES_TAKEN] += vc->vc_tables_taken;
	v[FS_PAGES_COPIED] += vc->vc_pages_copied;
	v[FS_PAGES_TAKEN] += vc->vc_pages_taken;
	v[FS_COW_FAULTS] += vc->vc_pages_copied + vc->vc_pages_taken;
}

static void
add_items(uint64_t to[FS_NITEMS], const uint64_t from[FS_NITEMS])
{
	for (uint32_t i = 0; i < FS_NITEMS; i++)
		to[i] += from[i];
}

/* The struct of p, made if it has none. Null: no memory. */
static struct forkstat *
forkstat_of(struct proc *p)
{
	struct forkstat *fs = load_acquire(&p->p_forkstat), *none = NULL;

	if (fs != NULL || (fs = kmalloc(sizeof(*fs))) == NULL)
		return fs;
	if (!atomic_cas(&p->p_forkstat, &none, fs)) {	/* another LWP was faster */
		kfree(fs);
		fs = none;
	}
	return fs;
}

void
forkstat_fork(struct proc *p, const uint64_t *marks, uint32_t nsteps, const struct proc *child)
{
	struct forkstat *fs = forkstat_of(p);
	struct vm_cow_counts now;

	if (fs == NULL)
		return;
	spin_lock(&p->p_lock);
	memset(fs->fs_last, 0, sizeof(fs->fs_last));
	if (child == NULL) {
		fs->fs_last[FS_FAILED] = 1;
	} else {
		fs->fs_last[FS_FORKS] = 1;
		fs->fs_last[FS_REGIONS] = child->p_space != NULL ? child->p_space->vs_nregions : 0;
		fs->fs_last[FS_DESCRIPTORS] = child->p_fds != NULL ?
		    fd_table_count(child->p_fds) : 0;
	}
	for (uint32_t i = 0; i < nsteps; i++)
		fs->fs_last[FS_STEPS + i] = arch_cycles_to_ns(marks[i + 1] - marks[i]);
	fs->fs_last[FS_NS] = arch_cycles_to_ns(marks[nsteps] - marks[0]);
	add_items(fs->fs_total, fs->fs_last);
	cow_of_locked(p, &now);
	fs->fs_last[FS_TABLES_SHARED] = now.vc_tables_shared - fs->fs_before.vc_tables_shared;
	fs->fs_before = now;
	spin_unlock(&p->p_lock);
}

void
forkstat_leave_space(struct proc *p, const struct vm_space *vs)
{
	struct vm_cow_counts vc;

	if (ref_read(&vs->vs_refs) > 1)
		return;
	vm_space_cow_counts(vs, &vc);
	spin_lock(&p->p_lock);
	cow_add(&p->p_cow, &vc, false);
	spin_unlock(&p->p_lock);
}

void
forkstat_exit_locked(struct proc *p)
{
	struct forkstat *to = load_acquire(&p->p_parent->p_forkstat), *fs = p->p_forkstat;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	if (to == NULL)
		return;
	spin_lock(&p->p_parent->p_lock);
	add_cow(to->fs_children, &p->p_cow);
	if (fs != NULL) {
		add_items(to->fs_children, fs->fs_total);
		add_items(to->fs_children, fs->fs_children);
	}
	spin_unlock(&p->p_parent->p_lock);
}

void
forkstat_free(struct proc *p)
{
	if (p->p_forkstat != NULL)
		kfree(p->p_forkstat);
	p->p_forkstat = NULL;
}

bool
forkstat_read(struct proc *p, struct forkstat_report *r)
{
	struct vm_cow_counts now;
	struct forkstat *fs = load_acquire(&p->p_forkstat);
	bool alive;

	memset(r, 0, sizeof(*r));
	spin_lock(&p->p_lock);
	alive = p->p_space != NULL;
	cow_of_locked(p, &now);
	add_cow(r->total, &now);
	if (fs != NULL) {
		add_items(r->last, fs->fs_last);
		add_items(r->total, fs->fs_total);
		add_items(r->children, fs->fs_children);
		cow_add(&now, &fs->fs_before, true);
		add_cow(r->last, &now);
	}
	spin_unlock(&p->p_lock);
	return alive;
}
