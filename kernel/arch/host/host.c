/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host machine: lets kernel/lib, sync, mem and vm run inside a test program, under the
 * sanitizers.
 *
 * There is one CPU and one LWP, which never sleeps (lone.c), unless the test brings a machine of
 * its own, with a scheduler: then host_cpu_now is the CPU that it runs at the moment.
 * RAM is one piece of anonymous memory; physical address 0 is its start. Panics end the test, or
 * return to host_panics.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host.h"
#include "mem/page.h"
#include "sched/sched.h"
#include "sync/park.h"
#include "vm/vm.h"

struct cpu	 host_cpu;
struct cpu	*host_cpu_now = &host_cpu;
struct held_ranks host_held;
bool		 host_intr_on = true;
char		*host_ram;
uint32_t	 ncpu = 1;
struct cpu	*cpus[MAXCPU] = { &host_cpu };
char		 host_panic_text[256];
char		 host_klog_last[256];
uint32_t	 host_klog_lines;

static size_t		 host_ram_bytes;
static jmp_buf		*panic_jump;

#define HOST_LWP	((struct lwp *)&host_held)	/* any address: nobody looks inside */
#define HOLE_START	(8ul << 20)
#define HOLE_END	(9ul << 20)

void
host_init(size_t bytes)
{
	static struct boot_info bi;

	if (host_ram != NULL)
		return;
	host_ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	if (host_ram == MAP_FAILED)
		abort();
	host_ram_bytes = bytes;
	host_cpu.c_self = &host_cpu;
	host_cpu.c_curlwp = HOST_LWP;
	bi.cmdline = "";
	bi.nram = 2;
	bi.ram[0].start = 1ul << 20;
	bi.ram[0].size = HOLE_START - (1ul << 20);
	bi.ram[1].start = HOLE_END;
	bi.ram[1].size = bytes - HOLE_END;
	bi.ram_end = bytes;
	mem_init(&bi);
}

paddr_t
kva_to_phys(const void *p)
{
	ASSERT((const char *)p >= host_ram && (const char *)p < host_ram + host_ram_bytes);
	return (paddr_t)((const char *)p - host_ram);
}

uint64_t
arch_entropy(void)
{
	static uint64_t n;		/* tests are to repeat exactly */

	return ++n * 0x9e3779b97f4a7c15ull;
}

/* ---- log ---- */

void
klog(enum klog_level level __unused, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(host_klog_last, sizeof(host_klog_last), fmt, ap);
	va_end(ap);
	host_klog_lines++;
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(host_panic_text, sizeof(host_panic_text), fmt, ap);
	va_end(ap);
	if (panic_jump != NULL)
		longjmp(*panic_jump, 1);
	fprintf(stderr, "panic: %s\n", host_panic_text);
	abort();
}

bool
host_panics(void (*fn)(void *), void *arg)
{
	struct cpu cpu = host_cpu;
	struct held_ranks h = host_held;
	jmp_buf jump;
	bool on = host_intr_on;

	if (setjmp(jump) == 0) {
		panic_jump = &jump;
		fn(arg);
		panic_jump = NULL;
		return false;
	}
	panic_jump = NULL;
	host_cpu = cpu;
	host_held = h;
	host_intr_on = on;
	return true;
}

uint64_t
arch_cycles_to_ns(uint64_t cycles)
{
	return cycles;
}

/* ---- vnodes ---- */

void
vm_hook_vnode_hold(struct vnode *vn)
{
	vn->vn_holds++;
}

void
vm_hook_vnode_drop(struct vnode *vn)
{
	ASSERT(host_held.h_n == 0);
	vn->vn_holds--;
}

uint64_t
arch_kstack_cached(void)
{
	return 0;
}
