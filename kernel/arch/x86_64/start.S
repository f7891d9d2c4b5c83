/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the PVH entry (32-bit protected mode, no paging, ebx: start info) to C in the higher half;
 * and the same way for the other CPUs from real mode.
 *
 * The first page tables map the first 4 GiB by 2 MiB pages three times: at their own addresses,
 * in the direct map, and (1 GiB only) where the kernel is linked. boot.c replaces them; they
 * remain as the bridge on which a starting CPU crosses from low to high addresses.
 */
#include "machine/asmdefs.h"

#define PA(sym)		((sym) - KERNEL_BASE)

#define CR0_PE		0x1
#define CR0_WP_PG_ET_NE_MP 0x80010032
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define EFER_NXE	0x800

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18	/* name size, value size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PA(pvh_entry)

	.section .text.boot, "ax"
	.code32
	.globl	pvh_entry
pvh_entry:
	cli
	cld
	movl	%ebx, %ebp
	movl	$PA(boot_stack_top), %esp

	/* Long mode? */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	testl	$(1 << 29), %edx
	jz	no_long_mode
	movl	%edx, %esi		/* bit 20: NX */

	/* 4 GiB by 2 MiB pages. */
	movl	$PA(boot_pd), %edi
	movl	$0x83, %eax		/* present, writable, large */
	xorl	%ecx, %ecx
1:	movl	%eax, (%edi, %ecx, 8)
	movl	$0, 4(%edi, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$2048, %ecx
	jne	1b
	movl	$PA(boot_pd) + 3, %eax
	xorl	%ecx, %ecx
2:	movl	%eax, PA(boot_pdpt_low)(, %ecx, 8)
	addl	$4096, %eax
	incl	%ecx
	cmpl	$4, %ecx
	jne	2b
	movl	$PA(boot_pd) + 3, PA(boot_pdpt_high) + 510 * 8
	movl	$PA(boot_pdpt_low) + 3, PA(boot_pml4)
	movl	$PA(boot_pdpt_low) + 3, PA(boot_pml4) + 256 * 8
	movl	$PA(boot_pdpt_high) + 3, PA(boot_pml4) + 511 * 8
#ifdef KASAN
	/* The shadow of the image (kasan_int.h), at 0xfffffbfff0000000. */
	movl	$PA(kasan_image_shadow) + 0x83, PA(boot_shadow_pd) + 384 * 8
	movl	$PA(boot_shadow_pd) + 3, PA(boot_shadow_pdpt) + 511 * 8
	movl	$PA(boot_shadow_pdpt) + 3, PA(boot_pml4) + 503 * 8
#endif

	movl	$EFER_LME, %edx
	testl	$(1 << 20), %esi
	jz	3f
	orl	$EFER_NXE, %edx
3:	movl	%edx, PA(boot_efer)
	call	enter_long_mode
	lgdt	PA(boot_gdt_ptr)
	ljmp	$0x08, $PA(long_low)

/*
 * Paging on with the first tables. Clobbers eax, ecx, edx. Runs below 4 GiB at its physical
 * address.
 */
enter_long_mode:
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PA(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	PA(boot_efer), %eax
	wrmsr
	movl	$(CR0_WP_PG_ET_NE_MP | CR0_PE), %eax
	movl	%eax, %cr0
	ret

no_long_mode:
	movl	$PA(no_long_mode_text), %esi
	movw	$0x3f8, %dx
4:	lodsb
	testb	%al, %al
	jz	5f
	outb	%al, %dx
	jmp	4b
5:	movb	$0x21, %al
	outb	%al, $0xf4
6:	hlt
	jmp	6b
no_long_mode_text:
	.asciz	"panic: the processor has no 64-bit mode\r\n"

	.code64
long_low:
	movabsq	$long_high, %rax
	jmp	*%rax
long_high:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movq	$boot_stack_top, %rsp
	movl	%ebp, %edi		/* start info; clears the upper half */
	xorl	%ebp, %ebp
	pushq	%rbp			/* ends backtraces */
	pushq	%rbp
	call	boot_main
	ud2

/*
 * Other CPUs. The code between trampoline_start and trampoline_end is copied to TRAMPOLINE_PA,
 * where the startup IPI lets a CPU begin in real mode. Only one CPU at a time is here: ap_stack
 * and ap_cpu are for it.
 */
#define T(sym)		((sym) - trampoline_start + TRAMPOLINE_PA)
	.globl	trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	T(trampoline_gdt_ptr)
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $T(trampoline_32)
	.code32
trampoline_32:
	movw	$0x10, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$T(trampoline_end), %esp
	movl	$PA(enter_long_mode), %eax
	call	*%eax
	ljmp	$0x08, $T(trampoline_64)
	.code64
trampoline_64:
	movabsq	$ap_high, %rax
	jmp	*%rax
	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* 08: 64-bit code */
	.quad	0x00cf92000000ffff	/* 10: data */
	.quad	0x00cf9a000000ffff	/* 18: 32-bit code */
trampoline_gdt_ptr:
	.word	. - trampoline_gdt - 1
	.long	T(trampoline_gdt)
	.balign	8
	.skip	64			/* a stack for one return address */
trampoline_end:

	.text
ap_high:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movq	ap_pml4(%rip), %rax	/* the kernel's own tables: its stacks are only there */
	movq	%rax, %cr3
	movq	ap_stack(%rip), %rsp
	movq	ap_cpu(%rip), %rdi
	xorl	%ebp, %ebp
	pushq	%rbp
	pushq	%rbp
	call	ap_main
	ud2

	.section .rodata
	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00af9a000000ffff
	.quad	0x00cf92000000ffff
boot_gdt_ptr:
	.word	. - boot_gdt - 1
	.quad	PA(boot_gdt)

	.data
	.balign	8
	.globl	boot_efer, ap_pml4, ap_stack, ap_cpu
boot_efer:
	.quad	0
ap_pml4:
	.quad	0
ap_stack:
	.quad	0
ap_cpu:
	.quad	0

	.section .bss.page, "aw", @nobits
	.balign	4096
	.globl	boot_pml4, boot_stack_guard, boot_stack, boot_stack_top
boot_pml4:
	.skip	4096
boot_pdpt_low:
	.skip	4096
boot_pdpt_high:
	.skip	4096
boot_pd:
	.skip	4 * 4096
boot_stack_guard:
	.skip	4096
boot_stack:
#ifdef KASAN
	.skip	8 * 4096		/* frames are larger */
#else
	.skip	4 * 4096
#endif
boot_stack_top:
#ifdef KASAN
boot_shadow_pdpt:
	.skip	4096
boot_shadow_pd:
	.skip	4096
	.globl	kasan_image_shadow
	.balign	0x200000
kasan_image_shadow:
	.skip	0x200000
#endif

	.section .note.GNU-stack, "", @progbits
