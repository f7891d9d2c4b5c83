/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address sanitizer (CONFIG=kasan): each grain of 8 bytes of RAM, kernel stacks and image has
 * a byte of shadow, at grain / 8 + KASAN_OFFSET. 0: all of the grain may be touched; 1 to 7: the
 * first so many bytes; else nothing of it, and the value says why (lib/kasan.h).
 *
 * The compiler calls __asan_loadN and __asan_storeN before each access, and writes the shadow of
 * its stack frames itself, so the shadow of a stack must be there before the stack is used: that
 * of the boot stack is mapped by start.S, with the image's; that of RAM by pmap_boot; that of
 * other kernel stacks with the stack (kstack.c). Until kasan_init nothing is checked. What is
 * not covered (devices, user addresses) is left to the page tables.
 *
 * A frame that is left without a return (the end of an LWP, the way to user mode) leaves its
 * marks; the compiler announces such calls, and kstack_free clears the whole stack.
 *
 * Not instrumented: this file, debug.c (which reads anything), and kernel/mem, which uses the
 * memory that nobody has for itself.
 *
 * No locks: who writes the shadow of memory owns the memory.
 */
#include "arch_int.h"
#include "lib/kasan.h"
#include "mem/page.h"

#ifdef KASAN

#include "kasan_int.h"
#include "mem/cache.h"

#define STACK_SPAN	(32768ul * 16 * PAGE_SIZE)	/* kstack.c's slots */

/* As the compiler makes them: one for each global with a redzone. */
struct asan_global {
	const void	*g_start;
	size_t		 g_size;
	size_t		 g_size_redzone;
	const void	*g_name, *g_module;
	uint64_t	 g_dynamic;
	const void	*g_location;
	uint64_t	 g_odr;
};

extern void (*const init_array_start[])(void), (*const init_array_end[])(void);

static bool kasan_on;			/* atomic */
static uintptr_t direct_end;		/* of the RAM that has a shadow; constant from kasan_init */

/* ---- the shadow ---- */

static void
shadow_fill(uint8_t *s, size_t n, uint8_t v)
{
	__asm__ volatile("rep stosb" : "+D"(s), "+c"(n) : "a"(v) : "memory");
}

static bool
covered(uintptr_t p)
{
	return (p >= DIRECT_BASE && p < direct_end) ||
	    (p >= STACKS_BASE && p < STACKS_BASE + STACK_SPAN) ||
	    (p >= (uintptr_t)kernel_start && p < (uintptr_t)kernel_end);
}

void
kasan_poison(const void *p, size_t len, uint8_t why)
{
	shadow_fill(kasan_shadow((uintptr_t)p), len / KASAN_GRAIN, why);
}

void
kasan_unpoison(const void *p, size_t len)
{
	uint8_t *s = kasan_shadow((uintptr_t)p);

	shadow_fill(s, len / KASAN_GRAIN, 0);
	if (len % KASAN_GRAIN != 0)
		s[len / KASAN_GRAIN] = (uint8_t)(len % KASAN_GRAIN);
}

uint8_t
kasan_why(const void *p)
{
	uint8_t s = *kasan_shadow((uintptr_t)p);

	return s < KASAN_GRAIN ? 0 : s;
}

/* ---- reports ---- */

static const char *
why_text(uint8_t s)
{
	switch (s) {
	case KASAN_PAGE:
		return "a free page";
	case KASAN_FREED:
		return "a freed object";
	case KASAN_PAST:
		return "behind an object";
	case KASAN_GLOBAL:
		return "behind a global variable";
	case 0xf1:
	case 0xf2:
	case 0xf3:
		return "beside a variable on the stack";
	case 0xf8:
		return "a variable on the stack out of its scope";
	default:
		return s < KASAN_GRAIN ? "behind the end" : "?";
	}
}

/* The first byte of the range that may not be touched. */
static uintptr_t
first_bad(uintptr_t p, size_t n)
{
	for (uintptr_t at = p; at < p + n; at++) {
		uint8_t s = *kasan_shadow(at);

		if (s != 0 && (s >= KASAN_GRAIN || at % KASAN_GRAIN >= s))
			return at;
	}
	return p;
}

static void
print_shadow(uintptr_t p)
{
	uintptr_t from = rounddown2(p, 128ul) - 128;

	for (uintptr_t row = from; row < from + 3 * 128; row += 128) {
		char line[64];
		size_t n = 0;

		if (!covered(row) || !pmap_kernel_mapped((vaddr_t)kasan_shadow(row)))
			continue;
		for (uintptr_t g = row; g < row + 128; g += KASAN_GRAIN)
			n += (size_t)ksnprintf(line + n, sizeof(line) - n, " %02x",
			    *kasan_shadow(g));
		raw_printf("kasan: %016lx%s\n", row, line);
	}
}

