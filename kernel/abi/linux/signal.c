/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as Linux programs on x86-64 see them: the calls, the frame that a handler finds on its
 * stack, the return from it.
 *
 * The frame, from high addresses to low, below the red zone of 128 bytes of the interrupted code
 * (or at the top of the alternate stack):
 *
 *	FPU state	64-byte aligned; the bytes that XSAVE wrote, then a magic word. Bytes 464
 *			to 511 say how long it is
 *	siginfo		128 bytes
 *	ucontext	304 bytes: alternate stack, registers, pointer to the FPU state, the mask
 *			to return to
 *	restorer	the handler's return address: libc's function that calls rt_sigreturn
 *
 * rsp at the handler's entry is 8 below a multiple of 16, as after a call. rt_sigreturn finds the
 * frame at rsp - 8 and takes back what it finds there. The program owns these bytes and may have
 * put anything into them: segments must be the user's own, flags are masked, the instruction
 * pointer must be a user address, the FPU state is examined before it is loaded. A frame that fails
 * this ends in SIGSEGV.
 */
#include "abi/linux/linux_int.h"

#include "machine/frame.h"
#include "mem/cache.h"
#include "sched/clock.h"
#include "signal/signal.h"

STATIC_ASSERT(LX_SS_DISABLE == SS_DISABLE && LX_SS_ONSTACK == SS_ONSTACK);
STATIC_ASSERT(LX_SS_AUTODISARM == SS_AUTODISARM && LX_SA_RESTORER == SA_RESTORER);

#define FXSAVE_SIZE	512u
#define LINUX_CS	0x33	/* the selectors that Linux programs know */
#define LINUX_SS	0x2b

int
linux_sigset_in(vaddr_t uset, uint64_t size, sigset_t *set)
{
	int error;

	if (size != sizeof(*set))
		return EINVAL;
	if ((error = copyin(uptr(uset), set, sizeof(*set))) == 0)
		*set &= ~SIG_UNMASKABLE;
	return error;
}

/*
 * Which of the forms of siginfo a signal has follows from its code, and for the kernel's own from
 * its number.
 */
static void
linux_siginfo_of(const struct ksiginfo *ksi, struct linux_siginfo *info)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = ksi->ks_signo;
	info->si_errno = ksi->ks_errno;
	info->si_code = ksi->ks_code;
	if (ksi->ks_code == SI_TIMER) {
		info->u.timer.tid = ksi->ks_timerid;
		info->u.timer.overrun = ksi->ks_overrun;
		info->u.timer.value = ksi->ks_value;
	} else if (ksi->ks_code <= 0 || ksi->ks_code == SI_KERNEL) {
		info->u.rt.pid = ksi->ks_pid;
		info->u.rt.uid = ksi->ks_uid;
		info->u.rt.value = ksi->ks_value;
		if ((SIGBIT(ksi->ks_signo) & SIG_SYNCHRONOUS) != 0 && ksi->ks_code == SI_KERNEL)
			info->u.fault.addr = ksi->ks_addr;
	} else if (ksi->ks_signo == SIGCHLD) {
		info->u.chld.pid = ksi->ks_pid;
		info->u.chld.uid = ksi->ks_uid;
		info->u.chld.status = ksi->ks_code == CLD_EXITED ? ksi->ks_status & 0xff :
		    ksi->ks_status;
		info->u.chld.utime = linux_ticks(ksi->ks_utime_ns);
		info->u.chld.stime = linux_ticks(ksi->ks_stime_ns);
	} else if (ksi->ks_signo == SIGIO) {
		info->u.poll.band = ksi->ks_band;
		info->u.poll.fd = ksi->ks_fd;
	} else {
		info->u.fault.addr = ksi->ks_addr;
	}
}

static struct linux_stack
linux_stack_of(const struct sigaltstack_k *k)
{
	return (struct linux_stack){ .ss_sp = k->ss_sp, .ss_flags = (int32_t)k->ss_flags,
	    .ss_size = k->ss_size };
}

static void
linux_regs_save(const struct trapframe *tf, struct linux_sigcontext *sc)
{
	sc->r8 = tf->tf_r8;
	sc->r9 = tf->tf_r9;
	sc->r10 = tf->tf_r10;
	sc->r11 = tf->tf_r11;
	sc->r12 = tf->tf_r12;
	sc->r13 = tf->tf_r13;
	sc->r14 = tf->tf_r14;
	sc->r15 = tf->tf_r15;
	sc->rdi = tf->tf_rdi;
	sc->rsi = tf->tf_rsi;
	sc->rbp = tf->tf_rbp;
	sc->rbx = tf->tf_rbx;
	sc->rdx = tf->tf_rdx;
	sc->rax = tf->tf_rax;
	sc->rcx = tf->tf_rcx;
	sc->rsp = tf->tf_rsp;
	sc->rip = tf->tf_rip;
	sc->eflags = tf->tf_rflags;
	sc->cs = LINUX_CS;
	sc->ss = LINUX_SS;
}

