/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/arch/x86_64 share. */
#ifndef X86_64_ARCH_INT_H
#define X86_64_ARCH_INT_H

#include "arch/arch.h"
#include "arch/pte.h"
#include "machine/frame.h"
#include "x86.h"

/* Vectors. */
#define VEC_PIC		0x20	/* the old interrupt controller's, masked; strays only */
#define VEC_GSI		0x30	/* + gsi */
#define NGSI		0x80
#define VEC_TIMER	0xe0
#define VEC_RESCHED	0xe1
/* From here on: also while a CPU dozes in arch_cpu_relax (priority class 15). */
#define VEC_TLB		0xf2
#define VEC_WAKE	0xf3
#define VEC_ERROR	0xfe
#define VEC_SPURIOUS	0xff

/* Interrupt stacks, by their index in the TSS. */
#define IST_NMI		1
#define IST_DF		2
#define IST_MC		3
#define IST_DB		4
#define NIST		4
#define IST_SIZE	8192u

/* kernel.ld, start.S */
extern char kernel_start[], text_start[], text_end[], rodata_end[], data_start[], data_end[],
    kernel_end[];
extern char boot_stack_guard[], boot_stack[], boot_stack_top[], trampoline_start[],
    trampoline_end[];
extern uint64_t boot_pml4[512], boot_efer, ap_pml4, ap_stack;
extern struct cpu *ap_cpu;

/* boot.c */
void	boot_main(uint32_t start_info_pa) __noreturn;
extern paddr_t boot_rsdp;
/* A zeroed page for page tables before the allocator works; below 4 GiB. */
paddr_t	boot_page_alloc(void);
struct boot_map { paddr_t start, end; };
/* All RAM, before anything was taken out. */
extern struct boot_map boot_ram[BOOT_RAM_MAX];
extern uint32_t boot_nram;

/* cpu.c: what the processor announces */
struct cpu_features {
	bool	 nx, gb_pages, smep, smap, umip, xsave, x2apic, tsc_deadline, rdrand, rdseed,
	    invariant_tsc, hypervisor;
	bool	 apic_1ghz;		/* a hypervisor whose APIC timer counts ns */
	char	 hv_name[13];
	uint8_t	 phys_bits;
	uint32_t kvm_base;		/* its CPUID leaves, 0: none */
};
extern struct cpu_features cpu_features;
void	cpu_detect(void);
void	cpu_patch_smap(void);
/* Descriptor tables and control registers of this CPU; ist: NIST stacks of IST_SIZE. */
void	cpu_init(struct cpu *c, void *ist);
extern struct cpu cpu0;
void	cpu_set_kernel_sp(struct cpu *c, uint64_t sp);

/* entry.S */
extern char vector_stubs[], trap_return[], trap_return_ist[], syscall_return[], lwp_start_asm[];
void	syscall_entry_asm(void);
void	user_enter(struct trapframe *) __noreturn;
void	cpu_switch(uint64_t *save_sp, uint64_t load_sp);
int	user_copy_in(void *, const void *, size_t);
int	user_copy_out(void *, const void *, size_t);
int	user_zero(void *, size_t);
int	user_copy_str(const void *, char *, size_t, size_t *);
int	user_load_word(const uint32_t *, uint32_t *);
int	user_fpu_store(void *, uint32_t, uint32_t);
int	user_fpu_load(const void *, uint32_t, uint32_t);
extern const char user_fpu_refused[];
int	user_cas_word(uint32_t *, uint32_t, uint32_t, uint32_t *);

/* called by entry.S */
void	trap_dispatch(struct trapframe *);
void	trap_dispatch_ist(struct trapframe *);
bool	trap_syscall(struct trapframe *);
void	lwp_start(void (*fn)(void *), void *arg) __noreturn;
void	ap_main(struct cpu *) __noreturn;
/* Interrupts off on return; the frame is fit for the way out. */
void	trap_prepare_user(struct trapframe *);

