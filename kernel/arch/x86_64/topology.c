/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPUs and I/O APICs exist: from ACPI's MADT, or from the Intel MultiProcessor table where
 * there is no ACPI (QEMU's microvm with acpi=off). The tables are the firmware's: lengths are
 * checked, nothing else is believed that could hurt.
 */
#include "arch_int.h"

struct topology topology;
uint16_t acpi_pm_timer_port;
bool acpi_pm_timer_32;

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t
get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool
sum_ok(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n-- > 0)
		sum = (uint8_t)(sum + *p++);
	return sum == 0;
}

/* The first CPU is known already; a second mention of any is ignored. */
void
topology_add(uint32_t id)
{
	for (uint32_t i = 0; i < topology.n; i++) {
		if (topology.apic_id[i] == id)
			return;
	}
	if (topology.n == MAXCPU) {
		klog(KLOG_WARN, "cpu: more than %d, APIC %u is not used\n", MAXCPU, id);
		return;
	}
	topology.apic_id[topology.n++] = id;
}

/*
 * Looks in [pa, pa + len) for a structure that starts with sig on a 16-byte border and sums to 0
 * over n bytes.
 */
static const uint8_t *
scan(paddr_t pa, size_t len, const char *sig, size_t siglen, size_t n)
{
	const uint8_t *p = arch_map_mmio(pa, len);

	if (p == NULL)
		return NULL;
	for (size_t i = 0; i + n <= len; i += 16) {
		if (memcmp(p + i, sig, siglen) == 0 && sum_ok(p + i, n))
			return p + i;
	}
	return NULL;
}

static const uint8_t *
scan_bios(const char *sig, size_t siglen, size_t n)
{
	const uint8_t *bda = arch_map_mmio(0x400, 0x100), *p = NULL;
	paddr_t ebda = bda != NULL ? (paddr_t)get16(bda + 0x0e) << 4 : 0;

	if (ebda >= 0x80000 && ebda < 0xa0000)
		p = scan(ebda, 1024, sig, siglen, n);
	if (p == NULL)
		p = scan(0x9fc00, 1024, sig, siglen, n);
	return p != NULL ? p : scan(0xe0000, 0x20000, sig, siglen, n);
}

/* --- MultiProcessor table --- */

/*
 * Polarity and trigger as both tables code them: bits 0-1 and 2-3; 3: active low, level. 0: as
 * the bus does.
 */
static void
add_override(uint32_t irq, uint32_t gsi, uint32_t flags)
{
	ioapic_set_irq_override(irq, gsi, (flags >> 2 & 3) == 3, (flags & 3) == 3);
}

static void
mp_interrupt(const uint8_t *e, uint64_t isa_buses)
{
	uint32_t bus = e[4];

	if (e[1] == 0 && bus < 64 && (isa_buses >> bus & 1) != 0)
		add_override(e[5], e[7], get16(e + 2));		/* type INT, first I/O APIC
								 * assumed */
}

/* By the table's length: the count of entries in its header is 0 in qboot, microvm's firmware. */
static void
mp_entries(const uint8_t *p, const uint8_t *end)
{
	uint64_t isa_buses = 0;

	while (p < end) {
		size_t len = *p == 0 ? 20 : 8;

		if ((size_t)(end - p) < len)
			return;
		switch (*p) {
		case 0:				/* CPU: usable? */
			if (p[3] & 1)
				topology_add(p[1]);
			break;
		case 1:				/* bus */
			if (memcmp(p + 2, "ISA", 3) == 0 && p[1] < 64)
				isa_buses |= 1ull << p[1];
			break;
		case 2:				/* I/O APIC: usable? */
			if (p[3] & 1)
				ioapic_add(p[1], get32(p + 4), UINT32_MAX);
			break;
		case 3:
			mp_interrupt(p, isa_buses);
			break;
		default:
			break;
		}
		p += len;
	}
}

bool
mptable_parse(void)
{
	const uint8_t *fp = scan_bios("_MP_", 4, 16), *t;
	uint32_t len, pa;

	if (fp == NULL)
		return false;
	pa = get32(fp + 4);
	if (pa == 0 || (t = arch_map_mmio(pa, 44)) == NULL || memcmp(t, "PCMP", 4) != 0)
		return false;
	len = get16(t + 4);
	if (len < 44 || (t = arch_map_mmio(pa, len)) == NULL || !sum_ok(t, len))
		return false;
	mp_entries(t + 44, t + len);
	return true;
}

/* --- ACPI --- */

#define ACPI_HEADER	36u

/* A table, mapped, its length and sum checked. */
static const uint8_t *
acpi_map(paddr_t pa, uint32_t *len)
{
	const uint8_t *t;

	if (pa == 0 || (t = arch_map_mmio(pa, ACPI_HEADER)) == NULL)
		return NULL;
	*len = get32(t + 4);
	if (*len < ACPI_HEADER || *len > 1u << 20 || (t = arch_map_mmio(pa, *len)) == NULL ||
	    !sum_ok(t, *len))
		return NULL;
	return t;
}

static void
madt_entry(const uint8_t *e, uint32_t len)
{
	switch (e[0]) {
	case 0:					/* local APIC */
		if (len >= 8 && (get32(e + 4) & 1) != 0)
			topology_add(e[3]);
		break;
	case 1:
		if (len >= 12)
			ioapic_add(e[2], get32(e + 4), get32(e + 8));
		break;
	case 2:
		if (len >= 10)
			add_override(e[3], get32(e + 4), get16(e + 8));
		break;
	case 9:					/* local x2APIC */
		if (len >= 16 && (get32(e + 8) & 1) != 0)
			topology_add(get32(e + 4));
		break;
	default:
		break;
	}
}

static void
acpi_table(paddr_t pa, bool *madt)
{
	uint32_t len, at;
	const uint8_t *t = acpi_map(pa, &len);

	if (t == NULL)
		return;
	if (memcmp(t, "APIC", 4) == 0) {
		*madt = true;
		for (at = ACPI_HEADER + 8; at + 2 <= len && t[at + 1] >= 2 && at + t[at + 1] <= len;
		    at += t[at + 1])
			madt_entry(t + at, t[at + 1]);
	} else if (memcmp(t, "FACP", 4) == 0 && len >= 116) {
		acpi_pm_timer_port = t[91] == 4 ? get16(t + 76) : 0;
		acpi_pm_timer_32 = (get32(t + 112) & 1u << 8) != 0;
	}
}

bool
acpi_parse(void)
{
	const uint8_t *rsdp = boot_rsdp != 0 ? arch_map_mmio(boot_rsdp, 36) : scan_bios("RSD PTR ",
	    8, 20), *root;
	uint32_t len, width = 4;
	paddr_t pa;
	bool madt = false;

	if (rsdp == NULL || memcmp(rsdp, "RSD PTR ", 8) != 0 || !sum_ok(rsdp, 20))
		return false;
	pa = get32(rsdp + 16);
	if (rsdp[15] >= 2 && get64(rsdp + 24) != 0) {
		pa = get64(rsdp + 24);
		width = 8;
	}
	if ((root = acpi_map(pa, &len)) == NULL)
		return false;
	for (uint32_t at = ACPI_HEADER; at + width <= len; at += width)
		acpi_table(width == 8 ? get64(root + at) : get32(root + at), &madt);
	return madt;
}
