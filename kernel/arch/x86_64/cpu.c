/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processor: what it announces (CPUID), its control registers, descriptor tables and
 * system-call entry, for each CPU. A feature is used only when announced, and the first CPU
 * speaks for all.
 */
#include "arch_int.h"

STATIC_ASSERT(offsetof(struct cpu, c_arch.ca_kernel_sp) == CPU_KERNEL_SP);
STATIC_ASSERT(offsetof(struct cpu, c_arch.ca_user_sp) == CPU_USER_SP);
STATIC_ASSERT(offsetof(struct trapframe, tf_rax) == TF_RAX);
STATIC_ASSERT(offsetof(struct trapframe, tf_trapno) == TF_TRAPNO);
STATIC_ASSERT(offsetof(struct trapframe, tf_err) == TF_ERR);
STATIC_ASSERT(offsetof(struct trapframe, tf_rip) == TF_RIP);
STATIC_ASSERT(offsetof(struct trapframe, tf_cs) == TF_CS);
STATIC_ASSERT(offsetof(struct trapframe, tf_rflags) == TF_RFLAGS);
STATIC_ASSERT(offsetof(struct trapframe, tf_rsp) == TF_RSP);
STATIC_ASSERT(sizeof(struct trapframe) == TF_SIZE && TF_SIZE % 16 == 0);
STATIC_ASSERT(sizeof(struct tss) == 104);

struct cpu_features cpu_features;
struct cpu cpu0;
struct cpu *cpus[MAXCPU];
uint32_t ncpu = 1;

struct idt_gate {
	uint16_t ig_offset0, ig_selector;
	uint8_t	 ig_ist, ig_type;
	uint16_t ig_offset1;
	uint32_t ig_offset2, ig_reserved;
};

static struct idt_gate idt[256] __aligned(16);
static bool idt_made;

static void
detect_hypervisor(struct cpu_features *f)
{
	struct cpuid r;

	if (!f->hypervisor)
		return;
	for (uint32_t base = 0x40000000; base < 0x40010000; base += 0x100) {
		char name[13] = "";

		r = cpuid(base, 0);
		memcpy(name, &r.b, 4);
		memcpy(name + 4, &r.c, 4);
		memcpy(name + 8, &r.d, 4);
		if (base == 0x40000000)
			memcpy(f->hv_name, name, sizeof(name));
		if (memcmp(name, "KVMKVMKVM\0\0\0", 12) == 0)
			f->kvm_base = base;
		if (f->kvm_base != 0 || memcmp(name, "TCGTCGTCGTCG", 12) == 0)
			f->apic_1ghz = true;
		if (f->apic_1ghz || memcmp(name, "Microsoft Hv", 12) != 0)
			break;
	}
}

void
cpu_detect(void)
{
	struct cpu_features *f = &cpu_features;
	uint32_t max = cpuid(0, 0).a, xmax = cpuid(0x80000000, 0).a;
	struct cpuid r = cpuid(1, 0);

	if ((r.d & (1u << 24)) == 0 || (r.d & (1u << 26)) == 0 || (r.d & (1u << 9)) == 0 ||
	    (r.d & (1u << 4)) == 0 ||
	    (r.d & (1u << 13)) == 0)
		panic("the processor lacks one of FXSR, SSE2, APIC, TSC, PGE");
	f->x2apic = (r.c & 1u << 21) != 0;
	f->tsc_deadline = (r.c & 1u << 24) != 0;
	f->xsave = (r.c & 1u << 26) != 0;
	f->rdrand = (r.c & 1u << 30) != 0;
	f->hypervisor = (r.c & 1u << 31) != 0;
	if (max >= 7) {
		r = cpuid(7, 0);
		f->smep = (r.b & 1u << 7) != 0;
		f->rdseed = (r.b & 1u << 18) != 0;
		f->smap = (r.b & 1u << 20) != 0;
		f->umip = (r.c & 1u << 2) != 0;
	}
	r = cpuid(0x80000001, 0);
	f->nx = (r.d & 1u << 20) != 0;
	f->gb_pages = (r.d & 1u << 26) != 0;
	if ((r.d & (1u << 11)) == 0)
		panic("the processor lacks SYSCALL");
	if (xmax >= 0x80000007)
		f->invariant_tsc = (cpuid(0x80000007, 0).d & 1u << 8) != 0;
	f->phys_bits = xmax >= 0x80000008 ? (uint8_t)cpuid(0x80000008, 0).a : 36;
	detect_hypervisor(f);
}

