/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC of each CPU: interrupts between CPUs, the timer, the end of interrupts. By
 * registers in memory (xAPIC), or by MSRs (x2APIC) where the processor has them.
 */
#include "arch_int.h"

#define REG_ID		0x020
#define REG_TPR		0x080
#define REG_EOI		0x0b0
#define REG_SVR		0x0f0
#define REG_ESR		0x280
#define REG_ICR		0x300
#define REG_ICR_HIGH	0x310
#define REG_LVT_TIMER	0x320
#define REG_LVT_THERMAL	0x330
#define REG_LVT_PERF	0x340
#define REG_LVT_LINT0	0x350
#define REG_LVT_LINT1	0x360
#define REG_LVT_ERROR	0x370
#define REG_TIMER_INIT	0x380
#define REG_TIMER_CUR	0x390
#define REG_TIMER_DIV	0x3e0

#define LVT_MASKED	0x10000u
#define LVT_NMI		0x400u
#define LVT_DEADLINE	0x40000u
#define TIMER_DIV_1	0xbu
#define SVR_ENABLE	0x100u
#define ICR_BUSY	0x1000u
#define ICR_ASSERT	0x4000u
#define ICR_NMI		0x400u
#define ICR_INIT	0x500u
#define ICR_STARTUP	0x600u

static volatile uint8_t *regs;		/* xAPIC */
static bool x2;
static uint32_t lvt_timer = VEC_TIMER;
uint64_t apic_timer_hz;

static uint32_t
apic_read(uint32_t reg)
{
	return x2 ? (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4)) : mmio_read32(regs + reg);
}

static void
apic_write(uint32_t reg, uint32_t v)
{
	if (x2)
		wrmsr(MSR_X2APIC + (reg >> 4), v);
	else
		mmio_write32(regs + reg, v);
}

uint32_t
apic_id(void)
{
	uint32_t id = apic_read(REG_ID);

	return x2 ? id : id >> 24;
}

void
apic_init_early(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	x2 = cpu_features.x2apic || (base & APIC_BASE_X2) != 0;
	if (!x2) {
		regs = arch_map_mmio(base & PTE_PA & ((1ul << cpu_features.phys_bits) - 1),
		    PAGE_SIZE);
		if (regs == NULL)
			panic("apic: cannot map the registers");
	}
	apic_init_cpu();
	curcpu()->c_arch.ca_apic_id = apic_id();
}

void
apic_init_cpu(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if ((base & APIC_BASE_EN) == 0)
		wrmsr(MSR_APIC_BASE, base |= APIC_BASE_EN);
	if (x2)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN | APIC_BASE_X2);
	apic_write(REG_TPR, 0);
	apic_write(REG_SVR, SVR_ENABLE | VEC_SPURIOUS);
	apic_write(REG_LVT_TIMER, LVT_MASKED);
	apic_write(REG_LVT_LINT0, LVT_MASKED);
	/* An NMI from outside goes to the first CPU, which asks the others. */
	apic_write(REG_LVT_LINT1, curcpu()->c_id == 0 ? LVT_NMI : LVT_MASKED);
	apic_write(REG_LVT_ERROR, VEC_ERROR);
	apic_write(REG_ESR, 0);
	apic_eoi();
}

void
apic_eoi(void)
{
	apic_write(REG_EOI, 0);
}

/* The ICR is two registers in xAPIC mode: nobody of this CPU may come between. */
static void
icr_write(uint32_t dest, uint32_t low)
{
	bool on;
	uint32_t high;

	if (x2) {
		/* A WRMSR here does not wait for earlier stores, which the other CPU must see. */
		__asm__ volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + (REG_ICR >> 4), (uint64_t)dest << 32 | low);
		return;
	}
	on = arch_intr_off();
	while (apic_read(REG_ICR) & ICR_BUSY)
		cpu_pause();
	high = apic_read(REG_ICR_HIGH);
	apic_write(REG_ICR_HIGH, dest << 24);
	apic_write(REG_ICR, low);
	apic_write(REG_ICR_HIGH, high);		/* for whom an NMI with its own IPI interrupts
						 * just here */
	arch_intr_restore(on);
}

void
apic_ipi(uint32_t id, uint32_t vector)
{
	icr_write(id, ICR_ASSERT | vector);
}

void
apic_ipi_nmi(uint32_t id)
{
	icr_write(id, ICR_ASSERT | ICR_NMI);
}

void
apic_ipi_init(uint32_t id)
{
	icr_write(id, ICR_ASSERT | ICR_INIT);
}

void
apic_ipi_startup(uint32_t id, uint32_t page)
{
	icr_write(id, ICR_ASSERT | ICR_STARTUP | page);
}

void
apic_timer_mode(bool deadline)
{
	lvt_timer = VEC_TIMER | (deadline ? LVT_DEADLINE : 0);
	apic_write(REG_TIMER_DIV, TIMER_DIV_1);
	apic_write(REG_LVT_TIMER, lvt_timer);
	/* The mode must have changed before the first deadline is written. */
	__asm__ volatile("mfence" : : : "memory");
}

/* The timer's interrupt comes as another vector. */
void
apic_timer_vector(uint32_t vector)
{
	apic_write(REG_LVT_TIMER, (lvt_timer & ~0xffu) | vector);
	__asm__ volatile("mfence" : : : "memory");
}

void
apic_timer_start(uint32_t count)
{
	apic_write(REG_TIMER_INIT, count);
}

uint32_t
apic_timer_count(void)
{
	return apic_read(REG_TIMER_CUR);
}
