/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can this machine's KVM run an ordinary guest?
 *
 * There are hosts whose /dev/kvm opens, answers every question rightly, and then runs guests in a
 * way of its own (a KVM without hardware virtualisation, as some clouds nest it): a kernel starts
 * and gets stuck. QEMU cannot tell. What does tell is to run a guest: one page of code in 64-bit
 * mode that does three things which such a KVM fails at, in order,
 *
 *	lock cmpxchg16b in ring 0		not emulated: KVM_RUN ends with an internal error
 *	a loop of a million rounds in ring 0	emulated one by one: half a second instead of 1 ms
 *	int 0x40 from ring 3			not delivered: a triple fault
 *
 * and then says so through an I/O port. Anything else that happens means no. The guest runs in a
 * child process, so that neither its timer nor a stuck ioctl is ours. A loaded host may be slow
 * just once: a bad answer is believed when it came twice.
 *
 * The guest's memory, identity-mapped by one 2 MiB page that ring 3 may use as well:
 *
 *	0x1000 page tables (3)	0x4000 GDT	0x5000 IDT	0x6000 TSS
 *	0x8000 top of the kernel's stack	0x9000 top of the user's
 *	0xa000 code	0xb000 data
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bident.h"

#define GUEST_SIZE	(64u << 10)
#define GUEST_PML4	0x1000u
#define GUEST_PDPT	0x2000u
#define GUEST_PD	0x3000u
#define GUEST_GDT	0x4000u
#define GUEST_IDT	0x5000u
#define GUEST_TSS	0x6000u
#define GUEST_KSTACK	0x8000u
#define GUEST_USTACK	0x9000u
#define GUEST_CODE	0xa000u
#define GUEST_PORT	0xf4
#define GUEST_YES	0x42
#define GUEST_VECTOR	0x40

#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_UCODE	0x1b
#define SEL_UDATA	0x23
#define SEL_TSS		0x28

#define LIMIT_MS	200	/* for the guest's whole life */
#define CHILD_MS	450	/* for the child's */

/* What the child exits with. */
enum verdict {
	VERDICT_GOOD = 10,
	VERDICT_ERROR,		/* KVM_RUN failed or ended with an internal error */
	VERDICT_FAULT,		/* triple fault */
	VERDICT_SLOW,
	VERDICT_ODD,		/* another exit */
	VERDICT_SETUP		/* an ioctl before the run failed */
};

/* The guest's code, copied to GUEST_CODE; addresses in it are computed from there. */
extern const uint8_t probe_code[], probe_code_end[], probe_handler[];

__asm__(
"	.pushsection .rodata\n"
"	.globl	probe_code, probe_code_end, probe_handler\n"
"probe_code:\n"
"	xorl	%eax, %eax\n"
"	xorl	%edx, %edx\n"
"	xorl	%ecx, %ecx\n"
"	movl	$1, %ebx\n"
"	lock cmpxchg16b 0xb000\n"
"	jnz	9f\n"
"	movl	$1000000, %ecx\n"
"1:	decl	%ecx\n"
"	jnz	1b\n"
"	pushq	$0x23\n"			/* SEL_UDATA */
"	pushq	$0x9000\n"			/* GUEST_USTACK */
"	pushq	$2\n"
"	pushq	$0x1b\n"			/* SEL_UCODE */
"	pushq	$(0xa000 + 2f - probe_code)\n"
"	iretq\n"
"2:	int	$0x40\n"			/* GUEST_VECTOR */
"	ud2\n"
"probe_handler:\n"
"	movl	$0x42, %eax\n"			/* GUEST_YES */
"	outb	%al, $0xf4\n"			/* GUEST_PORT */
"9:	hlt\n"
"	jmp	9b\n"
"probe_code_end:\n"
"	.popsection\n"
);

struct probe {
	int		 pb_kvm, pb_vm, pb_cpu;
	uint8_t		*pb_mem;
	struct kvm_run	*pb_run;
};

static struct kvm_run *volatile running;

static void
on_alarm(int signo)
{
	(void)signo;
	if (running != NULL)
		running->immediate_exit = 1;	/* if KVM_RUN is only about to start */
}