static void __noinline
report(uintptr_t p, size_t n, bool write, uintptr_t pc)
{
	uintptr_t bad = first_bad(p, n);
	uint8_t s = *kasan_shadow(bad);
	char about[256] = "";
	size_t off = 0;
	const char *name = arch_symbol(pc, &off);

	/* A partial grain says nothing about why: the next one does. */
	if (s < KASAN_GRAIN && *kasan_shadow(bad + KASAN_GRAIN) >= KASAN_GRAIN)
		s = *kasan_shadow(bad + KASAN_GRAIN);
	if (!atomic_swap(&kasan_on, false))
		return;
	if (bad >= DIRECT_BASE && bad < direct_end)
		cache_about((const void *)bad, about, sizeof(about));
	raw_printf("\nkasan: %s%s\n", why_text(s), about);
	print_shadow(bad);
	panic("kasan: %s of %zu bytes at 0x%lx by %s+0x%zx: %s", write ? "write" : "read", n, p,
	    name != NULL ? name : "?", off, why_text(s));
}

/* ---- checks ---- */

static inline bool
is_bad_small(uintptr_t p, size_t n)
{
	const uint8_t *s = kasan_shadow(p);
	size_t end = p % KASAN_GRAIN + n;

	if (likely(end <= KASAN_GRAIN))
		return unlikely(s[0] != 0) && (s[0] >= KASAN_GRAIN || end > s[0]);
	if (s[0] != 0)
		return true;
	end -= KASAN_GRAIN;
	return unlikely(s[1] != 0) && (s[1] >= KASAN_GRAIN || end > s[1]);
}

static bool
is_bad_large(uintptr_t p, size_t n)
{
	const uint8_t *s = kasan_shadow(p), *last = kasan_shadow(p + n - 1);
	size_t end = (p + n - 1) % KASAN_GRAIN + 1;

	for (; s < last; s++) {
		if (*s != 0)
			return true;
	}
	return *last != 0 && (*last >= KASAN_GRAIN || end > *last);
}

static inline void
check(uintptr_t p, size_t n, bool write, uintptr_t pc)
{
	if (!load_relaxed(&kasan_on) || !covered(p) || n == 0)
		return;
	if (unlikely(n <= KASAN_GRAIN ? is_bad_small(p, n) : is_bad_large(p, n)))
		report(p, n, write, pc);
}

#define CALLER	((uintptr_t)__builtin_return_address(0))

void
kasan_check(const void *p, size_t len, bool write)
{
	check((uintptr_t)p, len, write, CALLER);
}

#define ACCESS(size)									\
	void __asan_load##size##_noabort(uintptr_t);					\
	void __asan_store##size##_noabort(uintptr_t);					\
	void										\
	__asan_load##size##_noabort(uintptr_t p)					\
	{										\
		check(p, size, false, CALLER);						\
	}										\
	void										\
	__asan_store##size##_noabort(uintptr_t p)					\
	{										\
		check(p, size, true, CALLER);						\
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void
__asan_loadN_noabort(uintptr_t p, size_t n)
{
	check(p, n, false, CALLER);
}

void
__asan_storeN_noabort(uintptr_t p, size_t n)
{
	check(p, n, true, CALLER);
}

/* ---- what else the compiler calls ---- */

void
__asan_register_globals(struct asan_global *g, size_t n)
{
	for (; n > 0; n--, g++) {
		const char *end = (const char *)g->g_start + roundup2(g->g_size, KASAN_GRAIN);
		size_t whole = g->g_size_redzone - (size_t)(end - (const char *)g->g_start);

		kasan_unpoison(g->g_start, g->g_size);
		kasan_poison(end, whole, KASAN_GLOBAL);
	}
}

void
__asan_unregister_globals(struct asan_global *g __unused, size_t n __unused)
{
}

void
__asan_poison_stack_memory(uintptr_t p, size_t n)
{
	kasan_poison((const void *)p, roundup2(n, KASAN_GRAIN), 0xf8);
}

void
__asan_unpoison_stack_memory(uintptr_t p, size_t n)
{
	kasan_unpoison((const void *)p, n);
}

/* A call that does not return is to come: the frames of this stack are left for ever. */
void
__asan_handle_no_return(void)
{
	uintptr_t sp = rounddown2((uintptr_t)__builtin_frame_address(0), KASAN_GRAIN), top;

	if (sp >= STACKS_BASE && sp < STACKS_BASE + STACK_SPAN)
		top = kstack_top(sp);
	else if (sp >= (uintptr_t)boot_stack && sp < (uintptr_t)boot_stack_top)
		top = (uintptr_t)boot_stack_top;
	else if (covered(sp))
		top = roundup2(sp + 1, (uintptr_t)IST_SIZE);
	else
		return;
	kasan_unpoison((const void *)sp, top - sp);
}

/* ---- start ---- */

void
kasan_init(void)
{
	for (uint32_t i = 0; i < boot_nram; i++)
		direct_end = MAX(direct_end, DIRECT_BASE + boot_ram[i].end);
	ASSERT((uintptr_t)kernel_end - KERNEL_BASE <= KASAN_IMAGE_MAX);
	for (void (*const *f)(void) = init_array_start; f < init_array_end; f++)
		(*f)();
	store_release(&kasan_on, true);
}

#endif
