/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FPU and vector state. The kernel itself uses none (it is compiled so), so the registers always
 * belong to curlwp when it has an FPU area; they are saved and loaded at each switch.
 *
 * Signal frames are written from the registers and read into them without a copy in between: a
 * page fault on the way is served, the registers saved and loaded meanwhile if another LWP runs,
 * and the instruction begun again.
 *
 * With XSAVE the area has the standard form (not compacted), the one in which signal frames hold
 * it. Of the state components those that programs of today use are enabled: x87, SSE, AVX,
 * AVX-512.
 */
#include "arch_int.h"
#include "mem/cache.h"

#define XCR0_X87	0x1u
#define XCR0_SSE	0x2u
#define XCR0_AVX	0x4u
#define XCR0_AVX512	0xe0u		/* three components, only together */

#define FXSAVE_SIZE	512u
#define XHEADER		512u		/* offset: XSTATE_BV, XCOMP_BV, reserved; 64 bytes */
#define MXCSR_OFFSET	24u
#define MXCSR_DEFAULT	0x1f80u
#define FCW_DEFAULT	0x37fu

static uint64_t features;		/* XCR0; 0: FXSAVE */
static size_t area_size = FXSAVE_SIZE;
/* A fresh program's state: of an XSAVE area without components only this much is read. */
static uint8_t initial[XHEADER + 64] __aligned(64);
static uint32_t mxcsr_mask = 0xffbf;

static void
xsave_enable(void)
{
	uint64_t can = cpuid(0xd, 0).a, want = XCR0_X87 | XCR0_SSE;

	if (can & XCR0_AVX) {
		want |= XCR0_AVX;
		if ((can & XCR0_AVX512) == XCR0_AVX512)
			want |= XCR0_AVX512;
	}
	__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)want), "d"(0));
	features = want;
	area_size = cpuid(0xd, 0).b;
}

static void
read_mxcsr_mask(void)
{
	static uint8_t area[FXSAVE_SIZE] __aligned(16);
	uint32_t mask;

	__asm__ volatile("fxsave64 %0" : "=m"(area));
	memcpy(&mask, area + 28, sizeof(mask));
	if (mask != 0)
		mxcsr_mask = mask;
}

void
fpu_init_cpu(void)
{
	uint16_t fcw = FCW_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;

	if (cpu_features.xsave)
		xsave_enable();
	__asm__ volatile("fninit");
	if (curcpu() != &cpu0)
		return;
	read_mxcsr_mask();
	memcpy(initial, &fcw, sizeof(fcw));
	memcpy(initial + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}

void
fpu_save(void *area)
{
	if (features != 0)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"((uint32_t)features),
		    "d"((uint32_t)(features >> 32)) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void
fpu_restore(const void *area)
{
	if (features != 0)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"((uint32_t)features),
		    "d"((uint32_t)(features >> 32)) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static void
area_reset(uint8_t *area)
{
	memset(area, 0, area_size);
	memcpy(area, initial, MIN(area_size, sizeof(initial)));
}

int
fpu_alloc(struct arch_lwp *al)
{
	uint8_t *p = kmalloc(area_size + 64);

	if (p == NULL)
		return ENOMEM;
	area_reset((uint8_t *)roundup2((uintptr_t)p, 64));
	al->al_fpu_alloc = p;
	al->al_fpu = (void *)roundup2((uintptr_t)p, 64);
	return 0;
}

void
fpu_free(struct arch_lwp *al)
{
	kfree(al->al_fpu_alloc);
	al->al_fpu_alloc = al->al_fpu = NULL;
}

size_t
arch_fpu_size(void)
{
	return area_size;
}

uint64_t
arch_fpu_features(void)
{
	return features;
}

void *
arch_fpu_area(struct lwp *l)
{
	return lwp_arch(l)->al_fpu;
}

void
arch_fpu_save(struct lwp *l)
{
	bool on = arch_intr_off();

	if (l == curlwp() && lwp_arch(l)->al_fpu != NULL)
		fpu_save(lwp_arch(l)->al_fpu);
	arch_intr_restore(on);
}

void
arch_fpu_load(struct lwp *l)
{
	bool on = arch_intr_off();

	if (l == curlwp() && lwp_arch(l)->al_fpu != NULL)
		fpu_restore(lwp_arch(l)->al_fpu);
	arch_intr_restore(on);
}

void
arch_fpu_reset(struct lwp *l)
{
	if (l == curlwp())
		fpu_restore(initial);
	else
		area_reset(lwp_arch(l)->al_fpu);
}

/* An area for the processor's own instructions: 64 bytes aligned, below USER_MAX. */
static bool
user_area_ok(const void *uarea)
{
	return (uintptr_t)uarea % 64 == 0 && (uintptr_t)uarea <= USER_MAX - area_size;
}

int
arch_fpu_store_user(void *uarea)
{
	if (!user_area_ok(uarea))
		return EFAULT;
	/* The header's reserved words are not written by the instruction. */
	if (features != 0 && user_zero((uint8_t *)uarea + XHEADER, 64) != 0)
		return EFAULT;
	return user_fpu_store(uarea, (uint32_t)features, (uint32_t)(features >> 32));
}

int
arch_fpu_load_user(const void *uarea)
{
	uint32_t mxcsr;

	if (!user_area_ok(uarea))
		return EFAULT;
	/* QEMU's processor takes what a real one refuses. */
	if (user_load_word((const uint32_t *)((uintptr_t)uarea + MXCSR_OFFSET), &mxcsr) != 0)
		return EFAULT;
	if ((mxcsr & ~mxcsr_mask) != 0)
		return EINVAL;
	return user_fpu_load(uarea, (uint32_t)features, (uint32_t)(features >> 32));
}

bool
arch_fpu_valid(const void *area, size_t size)
{
	const uint8_t *p = area;
	uint64_t header[8];
	uint32_t mxcsr;

	if (size < area_size)
		return false;
	memcpy(&mxcsr, p + MXCSR_OFFSET, sizeof(mxcsr));
	if ((mxcsr & ~mxcsr_mask) != 0)
		return false;
	if (features == 0)
		return true;
	memcpy(header, p + XHEADER, sizeof(header));
	for (uint32_t i = 1; i < nitems(header); i++) {
		if (header[i] != 0)	/* compacted form, reserved bytes */
			return false;
	}
	return (header[0] & ~features) == 0;
}
