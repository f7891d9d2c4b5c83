/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From start.S to kmain: reads what the loader passed (PVH start info: memory map, command line,
 * initrd), prepares the first CPU, builds the kernel's page tables, and tells kmain what RAM is
 * free.
 *
 * All that the start info points to is read through the first tables' map of the low 4 GiB and
 * copied, so the loader's memory needs no protection, but the initrd, which is taken out of the
 * free RAM until it is unpacked.
 */
#include "arch_int.h"

#define START_MAGIC	0x336ec578u
#define CMDLINE_MAX	4096
#define MEMMAP_RAM	1u
#define LOW_END		0x100000ul	/* firmware tables, trampoline */

struct start_info {
	uint32_t magic, version, flags, nmodules;
	uint64_t modules, cmdline, rsdp;
	uint64_t memmap;		/* from version 1 on */
	uint32_t nmemmap, reserved;
};

struct start_module {
	uint64_t start, size, cmdline, reserved;
};

struct start_memmap {
	uint64_t start, size;
	uint32_t type, reserved;
};

paddr_t boot_rsdp;
struct boot_map boot_ram[BOOT_RAM_MAX];
uint32_t boot_nram;

static char boot_cmdline[CMDLINE_MAX];
static struct boot_info boot_info;
static char boot_ist[NIST * IST_SIZE] __aligned(16) __section(".bss.page");

/* A pointer to what the loader left; it is all below 4 GiB. */
static const void *
boot_ptr(uint64_t pa, uint64_t size)
{
	if (pa == 0 || pa >= (1ul << 32) || size > (1ul << 32) - pa)
		panic("boot: the loader's data at 0x%lx are out of reach", pa);
	return phys_to_kva(pa);
}

static void
ram_add(paddr_t start, paddr_t end)
{
	uint32_t i;

	start = roundup2(start, PAGE_SIZE);
	end = rounddown2(end, PAGE_SIZE);
	if (start >= end)
		return;
	if (boot_nram == BOOT_RAM_MAX) {
		klog(KLOG_WARN, "boot: too many pieces of RAM, 0x%lx-0x%lx is not used\n", start,
		    end);
		return;
	}
	for (i = boot_nram; i > 0 && boot_ram[i - 1].start > start; i--)
		boot_ram[i] = boot_ram[i - 1];
	boot_ram[i] = (struct boot_map){ start, end };
	boot_nram++;
}

/* Pieces that overlap or touch become one. */
static void
ram_merge(void)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < boot_nram; i++) {
		if (boot_ram[i].start <= boot_ram[n].end)
			boot_ram[n].end = MAX(boot_ram[n].end, boot_ram[i].end);
		else
			boot_ram[++n] = boot_ram[i];
	}
	boot_nram = n + 1;
}

static void
read_memmap(const struct start_info *si)
{
	const struct start_memmap *map;

	if (si->version < 1 || si->nmemmap == 0)
		panic("boot: the loader passed no memory map");
	map = boot_ptr(si->memmap, si->nmemmap * sizeof(*map));
	for (uint32_t i = 0; i < si->nmemmap; i++) {
		if (map[i].type == MEMMAP_RAM && map[i].size <= (1ul << 52) &&
		    map[i].start <= (1ul << 52))
			ram_add(map[i].start, map[i].start + map[i].size);
	}
	if (boot_nram == 0)
		panic("boot: the loader's memory map has no RAM");
	ram_merge();
}

static void
free_add(paddr_t start, paddr_t end)
{
	struct boot_info *bi = &boot_info;

	if (start >= end)
		return;
	if (bi->nram == BOOT_RAM_MAX) {
		klog(KLOG_WARN, "boot: too many pieces of RAM, 0x%lx-0x%lx is not used\n", start,
		    end);
		return;
	}
	bi->ram[bi->nram].start = start;
	bi->ram[bi->nram++].size = end - start;
}

/*
 * Fills the list of free RAM: boot_ram without the n ranges of taken[] (sorted, not overlapping).
 */
static void
make_free_list(const struct boot_map *taken, uint32_t n)
{
	for (uint32_t i = 0; i < boot_nram; i++) {
		paddr_t at = boot_ram[i].start, end = boot_ram[i].end;

		boot_info.ram_bytes += end - at;
		boot_info.ram_end = MAX(boot_info.ram_end, end);
		for (uint32_t j = 0; j < n; j++) {
			if (taken[j].end <= at || taken[j].start >= end)
				continue;
			free_add(at, taken[j].start);
			at = taken[j].end;
		}
		free_add(at, end);
	}
}

static void
read_start_info(const struct start_info *si)
{
	struct boot_map taken[3] = {
		{ 0, LOW_END },
		{ (paddr_t)kernel_start - KERNEL_BASE, roundup2((paddr_t)kernel_end - KERNEL_BASE,
		    PAGE_SIZE) },
	};
	uint32_t ntaken = 2;

	if (si->magic != START_MAGIC)
		panic("boot: not started by a PVH loader");
	if (si->cmdline != 0)
		strlcpy(boot_cmdline, boot_ptr(si->cmdline, 1), sizeof(boot_cmdline));
	boot_rsdp = si->rsdp;
	read_memmap(si);
	if (si->nmodules > 0) {
		const struct start_module *m = boot_ptr(si->modules, sizeof(*m));

		boot_info.initrd = m->start;
		boot_info.initrd_size = m->size;
		taken[2].start = rounddown2(m->start, PAGE_SIZE);
		taken[2].end = roundup2(m->start + m->size, PAGE_SIZE);
		if (m->size > 0 && taken[2].start < taken[1].end)
			panic("boot: the loader put the initrd over the kernel");
		ntaken = m->size > 0 ? 3 : 2;
	}
	make_free_list(taken, ntaken);
	boot_info.cmdline = boot_cmdline;
}

/* From the first free piece that the first tables map. */
paddr_t
boot_page_alloc(void)
{
	struct boot_info *bi = &boot_info;

	for (uint32_t i = 0; i < bi->nram; i++) {
		paddr_t pa = bi->ram[i].start;

		if (bi->ram[i].size < 2 * PAGE_SIZE || pa >= (1ul << 32))
			continue;
		bi->ram[i].start += PAGE_SIZE;
		bi->ram[i].size -= PAGE_SIZE;
		memset(phys_to_kva(pa), 0, PAGE_SIZE);
		return pa;
	}
	panic("boot: no RAM for page tables");
}

void
boot_main(uint32_t start_info_pa)
{
	wrmsr(MSR_GSBASE, (uint64_t)&cpu0);
	cpu0.c_self = &cpu0;
	cpus[0] = &cpu0;
	serial_init();
	klog_set_sink(serial_write, KLOG_INFO);
	cpu_detect();
	cpu_patch_smap();
	cpu_init(&cpu0, boot_ist);
	read_start_info(phys_to_kva(start_info_pa));
	pmap_boot();
#ifdef KASAN
	kasan_init();
#endif
	kmain(&boot_info);
}