static void
linux_regs_load(struct trapframe *tf, const struct linux_sigcontext *sc)
{
	tf->tf_r8 = sc->r8;
	tf->tf_r9 = sc->r9;
	tf->tf_r10 = sc->r10;
	tf->tf_r11 = sc->r11;
	tf->tf_r12 = sc->r12;
	tf->tf_r13 = sc->r13;
	tf->tf_r14 = sc->r14;
	tf->tf_r15 = sc->r15;
	tf->tf_rdi = sc->rdi;
	tf->tf_rsi = sc->rsi;
	tf->tf_rbp = sc->rbp;
	tf->tf_rbx = sc->rbx;
	tf->tf_rdx = sc->rdx;
	tf->tf_rax = sc->rax;
	tf->tf_rcx = sc->rcx;
	tf->tf_rsp = sc->rsp;
	tf->tf_rip = sc->rip;
	tf->tf_rflags = (sc->eflags & RFLAGS_USER) | RFLAGS_1 | RFLAGS_IF;
}

/* Bytes that the FPU state takes in a frame. */
static size_t
linux_fpu_frame_size(void)
{
	return arch_fpu_size() + (arch_fpu_features() != 0 ? sizeof(uint32_t) : 0);
}

static int
linux_fpu_save(vaddr_t ufp)
{
	const uint32_t magic2 = LX_FP_XSTATE_MAGIC2;
	struct linux_fpx_sw_bytes sw = {
		.magic1 = LX_FP_XSTATE_MAGIC1,
		.extended_size = (uint32_t)linux_fpu_frame_size(),
		.xfeatures = arch_fpu_features(),
		.xstate_size = (uint32_t)arch_fpu_size(),
	};
	int error;

	if ((error = arch_fpu_store_user(uptr(ufp))) != 0)
		return error;
	if (arch_fpu_features() == 0)
		return user_clear(uptr(ufp + LX_FPX_SW_OFFSET), sizeof(sw));
	if ((error = copyout(&sw, uptr(ufp + LX_FPX_SW_OFFSET), sizeof(sw))) != 0)
		return error;
	return copyout(&magic2, uptr(ufp + arch_fpu_size()), sizeof(magic2));
}

/* Where the frame goes: *fpu and *frame. EFAULT when the alternate stack is too small. */
static int
linux_sigframe_place(struct lwp *l, const struct sigaction_k *sa, vaddr_t sp, vaddr_t *fpu,
    vaddr_t *frame)
{
	const struct sigaltstack_k *alt = &l->l_altstack;
	bool on = signal_frame_top(l, sa, sp, &sp);

	*fpu = (sp - linux_fpu_frame_size()) & ~63ull;
	*frame = ((*fpu - sizeof(struct linux_sigframe)) & ~15ull) - 8;
	if (*frame >= sp || sp > USER_MAX)
		return EFAULT;
	if (on && (alt->ss_flags & SS_AUTODISARM) == 0 && *frame < alt->ss_sp)
		return EFAULT;
	return 0;
}

