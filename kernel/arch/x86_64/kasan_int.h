/* SPDX-License-Identifier: BSD-2-Clause */
/* The address sanitizer's shadow, for those who map it; and what the compiler calls. */
#ifndef X86_64_KASAN_INT_H
#define X86_64_KASAN_INT_H

#ifdef KASAN

/* As the makefile tells the compiler (-fasan-shadow-offset); start.S knows the image's place. */
#define KASAN_OFFSET	0xdffffc0000000000ul
#define KASAN_IMAGE_MAX	(16ul << 20)	/* of the image's memory, from physical 0 on */

/* The shadow of the first KASAN_IMAGE_MAX bytes from KERNEL_BASE: a page of 2 MiB (start.S). */
extern char kasan_image_shadow[];

static inline uint8_t *
kasan_shadow(uintptr_t p)
{
	return (uint8_t *)((p >> 3) + KASAN_OFFSET);
}

struct asan_global;

void	__asan_loadN_noabort(uintptr_t, size_t);
void	__asan_storeN_noabort(uintptr_t, size_t);
void	__asan_register_globals(struct asan_global *, size_t);
void	__asan_unregister_globals(struct asan_global *, size_t);
void	__asan_poison_stack_memory(uintptr_t, size_t);
void	__asan_unpoison_stack_memory(uintptr_t, size_t);
void	__asan_handle_no_return(void);

#endif
#endif