static void
put64(uint8_t *mem, uint32_t at, uint64_t v)
{
	memcpy(mem + at, &v, sizeof(v));
}

static void
fill_memory(uint8_t *mem)
{
	uint64_t handler = GUEST_CODE + (uint64_t)(probe_handler - probe_code);
	uint32_t gate = GUEST_IDT + GUEST_VECTOR * 16;

	put64(mem, GUEST_PML4, GUEST_PDPT | 7);
	put64(mem, GUEST_PDPT, GUEST_PD | 7);
	put64(mem, GUEST_PD, 0x87);			/* a 2 MiB page at 0: user, writable */
	put64(mem, GUEST_GDT + 0x08, 0x00af9b000000ffffull);
	put64(mem, GUEST_GDT + 0x10, 0x00cf93000000ffffull);
	put64(mem, GUEST_GDT + 0x18, 0x00affb000000ffffull);
	put64(mem, GUEST_GDT + 0x20, 0x00cff3000000ffffull);
	put64(mem, GUEST_GDT + 0x28, 0x00008b0000000067ull | (uint64_t)GUEST_TSS << 16);
	put64(mem, GUEST_TSS + 4, GUEST_KSTACK);	/* the stack for ring 0 */
	/* An interrupt gate that ring 3 may use. */
	put64(mem, gate, (handler & 0xffff) | (uint64_t)SEL_KCODE << 16 | 0xee00ull << 32 |
	    (handler >> 16 & 0xffff) << 48);
	memcpy(mem + GUEST_CODE, probe_code, (size_t)(probe_code_end - probe_code));
}

static struct kvm_segment
segment(uint16_t selector, uint8_t type, bool code)
{
	return (struct kvm_segment){ .selector = selector, .limit = 0xffffffff, .type = type,
	    .present = 1, .s = 1, .g = 1, .l = code, .db = !code };
}

static bool
set_registers(struct probe *pb)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rip = GUEST_CODE, .rsp = GUEST_KSTACK, .rflags = 2 };

	if (ioctl(pb->pb_cpu, KVM_GET_SREGS, &sregs) != 0)
		return false;
	sregs.cs = segment(SEL_KCODE, 0xb, true);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment(SEL_KDATA, 3, false);
	sregs.tr = (struct kvm_segment){ .selector = SEL_TSS, .base = GUEST_TSS, .limit = 0x67,
	    .type = 0xb, .present = 1 };
	sregs.gdt.base = GUEST_GDT;
	sregs.gdt.limit = 0x37;
	sregs.idt.base = GUEST_IDT;
	sregs.idt.limit = 0xfff;
	sregs.cr0 = 0x80010033;		/* PG, WP, NE, ET, MP, PE */
	sregs.cr3 = GUEST_PML4;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* LMA, LME */
	return ioctl(pb->pb_cpu, KVM_SET_SREGS, &sregs) == 0 &&
	    ioctl(pb->pb_cpu, KVM_SET_REGS, &regs) == 0;
}

static bool
set_cpuid(struct probe *pb)
{
	const uint32_t entries = 256;
	struct kvm_cpuid2 *cpuid = xalloc(NULL, sizeof(*cpuid) +
	    entries * sizeof(cpuid->entries[0]));
	bool good;

	cpuid->nent = entries;
	cpuid->padding = 0;
	good = ioctl(pb->pb_kvm, KVM_GET_SUPPORTED_CPUID, cpuid) == 0 &&
	    ioctl(pb->pb_cpu, KVM_SET_CPUID2, cpuid) == 0;
	free(cpuid);
	return good;
}

