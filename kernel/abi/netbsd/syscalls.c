/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NetBSD/amd64 personality: table and dispatch of system calls, recognition, process start.
 *
 * A call arrives as a trap frame: the number in rax, arguments in rdi, rsi, rdx, r10, r8, r9, more
 * on the stack. It returns with carry clear and results in rax and rdx, or with carry set and the
 * errno in rax, rdx as it was. rcx and r11 are destroyed by the instruction, every other register
 * is as it was (SPEC ENT-8). The implementations only decode, translate, call the core and encode.
 *
 * A program is ours when its file has the note that names NetBSD. It starts with the address of its
 * ps_strings in rbx, all else zero.
 *
 * fork. The child gets a copy of the caller's frame with rax 0, rdx 1 and carry clear
 * (netbsd_fork): libc's stub computes its result from rax and rdx.
 *
 * Restarting. A call that ends with ERESTART or one of its kin is answered with EINTR and noted in
 * l_restart; user_return decides. The way back is to rewind rip to the instruction and to take the
 * number and, from r11, the flags back as they were.
 *
 * We do not offer the old gate int $0x80, nor the calls syscall and __syscall: only programs of
 * other machines and ages need them.
 */
#include "abi/netbsd/netbsd_int.h"

#include "abi/netbsd/netbsd.h"
#include "lib/point.h"
#include "machine/frame.h"
#include "proc/abi.h"
#include "proc/fork.h"
#include "proc/lwpctl.h"

typedef int netbsd_sys_fn(struct netbsd_call *);

struct netbsd_sysent {
	const char	*se_name;
	netbsd_sys_fn	*se_fn;
	uint32_t	 se_nargs;
};

#define NSYSENT	512

#define SYS(number, name, nargs)	[number] = { #name, netbsd_sys_##name, nargs },
#define ALIAS(number, name, as, nargs)	[number] = { #name, netbsd_sys_##as, nargs },
static const struct netbsd_sysent netbsd_sysents[NSYSENT] = {
#include "abi/netbsd/syscalls.def"
};
#undef SYS
#undef ALIAS

#define SYSCALL_INSN_LEN	2	/* bytes of the syscall instruction */

static const char *netbsd_trace;	/* as linux's: null: off; "": all; else the name of a
					 * program */

/* Numbers that were missed already, a bit each. */
static uint64_t netbsd_missed[NSYSENT / 64];

static void
netbsd_miss(uint32_t nr)
{
	uint64_t bit = 1ull << (nr % 64), *word = &netbsd_missed[nr / 64];

	if ((load_relaxed(word) & bit) != 0)
		return;
	if ((__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit) != 0)
		return;
	klog(KLOG_WARN, "netbsd: %s (%d) made system call %u, which does not exist here\n",
	    curproc()->p_comm, curproc()->p_pid, nr);
}

static bool
netbsd_traced(const struct netbsd_call *c)
{
	if (likely(netbsd_trace == NULL))
		return false;
	return netbsd_trace[0] == '\0' || strcmp(netbsd_trace, c->nc_proc->p_comm) == 0;
}

static void
netbsd_trace_call(const struct netbsd_call *c, const struct netbsd_sysent *se, uint32_t nr,
    int error,
    bool done)
{
	char line[160];
	size_t n;

	n = (size_t)ksnprintf(line, sizeof(line), "[%d %s] ", c->nc_lwp->l_tid, c->nc_proc->p_comm);
	if (se->se_name == NULL)
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "#%u(", nr);
	else
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "%s(", se->se_name);
	for (uint32_t i = 0; i < MIN(se->se_nargs, 6u) && n < sizeof(line); i++)
		n += (size_t)ksnprintf(line + n, sizeof(line) - n, "%s%llx", i == 0 ? "" : ", ",
		    (unsigned long long)c->nc_arg[i]);
	if (!done)
		klog(KLOG_INFO, "%s) ...\n", line);
	else if (error != 0)
		klog(KLOG_INFO, "%s) = error %d\n", line, error);
	else
		klog(KLOG_INFO, "%s) = 0x%llx\n", line, (unsigned long long)c->nc_ret);
}

int
netbsd_stack_arg(const struct netbsd_call *c, uint32_t n, uint64_t *value)
{
	return copyin(uptr(c->nc_frame->tf_rsp + 8 * (n - 5)), value, sizeof(*value));
}

static int
netbsd_dispatch(struct netbsd_call *c, uint32_t nr)
{
	const struct netbsd_sysent *se = &netbsd_sysents[nr];
	bool traced = netbsd_traced(c);
	int error = ENOSYS;

	if (traced)
		netbsd_trace_call(c, se, nr, 0, false);
	if (se->se_fn == NULL)
		netbsd_miss(nr);
	else
		error = se->se_fn(c);
	if (traced)
		netbsd_trace_call(c, se, nr, error, true);
	return error;
}

/* Carry set, errno in rax. */
static void
netbsd_fail(struct trapframe *tf, int error)
{
	tf->tf_rax = (uint64_t)netbsd_errno(error);
	tf->tf_rflags |= RFLAGS_CF;
}

