/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals and contexts as NetBSD/amd64 programs see them.
 *
 * The frame of a handler, from high addresses to low, below the red zone of 128 bytes of the
 * interrupted code (or at the top of the alternate stack): ucontext 784 bytes, siginfo 128, the
 * return address, which is libc's trampoline. rsp is 8 below a multiple of 16. The handler gets
 * signal, siginfo and ucontext in rdi, rsi, rdx; r15 has the ucontext as well: that is where the
 * trampoline takes it from, to give it to setcontext(2). So there is no sigreturn: getcontext,
 * setcontext, _lwp_create and handlers share one form of a context.
 *
 * A context is the program's to change. setcontext refuses an instruction pointer or flags that
 * user mode cannot have; segment registers are not looked at, they are always the user's. Of the
 * FPU a context holds x87 and SSE (512 bytes, as FXSAVE); what else the processor has stays as it
 * is, so a handler starts with the registers of the interrupted code, not with fresh ones.
 */
#include "abi/netbsd/netbsd_int.h"

#include "machine/frame.h"
#include "mem/cache.h"
#include "proc/exit.h"
#include "sched/clock.h"
#include "signal/signal.h"

#define FXSAVE_SIZE	512u
#define XSTATE_BV_OFFSET 512u
#define XSTATE_LEGACY	3ull	/* x87 and SSE */
#define NETBSD_CS	0x47	/* the selectors that NetBSD programs know */
#define NETBSD_DS	0x3f

/* --- siginfo --- */

/* NetBSD numbers some codes differently. */
static int
netbsd_code_of(const struct ksiginfo *ksi)
{
	switch (ksi->ks_code) {
	case SI_ASYNCIO:	return NB_SI_ASYNCIO;
	case SI_MESGQ:		return NB_SI_MESGQ;
	case SI_TKILL:		return NB_SI_LWP;
	case SI_KERNEL:		return ksi->ks_signo == SIGTRAP ? TRAP_BRKPT : NB_SI_NOINFO;
	default:		return ksi->ks_code;
	}
}

void
netbsd_siginfo_of(const struct ksiginfo *ksi, struct netbsd_siginfo *info)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = netbsd_signo_out(ksi->ks_signo);
	info->si_errno = netbsd_errno(ksi->ks_errno);
	info->si_code = netbsd_code_of(ksi);
	if (ksi->ks_code > 0 && ksi->ks_code != SI_KERNEL && ksi->ks_pid != 0) {
		/* A child's exit signal, whatever its number. */
		info->u.child.pid = ksi->ks_pid;
		info->u.child.uid = ksi->ks_uid;
		info->u.child.status = ksi->ks_code == CLD_EXITED ? ksi->ks_status :
		    netbsd_signo_out(ksi->ks_status);
		info->u.child.utime = (uint32_t)(ksi->ks_utime_ns / (NSEC_PER_SEC / NB_HZ));
		info->u.child.stime = (uint32_t)(ksi->ks_stime_ns / (NSEC_PER_SEC / NB_HZ));
	} else if (ksi->ks_code <= 0) {
		info->u.rt.pid = ksi->ks_pid;
		info->u.rt.uid = ksi->ks_uid;
		info->u.rt.value = ksi->ks_value;
	} else if ((SIGBIT(ksi->ks_signo) & SIG_SYNCHRONOUS) != 0) {
		info->u.fault.addr = ksi->ks_addr;
		info->u.fault.trap = ksi->ks_trapno;
	} else {
		info->u.rt.pid = ksi->ks_pid;
		info->u.rt.uid = ksi->ks_uid;
	}
}

/* --- contexts --- */

static void
netbsd_regs_save(const struct trapframe *tf, uint64_t *r)
{
	r[NB_RDI] = tf->tf_rdi;
	r[NB_RSI] = tf->tf_rsi;
	r[NB_RDX] = tf->tf_rdx;
	r[NB_RCX] = tf->tf_rcx;
	r[NB_R8] = tf->tf_r8;
	r[NB_R9] = tf->tf_r9;
	r[NB_R10] = tf->tf_r10;
	r[NB_R11] = tf->tf_r11;
	r[NB_R12] = tf->tf_r12;
	r[NB_R13] = tf->tf_r13;
	r[NB_R14] = tf->tf_r14;
	r[NB_R15] = tf->tf_r15;
	r[NB_RBP] = tf->tf_rbp;
	r[NB_RBX] = tf->tf_rbx;
	r[NB_RAX] = tf->tf_rax;
	r[NB_GS] = r[NB_FS] = 0;
	r[NB_ES] = r[NB_DS] = r[NB_SS] = NETBSD_DS;
	r[NB_TRAPNO] = tf->tf_trapno == TRAP_SYSCALL ? 0 : tf->tf_trapno;
	r[NB_ERR] = 0;
	r[NB_RIP] = tf->tf_rip;
	r[NB_CS] = NETBSD_CS;
	r[NB_RFLAGS] = tf->tf_rflags;
	r[NB_RSP] = tf->tf_rsp;
}

