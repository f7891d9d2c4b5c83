/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot parameter kasan=KIND (CONFIG=kasan): does what the address sanitizer must notice, once, at
 * boot; shift: the undefined-behaviour sanitizer (lib/ubsan.c). It proves that the checks work, and
 * shows what a report looks like. In a file of its own,
 * since kasan.c is not instrumented. The pointers go through volatile variables, or the compiler
 * would notice.
 */
#include "arch_int.h"
#include "mem/cache.h"
#include "mem/page.h"

#ifdef KASAN

static char planted_global[13];

static void __noinline
plant_stack(void)
{
	char buf[13];
	volatile char *volatile p = buf;
	volatile size_t n = sizeof(buf);

	p[n] = 1;
}

void
kasan_plant(const char *kind)
{
	char *volatile p = planted_global;
	volatile size_t n = sizeof(planted_global);
	struct page *pg;

	if (strcmp(kind, "global") == 0) {
		p[n] = 1;
	} else if (strcmp(kind, "shift") == 0) {
		n = 1u << 3 * n;		/* undefined behaviour: ubsan.c */
	} else if (strcmp(kind, "stack") == 0) {
		plant_stack();
	} else if (strcmp(kind, "page") == 0) {
		if ((pg = page_alloc(0, 0)) != NULL) {
			p = page_kva(pg);
			page_drop(pg);
			n = (size_t)p[8];
		}
	} else if ((p = kmalloc(n)) != NULL) {
		if (strcmp(kind, "past") == 0)
			p[n] = 1;
		else if (strcmp(kind, "copy") == 0)
			memset(p, 0, n + 1);
		kfree(p);
		if (strcmp(kind, "freed") == 0)
			n = (size_t)p[1];
		else if (strcmp(kind, "twice") == 0)
			kfree(p);
	}
	klog(KLOG_WARN, "kasan: '%s' was not noticed\n", kind);
}

#endif
