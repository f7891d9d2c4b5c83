/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control blocks of LWPs. A process that asks has pages of them, each an object of shared memory
 * mapped read-write into its space (not inherited by a copying fork: a child starts with none) that
 * the kernel writes through its own mapping of the page. So a switch writes two words and cannot
 * fault, whatever the program has done to its mapping.
 *
 *	page	refs: one per block in use, one of the process' list
 *	block	refs: its LWP, and the vfork child that borrows it
 *
 * The loan (SPEC HOLD-5, FIX-8). The child of a holding fork that shares memory runs with the
 * parent's block, in which only its switches are noted (sc_user) till it leaves. When the
 * parent's LWP leaves first (it is killed while held), the block's words are taken away (sc_words
 * becomes null): the child then has none. A switch that has just read the pointer may still write
 * two words into the page, which the block's reference keeps.
 */
#include "proc/lwpctl.h"

#include "mem/cache.h"
#include "mem/page.h"
#include "proc/proc_int.h"
#include "vm/vm.h"

#define CTL_WORDS	2			/* current CPU, count of switches to it */
#define CTL_PER_PAGE	(PAGE_SIZE / (CTL_WORDS * sizeof(int32_t)))

struct ctl_page {
	refcount_t	 cp_refs;
	struct list	 cp_link;	/* P  p_ctl_pages */
	vaddr_t		 cp_va;		/* C  in the program */
	struct page	*cp_page;	/* C  ref */
	uint64_t	 cp_used[CTL_PER_PAGE / 64];	/* P  a bit a block */
};

struct lwp_ctl {
	struct sched_ctl lc_sched;	/* first: what the scheduler knows */
	refcount_t	 lc_refs;
	struct lwp	*lc_owner;	/* C  weak */
	struct ctl_page	*lc_page;	/* C  ref */
	uint32_t	 lc_index;	/* C */
};

static struct cache ctl_page_cache = CACHE_INIT("lwpctl_page", struct ctl_page);
static struct cache ctl_cache = CACHE_INIT("lwpctl", struct lwp_ctl);

static void
ctl_page_drop(struct ctl_page *cp)
{
	if (!ref_put(&cp->cp_refs))
		return;
	page_drop(cp->cp_page);
	cache_free(&ctl_page_cache, cp);
}

static void
ctl_drop(struct lwp_ctl *lc)
{
	if (!ref_put(&lc->lc_refs))
		return;
	ctl_page_drop(lc->lc_page);
	cache_free(&ctl_cache, lc);
}

/* One more page of blocks, mapped. */
static int
ctl_page_create(struct proc *p, struct ctl_page **cpp)
{
	struct vm_mapping_req req = { .prot = VM_PROT_READ | VM_PROT_WRITE, .flags = VM_MAP_SHARED,
	    .name = "[lwpctl]" };
	struct ctl_page *cp = cache_alloc(&ctl_page_cache);
	int error = ENOMEM;

	if (cp == NULL)
		return ENOMEM;
	req.object = vm_object_create_anon(PAGE_SIZE);
	if (req.object != NULL)
		error = vm_object_page(req.object, 0, true, &cp->cp_page);
	if (error == 0)
		error = vm_map(p->p_space, &cp->cp_va, PAGE_SIZE, &req);
	if (error == 0)
		error = vm_inherit(p->p_space, cp->cp_va, PAGE_SIZE, VM_INHERIT_NONE);
	if (req.object != NULL)
		vm_object_drop(req.object);
	if (error != 0) {
		if (cp->cp_page != NULL)
			page_drop(cp->cp_page);
		cache_free(&ctl_page_cache, cp);
		return error;
	}
	ref_init(&cp->cp_refs, 1);
	*cpp = cp;
	return 0;
}