static void
netbsd_regs_load(struct trapframe *tf, const uint64_t *r)
{
	tf->tf_rdi = r[NB_RDI];
	tf->tf_rsi = r[NB_RSI];
	tf->tf_rdx = r[NB_RDX];
	tf->tf_rcx = r[NB_RCX];
	tf->tf_r8 = r[NB_R8];
	tf->tf_r9 = r[NB_R9];
	tf->tf_r10 = r[NB_R10];
	tf->tf_r11 = r[NB_R11];
	tf->tf_r12 = r[NB_R12];
	tf->tf_r13 = r[NB_R13];
	tf->tf_r14 = r[NB_R14];
	tf->tf_r15 = r[NB_R15];
	tf->tf_rbp = r[NB_RBP];
	tf->tf_rbx = r[NB_RBX];
	tf->tf_rax = r[NB_RAX];
	tf->tf_rip = r[NB_RIP];
	tf->tf_rflags = (r[NB_RFLAGS] & RFLAGS_USER) | RFLAGS_1 | RFLAGS_IF;
	tf->tf_rsp = r[NB_RSP];
}

int
netbsd_context_save(struct lwp *l, sigset_t mask, struct netbsd_ucontext *uc)
{
	struct trapframe *tf = arch_lwp_frame(l);
	bool on = signal_on_altstack(l, tf->tf_rsp);

	memset(uc, 0, sizeof(*uc));
	uc->uc_flags = NB_UC_SIGMASK | NB_UC_STACK | NB_UC_CPU | NB_UC_FPU | NB_UC_TLSBASE |
	    (on ? NB_UC_SETSTACK : NB_UC_CLRSTACK);
	uc->uc_sigmask = netbsd_sigset_from(mask);
	uc->uc_stack.ss_sp = l->l_altstack.ss_sp;
	uc->uc_stack.ss_size = l->l_altstack.ss_size;
	uc->uc_stack.ss_flags = (l->l_altstack.ss_flags & SS_DISABLE) != 0 ? NB_SS_DISABLE :
	    on ? NB_SS_ONSTACK : 0;
	netbsd_regs_save(tf, uc->uc_gregs);
	uc->uc_tlsbase = arch_get_fsbase(l);
	arch_fpu_save(l);
	memcpy(uc->uc_fpregs, arch_fpu_area(l), FXSAVE_SIZE);
	return 0;
}

/* Flags that only the system may change must be as they always are. */
#define RFLAGS_FORBIDDEN	(RFLAGS_IOPL | RFLAGS_NT | RFLAGS_VM | ~0x3fffffull)

int
netbsd_context_check(const struct netbsd_ucontext *uc)
{
	if ((uc->uc_flags & NB_UC_CPU) != 0 &&
	    (uc->uc_gregs[NB_RIP] >= USER_MAX || (uc->uc_gregs[NB_RFLAGS] & RFLAGS_FORBIDDEN) != 0))
		return EINVAL;
	if ((uc->uc_flags & NB_UC_TLSBASE) != 0 && uc->uc_tlsbase >= USER_MAX)
		return EINVAL;
	return 0;
}

/* x87 and SSE from the context, the rest as it is. */
static int
netbsd_fpu_load(struct lwp *l, const uint8_t *fpregs)
{
	uint8_t *area = kmalloc(arch_fpu_size());
	uint64_t bv;
	int error = 0;

	if (area == NULL)
		return ENOMEM;
	arch_fpu_save(l);
	memcpy(area, arch_fpu_area(l), arch_fpu_size());
	memcpy(area, fpregs, FXSAVE_SIZE);
	if (arch_fpu_features() != 0) {
		memcpy(&bv, area + XSTATE_BV_OFFSET, sizeof(bv));
		bv |= XSTATE_LEGACY;
		memcpy(area + XSTATE_BV_OFFSET, &bv, sizeof(bv));
	}
	if (!arch_fpu_valid(area, arch_fpu_size())) {
		error = EINVAL;
	} else {
		memcpy(arch_fpu_area(l), area, arch_fpu_size());
		arch_fpu_load(l);
	}
	kfree(area);
	return error;
}