int
linux_sendsig(struct lwp *l, const struct sigaction_k *sa, const struct ksiginfo *ksi,
    sigset_t oldmask)
{
	struct trapframe *tf = arch_lwp_frame(l);
	struct linux_sigframe sf;
	vaddr_t fpu, frame;
	int error;

	l->l_restart_deadline_ns = 0;
	if ((sa->sa_flags & SA_RESTORER) == 0)
		return EFAULT;	/* there is no other way back */
	if ((error = linux_sigframe_place(l, sa, tf->tf_rsp, &fpu, &frame)) != 0 ||
	    (error = linux_fpu_save(fpu)) != 0)
		return error;

	memset(&sf.uc, 0, sizeof(sf.uc));
	sf.restorer = sa->sa_restorer;
	linux_siginfo_of(ksi, &sf.info);
	sf.uc.uc_flags = LX_UC_SIGCONTEXT_SS | LX_UC_STRICT_RESTORE_SS;
	if (arch_fpu_features() != 0)
		sf.uc.uc_flags |= LX_UC_FP_XSTATE;
	sf.uc.uc_stack = linux_stack_of(&l->l_altstack);
	if (l->l_altstack.ss_size == 0)
		sf.uc.uc_stack.ss_flags |= LX_SS_DISABLE;
	if (signal_on_altstack(l, tf->tf_rsp))
		sf.uc.uc_stack.ss_flags |= LX_SS_ONSTACK;
	linux_regs_save(tf, &sf.uc.uc_mcontext);
	sf.uc.uc_mcontext.trapno = (uint64_t)ksi->ks_trapno;
	sf.uc.uc_mcontext.err = ksi->ks_trap_error;
	sf.uc.uc_mcontext.cr2 = ksi->ks_addr;
	sf.uc.uc_mcontext.fpstate = fpu;
	sf.uc.uc_mcontext.oldmask = oldmask;
	sf.uc.uc_sigmask = oldmask;
	if ((error = copyout(&sf, uptr(frame), sizeof(sf))) != 0)
		return error;

	if ((l->l_altstack.ss_flags & SS_AUTODISARM) != 0)
		l->l_altstack = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
	tf->tf_rdi = (uint64_t)ksi->ks_signo;
	tf->tf_rsi = frame + offsetof(struct linux_sigframe, info);
	tf->tf_rdx = frame + offsetof(struct linux_sigframe, uc);
	tf->tf_rax = 0;
	tf->tf_rsp = frame;
	tf->tf_rip = sa->sa_handler;
	tf->tf_rflags &= ~(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	arch_fpu_reset(l);
	return 0;
}

/*
 * What the frame's software bytes say: how many bytes of state there are, 512 if they are not ours.
 */
static int
linux_fpu_frame_check(vaddr_t ufp, size_t *size)
{
	struct linux_fpx_sw_bytes sw;
	uint32_t magic2;
	int error;

	*size = FXSAVE_SIZE;
	if (arch_fpu_features() == 0)
		return 0;
	if ((error = copyin(uptr(ufp + LX_FPX_SW_OFFSET), &sw, sizeof(sw))) != 0)
		return error;
	if (sw.magic1 != LX_FP_XSTATE_MAGIC1 || sw.xstate_size < FXSAVE_SIZE + 64 ||
	    sw.xstate_size > arch_fpu_size() || sw.xstate_size > sw.extended_size)
		return 0;
	if ((error = copyin(uptr(ufp + sw.xstate_size), &magic2, sizeof(magic2))) != 0)
		return error;
	if (magic2 == LX_FP_XSTATE_MAGIC2)
		*size = sw.xstate_size;
	return 0;
}

#define XSTATE_BV_OFFSET	512	/* of the XSAVE header's first word in the area */
#define XSTATE_LEGACY		3ull	/* x87 and SSE */

static int
linux_fpu_restore(struct lwp *l, vaddr_t ufp)
{
	size_t size;
	uint8_t *area;
	int error;

	if (ufp == 0) {
		arch_fpu_reset(l);
		return 0;
	}
	if ((error = linux_fpu_frame_check(ufp, &size)) != 0)
		return error;
	if (size == arch_fpu_size() && ufp % 64 == 0)
		return arch_fpu_load_user(uptr(ufp));
	if ((area = kmalloc(arch_fpu_size())) == NULL)
		return ENOMEM;
	error = copyin(uptr(ufp), area, size);
	if (error == 0 && size == FXSAVE_SIZE && arch_fpu_features() != 0) {
		uint64_t bv = XSTATE_LEGACY;

		memcpy(area + XSTATE_BV_OFFSET, &bv, sizeof(bv));
	}
	if (error == 0 && !arch_fpu_valid(area, arch_fpu_size()))
		error = EINVAL;
	if (error == 0) {
		memcpy(arch_fpu_area(l), area, arch_fpu_size());
		arch_fpu_load(l);
	}
	kfree(area);
	return error;
}

static int
linux_sigreturn(struct linux_call *c)
{
	struct trapframe *tf = c->lc_frame;
	vaddr_t frame = tf->tf_rsp - offsetof(struct linux_sigframe, uc);
	struct linux_ucontext uc;
	struct sigaltstack_k alt;
	int error;

	error = copyin(uptr(frame + offsetof(struct linux_sigframe, uc)), &uc, sizeof(uc));
	if (error != 0)
		return error;
	if (uc.uc_mcontext.rip >= USER_MAX || uc.uc_mcontext.cs != LINUX_CS ||
	    (uc.uc_mcontext.ss != LINUX_SS && uc.uc_mcontext.ss != 0))
		return EFAULT;
	if ((error = linux_fpu_restore(c->lc_lwp, uc.uc_mcontext.fpstate)) != 0)
		return error;
	linux_regs_load(tf, &uc.uc_mcontext);
	signal_mask_set(c->lc_lwp, uc.uc_sigmask & ~SIG_UNMASKABLE);
	/* A stack that cannot be taken back is left as it is, as Linux does. */
	alt = (struct sigaltstack_k){
		.ss_sp = uc.uc_stack.ss_sp,
		.ss_size = uc.uc_stack.ss_size,
		.ss_flags = (uint32_t)uc.uc_stack.ss_flags & (SS_DISABLE | SS_AUTODISARM),
	};
	error = signal_altstack(c->lc_lwp, tf->tf_rsp, &alt, NULL);
	(void)error;
	return 0;
}

int
linux_sys_rt_sigreturn(struct linux_call *c)
{
	struct ksiginfo ksi = ksiginfo_kernel(SIGSEGV);

	if (linux_sigreturn(c) != 0)
		signal_force(c->lc_lwp, &ksi);
	return EJUSTRETURN;
}

int
linux_sys_kill(struct linux_call *c)
{
	return signal_kill(c->lc_lwp, ARG_INT(c, 0), ARG_INT(c, 1));
}

static int
linux_tgkill(struct linux_call *c, pid_t tgid, pid_t tid, int signo)
{
	struct ksiginfo ksi = ksiginfo_user(c->lc_proc, signo, SI_TKILL);

	return signal_kill_lwp(c->lc_lwp, tgid, tid, &ksi);
}

int
linux_sys_tkill(struct linux_call *c)
{
	if (ARG_INT(c, 0) <= 0)
		return EINVAL;
	return linux_tgkill(c, 0, ARG_INT(c, 0), ARG_INT(c, 1));
}

int
linux_sys_tgkill(struct linux_call *c)
{
	if (ARG_INT(c, 0) <= 0 || ARG_INT(c, 1) <= 0)
		return EINVAL;
	return linux_tgkill(c, ARG_INT(c, 0), ARG_INT(c, 1), ARG_INT(c, 2));
}

/*
 * A siginfo of a program's making. It may not look like the kernel's, or like another's kill,
 * unless sent to oneself.
 */
int
linux_siginfo_in(struct linux_call *c, vaddr_t uinfo, int signo, pid_t to, struct ksiginfo *ksi)
{
	struct linux_siginfo info;
	int error;

	if ((error = copyin(uptr(uinfo), &info, sizeof(info))) != 0)
		return error;
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && to != c->lc_proc->p_pid)
		return EPERM;
	if (signo < 0 || signo >= NSIG)
		return EINVAL;
	*ksi = (struct ksiginfo){
		.ks_signo = signo,
		.ks_code = info.si_code,
		.ks_errno = info.si_errno,
		.ks_pid = info.u.rt.pid,
		.ks_uid = info.u.rt.uid,
		.ks_value = info.u.rt.value,
	};
	return 0;
}

