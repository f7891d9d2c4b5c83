/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine offers to the rest of the kernel. kernel/arch/x86_64 implements it; machine/
 * headers hold what is particular to one machine. The hooks at the end are what the machine calls
 * above itself.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include "lib/klib.h"
#include "sync/rank.h"

#define PAGE_SHIFT		12
#define PAGE_SIZE		4096ul
#define PAGE_MASK		(PAGE_SIZE - 1)
#define MAXCPU			16
#ifdef KASAN
#define KERN_STACK_PAGES	8		/* instrumented frames are larger */
#else
#define KERN_STACK_PAGES	4
#endif
#define USER_MIN		0x10000ul
#define USER_MAX		0x7ffffffff000ul	/* one page below the canonical hole */

struct lwp;
struct pmap;
struct vm_space;
struct trapframe;

#include "machine/cpu.h"	/* struct arch_cpu, struct arch_lwp */

/*
 * One per CPU. The first members' offsets are known to assembly code (machine/asmdefs.h).
 * All fields belong to the CPU itself, with interrupts off, unless they say otherwise.
 */
struct cpu {
	struct cpu	*c_self;		/* constant */
	struct lwp	*c_curlwp;		/* set by arch_switch; by sched for the first LWP
						 * of a CPU */
	struct arch_cpu	 c_arch;
	uint32_t	 c_id;			/* constant; index in cpus[] */
	struct lwp	*c_idle;		/* constant once the CPU runs */
	uint32_t	 c_spin_depth;		/* spin_enter nesting */
	bool		 c_intr_was_on;		/* before the outermost spin_enter */
	volatile bool	 c_need_resched;	/* any context of this CPU may set it */
	uint32_t	 c_intr_depth;		/* > 0 in an interrupt handler */
	struct held_ranks c_held;		/* spin locks held (debug) */
};

extern uint32_t ncpu;			/* CPUs that run; 1 until arch_start_cpus returns */
extern struct cpu *cpus[MAXCPU];

#include "machine/inline.h"	/* curcpu(), curlwp(), arch_intr_*(), phys_to_kva() ... */

/*
 * In machine/inline.h:
 *	struct cpu *curcpu(void)	stable only while interrupts are off or the LWP cannot
 *					switch
 *	struct lwp *curlwp(void)	null before the first LWP of a CPU
 *	bool arch_intr_off(void)	disables interrupts; returns whether they were on
 *	void arch_intr_on(void), void arch_intr_restore(bool on), bool arch_intr_enabled(void)
 *	void *phys_to_kva(paddr_t)	RAM only, by the direct map
 *	uint64_t arch_cycles(void)	a fast counter, not related between CPUs
 */
/* Direct map or kernel image addresses only: not stacks, not devices. */
paddr_t	kva_to_phys(const void *);

/*
 * In a waiting loop: lets the other hyper-thread run; answers TLB shoot-downs when interrupts are
 * off.
 */
void	arch_cpu_relax(void);
/*
 * With interrupts off and nothing to run: waits for an interrupt and handles it; returns with
 * interrupts off.
 */
void	arch_idle(void);
/* Makes another CPU call sched_resched_interrupt soon. */
void	arch_send_resched(uint32_t cpu);

/* ns since boot; never goes back, on any CPU. */
uint64_t arch_time_ns(void);
/* A difference of arch_cycles() of one CPU in ns; rounded down. */
uint64_t arch_cycles_to_ns(uint64_t cycles);
/* ns since 1970 at arch_time_ns() == 0, by the real-time clock; 0 when the machine has none. */
uint64_t arch_wall_boot_ns(void);
/*
 * sched_timer_interrupt is to be called on this CPU once, at deadline or soon after. 0: not at
 * all. Interrupts off.
 */
void	arch_timer_set(uint64_t deadline_ns);
/* What was last asked for on a CPU and has not come yet, 0: nothing. For debugging. */
uint64_t arch_timer_armed(uint32_t cpu);

/* Hardware random bits. False when there are none. */
bool	arch_random(uint64_t *);
/* Always gives something: hardware, else the jitter of the cycle counter. May take some 10 us. */
uint64_t arch_entropy(void);

