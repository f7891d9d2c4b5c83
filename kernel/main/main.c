/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the machine's entry to the first process. arch brings the first CPU here with a boot
 * stack, paging on, interrupts off, and a description of the machine; each line below may use
 * what the lines before it have set up. In the end the boot context is what CPU 0 runs when there
 * is nothing to run.
 */
#include "arch/arch.h"
#include "dev/dev.h"
#include "file/tty.h"
#include "fs/cpio.h"
#include "fs/vfs.h"
#include "main/main.h"
#include "mem/page.h"
#include "proc/proc.h"
#include "sched/clock.h"
#include "sched/sched.h"
#include "watch/watch.h"

void	linux_abi_init(void);		/* abi/linux */
void	netbsd_abi_init(void);		/* abi/netbsd: before Linux's, which takes what nobody
					 * claims */

static void
unpack_root(const struct boot_info *bi)
{
	int error;

	if (bi->initrd_size == 0)
		panic("no root file system: the boot loader gave no archive (QEMU: -initrd FILE)");
	error = cpio_unpack(bi->initrd, bi->initrd_size);
	if (error != 0)
		panic("the root archive cannot be unpacked (error %d, see above); damaged, or more "
		    "memory is needed",
		    error);
}

/*
 * Boot parameter hang=CPU, debug kernels only: that CPU stops for ever just before it would go
 * idle for the first time, interrupts off. It proves that a time-out shows where a machine hangs.
 */
static void
hang_if_asked(void)
{
#ifdef DEBUG
	if (boot_param_u64("hang", UINT64_MAX) != curcpu()->c_id)
		return;
	(void)arch_intr_off();
	for (;;)
		;
#endif
}

/* What the other CPUs do: they become idle. */
static void
cpu_main(void)
{
	hang_if_asked();
	(void)lwp_create_idle(curcpu()->c_id);
	sched_idle_loop();
}

/* The part that may take interrupts: everything about files, and the devices. */
static void
init_files(const struct boot_info *bi)
{
	vfs_init();
	unpack_root(bi);
	vfs_mount_boot();
	tty_init();
	dev_init(bi->cmdline);
}

void
kmain(const struct boot_info *bi)
{
	param_init(bi->cmdline);
	if (boot_param("debug") != NULL)
		klog_set_level(KLOG_DEBUG);
	klog(KLOG_INFO, "Bident %s, %llu MiB of memory\n", BIDENT_VERSION,
	    (unsigned long long)(bi->ram_bytes >> 20));
	mem_init(bi);
	arch_init_late();
	sched_init();
	proc_init();
	netbsd_abi_init();
	linux_abi_init();
	watch_init();
	arch_intr_on();
	init_files(bi);
	arch_start_cpus(cpu_main);
	klog(KLOG_INFO, "%u CPUs, %s; starting init %llu us after entry\n", ncpu, arch_machine(),
	    (unsigned long long)(clock_mono_ns() / NSEC_PER_USEC));
	proc_start_init();
	reclaim_start();
	hang_if_asked();
	sched_idle_loop();
}
