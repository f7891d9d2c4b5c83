/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux personality: table and dispatch of system calls.
 *
 * A program's call arrives as a trap frame: the number in rax, the arguments in rdi, rsi, rdx, r10,
 * r8, r9. The dispatch finds the implementation in a table made from syscalls.def, runs it, and
 * turns its errno into -errno in rax. The implementations, sorted into files by theme, only decode,
 * translate, call the core and encode: no policy lives here.
 *
 * Restarting. A call that ends with ERESTART or one of its kin is answered with -EINTR and noted in
 * l_restart. On the way to user mode the signal room decides: no handler runs, or (ERESTART) one
 * with SA_RESTART: linux_restart rewinds the frame to the syscall instruction; else the program
 * sees EINTR. A call with a relative timeout keeps its end in l_restart_deadline_ns, which the
 * restarted call finds as lc_deadline_ns; a handler clears it (linux_sendsig).
 *
 * A number that is not in the table is answered with ENOSYS and named once in the log. The boot
 * parameter `strace` (all programs) or `strace=NAME` (those of that name) logs every call.
 */
#include "abi/linux/linux_int.h"

#include "machine/frame.h"

#include <asm/unistd_64.h>

typedef int linux_sys_fn(struct linux_call *);

struct linux_sysent {
	const char	*se_name;
	linux_sys_fn	*se_fn;		/* null: ENOSYS, and no need to mention it */
	uint32_t	 se_nargs;
};

#define SYS(name, nargs)	[__NR_##name] = { #name, linux_sys_##name, nargs },
#define ALIAS(name, as, nargs)	[__NR_##name] = { #name, linux_sys_##as, nargs },
#define ABSENT(name)		[__NR_##name] = { #name, NULL, 6 },
static const struct linux_sysent linux_sysents[] = {
#include "abi/linux/syscalls.def"
};
#undef SYS
#undef ALIAS
#undef ABSENT

#define SYSCALL_INSN_LEN	2	/* bytes of the syscall instruction */

static const char *linux_trace;		/* null: off; "": all; else the name of a program */

/* Numbers that were missed already, a bit each; those too large share the last bit. */
static uint64_t linux_missed[16];

static void
linux_miss(uint64_t nr)
{
	uint64_t n = MIN(nr, (uint64_t)nitems(linux_missed) * 64 - 1);
	uint64_t bit = 1ull << (n % 64);
	uint64_t *word = &linux_missed[n / 64];

	if ((load_relaxed(word) & bit) != 0)
		return;
	if ((__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit) != 0)
		return;
	klog(KLOG_WARN, "linux: %s (%d) made system call %llu, which does not exist here\n",
	    curproc()->p_comm, curproc()->p_pid, (unsigned long long)nr);
}

static bool
linux_traced(const struct linux_call *c)
{
	if (likely(linux_trace == NULL))
		return false;
	return linux_trace[0] == '\0' || strcmp(linux_trace, c->lc_proc->p_comm) == 0;
}

static void
linux_trace_call(const struct linux_call *c, const struct linux_sysent *se, uint64_t nr, int error,
    bool done)
{
	char line[160];
	size_t n;

	n = (size_t)ksnprintf(line, sizeof(line), "[%d %s] ", c->lc_lwp->l_tid, c->lc_proc->p_comm);
	if (se == NULL || se->se_name == NULL)
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "#%llu(",
		    (unsigned long long)nr);
	else
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "%s(", se->se_name);
	for (uint32_t i = 0; se != NULL && i < se->se_nargs && n < sizeof(line); i++)
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "%s%llx", i == 0 ? "" : ", ",
		    (unsigned long long)c->lc_arg[i]);
	if (!done)
		klog(KLOG_INFO, "%s) ...\n", line);
	else if (error != 0)
		klog(KLOG_INFO, "%s) = error %d\n", line, error);
	else
		klog(KLOG_INFO, "%s) = 0x%llx\n", line, (unsigned long long)c->lc_ret);
}

/* Whether the call may not come back here, or only much later: traced when it starts, too. */
static bool
linux_trace_early(const struct linux_sysent *se)
{
	return se != NULL && (se->se_fn == linux_sys_exit_group || se->se_fn == linux_sys_exit ||
	    se->se_fn == linux_sys_execve || se->se_fn == linux_sys_wait4 ||
	    se->se_fn == linux_sys_vfork);
}

