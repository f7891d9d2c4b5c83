/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions and register bits of the processor. For kernel/arch/x86_64 only.
 */
#ifndef X86_64_X86_H
#define X86_64_X86_H

#include "lib/klib.h"

#define CR0_PE		(1ul << 0)
#define CR0_MP		(1ul << 1)
#define CR0_EM		(1ul << 2)
#define CR0_TS		(1ul << 3)
#define CR0_ET		(1ul << 4)
#define CR0_NE		(1ul << 5)
#define CR0_WP		(1ul << 16)
#define CR0_AM		(1ul << 18)
#define CR0_PG		(1ul << 31)

#define CR4_TSD		(1ul << 2)
#define CR4_DE		(1ul << 3)
#define CR4_PAE		(1ul << 5)
#define CR4_MCE		(1ul << 6)
#define CR4_PGE		(1ul << 7)
#define CR4_OSFXSR	(1ul << 9)
#define CR4_OSXMMEXCPT	(1ul << 10)
#define CR4_UMIP	(1ul << 11)
#define CR4_OSXSAVE	(1ul << 18)
#define CR4_SMEP	(1ul << 20)
#define CR4_SMAP	(1ul << 21)

#define MSR_APIC_BASE	0x1b
#define APIC_BASE_X2	(1ul << 10)
#define APIC_BASE_EN	(1ul << 11)
#define MSR_PAT		0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC	0x800
#define MSR_EFER	0xc0000080u
#define EFER_SCE	(1ul << 0)
#define EFER_NXE	(1ul << 11)
#define MSR_STAR	0xc0000081u
#define MSR_LSTAR	0xc0000082u
#define MSR_CSTAR	0xc0000083u
#define MSR_SFMASK	0xc0000084u
#define MSR_FSBASE	0xc0000100u
#define MSR_GSBASE	0xc0000101u
#define MSR_KGSBASE	0xc0000102u

static inline uint64_t
rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void
wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) :
	    "memory");
}

#define DEFINE_CR(n) \
static inline uint64_t read_cr##n(void) \
{ uint64_t v; __asm__ volatile("movq %%cr" #n ", %0" : "=r"(v) : : "memory"); return v; } \
static inline void write_cr##n(uint64_t v) \
{ __asm__ volatile("movq %0, %%cr" #n : : "r"(v) : "memory"); }
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
DEFINE_CR(8)
#undef DEFINE_CR

static inline void
invlpg(uint64_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline uint8_t
inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void
outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void
outw(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

struct cpuid {
	uint32_t a, b, c, d;
};

static inline struct cpuid
cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf),
	    "c"(sub));
	return r;
}

/* The counter, after all earlier instructions. */
static inline uint64_t
rdtsc_ordered(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void
cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline uint32_t
mmio_read32(const volatile void *p)
{
	return *(const volatile uint32_t *)p;
}

static inline void
mmio_write32(volatile void *p, uint32_t v)
{
	*(volatile uint32_t *)p = v;
}

#endif