int
netbsd_context_load(struct lwp *l, const struct netbsd_ucontext *uc)
{
	int error = 0;

	if ((uc->uc_flags & NB_UC_FPU) != 0)
		error = netbsd_fpu_load(l, uc->uc_fpregs);
	if (error != 0)
		return error;
	if ((uc->uc_flags & NB_UC_TLSBASE) != 0)
		(void)arch_set_fsbase(l, uc->uc_tlsbase);
	if ((uc->uc_flags & NB_UC_CPU) != 0)
		netbsd_regs_load(arch_lwp_frame(l), uc->uc_gregs);
	return 0;
}

int
netbsd_sys_getcontext(struct netbsd_call *c)
{
	struct netbsd_ucontext *uc = kmalloc(sizeof(*uc));
	int error;

	if (uc == NULL)
		return ENOMEM;
	error = netbsd_context_save(c->nc_lwp, c->nc_lwp->l_sigmask, uc);
	/* As if the call had returned 0. */
	uc->uc_gregs[NB_RAX] = uc->uc_gregs[NB_RDX] = 0;
	uc->uc_gregs[NB_RFLAGS] &= ~RFLAGS_CF;
	if (error == 0)
		error = copyout(uc, uptr(ARG_VA(c, 0)), sizeof(*uc));
	kfree(uc);
	return error;
}

int
netbsd_sys_setcontext(struct netbsd_call *c)
{
	struct netbsd_ucontext *uc;
	int error;

	if (ARG_VA(c, 0) == 0)	/* the end of the last context */
		proc_exit_lwp(c->nc_lwp, 0);
	if ((uc = kmalloc(sizeof(*uc))) == NULL)
		return ENOMEM;
	if ((error = copyin(uptr(ARG_VA(c, 0)), uc, sizeof(*uc))) == 0 &&
	    (uc->uc_flags & NB_UC_CPU) == 0)
		error = EINVAL;
	if (error == 0)
		error = netbsd_context_check(uc);
	if (error == 0)
		error = netbsd_context_load(c->nc_lwp, uc);
	if (error == 0 && (uc->uc_flags & NB_UC_SIGMASK) != 0)
		signal_mask_set(c->nc_lwp, netbsd_sigset_of(&uc->uc_sigmask) & ~SIG_UNMASKABLE);
	kfree(uc);
	return error == 0 ? EJUSTRETURN : error;
}

/* --- entering a handler --- */

/* Where the frame goes. EFAULT when the alternate stack is too small. */
static int
netbsd_frame_place(struct lwp *l, const struct sigaction_k *sa, vaddr_t sp, vaddr_t *frame)
{
	const struct sigaltstack_k *alt = &l->l_altstack;
	bool on = signal_frame_top(l, sa, sp, &sp);

	*frame = ((sp - sizeof(struct netbsd_sigframe)) & ~15ull) - 8;
	if (*frame >= sp || sp > USER_MAX || (on && *frame < alt->ss_sp))
		return EFAULT;
	return 0;
}

int
netbsd_sendsig(struct lwp *l, const struct sigaction_k *sa, const struct ksiginfo *ksi,
    sigset_t oldmask)
{
	struct trapframe *tf = arch_lwp_frame(l);
	struct netbsd_sigframe *sf;
	vaddr_t frame;
	int error;

	l->l_restart_deadline_ns = 0;
	if ((error = netbsd_frame_place(l, sa, tf->tf_rsp, &frame)) != 0)
		return error;
	if ((sf = kmalloc(sizeof(*sf))) == NULL)
		return ENOMEM;
	sf->sf_ra = sa->sa_restorer;
	netbsd_siginfo_of(ksi, &sf->sf_info);
	error = netbsd_context_save(l, oldmask, &sf->sf_uc);
	if (error == 0)
		error = copyout(sf, uptr(frame), sizeof(*sf));
	kfree(sf);
	if (error != 0)
		return error;
	tf->tf_rdi = (uint64_t)netbsd_signo_out(ksi->ks_signo);
	tf->tf_rsi = frame + offsetof(struct netbsd_sigframe, sf_info);
	tf->tf_rdx = tf->tf_r15 = frame + offsetof(struct netbsd_sigframe, sf_uc);
	tf->tf_rsp = frame;
	tf->tf_rip = sa->sa_handler;
	tf->tf_rflags &= ~(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	return 0;
}

/* --- the calls --- */

static struct ksiginfo
netbsd_kill_info(struct netbsd_call *c, int signo, int code)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);
	struct ksiginfo ksi = {
		.ks_signo = signo, .ks_code = code, .ks_pid = c->nc_proc->p_pid,
		    .ks_uid = cr->cr_uid,
	};

	cred_drop(cr);
	return ksi;
}