struct smap_site {
	uint8_t	*ss_at;
	uint8_t	 ss_code[8];
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

/*
 * Writes the STAC and CLAC instructions over their place holders. The text is still writable, and
 * one CPU runs.
 */
void
cpu_patch_smap(void)
{
	if (!cpu_features.smap)
		return;
	for (const struct smap_site *s = smap_sites_start; s < smap_sites_end; s++) {
		for (int i = 0; i < 3; i++)
			((volatile uint8_t *)s->ss_at)[i] = s->ss_code[i];
	}
	(void)cpuid(0, 0);	/* serialises: the new instructions are fetched */
}

static void
idt_make(void)
{
	for (uint32_t v = 0; v < 256; v++) {
		uint64_t at = (uint64_t)vector_stubs + 16 * v;
		struct idt_gate *g = &idt[v];

		g->ig_offset0 = (uint16_t)at;
		g->ig_offset1 = (uint16_t)(at >> 16);
		g->ig_offset2 = (uint32_t)(at >> 32);
		g->ig_selector = SEL_KCODE;
		g->ig_type = 0x8e;	/* interrupt gate: interrupts go off */
	}
	idt[TRAP_BP].ig_type = idt[TRAP_OF].ig_type = 0xee;	/* programs may use INT3 and INTO */
	idt[TRAP_NMI].ig_ist = IST_NMI;
	idt[TRAP_DF].ig_ist = IST_DF;
	idt[TRAP_MC].ig_ist = IST_MC;
	idt[TRAP_DB].ig_ist = IST_DB;
	idt_made = true;
}

static void
tss_set(uint32_t half[2], uint64_t v)
{
	half[0] = (uint32_t)v;
	half[1] = (uint32_t)(v >> 32);
}

void
cpu_set_kernel_sp(struct cpu *c, uint64_t sp)
{
	c->c_arch.ca_kernel_sp = sp;
	tss_set(c->c_arch.ca_tss.ts_rsp0, sp);
}

static void
gdt_load(struct cpu *c)
{
	struct arch_cpu *ca = &c->c_arch;
	uint64_t tss = (uint64_t)&ca->ca_tss;
	struct __packed { uint16_t limit; uint64_t base; } ptr;

	ca->ca_gdt[SEL_KCODE / 8] = 0x00af9b000000ffff;
	ca->ca_gdt[SEL_KDATA / 8] = 0x00cf93000000ffff;
	/*
	 * No 32-bit code: with it, SYSCALL could enter by MSR_CSTAR. SYSRET does not look at the
	 * descriptor.
	 */
	ca->ca_gdt[SEL_UCODE32 / 8] = 0;
	ca->ca_gdt[SEL_UDATA / 8] = 0x00cff3000000ffff;
	ca->ca_gdt[SEL_UCODE / 8] = 0x00affb000000ffff;
	ca->ca_gdt[SEL_TSS / 8] = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | 0x89ul << 40 |
	    (tss >> 24 & 0xff) << 56;
	ca->ca_gdt[SEL_TSS / 8 + 1] = tss >> 32;
	ca->ca_tss.ts_iomap = sizeof(struct tss);
	ptr.limit = sizeof(ca->ca_gdt) - 1;
	ptr.base = (uint64_t)ca->ca_gdt;
	__asm__ volatile("lgdt %0" : : "m"(ptr));
	__asm__ volatile(
	    "pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:\t"
	    "movl %1, %%ss\n\tmovl %2, %%ds\n\tmovl %2, %%es\n\t"
	    : : "i"(SEL_KCODE), "r"(SEL_KDATA), "r"(0) : "rax", "memory");
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

static void
idt_load(void)
{
	struct __packed { uint16_t limit; uint64_t base; } ptr = { sizeof(idt) - 1, (uint64_t)idt };

	if (!idt_made)
		idt_make();
	__asm__ volatile("lidt %0" : : "m"(ptr));
}

static void
control_registers(void)
{
	const struct cpu_features *f = &cpu_features;
	uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_DE | CR4_MCE;

	if (f->xsave)
		cr4 |= CR4_OSXSAVE;
	if (f->smep)
		cr4 |= CR4_SMEP;
	if (f->smap)
		cr4 |= CR4_SMAP;
	if (f->umip)
		cr4 |= CR4_UMIP;
	write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG);
	write_cr4(cr4);
}

static void
syscall_msrs(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | (cpu_features.nx ? EFER_NXE : 0));
	wrmsr(MSR_STAR, (uint64_t)(SEL_UCODE32) << 48 | (uint64_t)SEL_KCODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry_asm);
	wrmsr(MSR_SFMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC | RFLAGS_NT | RFLAGS_IOPL |
	    RFLAGS_RF | 0x8d5);
	/* SYSENTER, and SYSCALL of 32-bit programs: there are none; an entry at 0 faults. */
	wrmsr(MSR_CSTAR, 0);
	wrmsr(0x174, 0);
}

void
cpu_init(struct cpu *c, void *ist)
{
	struct arch_cpu *ca = &c->c_arch;

	for (uint32_t i = 0; i < NIST; i++)
		tss_set(ca->ca_tss.ts_ist[i], (uint64_t)ist + (i + 1) * IST_SIZE);
	gdt_load(c);
	wrmsr(MSR_GSBASE, (uint64_t)c);		/* loading a selector may have cleared it */
	wrmsr(MSR_KGSBASE, 0);
	wrmsr(MSR_FSBASE, 0);
	idt_load();
	control_registers();
	syscall_msrs();
	fpu_init_cpu();
}

const char *
arch_machine(void)
{
	return cpu_features.hv_name[0] != 0 ? cpu_features.hv_name : "bare metal";
}
