/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last words: registers and backtraces, printed straight to the serial line, without any lock
 * of the kernel, for what was interrupted may hold it.
 *
 * Backtraces follow the frame pointers. Where a trap interrupted the kernel, its return address
 * is one of three labels of entry.S, and the trapframe lies just above: the walk goes on from
 * there. Each pointer is checked against the kernel's page tables before it is followed.
 *
 * All CPUs: the one that panics sends NMIs, the others print and halt. An NMI from outside (QEMU's
 * inject-nmi) comes to the first CPU; it prints, asks the others one by one, who wait where they
 * are (nmi_hold) until the processes are listed as well, and everybody goes on.
 */
#include "arch_int.h"

#define NMI_WAIT_NS	(500 * NSEC_PER_MSEC)
#define NMI_HOLD_NS	(5 * NSEC_PER_SEC)
#define MAX_FRAMES	40

struct ksym {
	uintptr_t	 ks_addr;
	const char	*ks_name;
};
extern const struct ksym ksyms[], ksyms_end[];

static uint32_t print_lock;		/* 0, or CPU + 1 */
static uint32_t panic_cpu;		/* same */
static const struct trapframe *panic_frame;
static bool nmi_hold;			/* atomic: the other CPUs stay in their NMI */

void
raw_printf(const char *fmt, ...)
{
	char buf[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	serial_write(buf, (size_t)MIN(n, (int)sizeof(buf) - 1));
}

/* Whole backtraces at a time; gives up waiting when the holder seems dead. */
static void
print_enter(void)
{
	uint64_t end = arch_time_ns() + NSEC_PER_SEC;
	uint32_t free = 0;

	while (!atomic_cas(&print_lock, &free, curcpu()->c_id + 1)) {
		free = 0;
		if (arch_time_ns() > end)
			break;
		cpu_pause();
	}
}

static void
print_leave(void)
{
	store_release(&print_lock, 0);
}

const char *
arch_symbol(uintptr_t addr, size_t *off)
{
	size_t low = 0, high = (size_t)(ksyms_end - ksyms);

	if (high == 0 || addr < (uintptr_t)text_start || addr >= (uintptr_t)text_end)
		return NULL;
	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (ksyms[mid].ks_addr <= addr)
			low = mid;
		else
			high = mid;
	}
	if (ksyms[low].ks_addr > addr)
		return NULL;
	*off = addr - ksyms[low].ks_addr;
	return ksyms[low].ks_name;
}

static void
print_pc(const char *tag, uintptr_t pc)
{
	size_t off;
	const char *name = arch_symbol(pc, &off);

	if (name != NULL)
		raw_printf("%s  %016lx %s+0x%zx\n", tag, pc, name, off);
	else
		raw_printf("%s  %016lx\n", tag, pc);
}

static bool
readable(uintptr_t p, size_t n)
{
	return (p & 7) == 0 && pmap_kernel_mapped(p) && pmap_kernel_mapped(p + n - 1);
}

/* After pc, follows the frame pointer rbp. */
static void
walk(const char *tag, uintptr_t rbp)
{
	for (int i = 0; i < MAX_FRAMES; i++) {
		const uint64_t *f = (const uint64_t *)rbp;
		const struct trapframe *tf;

		if (rbp == 0 || !readable(rbp, 16) || f[1] == 0)
			return;
		if (f[1] != (uintptr_t)trap_return && f[1] != (uintptr_t)trap_return_ist &&
		    f[1] != (uintptr_t)syscall_return) {
			print_pc(tag, f[1]);
			rbp = f[0];
			continue;
		}
		tf = (const struct trapframe *)(rbp + 16);
		if (!readable((uintptr_t)tf, sizeof(*tf)))
			return;
		if (tf->tf_trapno == TRAP_SYSCALL)
			raw_printf("%s  --- system call %lu, user rip %lx\n", tag, tf->tf_err,
			    tf->tf_rip);
		else
			raw_printf("%s  --- trap %lu error %lx %s\n", tag, tf->tf_trapno,
			    tf->tf_err, (tf->tf_cs & 3) != 0 ? "from user mode" : "");
		print_pc(tag, tf->tf_rip);
		if (tf->tf_cs & 3)
			return;
		rbp = tf->tf_rbp;
	}
}