static void
netbsd_syscall(struct trapframe *tf)
{
	struct lwp *l = curlwp();
	struct netbsd_call call = {
		.nc_lwp = l,
		.nc_proc = l->l_proc,
		.nc_frame = tf,
		.nc_arg = { tf->tf_rdi, tf->tf_rsi, tf->tf_rdx, tf->tf_r10, tf->tf_r8, tf->tf_r9 },
		.nc_deadline_ns = l->l_restart_deadline_ns,
	};
	int error;

	l->l_restart_deadline_ns = 0;
	l->l_restart = 0;
	l->l_syscall_nr = tf->tf_rax;
	error = netbsd_dispatch(&call, (uint32_t)tf->tf_rax & (NSYSENT - 1));
	if (error != ERESTARTNOHAND && error != ERESTART)
		l->l_restart_deadline_ns = 0;
	switch (error) {
	case 0:
		tf->tf_rax = call.nc_ret;
		tf->tf_rdx = call.nc_ret1;
		tf->tf_rflags &= ~RFLAGS_CF;
		break;
	case EJUSTRETURN:
		return;
	case ERESTART:
	case ERESTARTNOHAND:
	case ERESTARTALWAYS:
		l->l_restart = error;
		netbsd_fail(tf, EINTR);
		return;		/* r11 remembers the flags */
	default:
		netbsd_fail(tf, error);
		break;
	}
	tf->tf_r11 = tf->tf_rflags;	/* destroyed anyhow: this allows the fast way back */
}

static void
netbsd_restart(struct lwp *l, struct trapframe *tf)
{
	tf->tf_rax = l->l_syscall_nr;
	tf->tf_rip -= SYSCALL_INSN_LEN;
	tf->tf_rflags = tf->tf_r11;
}

/* --- programs --- */

/* One note: where its content lies. False at the end, or when the notes are damaged. */
static bool
netbsd_note_next(const uint8_t **p, const uint8_t *end, const char **name, uint32_t *type,
    const uint8_t **desc,
    uint32_t *descsz)
{
	uint32_t head[3];

	if ((size_t)(end - *p) < sizeof(head))
		return false;
	memcpy(head, *p, sizeof(head));
	*p += sizeof(head);
	if (head[0] > (size_t)(end - *p) || roundup2((uint64_t)head[0], 4) > (size_t)(end - *p))
		return false;
	*name = head[0] > 0 && (*p)[head[0] - 1] == '\0' ? (const char *)*p : "";
	*p += roundup2(head[0], 4);
	if (head[1] > (size_t)(end - *p))
		return false;
	*desc = *p;
	*descsz = head[1];
	*type = head[2];
	*p += MIN(roundup2((uint64_t)head[1], 4), (uint64_t)(end - *p));
	return true;
}

static bool
netbsd_recognise(const struct abi_file *af, uint32_t *hardening)
{
	const uint8_t *p = af->af_notes, *end = p + af->af_notes_len, *desc;
	uint32_t type, descsz, pax;
	const char *name;
	bool ours = false;

	*hardening = 0;
	if (p == NULL)
		return false;
	while (netbsd_note_next(&p, end, &name, &type, &desc, &descsz)) {
		if (descsz < sizeof(uint32_t))
			continue;
		if (type == NB_NOTE_VERSION && strcmp(name, "NetBSD") == 0)
			ours = true;
		else if (type == NB_NOTE_PAX && strcmp(name, "PaX") == 0)
			memcpy(&pax, desc, sizeof(pax));
		else
			continue;
		if (type == NB_NOTE_PAX &&
		    (pax & (NB_PAX_MPROTECT | NB_PAX_NOMPROTECT)) == NB_PAX_MPROTECT)
			*hardening |= HARDEN_MPROTECT;
	}
	return ours;
}

static int
netbsd_exec_auxv(const struct abi_exec *ae, struct auxv_list *al)
{
	const struct cred *cr = ae->ae_cred;

	auxv_add(al, NB_AT_EUID, cr->cr_euid);
	auxv_add(al, NB_AT_RUID, cr->cr_uid);
	auxv_add(al, NB_AT_EGID, cr->cr_egid);
	auxv_add(al, NB_AT_RGID, cr->cr_gid);
	auxv_add(al, NB_AT_STACKBASE, ae->ae_stack_top);
	auxv_add(al, NB_AT_SUN_EXECNAME, ae->ae_execfn);
	return 0;
}

static void
netbsd_exec_regs(const struct abi_exec *ae, struct trapframe *tf)
{
	tf->tf_rbx = ae->ae_psstrings;
}

POINT_DEFINE(point_fork, "netbsd.fork", POINT_PROBE, 0);

static void
netbsd_fork(struct lwp *child, struct lwp *parent, uint32_t flags)
{
	struct trapframe *tf = arch_lwp_frame(child);

	(void)point_pass(&point_fork, (uintptr_t)child->l_tid, (uintptr_t)parent->l_tid, flags);
	if ((flags & (FORK_HOLD | FORK_SHARE_VM)) == (FORK_HOLD | FORK_SHARE_VM))
		lwp_ctl_lend(child, parent);
	tf->tf_rdx = 1;
	tf->tf_rflags &= ~RFLAGS_CF;
}

const struct abi_ops netbsd_abi = {
	.ab_name = "netbsd",
	.ab_syscall = netbsd_syscall,
	.ab_restart = netbsd_restart,
	.ab_sendsig = netbsd_sendsig,
	.ab_recognise = netbsd_recognise,
	.ab_exec_auxv = netbsd_exec_auxv,
	.ab_exec_regs = netbsd_exec_regs,
	.ab_psstrings = true,
	.ab_limits_lwps = true,
	.ab_fork = netbsd_fork,
	.ab_lwp_leave = netbsd_lwp_leave,
	.ab_proc_leave = netbsd_proc_leave,
};

void
netbsd_abi_init(void)
{
	netbsd_trace = boot_param("strace");
	abi_register(&netbsd_abi);
}
