/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MMU of the host machine, and the programs that use it.
 *
 * The tables are those of vm/pmap.c, walked as an x86-64 walks them: what an entry of any level
 * forbids is forbidden. There is one TLB, for all address spaces. It keeps translations until
 * tlb_shootdown: host_user_* go by it, so what would be visible on real hardware before a flush
 * is visible here.
 */
#include "arch/pte.h"
#include "host.h"
#include "mem/page.h"
#include "vm/vm.h"

#define TLB_SIZE	64

static struct tlb_entry {
	const struct pmap *pm;		/* null: empty */
	vaddr_t		 va;
	paddr_t		 pa;
	uint32_t	 prot;
} tlb[TLB_SIZE];

uint64_t host_faults;
uint64_t pte_nx = PTE_NX;

void
pmap_root_init(uint64_t *root __unused)
{
}

/* More than the range: a processor may forget at any time, and does. */
void
tlb_shootdown(struct pmap *pm, vaddr_t start, vaddr_t end, bool leave)
{
	for (uint32_t i = 0; i < TLB_SIZE; i++) {
		if ((pm == NULL || tlb[i].pm == pm) &&
		    (leave || (tlb[i].va >= start && tlb[i].va < end)))
			tlb[i].pm = NULL;
	}
}

/* Fills t by a walk. False: not present, or not with this right. */
static bool
mmu_walk(const struct pmap *pm, vaddr_t va, uint32_t access, struct tlb_entry *t)
{
	const uint64_t *table = phys_to_kva(pm->pm_root);
	uint32_t prot = VM_PROT_ALL;
	uint64_t e;

	for (int level = PT_ROOT;; level--) {
		e = table[pt_index(va, level)];
		prot &= pte_prot(e);
		if ((prot & access) == 0)
			return false;
		if (pte_is_leaf(e, level)) {
			*t = (struct tlb_entry){ pm, va,
			    (e & PTE_PA) + (va & (pt_span(level) - 1)), prot };
			return true;
		}
		table = pt_of(e);
	}
}

/* ---- Programs ---- */

/* The frame of va with this right, by the TLB, then the tables, then a fault. */
static int
user_translate(struct vm_space *vs, vaddr_t va, uint32_t access, char **kva)
{
	struct pmap *pm = vs->vs_pmap;
	struct tlb_entry *t = &tlb[(va >> PAGE_SHIFT) % TLB_SIZE];
	int error;

	va = rounddown2(va, PAGE_SIZE);
	for (int tries = 0; tries < 3; tries++) {
		if ((t->pm == pm && t->va == va && (t->prot & access) != 0) ||
		    mmu_walk(pm, va, access, t)) {
			*kva = phys_to_kva(t->pa);
			return 0;
		}
		t->pm = NULL;
		host_faults++;
		if ((error = vm_fault(vs, va, access, true)) != 0)
			return error;
	}
	panic("va %#llx: faults again and again", (unsigned long long)va);
}

static int
user_copy(struct vm_space *vs, vaddr_t va, char *buf, size_t len, bool write)
{
	int error;

	while (len > 0) {
		size_t n = MIN(len, PAGE_SIZE - (va & PAGE_MASK));
		char *p;

		if ((error = user_translate(vs, va, write ? VM_PROT_WRITE : VM_PROT_READ, &p)) != 0)
			return error;
		p += va & PAGE_MASK;
		if (write)
			memcpy(p, buf, n);
		else
			memcpy(buf, p, n);
		va += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int
host_user_read(struct vm_space *vs, vaddr_t va, void *buf, size_t len)
{
	return user_copy(vs, va, buf, len, false);
}

int
host_user_write(struct vm_space *vs, vaddr_t va, const void *buf, size_t len)
{
	return user_copy(vs, va, (char *)(uintptr_t)buf, len, true);
}

int
host_user_exec(struct vm_space *vs, vaddr_t va)
{
	char *p;

	return user_translate(vs, va, VM_PROT_EXEC, &p);
}

int
host_get(struct vm_space *vs, vaddr_t va)
{
	uint8_t b;
	int error = host_user_read(vs, va, &b, 1);

	return error != 0 ? -error : b;
}

int
host_put(struct vm_space *vs, vaddr_t va, uint8_t b)
{
	return host_user_write(vs, va, &b, 1);
}