/* pmap.c, tlb.c */
extern struct pmap kernel_pmap;
void	pmap_boot(void);
/*
 * Kernel mappings of 4 KiB: enter fails with ENOMEM; remove gives the old pa, flushing is the
 * caller's.
 */
int	pmap_kernel_enter(vaddr_t, paddr_t, uint64_t pte_flags);
paddr_t	pmap_kernel_remove(vaddr_t);
bool	pmap_kernel_mapped(vaddr_t);
/* CR3 of this CPU := pm's, with the bookkeeping. Interrupts off. */
void	pmap_load(struct pmap *);
/* Answers requests of other CPUs. Interrupts off. */
void	tlb_service(void);

/* kstack.c */
vaddr_t	kstack_alloc(void);		/* lowest address, 0: no memory */
void	kstack_free(vaddr_t);
bool	kstack_is_guard(vaddr_t);	/* in the page below a stack */
vaddr_t	kstack_top(vaddr_t);		/* of the stack that this address is in */
#define KSTACK_SIZE	(KERN_STACK_PAGES * PAGE_SIZE)

/* fpu.c */
void	fpu_init_cpu(void);
void	fpu_save(void *area);
void	fpu_restore(const void *area);
int	fpu_alloc(struct arch_lwp *);
void	fpu_free(struct arch_lwp *);

/* apic.c */
void	apic_init_early(void);		/* finds and enables this CPU's */
void	apic_init_cpu(void);
void	apic_eoi(void);
uint32_t apic_id(void);
void	apic_ipi(uint32_t apic_id, uint32_t vector);
void	apic_ipi_nmi(uint32_t apic_id);
void	apic_ipi_init(uint32_t apic_id);
void	apic_ipi_startup(uint32_t apic_id, uint32_t page);
void	apic_timer_start(uint32_t count);	/* one shot, divide by 1; 0 stops */
uint32_t apic_timer_count(void);
void	apic_timer_mode(bool deadline);
void	apic_timer_vector(uint32_t vector);
extern uint64_t apic_timer_hz;

/* ioapic.c */
void	ioapic_add(uint32_t id, paddr_t pa, uint32_t gsi_base);
/* Routes a line to vector on the CPU with apic_id; EINVAL: no such line. */
int	ioapic_route(uint32_t gsi, uint32_t vector, uint32_t apic_id, bool level, bool low);
void	ioapic_set_irq_override(uint32_t isa_irq, uint32_t gsi, bool level, bool low);
uint32_t ioapic_count(void);
void	irq_dispatch(uint32_t gsi);
void	pic_disable(void);

/* topology: CPUs found by MP table or ACPI */
struct topology {
	uint32_t	 n;
	uint32_t	 apic_id[MAXCPU];	/* [0]: the first CPU */
};
extern struct topology topology;
void	topology_add(uint32_t apic_id);
bool	mptable_parse(void);
bool	acpi_parse(void);
extern uint16_t acpi_pm_timer_port;	/* 0: none */
extern bool acpi_pm_timer_32;

/* time.c */
void	time_init(void);
void	time_init_cpu(void);
void	timer_interrupt(void);
void	time_delay_us(uint32_t us);
/* Halts for at most that long, only class-15 interrupts are taken. Interrupts off. */
void	timer_doze(uint32_t us);
extern uint64_t relax_limit, tsc_hz;
void	time_check_warp(bool first);
bool	rtc_read(uint64_t *seconds);

/* serial.c */
void	serial_init(void);
void	serial_write(const char *, size_t);

#ifdef KASAN
/*
 * kasan.c, kasan_plant.c. init: after pmap_boot, checks begin. plant: makes an error of that kind
 * (boot parameter kasan=).
 */
void	kasan_init(void);
void	kasan_plant(const char *kind);
#endif

/* debug.c */
void	raw_printf(const char *fmt, ...) __printflike(1, 2);
void	nmi_handler(struct trapframe *);
void	trap_fatal(struct trapframe *, const char *what) __noreturn;

#endif