/* Boot. arch calls kmain(); kmain calls mem_init, then arch_init_late, ..., arch_start_cpus. */
#define BOOT_RAM_MAX	32
struct boot_info {
	const char	*cmdline;		/* never null */
	paddr_t		 initrd;		/* 0 when there is none */
	size_t		 initrd_size;
	struct {
		paddr_t	 start;
		uint64_t size;
	} ram[BOOT_RAM_MAX];			/* free RAM, page aligned, ascending; without
						 * kernel, initrd, low 1 MiB */
	uint32_t	 nram;
	paddr_t		 ram_end;		/* end of the highest RAM, free or not */
	uint64_t	 ram_bytes;		/* all RAM that the machine announced */
};
/*
 * Interrupt controllers, clocks, timers, devices' windows. The page allocator works. Interrupts
 * off before, on after is up to the caller.
 */
void	arch_init_late(void);
/*
 * Starts all other CPUs; each calls entry(cpu's own stack, interrupts off, curlwp() null), which
 * does not return. Returns when all have come up, or were given up.
 */
void	arch_start_cpus(void (*entry)(void));
/* Text to the serial line, polled. Any context; the caller serialises. */
void	arch_console_write(const char *, size_t);
/* The firmware's/machine's name, for the log. */
const char *arch_machine(void);
/*
 * The paragraph of CPU `cpu` in /proc/cpuinfo, an empty line at its end. Returns the length of
 * the whole, as ksnprintf.
 */
size_t	arch_cpuinfo(uint32_t cpu, char *buf, size_t size);
/*
 * Tells the hypervisor: 0x10 a normal end (QEMU exits with 33), 0x21 a panic (67). Then resets,
 * then halts.
 */
void	arch_poweroff(int code) __noreturn;
#define POWEROFF_NORMAL	0x10
#define POWEROFF_PANIC	0x21
/* Resets the machine. */
void	arch_reset(void) __noreturn;
/*
 * Prints the message, registers, and all CPUs' backtraces, straight to the serial line. For
 * panic(), which follows with arch_poweroff.
 */
void	arch_panic(const char *msg);
/* The function that holds addr; null when not known. *off: bytes from its start. */
const char *arch_symbol(uintptr_t addr, size_t *off);

/*
 * Interrupts of devices: fn(arg) is called with interrupts off. EBUSY: the line has a handler;
 * EINVAL: no such line.
 */
int	irq_register(uint32_t gsi, void (*fn)(void *), void *arg);

/*
 * Maps a device's registers, uncached, for ever. Null when the window is full. pa and len need no
 * alignment. arch_init_late may have been called or not, mem_init must.
 */
void	*arch_map_mmio(paddr_t pa, size_t len);

/*
 * LWPs. struct arch_lwp is embedded in struct lwp; arch finds it by lwp_arch(l) (hook).
 * A zeroed arch_lwp is valid as that of an LWP that never was given a stack here (a CPU's first
 * LWP).
 */
/*
 * Interrupts off. Saves from's context, sets curlwp, continues to. Loads to's pmap if it has one
 * (else keeps the loaded one).
 */
void	arch_switch(struct lwp *from, struct lwp *to);
/*
 * Gives l a kernel stack; it starts with sched_lwp_started(), interrupts on, entry(arg). entry
 * may not return. ENOMEM.
 */
int	arch_lwp_create(struct lwp *l, void (*entry)(void *), void *arg);
/*
 * Makes child a copy of parent in user mode: stack, user frame, FPU, TLS bases. It returns from
 * the call with 0 by the usual path (user_return). parent is curlwp. The caller gives it its pmap
 * by arch_lwp_set_pmap. ENOMEM.
 */
int	arch_lwp_fork(struct lwp *child, const struct lwp *parent);
/* Frees stack and FPU area. l does not run, or never ran. Harmless on a zeroed one. */
void	arch_lwp_destroy(struct lwp *l);
/* Pages of stacks that are kept for the next LWPs; for the census. */
uint64_t arch_kstack_cached(void);
/* Gives these back. Interrupts on, no spin lock. */
void	arch_kstack_drain(void);
/*
 * The address space that l uses from the next switch on; null: none of its own. For curlwp use
 * pmap_activate.
 */
void	arch_lwp_set_pmap(struct lwp *l, struct pmap *);
/* l's user registers, at the top of its kernel stack. */
struct trapframe *arch_lwp_frame(struct lwp *l);
/* Where l (not running) stands in the kernel; 0 when not known. For debugging. */
uintptr_t arch_lwp_pc(struct lwp *l);
/*
 * curlwp is to start a program: clears its registers, FPU and TLS bases. Gives an LWP of
 * arch_lwp_create its FPU area at the first call: ENOMEM.
 */