int
linux_sys_rt_sigqueueinfo(struct linux_call *c)
{
	pid_t pid = ARG_INT(c, 0);
	struct ksiginfo ksi;
	int error;

	error = linux_siginfo_in(c, ARG_VA(c, 2), ARG_INT(c, 1), pid, &ksi);
	if (error == 0 && pid <= 0)
		error = ESRCH;
	return error != 0 ? error : signal_kill_info(c->lc_lwp, pid, &ksi);
}

int
linux_sys_rt_tgsigqueueinfo(struct linux_call *c)
{
	struct ksiginfo ksi;
	int error;

	if (ARG_INT(c, 0) <= 0 || ARG_INT(c, 1) <= 0)
		return EINVAL;
	error = linux_siginfo_in(c, ARG_VA(c, 3), ARG_INT(c, 2), ARG_INT(c, 0), &ksi);
	return error != 0 ? error : signal_kill_lwp(c->lc_lwp, ARG_INT(c, 0), ARG_INT(c, 1), &ksi);
}

int
linux_sys_rt_sigaction(struct linux_call *c)
{
	struct sigaction_k new, old;
	struct linux_sigaction sa;
	int error;

	if (c->lc_arg[3] != sizeof(sigset_t))
		return EINVAL;
	if (ARG_VA(c, 1) != 0) {
		if ((error = copyin(uptr(ARG_VA(c, 1)), &sa, sizeof(sa))) != 0)
			return error;
		new = (struct sigaction_k){
			.sa_handler = sa.sa_handler,
			.sa_flags = sa.sa_flags,
			.sa_restorer = sa.sa_restorer,
			.sa_mask = sa.sa_mask & ~SIG_UNMASKABLE,
		};
	}
	error = signal_action(c->lc_proc, ARG_INT(c, 0), ARG_VA(c, 1) != 0 ? &new : NULL, &old);
	if (error != 0 || ARG_VA(c, 2) == 0)
		return error;
	sa = (struct linux_sigaction){
		.sa_handler = old.sa_handler,
		.sa_flags = old.sa_flags,
		.sa_restorer = old.sa_restorer,
		.sa_mask = old.sa_mask,
	};
	return copyout(&sa, uptr(ARG_VA(c, 2)), sizeof(sa));
}