static void
print_frame(const char *tag, const struct trapframe *tf)
{
	raw_printf("%s  trap %lu error %lx cr2 %lx cr3 %lx\n", tag, tf->tf_trapno, tf->tf_err,
	    read_cr2(), read_cr3());
	raw_printf("%s  rip %016lx cs %02lx rflags %lx rsp %016lx ss %02lx\n", tag, tf->tf_rip,
	    tf->tf_cs, tf->tf_rflags, tf->tf_rsp, tf->tf_ss);
	raw_printf("%s  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", tag, tf->tf_rax, tf->tf_rbx,
	    tf->tf_rcx, tf->tf_rdx);
	raw_printf("%s  rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", tag, tf->tf_rsi, tf->tf_rdi,
	    tf->tf_rbp, tf->tf_r8);
	raw_printf("%s  r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", tag, tf->tf_r9, tf->tf_r10,
	    tf->tf_r11, tf->tf_r12);
	raw_printf("%s  r13 %016lx r14 %016lx r15 %016lx\n", tag, tf->tf_r13, tf->tf_r14,
	    tf->tf_r15);
}

static void
print_trap(const char *tag, const struct trapframe *tf)
{
	raw_printf("%s CPU %u, lwp %p\n", tag, curcpu()->c_id, (void *)curlwp());
	print_frame(tag, tf);
	print_pc(tag, tf->tf_rip);
	if ((tf->tf_cs & 3) == 0)
		walk(tag, tf->tf_rbp);
}

static void
halt_for_ever(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Sends an NMI to another CPU, which prints and clears ca_nmi_dump. */
static void
ask_cpu(struct cpu *c)
{
	uint64_t end = arch_time_ns() + NMI_WAIT_NS;

	c->c_arch.ca_nmi_dump = 1;
	apic_ipi_nmi(c->c_arch.ca_apic_id);
	while (c->c_arch.ca_nmi_dump && arch_time_ns() < end)
		cpu_pause();
	if (c->c_arch.ca_nmi_dump)
		raw_printf("%s CPU %u does not answer\n", panic_cpu != 0 ? "panic:" : "nmi:",
		    c->c_id);
}

static void
ask_others(void)
{
	for (uint32_t i = 0; i < ncpu; i++) {
		if (cpus[i] != curcpu() && cpus[i]->c_arch.ca_up)
			ask_cpu(cpus[i]);
	}
}

/* The others stand still: what no lock guards at this moment may be read. */
static void
tell_all(void)
{
	store_release(&nmi_hold, true);
	ask_others();
	kernel_print_state(raw_printf);
	store_release(&nmi_hold, false);
	raw_printf("nmi: end\n");	/* the bident command waits for this line */
}

static void
wait_while_held(void)
{
	uint64_t end = arch_time_ns() + NMI_HOLD_NS;

	while (load_acquire(&nmi_hold) && arch_time_ns() < end)
		cpu_pause();
}

void
nmi_handler(struct trapframe *tf)
{
	struct cpu *c = curcpu();
	bool dying = load_acquire(&panic_cpu) != 0, asked = c->c_arch.ca_nmi_dump != 0;

	if (dying && panic_cpu == c->c_id + 1)
		return;
	print_enter();
	print_trap(dying ? "panic:" : "nmi:", tf);
	print_leave();
	c->c_arch.ca_nmi_dump = 0;
	if (dying)
		halt_for_ever();
	if (asked)
		wait_while_held();
	else if (c->c_id == 0)
		tell_all();
}

void
arch_panic(const char *msg)
{
	uint32_t none = 0, self = curcpu()->c_id + 1;

	(void)arch_intr_off();
	if (!atomic_cas(&panic_cpu, &none, self)) {
		if (none == self) {
			raw_printf("\npanic: again: %s\n", msg);
			return;
		}
		halt_for_ever();	/* the other's NMI prints this one's backtrace too */
	}
	raw_printf("\npanic: %s\n", msg);
	if (panic_frame != NULL) {
		print_trap("panic:", panic_frame);
	} else {
		raw_printf("panic: CPU %u, lwp %p\n", curcpu()->c_id, (void *)curlwp());
		walk("panic:", (uintptr_t)__builtin_frame_address(0));
	}
	ask_others();
}

void
trap_fatal(struct trapframe *tf, const char *what)
{
	if (panic_frame == NULL)
		panic_frame = tf;
	panic("%s: trap %lu error 0x%lx at 0x%lx, address 0x%lx", what, tf->tf_trapno, tf->tf_err,
	    tf->tf_rip, read_cr2());
}