int	arch_frame_init_exec(struct lwp *l, vaddr_t entry, vaddr_t sp);
/* Continues curlwp in user mode by its frame, through user_return. */
void	arch_enter_user(void) __noreturn;

/* User segment bases. l is curlwp or does not run. EPERM: not a user address. */
int	arch_set_fsbase(struct lwp *l, uint64_t base);
int	arch_set_gsbase(struct lwp *l, uint64_t base);
uint64_t arch_get_fsbase(const struct lwp *l);
uint64_t arch_get_gsbase(const struct lwp *l);

/*
 * FPU: the area in memory has the processor's XSAVE (or FXSAVE) form. l is curlwp or does not
 * run.
 */
size_t	arch_fpu_size(void);
/* XSAVE feature mask; 0: the area has the 512 bytes of FXSAVE. */
uint64_t arch_fpu_features(void);
/*
 * The area; current after arch_fpu_save (curlwp) or whenever l does not run. Null for kernel
 * LWPs.
 */
void	*arch_fpu_area(struct lwp *l);
void	arch_fpu_save(struct lwp *l);
/* The registers are loaded from the area, which was changed. */
void	arch_fpu_load(struct lwp *l);
/* The state of a fresh program. */
void	arch_fpu_reset(struct lwp *l);
/*
 * curlwp's registers to and from an area in user memory, aligned to 64 bytes; may sleep, see
 * below. EFAULT; from there also EINVAL: the processor will not have it. After an error some
 * registers may be loaded.
 */
int	arch_fpu_store_user(void *uarea);
int	arch_fpu_load_user(const void *uarea);
/* Whether loading these bytes is safe (sigreturn, ptrace). size >= arch_fpu_size(). */
bool	arch_fpu_valid(const void *area, size_t size);

/*
 * User memory. All may fault and so sleep; interrupts on, no spin lock. 0, or EFAULT: (partly)
 * not accessible; bytes before the fault may have been copied.
 */
int	copyin(const void *uaddr, void *kaddr, size_t n) __must_check;
int	copyout(const void *kaddr, void *uaddr, size_t n) __must_check;
/*
 * Copies a string and its NUL; ENAMETOOLONG when it has no NUL within size. *len (may be null)
 * counts the NUL.
 */
int	copyinstr(const void *uaddr, char *kaddr, size_t size, size_t *len) __must_check;
int	user_clear(void *uaddr, size_t n) __must_check;
int	user_load32(const uint32_t *uaddr, uint32_t *value) __must_check;
/* Atomic: stores new if the word is old. *was: what the word was. EINVAL: not aligned. */
int	user_cas32(uint32_t *uaddr, uint32_t old, uint32_t new, uint32_t *was) __must_check;

/*
 * Hooks: implemented above.
 */
void	kmain(const struct boot_info *bi) __noreturn;
struct arch_lwp *lwp_arch(struct lwp *l);		/* proc: &l->l_arch */
struct vm_space *lwp_vm_space(struct lwp *l);		/* proc: l->l_proc->p_space; null: none */
/* proc: a page fault of l's program, or of a copy for it, was served. Interrupts on or off. */
void	lwp_count_fault(struct lwp *l);
/* abi: a system call, interrupts on. tf_rax is still the number; results go into the frame. */
void	syscall_entry(struct trapframe *);
/*
 * signal: before every return to user mode, interrupts on: signals, stops, death,
 * sched_user_return. May not return.
 */
void	user_return(struct trapframe *);
/* The same, interrupts off, when there is nothing to do: true. False: call user_return. */
bool	user_return_quick(void);
/* vm: see vm/vm.h. user: the access came from user mode, not from a copy on its behalf. */
int	vm_fault(struct vm_space *, vaddr_t va, uint32_t access, bool user);
/*
 * signal: curlwp did something that the processor refused. Interrupts on. Posts; delivery is by
 * user_return.
 */
void	trap_signal(struct lwp *, int signo, int code, vaddr_t addr, int trapno, uint64_t err);
/* sched */
void	sched_timer_interrupt(void);
void	sched_resched_interrupt(void);
void	sched_lwp_started(void);
/*
 * main: prints run queues, timers and LWPs, for the answer to an NMI. Every CPU stands still,
 * this one perhaps in the middle of something: takes no lock, and leaves out what one guards that
 * is held.
 */
void	kernel_print_state(void (*print)(const char *fmt, ...));

#endif