static bool
make_guest(struct probe *pb)
{
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_SIZE };
	uint64_t identity = 0xfffbc000;
	int size;

	if (ioctl(pb->pb_kvm, KVM_GET_API_VERSION, 0) != 12)
		return false;
	pb->pb_vm = ioctl(pb->pb_kvm, KVM_CREATE_VM, 0);
	if (pb->pb_vm < 0)
		return false;
	/* Intel's without unrestricted guests wants these; others do not mind. */
	(void)ioctl(pb->pb_vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	(void)ioctl(pb->pb_vm, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	pb->pb_mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	if (pb->pb_mem == MAP_FAILED)
		return false;
	fill_memory(pb->pb_mem);
	region.userspace_addr = (uintptr_t)pb->pb_mem;
	if (ioctl(pb->pb_vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)
		return false;
	pb->pb_cpu = ioctl(pb->pb_vm, KVM_CREATE_VCPU, 0);
	size = ioctl(pb->pb_kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (pb->pb_cpu < 0 || size < (int)sizeof(struct kvm_run))
		return false;
	pb->pb_run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, pb->pb_cpu, 0);
	return pb->pb_run != MAP_FAILED && set_cpuid(pb) && set_registers(pb);
}

static enum verdict
run_guest(struct probe *pb)
{
	const struct itimerval limit = { .it_value.tv_usec = LIMIT_MS * 1000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct kvm_run *run = pb->pb_run;

	running = run;
	(void)sigaction(SIGALRM, &sa, NULL);
	(void)setitimer(ITIMER_REAL, &limit, NULL);
	if (ioctl(pb->pb_cpu, KVM_RUN, 0) != 0)
		return errno == EINTR || errno == EAGAIN ? VERDICT_SLOW : VERDICT_ERROR;
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return run->io.direction == KVM_EXIT_IO_OUT && run->io.port == GUEST_PORT &&
		    *((uint8_t *)run + run->io.data_offset) == GUEST_YES ?
		    VERDICT_GOOD : VERDICT_ODD;
	case KVM_EXIT_INTERNAL_ERROR:
	case KVM_EXIT_FAIL_ENTRY:
		return VERDICT_ERROR;
	case KVM_EXIT_SHUTDOWN:
		return VERDICT_FAULT;
	default:
		return VERDICT_ODD;
	}
}

static enum verdict
probe_in_child(int kvm)
{
	struct probe pb = { .pb_kvm = kvm, .pb_vm = -1, .pb_cpu = -1 };
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return make_guest(&pb) ? run_guest(&pb) : VERDICT_SETUP;
}

/* One run of the guest, in a child that gets CHILD_MS to live. */
static enum verdict
probe_once(int kvm)
{
	struct pollfd pfd = { .events = POLLIN };
	int alive[2], status;
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC) != 0)
		return VERDICT_SETUP;
	pid = fork();
	if (pid == 0)
		_exit((int)probe_in_child(kvm));
	close(alive[1]);
	pfd.fd = alive[0];
	if (pid > 0 && poll(&pfd, 1, CHILD_MS) == 0)
		(void)kill(pid, SIGKILL);
	close(alive[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return VERDICT_SETUP;
	return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : VERDICT_SLOW;
}

enum kvm_state
kvm_probe(char *why, size_t size)
{
	static const char *const reasons[] = {
		[VERDICT_ERROR] = "it gives up on an instruction of an ordinary guest",
		[VERDICT_FAULT] = "it does not deliver an interrupt from user mode",
		[VERDICT_SLOW] = "it runs kernel code hundreds of times too slowly",
		[VERDICT_ODD] = "its guest did something unexpected",
		[VERDICT_SETUP] = "it refuses to set up a guest"
	};
	int64_t start = now_ms();
	enum verdict verdict;
	int kvm;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0) {
		snprintf(why, size, "/dev/kvm: %s", strerror(errno));
		return KVM_ABSENT;
	}
	verdict = probe_once(kvm);
	if (verdict != VERDICT_GOOD)
		verdict = probe_once(kvm);
	close(kvm);
	if (verdict == VERDICT_GOOD) {
		snprintf(why, size, "tried in %lld ms", (long long)(now_ms() - start));
		return KVM_USABLE;
	}
	if (verdict < VERDICT_GOOD || verdict > VERDICT_SETUP)
		verdict = VERDICT_ODD;
	snprintf(why, size, "/dev/kvm opens, but %s; tried twice, %lld ms", reasons[verdict],
	    (long long)(now_ms() - start));
	return KVM_BROKEN;
}

int
kvm_probe_main(void)
{
	char why[200];
	enum kvm_state state = kvm_probe(why, sizeof(why));

	printf("KVM is %s (%s)\n", state == KVM_USABLE ? "usable" : "not usable: using TCG", why);
	return state == KVM_USABLE ? 0 : 1;
}