int
netbsd_sys_kill(struct netbsd_call *c)
{
	int signo = netbsd_signo_in(ARG_INT(c, 1));

	return signo < 0 ? EINVAL : signal_kill(c->nc_lwp, ARG_INT(c, 0), signo);
}

int
netbsd_sys__lwp_kill(struct netbsd_call *c)
{
	int signo = netbsd_signo_in(ARG_INT(c, 1));
	struct ksiginfo ksi;

	if (signo < 0)
		return EINVAL;
	if (!netbsd_lwp_exists(c->nc_proc, ARG_INT(c, 0)))
		return ESRCH;
	ksi = netbsd_kill_info(c, signo, SI_TKILL);
	return signal_kill_lwp(c->nc_lwp, c->nc_proc->p_pid, ARG_INT(c, 0), &ksi);
}

int
netbsd_sys_sigqueueinfo(struct netbsd_call *c)
{
	struct netbsd_siginfo info;
	struct ksiginfo ksi;
	int error, signo;

	if ((error = copyin(uptr(ARG_VA(c, 1)), &info, sizeof(info))) != 0)
		return error;
	if ((signo = netbsd_signo_in(info.si_signo)) < 0 || ARG_INT(c, 0) <= 0)
		return EINVAL;
	ksi = netbsd_kill_info(c, signo, SI_QUEUE);
	ksi.ks_value = info.u.rt.value;
	return signal_kill_info(c->nc_lwp, ARG_INT(c, 0), &ksi);
}

static const struct {
	uint32_t	 netbsd;
	uint64_t	 core;
} netbsd_sa_flags[] = {
	{ NB_SA_ONSTACK, SA_ONSTACK }, { NB_SA_RESTART, SA_RESTART },
	{ NB_SA_RESETHAND, SA_RESETHAND },
	{ NB_SA_NOCLDSTOP, SA_NOCLDSTOP }, { NB_SA_NODEFER, SA_NODEFER },
	{ NB_SA_NOCLDWAIT, SA_NOCLDWAIT },
	/* kept to be given back */
	{ NB_SA_SIGINFO, SA_SIGINFO }, { NB_SA_NOKERNINFO, 1ull << 32 },
};

static int
netbsd_action_in(struct netbsd_call *c, struct sigaction_k *k)
{
	struct netbsd_sigaction sa;
	int error = copyin(uptr(ARG_VA(c, 1)), &sa, sizeof(sa));

	if (error != 0)
		return error;
	if (((uint32_t)sa.sa_flags & ~NB_SA_ALL) != 0)
		return EINVAL;
	*k = (struct sigaction_k){
		.sa_handler = sa.sa_handler,
		.sa_mask = netbsd_sigset_of(&sa.sa_mask) & ~SIG_UNMASKABLE,
		.sa_restorer = ARG_VA(c, 3),
	};
	for (size_t i = 0; i < nitems(netbsd_sa_flags); i++)
		if (((uint32_t)sa.sa_flags & netbsd_sa_flags[i].netbsd) != 0)
			k->sa_flags |= netbsd_sa_flags[i].core;
	/*
	 * Only the siginfo trampoline (version 2) is offered; asked for where there is a handler.
	 */
	if (sa.sa_handler > SIG_IGN && (ARG_INT(c, 4) != 2 || ARG_VA(c, 3) == 0))
		return EINVAL;
	return 0;
}