int
linux_sys_rt_sigprocmask(struct linux_call *c)
{
	sigset_t set, old = c->lc_lwp->l_sigmask;
	enum sig_how how;
	int error;

	if (c->lc_arg[3] != sizeof(sigset_t))
		return EINVAL;
	if (ARG_VA(c, 1) != 0) {
		if ((error = linux_sigset_in(ARG_VA(c, 1), sizeof(set), &set)) != 0)
			return error;
		switch (ARG_INT(c, 0)) {
		case LX_SIG_BLOCK:	how = SIG_BLOCK; break;
		case LX_SIG_UNBLOCK:	how = SIG_UNBLOCK; break;
		case LX_SIG_SETMASK:	how = SIG_SETMASK; break;
		default:		return EINVAL;
		}
		signal_mask(c->lc_lwp, how, set, &old);
	}
	if (ARG_VA(c, 2) == 0)
		return 0;
	return copyout(&old, uptr(ARG_VA(c, 2)), sizeof(old));
}

int
linux_sys_rt_sigpending(struct linux_call *c)
{
	sigset_t set;

	if (c->lc_arg[1] > sizeof(set))
		return EINVAL;
	set = signal_pending(c->lc_lwp);
	return copyout(&set, uptr(ARG_VA(c, 0)), c->lc_arg[1]);
}

int
linux_sys_rt_sigsuspend(struct linux_call *c)
{
	sigset_t set;
	int error;

	if ((error = linux_sigset_in(ARG_VA(c, 0), c->lc_arg[1], &set)) != 0)
		return error;
	return signal_suspend(c->lc_lwp, set);
}

int
linux_sys_pause(struct linux_call *c)
{
	return signal_suspend(c->lc_lwp, c->lc_lwp->l_sigmask);
}

int
linux_sys_rt_sigtimedwait(struct linux_call *c)
{
	uint64_t ns, deadline_ns = 0;
	struct linux_siginfo info;
	struct ksiginfo ksi;
	sigset_t set;
	int error;

	if ((error = linux_sigset_in(ARG_VA(c, 0), c->lc_arg[3], &set)) != 0)
		return error;
	if (ARG_VA(c, 2) != 0) {
		if ((error = linux_timespec_in(ARG_VA(c, 2), &ns)) != 0)
			return error;
		deadline_ns = ns == 0 ? 1 : clock_mono_ns() + ns;
	}
	if ((error = signal_timedwait(c->lc_lwp, set, &ksi, deadline_ns)) != 0)
		return error;
	c->lc_ret = ksi.ks_signo;
	if (ARG_VA(c, 1) == 0)
		return 0;
	linux_siginfo_of(&ksi, &info);
	return copyout(&info, uptr(ARG_VA(c, 1)), sizeof(info));
}

int
linux_sys_sigaltstack(struct linux_call *c)
{
	struct sigaltstack_k new, old;
	struct linux_stack ss;
	int error;

	if (ARG_VA(c, 0) != 0) {
		if ((error = copyin(uptr(ARG_VA(c, 0)), &ss, sizeof(ss))) != 0)
			return error;
		/* SS_ONSTACK, which the old answer may have, means nothing here. */
		if (((uint32_t)ss.ss_flags & ~(SS_DISABLE | SS_ONSTACK | SS_AUTODISARM)) != 0)
			return EINVAL;
		new = (struct sigaltstack_k){
			.ss_sp = ss.ss_sp,
			.ss_size = ss.ss_size,
			.ss_flags = (uint32_t)ss.ss_flags & ~SS_ONSTACK,
		};
	}
	error = signal_altstack(c->lc_lwp, c->lc_frame->tf_rsp, ARG_VA(c, 0) != 0 ? &new : NULL,
	    &old);
	if (error != 0 || ARG_VA(c, 1) == 0)
		return error;
	ss = linux_stack_of(&old);
	return copyout(&ss, uptr(ARG_VA(c, 1)), sizeof(ss));
}