/* A free block of the process' pages; p_lock held. */
static bool
ctl_take_locked(struct proc *p, struct lwp_ctl *lc)
{
	list_foreach(cp, &p->p_ctl_pages, struct ctl_page, cp_link) {
		for (uint32_t w = 0; w < nitems(cp->cp_used); w++) {
			uint32_t bit;

			if (cp->cp_used[w] == UINT64_MAX)
				continue;
			bit = (uint32_t)__builtin_ctzll(~cp->cp_used[w]);
			cp->cp_used[w] |= 1ull << bit;
			ref_get(&cp->cp_refs);
			lc->lc_page = cp;
			lc->lc_index = w * 64 + bit;
			return true;
		}
	}
	return false;
}

static int
ctl_create(struct lwp *l, struct lwp_ctl **lcp)
{
	struct lwp_ctl *lc = cache_alloc(&ctl_cache);
	struct proc *p = l->l_proc;
	struct ctl_page *cp;
	int error;

	if (lc == NULL)
		return ENOMEM;
	spin_lock(&p->p_lock);
	while (!ctl_take_locked(p, lc)) {
		spin_unlock(&p->p_lock);
		if ((error = ctl_page_create(p, &cp)) != 0) {
			cache_free(&ctl_cache, lc);
			return error;
		}
		spin_lock(&p->p_lock);
		list_push_front(&p->p_ctl_pages, &cp->cp_link);
	}
	spin_unlock(&p->p_lock);
	ref_init(&lc->lc_refs, 1);
	lc->lc_owner = l;
	lc->lc_sched.sc_user = &l->l_sched;
	lc->lc_sched.sc_words = (int32_t *)page_kva(lc->lc_page->cp_page) +
	    lc->lc_index * CTL_WORDS;
	*lcp = lc;
	return 0;
}

static struct lwp_ctl *
ctl_of(struct lwp *l)
{
	return (struct lwp_ctl *)l->l_sched.s_ctl;
}

int
lwp_ctl_get(struct lwp *l, vaddr_t *va)
{
	struct lwp_ctl *lc = ctl_of(l);
	int error;

	if (lc == NULL || load_relaxed(&lc->lc_sched.sc_words) == NULL) {
		lwp_ctl_leave(l);
		if ((error = ctl_create(l, &lc)) != 0)
			return error;
		lc->lc_sched.sc_words[0] = (int32_t)load_relaxed(&l->l_sched.s_cpu);
		lc->lc_sched.sc_words[1] = 0;
		store_release(&l->l_sched.s_ctl, &lc->lc_sched);
	}
	*va = lc->lc_page->cp_va + lc->lc_index * CTL_WORDS * sizeof(int32_t);
	return 0;
}

void
lwp_ctl_lend(struct lwp *child, struct lwp *parent)
{
	struct lwp_ctl *lc = ctl_of(parent);

	if (lc == NULL)
		return;
	ref_get(&lc->lc_refs);
	child->l_sched.s_ctl = &lc->lc_sched;
	store_release(&lc->lc_sched.sc_user, &child->l_sched);
}

void
lwp_ctl_leave(struct lwp *l)
{
	struct lwp_ctl *lc = ctl_of(l);
	struct proc *p = l->l_proc;
	int32_t *words;

	if (lc == NULL)
		return;
	store_release(&l->l_sched.s_ctl, NULL);
	if (lc->lc_owner == l) {
		words = atomic_swap(&lc->lc_sched.sc_words, NULL);
		words[0] = LWPCTL_CPU_EXITED;
		spin_lock(&p->p_lock);
		lc->lc_page->cp_used[lc->lc_index / 64] &= ~(1ull << lc->lc_index % 64);
		spin_unlock(&p->p_lock);
	} else {
		/* given back; only compared */
		store_release(&lc->lc_sched.sc_user, &lc->lc_owner->l_sched);
	}
	ctl_drop(lc);
}

void
proc_release_ctl(struct proc *p)
{
	struct list *node;

	for (;;) {
		spin_lock(&p->p_lock);
		node = list_pop_front(&p->p_ctl_pages);
		spin_unlock(&p->p_lock);
		if (node == NULL)
			return;
		ctl_page_drop(list_entry(node, struct ctl_page, cp_link));
	}
}