int
netbsd_sys___sigaction_sigtramp(struct netbsd_call *c)
{
	struct sigaction_k new, old;
	struct netbsd_sigaction sa;
	int signo = netbsd_signo_in(ARG_INT(c, 0)), error;

	if (signo <= 0)
		return EINVAL;
	if (ARG_VA(c, 1) != 0 && (error = netbsd_action_in(c, &new)) != 0)
		return error;
	error = signal_action(c->nc_proc, signo, ARG_VA(c, 1) != 0 ? &new : NULL, &old);
	if (error != 0 || ARG_VA(c, 2) == 0)
		return error;
	sa = (struct netbsd_sigaction){
		.sa_handler = old.sa_handler, .sa_mask = netbsd_sigset_from(old.sa_mask),
	};
	for (size_t i = 0; i < nitems(netbsd_sa_flags); i++)
		if ((old.sa_flags & netbsd_sa_flags[i].core) != 0)
			sa.sa_flags |= (int32_t)netbsd_sa_flags[i].netbsd;
	return copyout(&sa, uptr(ARG_VA(c, 2)), sizeof(sa));
}

int
netbsd_sys___sigprocmask14(struct netbsd_call *c)
{
	sigset_t set, old = c->nc_lwp->l_sigmask;
	enum sig_how how;
	int error;

	if (ARG_VA(c, 1) != 0) {
		if ((error = netbsd_sigset_in(ARG_VA(c, 1), &set)) != 0)
			return error;
		switch (ARG_INT(c, 0)) {
		case NB_SIG_BLOCK:	how = SIG_BLOCK; break;
		case NB_SIG_UNBLOCK:	how = SIG_UNBLOCK; break;
		case NB_SIG_SETMASK:	how = SIG_SETMASK; break;
		default:		return EINVAL;
		}
		signal_mask(c->nc_lwp, how, set, &old);
	}
	return ARG_VA(c, 2) == 0 ? 0 : netbsd_sigset_out(ARG_VA(c, 2), old);
}

int
netbsd_sys___sigpending14(struct netbsd_call *c)
{
	return netbsd_sigset_out(ARG_VA(c, 0), signal_pending(c->nc_lwp));
}

int
netbsd_sys___sigsuspend14(struct netbsd_call *c)
{
	sigset_t set;
	int error;

	if ((error = netbsd_sigset_in(ARG_VA(c, 0), &set)) != 0)
		return error;
	return signal_suspend(c->nc_lwp, set);
}

/* The result is the errno alone in libc's eyes: the signal is in the siginfo. */
int
netbsd_sys___sigtimedwait50(struct netbsd_call *c)
{
	uint64_t ns, deadline_ns = 0;
	struct netbsd_siginfo info;
	struct ksiginfo ksi;
	sigset_t set;
	int error;

	if ((error = netbsd_sigset_in(ARG_VA(c, 0), &set)) != 0)
		return error;
	if (ARG_VA(c, 2) != 0) {
		if ((error = netbsd_timespec_in(ARG_VA(c, 2), &ns)) != 0)
			return error;
		deadline_ns = ns == 0 ? 1 : clock_mono_ns() + ns;
	}
	if ((error = signal_timedwait(c->nc_lwp, set, &ksi, deadline_ns)) != 0)
		return error;
	netbsd_siginfo_of(&ksi, &info);
	return ARG_VA(c, 1) == 0 ? 0 : copyout(&info, uptr(ARG_VA(c, 1)), sizeof(info));
}

int
netbsd_sys___sigaltstack14(struct netbsd_call *c)
{
	struct sigaltstack_k new = { 0 }, old;
	struct netbsd_stack ss;
	int error;

	if (ARG_VA(c, 0) != 0) {
		if ((error = copyin(uptr(ARG_VA(c, 0)), &ss, sizeof(ss))) != 0)
			return error;
		if ((ss.ss_flags & ~(NB_SS_DISABLE | NB_SS_ONSTACK)) != 0)
			return EINVAL;
		new.ss_sp = ss.ss_sp;
		new.ss_size = ss.ss_size;
		new.ss_flags = (ss.ss_flags & NB_SS_DISABLE) != 0 ? SS_DISABLE : 0;
	}
	error = signal_altstack(c->nc_lwp, c->nc_frame->tf_rsp, ARG_VA(c, 0) != 0 ? &new : NULL,
	    &old);
	if (error != 0 || ARG_VA(c, 1) == 0)
		return error;
	ss = (struct netbsd_stack){
		.ss_sp = old.ss_sp, .ss_size = old.ss_size,
		.ss_flags = ((old.ss_flags & SS_DISABLE) != 0 ? NB_SS_DISABLE : 0) |
		    ((old.ss_flags & SS_ONSTACK) != 0 ? NB_SS_ONSTACK : 0),
	};
	return copyout(&ss, uptr(ARG_VA(c, 1)), sizeof(ss));
}
