/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Late set-up of the first CPU, the start of the others, idling, the interrupts between CPUs, and
 * the end of the machine.
 *
 * CPUs are started one after the other: the trampoline has room for one. A started CPU waits,
 * interrupts off, until all have come up and arch_start_cpus lets them go.
 */
#include "arch_int.h"
#include "mem/cache.h"
#include "mem/page.h"

#define START_TIMEOUT_NS	(1000 * NSEC_PER_MSEC)

static void *ap_ist;			/* of the CPU that starts */
static void (*ap_entry)(void);
static volatile bool ap_go;

void
arch_init_late(void)
{
	KASSERT(!arch_intr_enabled());
	pic_disable();
	apic_init_early();
	topology_add(cpus[0]->c_arch.ca_apic_id);
	if (!acpi_parse() && !mptable_parse())
		klog(KLOG_WARN,
		    "cpu: no ACPI and no MP table: one CPU, default interrupt controller\n");
	if (ioapic_count() == 0)
		ioapic_add(0, 0xfec00000, 0);
	time_init();
	atomic_or(&kernel_pmap.pm_active, 1);
	cpus[0]->c_arch.ca_up = true;
#ifdef KASAN
	if (boot_param("kasan") != NULL)
		kasan_plant(boot_param("kasan"));
#endif
}

/* Runs on the new CPU. */
void
ap_main(struct cpu *c)
{
	wrmsr(MSR_GSBASE, (uint64_t)c);
	cpu_init(c, ap_ist);
	c->c_arch.ca_pmap = &kernel_pmap;
	apic_init_cpu();
	c->c_arch.ca_apic_id = apic_id();
	/* From here on it is asked to flush; what it missed before, it flushes now. */
	atomic_or(&kernel_pmap.pm_active, 1ull << c->c_id);
	write_cr4(read_cr4() & ~CR4_PGE);
	write_cr4(read_cr4() | CR4_PGE);
	time_init_cpu();
	c->c_arch.ca_up = true;
	time_check_warp(false);
	while (!ap_go)
		arch_cpu_relax();
	ap_entry();
	panic("cpu %u: nothing to do", c->c_id);
}

static struct cpu *
ap_alloc(uint32_t id, uint32_t apicid)
{
	struct cpu *c = kmalloc(sizeof(*c));
	struct page *ist = page_alloc(3, PG_ZERO);
	vaddr_t stack = kstack_alloc();

	STATIC_ASSERT(NIST * IST_SIZE == 8 * PAGE_SIZE);
	if (c == NULL || ist == NULL || stack == 0)
		return NULL;		/* no memory at boot: what little was taken is lost */
	c->c_self = c;
	c->c_id = id;
	c->c_arch.ca_apic_id = apicid;
	ap_ist = page_kva(ist);
	ap_cpu = c;
	ap_stack = stack + KSTACK_SIZE;
	return c;
}

/* True when it came up. */
static bool
ap_start(struct cpu *c)
{
	uint32_t apicid = c->c_arch.ca_apic_id;
	uint64_t start, give_up, again_ns = 300 * NSEC_PER_USEC;

	apic_ipi_init(apicid);
	time_delay_us(cpu_features.hypervisor ? 10 : 10000);
	apic_ipi_startup(apicid, TRAMPOLINE_PA >> PAGE_SHIFT);
	start = arch_time_ns();
	give_up = start + START_TIMEOUT_NS;
	while (!c->c_arch.ca_up && arch_time_ns() < give_up) {
		if (arch_time_ns() - start > again_ns) {
			apic_ipi_startup(apicid, TRAMPOLINE_PA >> PAGE_SHIFT);
			again_ns = UINT64_MAX;
		}
		arch_cpu_relax();
	}
	return c->c_arch.ca_up;
}

void
arch_start_cpus(void (*entry)(void))
{
	void *trampoline = phys_to_kva(TRAMPOLINE_PA);

	ap_entry = entry;
	if (topology.n > 1 && !pmap_kernel_mapped((vaddr_t)trampoline)) {
		klog(KLOG_WARN, "cpu: no memory at 0x%x to start the others\n", TRAMPOLINE_PA);
		return;
	}
	if (topology.n > 1)
		memcpy(trampoline, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	for (uint32_t i = 1; i < topology.n; i++) {
		struct cpu *c = ap_alloc(ncpu, topology.apic_id[i]);

		if (c == NULL) {
			klog(KLOG_WARN, "cpu: no memory for another one\n");
			break;
		}
		cpus[ncpu] = c;
		if (!ap_start(c)) {
			/*
			 * It may still come up late and use what it was given: nothing is reused.
			 */
			klog(KLOG_WARN, "cpu: APIC %u does not start\n", c->c_arch.ca_apic_id);
			cpus[ncpu] = NULL;
			break;
		}
		time_check_warp(true);
		store_release(&ncpu, ncpu + 1);
	}
	store_release(&ap_go, true);
}

/*
 * In a virtual machine the CPU that we wait for may not be running at all: the host may even run
 * us in its stead. So after relax_limit cycles of waiting without a longer break, this CPU gives
 * the host's one up for a short time.
 */
uint64_t relax_limit;			/* 0: never */

#define DOZE_US		50u

static void
relax_doze(void)
{
	bool on = arch_intr_off();
	struct arch_cpu *ca = &curcpu()->c_arch;
	uint64_t now = arch_cycles();

	if (now - ca->ca_relax_last > relax_limit / 4)
		ca->ca_relax_start = now;
	if (now - ca->ca_relax_start > relax_limit) {
		timer_doze(DOZE_US);
		now = arch_cycles();
		ca->ca_relax_start = now - relax_limit + relax_limit / 16;
	}
	ca->ca_relax_last = now;
	arch_intr_restore(on);
}

void
arch_cpu_relax(void)
{
	cpu_pause();
	if (!arch_intr_enabled() && load_relaxed(&curcpu()->c_arch.ca_tlb_pending) != 0)
		tlb_service();
	if (relax_limit != 0)
		relax_doze();
}

void
arch_idle(void)
{
	KASSERT(!arch_intr_enabled() && curcpu()->c_spin_depth == 0);
	/* STI takes effect after the next instruction: no interrupt can slip in before HLT. */
	__asm__ volatile("sti; hlt; cli" : : : "memory", "cc");
}

void
arch_send_resched(uint32_t cpu)
{
	apic_ipi(cpus[cpu]->c_arch.ca_apic_id, VEC_RESCHED);
}

void
arch_reset(void)
{
	struct __packed { uint16_t limit; uint64_t base; } none = { 0, 0 };

	(void)arch_intr_off();
	outb(0xcf9, 0x02);
	outb(0xcf9, 0x06);
	outb(0x64, 0xfe);
	/* No interrupt table: a trap becomes a triple fault, which resets. */
	__asm__ volatile("lidt %0; int3" : : "m"(none));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void
arch_poweroff(int code)
{
	(void)arch_intr_off();
	outb(0xf4, (uint8_t)code);
	/* No such device. ACPI power-off where QEMU has it. */
	outw(0x604, 0x2000);
	arch_reset();
}