/* Calls that do not exist here, and all of them when they are traced. */
static int __noinline
linux_dispatch(struct linux_call *c, uint64_t nr)
{
	const struct linux_sysent *se = NULL;
	bool traced;
	int error = ENOSYS;

	if (nr < nitems(linux_sysents) && linux_sysents[nr].se_name != NULL)
		se = &linux_sysents[nr];
	traced = linux_traced(c);
	if (traced && linux_trace_early(se))
		linux_trace_call(c, se, nr, 0, false);
	if (se == NULL)
		linux_miss(nr);
	else if (se->se_fn != NULL)
		error = se->se_fn(c);
	if (traced)
		linux_trace_call(c, se, nr, error, true);
	return error;
}

/* The call did not end well, or is not to give a value. */
static void __noinline
linux_return_error(struct lwp *l, struct trapframe *tf, int error)
{
	if (error != ERESTARTNOHAND && error != ERESTART)
		l->l_restart_deadline_ns = 0;
	if (error == ERESTART || error == ERESTARTNOHAND || error == ERESTARTALWAYS) {
		l->l_restart = error;
		error = EINTR;
	}
	if (error != EJUSTRETURN)
		tf->tf_rax = (uint64_t)-(int64_t)error;
}

static void
linux_syscall(struct trapframe *tf)
{
	struct lwp *l = curlwp();
	struct linux_call call = {
		.lc_lwp = l,
		.lc_proc = l->l_proc,
		.lc_frame = tf,
		.lc_arg = { tf->tf_rdi, tf->tf_rsi, tf->tf_rdx, tf->tf_r10, tf->tf_r8, tf->tf_r9 },
		.lc_deadline_ns = l->l_restart_deadline_ns,
	};
	uint64_t nr = tf->tf_rax;
	int error;

	l->l_restart_deadline_ns = 0;
	l->l_restart = 0;
	l->l_syscall_nr = nr;
	if (likely(nr < nitems(linux_sysents) && linux_sysents[nr].se_fn != NULL &&
	    linux_trace == NULL))
		error = linux_sysents[nr].se_fn(&call);
	else
		error = linux_dispatch(&call, nr);
	if (likely(error == 0)) {
		l->l_restart_deadline_ns = 0;
		tf->tf_rax = (uint64_t)call.lc_ret;
	} else {
		linux_return_error(l, tf, error);
	}
}

static void
linux_restart(struct lwp *l, struct trapframe *tf)
{
	tf->tf_rax = l->l_syscall_nr;
	tf->tf_rip -= SYSCALL_INSN_LEN;
}

/* System V or GNU in the identification: what nobody asked before us has claimed. */
static bool
linux_recognise(const struct abi_file *af, uint32_t *hardening)
{
	uint8_t osabi = ((const uint8_t *)af->af_ehdr)[7];

	(void)hardening;
	return osabi == 0 || osabi == 3;
}

/*
 * AT_HWCAP is cpuid(1).edx; libraries ask the processor themselves for more. There is no vDSO,
 * hence no AT_SYSINFO_EHDR: libc then makes real calls for the time.
 */
static int
linux_exec_auxv(const struct abi_exec *ae, struct auxv_list *al)
{
	const struct cred *cr = ae->ae_cred;
	uint32_t a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	auxv_add(al, AT_CLKTCK, LX_HZ);
	auxv_add(al, AT_UID, cr->cr_uid);
	auxv_add(al, AT_EUID, cr->cr_euid);
	auxv_add(al, AT_GID, cr->cr_gid);
	auxv_add(al, AT_EGID, cr->cr_egid);
	auxv_add(al, AT_SECURE, ae->ae_setid);
	auxv_add(al, AT_RANDOM, ae->ae_random);
	auxv_add(al, AT_EXECFN, ae->ae_execfn);
	if (ae->ae_platform != 0)
		auxv_add(al, AT_PLATFORM, ae->ae_platform);
	auxv_add(al, AT_HWCAP, d);
	auxv_add(al, AT_MINSIGSTKSZ, 1024 + arch_fpu_size());
	return 0;
}

const struct abi_ops linux_abi = {
	.ab_name = "linux",
	.ab_syscall = linux_syscall,
	.ab_restart = linux_restart,
	.ab_sendsig = linux_sendsig,
	.ab_recognise = linux_recognise,
	.ab_exec_auxv = linux_exec_auxv,
	.ab_platform = "x86_64",
	.ab_lwp_leave = linux_lwp_leave,
};

void
linux_abi_init(void)
{
	linux_futex_init();
	linux_trace = boot_param("strace");
	abi_register(&linux_abi);
}

/* A program of any personality made a system call. */
void
syscall_entry(struct trapframe *tf)
{
	const struct abi_ops *abi = curproc()->p_abi;

	KASSERT(abi != NULL);
	abi->ab_syscall(tf);
}
