/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec: a process gets another program.
 *
 * All that can fail is done first, beside the old program, in a new address space: find the file
 * (through up to five scripts), copy the arguments, map program and interpreter, build the stack,
 * make private copies of what is shared, end the other LWPs. Then exec_commit switches, and nothing
 * in it fails. Its last step lets a vfork parent go (SPEC END-4, FIX-55): the parent never hears of
 * an exec that did not happen.
 *
 * Any error before the commit leaves the old program as it was, all its threads included but for
 * the last step: once proc_single_lwp has succeeded only the FPU area of a kernel LWP may still be
 * missing, at the start of init.
 */
#include "arch/arch.h"
#include "arch/pmap.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "fs/vfs.h"
#include "lib/point.h"
#include "proc/cred.h"
#include "proc/exec_int.h"
#include "proc/exit.h"
#include "proc/ptimer.h"
#include "proc/ras.h"
#include "proc/hold.h"
#include "proc/limits.h"
#include "proc/ucount.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "proc/vfsctx.h"
#include "signal/signal.h"
#include "vm/vm.h"

#define SCRIPTS_MAX	5

uint64_t
exec_random_pages(uint64_t n)
{
	return boot_param("norandmaps") != NULL ? 0 : arch_entropy() % n;
}

/* --- finding the program --- */

int
exec_lookup(struct exec *x, const char *path, struct vnode *at, uint32_t flags, struct vnode **vpp)
{
	struct vfs_ctx cur, ctx;
	int error;

	vfs_ctx_cur(&cur);
	ctx = cur;
	ctx.vc_cred = x->x_cred;
	ctx.vc_at = at;
	error = vfs_lookup_exec(&ctx, path, flags, vpp);
	if (error != 0)
		*vpp = NULL;
	vfs_ctx_drop(&cur);
	return error;
}

static int
exec_read_head(struct exec *x)
{
	int error = vfs_read_kernel(x->x_vnode, x->x_head, EXEC_HEAD, 0, &x->x_headlen);

	if (error == 0)
		x->x_head[x->x_headlen] = '\0';
	return error;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Cuts the #! line in x_head into interpreter and, if there is one, a single argument (the rest of
 * the line). ENOEXEC when there is no interpreter, or its name does not fit.
 */
static int
script_parse(struct exec *x, char **interp, char **arg)
{
	char *p = (char *)x->x_head + 2, *end = strchr(p, '\n');

	if (end == NULL)
		end = p + strlen(p);
	while (end > p && is_blank(end[-1]))
		end--;
	while (is_blank(*p))
		p++;
	if (p >= end)
		return ENOEXEC;
	*interp = p;
	while (p < end && !is_blank(*p))
		p++;
	if (p == (char *)x->x_head + EXEC_HEAD)
		return ENOEXEC;	/* cut off in the middle of the name */
	*arg = NULL;
	if (p < end) {
		*p++ = '\0';
		while (is_blank(*p))
			p++;
		*arg = p;
	}
	*end = '\0';
	return 0;
}

/* As long as the file is a script, its interpreter is the program and the script an argument. */
static int
exec_resolve_scripts(struct exec *x)
{
	const struct exec_req *req = x->x_req;
	char script[EXEC_HEAD + 1], *interp, *arg;
	const char *name = req->er_fdname != NULL ? req->er_fdname : req->er_path;
	int error;

	for (int depth = 0; x->x_headlen >= 2 && x->x_head[0] == '#' && x->x_head[1] == '!';
	    depth++) {
		struct vnode *vp;

		if (depth == SCRIPTS_MAX)
			return ELOOP;
		if ((error = script_parse(x, &interp, &arg)) != 0 ||
		    (error = exec_stack_script(x, interp, arg, name)) != 0 ||
		    (error = exec_lookup(x, interp, NULL, LOOKUP_FOLLOW, &vp)) != 0)
			return error;
		vnode_drop(x->x_vnode);
		x->x_vnode = vp;
		strlcpy(script, interp, sizeof(script));
		name = script;
		if ((error = exec_read_head(x)) != 0)
			return error;
	}
	return 0;
}

/*
 * The credential of the new program: set-id bits count for programs, not for scripts, and not while
 * the file system forbids.
 */
static int
exec_prepare_cred(struct exec *x)
{
	struct vnode *vp = x->x_vnode;
	struct cred *c;
	int error = cred_copy(x->x_cred, &c);

	if (error != 0)
		return error;
	if ((vp->vn_mount->mnt_flags & MNT_NOSUID) == 0 &&
	    (load_relaxed(&x->x_lwp->l_proc->p_flags) & PF_NONEWPRIVS) == 0) {
		if ((vp->vn_mode & S_ISUID) != 0)
			c->cr_euid = vp->vn_uid;
		if ((vp->vn_mode & (S_ISGID | 010)) == (S_ISGID | 010))
			c->cr_egid = vp->vn_gid;
	}
	x->x_setid = c->cr_euid != c->cr_uid || c->cr_egid != c->cr_gid;
	c->cr_suid = c->cr_fsuid = c->cr_euid;
	c->cr_sgid = c->cr_fsgid = c->cr_egid;
	cred_drop(x->x_cred);
	x->x_cred = c;
	return 0;
}

/* --- building --- */

/* Private copies of what other processes share (SPEC END-4, FIX-58), where there are none yet. */
static int
exec_unshare(struct exec *x)
{
	struct proc *p = x->x_lwp->l_proc;
	int error = 0;

	if (x->x_fds == NULL && p->p_fds != NULL && fd_table_shared(p->p_fds))
		error = fd_table_unshare(p->p_fds, &x->x_fds);
	if (error == 0 && p->p_fds != NULL)
		error = fd_table_prepare_exec(x->x_fds != NULL ? x->x_fds : p->p_fds);
	if (error == 0 && x->x_cwd == NULL && cwd_shared(p->p_cwd))
		error = cwd_copy(p->p_cwd, &x->x_cwd);
	if (error == 0 && x->x_acts == NULL)
		error = sigacts_copy(p->p_acts, true, &x->x_acts);
	return error;
}

static int
exec_new_space(struct exec *x)
{
	struct proc *p = x->x_lwp->l_proc;
	int error = vm_space_create(&x->x_space);

	if (error != 0)
		return error;
	x->x_space->vs_limit_as = proc_limit(p, RLIMIT_AS);
	x->x_space->vs_limit_data = proc_limit(p, RLIMIT_DATA);
	x->x_space->vs_limit_stack = proc_limit(p, RLIMIT_STACK);
	x->x_space->vs_limit_memlock = proc_limit(p, RLIMIT_MEMLOCK);
	return 0;
}

/* Nobody may write the program's file while it runs. */
static int
exec_take_text(struct exec *x)
{
	int error = vnode_text_get(x->x_vnode);

	x->x_text = error == 0;
	return error;
}

/*
 * Ends the other LWPs. What one of them has shared since is made private now; if memory is out for
 * that the exec fails and the caller lives on without them.
 */
static int
exec_be_alone(struct exec *x)
{
	int error = proc_single_lwp(x->x_lwp);

	return error != 0 ? error : exec_unshare(x);
}

static int
exec_set_frame(struct exec *x)
{
	return arch_frame_init_exec(x->x_lwp, x->x_entry, x->x_sp);
}

/* All that can fail, in order. Each has a point where it can be failed, held up or watched. */
#define EXEC_STEPS(X)									\
	X(space, exec_new_space, POINT_FAIL)							\
	X(stack, exec_stack_init, POINT_FAIL)							\
	X(head, exec_read_head, POINT_FAIL)							\
	X(args, exec_stack_args, POINT_FAIL)							\
	X(script, exec_resolve_scripts, POINT_FAIL)						\
	X(cred, exec_prepare_cred, POINT_FAIL)							\
	X(load, exec_elf_load, POINT_FAIL)							\
	X(finish, exec_stack_finish, POINT_FAIL)						\
	X(unshare, exec_unshare, POINT_FAIL)							\
	X(text, exec_take_text, POINT_FAIL)							\
	X(alone, exec_be_alone, POINT_FAIL)							\
	X(frame, exec_set_frame, 0)

#define STEP_POINT(name, fn, fail)							\
	POINT_DEFINE(point_##name, "exec." #name, (fail) | POINT_STALL | POINT_PROBE, ENOMEM);
EXEC_STEPS(STEP_POINT)
POINT_DEFINE(point_commit, "exec.commit", POINT_STALL | POINT_PROBE, 0);
POINT_DEFINE(point_exec, "proc:::exec", POINT_PROBE, 0);
POINT_DEFINE(point_success, "proc:::exec-success", POINT_PROBE, 0);
POINT_DEFINE(point_failure, "proc:::exec-failure", POINT_PROBE, 0);

#define STEP_ROW(name, fn, fail)	{ &point_##name, fn },
static const struct exec_step {
	struct point	*es_point;
	int		(*es_make)(struct exec *);
} exec_steps[] = { EXEC_STEPS(STEP_ROW) };

static int
exec_build(struct exec *x)
{
	uintptr_t pid = (uintptr_t)x->x_lwp->l_proc->p_pid;
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < nitems(exec_steps); i++) {
		if ((error = point_pass(exec_steps[i].es_point, pid, 0, 0)) == 0)
			error = exec_steps[i].es_make(x);
	}
	return error;
}

/* --- the switch: nothing fails from here on --- */

static void
commit_space(struct exec *x)
{
	struct proc *p = x->x_lwp->l_proc;
	struct vm_space *old;

	spin_lock(&p->p_lock);
	old = p->p_space;
	p->p_space = x->x_space;
	spin_unlock(&p->p_lock);
	x->x_space = NULL;
	pmap_activate(p->p_space->vs_pmap);
	if (old != NULL) {
		struct rusage_k peak = { .ru_maxrss_pages = MAX(old->vs_peak_rss,
		    vm_space_rss(old)) };

		spin_lock(&p->p_lock);
		rusage_add(&p->p_ru, &peak);
		spin_unlock(&p->p_lock);
		forkstat_leave_space(p, old);
		vm_space_drop(old);
	}
}

/* Swaps in the private copies; what they replace stays in x and is dropped with it. */
static void
commit_shared(struct exec *x)
{
	struct proc *p = x->x_lwp->l_proc;
	struct fd_table *fds = x->x_fds;
	struct cwd_info *cwd = x->x_cwd;
	struct sigacts *acts = x->x_acts;

	spin_lock(&p->p_lock);
	if (fds != NULL) {
		x->x_fds = p->p_fds;
		p->p_fds = fds;
	}
	if (cwd != NULL) {
		x->x_cwd = p->p_cwd;
		p->p_cwd = cwd;
	}
	x->x_acts = p->p_acts;
	p->p_acts = acts;
	spin_unlock(&p->p_lock);
	if (p->p_fds != NULL && fd_table_close_on_exec(p->p_fds) != 0)
		proc_kill_oom(x->x_lwp);	/* no way back; the end closes all */
}

static void
commit_identity(struct exec *x)
{
	struct lwp *l = x->x_lwp;
	struct proc *p = l->l_proc;
	const char *path = x->x_req->er_path, *slash = strrchr(path, '/');
	struct vnode *old_exe;

	proc_set_comm(p, slash != NULL ? slash + 1 : path);
	strlcpy(l->l_name, p->p_comm, sizeof(l->l_name));
	spin_lock(&p->p_lock);
	old_exe = p->p_exe;
	p->p_exe = vnode_hold(x->x_vnode);
	p->p_abi = x->x_abi;
	p->p_hardening = x->x_hardening;
	p->p_psstrings = x->x_info.ae_psstrings;
	p->p_flags = (p->p_flags | PF_EXECED) & ~(PF_SUGID | PF_NODUMP | PF_EXECING | PF_NPROC);
	p->p_acct &= ~PACCT_FORK;
	if (x->x_setid) {
		p->p_flags |= PF_SUGID;
		p->p_pdeathsig = 0;
	}
	spin_unlock(&p->p_lock);
	if (old_exe != NULL) {
		vnode_text_put(old_exe);
		vnode_drop(old_exe);
	}
	spin_lock(&proc_tree_lock);
	p->p_exit_signal = SIGCHLD;	/* FIX-56 */
	p->p_exec_gen++;
	spin_unlock(&proc_tree_lock);
}

static void
commit_lwp(struct lwp *l)
{
	l->l_altstack = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
	l->l_clear_tid = l->l_set_tid = l->l_robust_list = 0;
	l->l_robust_len = 0;
	l->l_pi = 0;
	l->l_restart = 0;
	ras_exec(l);
	ptimer_exit(l->l_proc);
}

static void
exec_commit(struct exec *x)
{
	struct lwp *l = x->x_lwp;
	struct proc *p = l->l_proc;

	if (p->p_abi != NULL && p->p_abi->ab_lwp_leave != NULL && p->p_space != NULL)
		p->p_abi->ab_lwp_leave(l);
	proc_release_abi(p);
	commit_space(x);
	commit_shared(x);
	commit_lwp(l);
	prof_exec(p);
	if (x->x_abi->ab_exec_regs != NULL)
		x->x_abi->ab_exec_regs(&x->x_info, arch_lwp_frame(l));
	/* Only effective ids can differ, so no count moves and this cannot fail. */
	if (proc_cred_set(p, cred_hold(x->x_cred)) != 0)
		UNREACHABLE();
	commit_identity(x);
	x->x_text = false;	/* the process has it now */
	fork_hold_release(p);
	(void)point_pass(&point_success, (uintptr_t)p->p_pid, 0, 0);
	if ((load_relaxed(&p->p_flags) & PF_STOPEXEC) != 0)
		signal_stop_proc(p, SIGSTOP);
}

static void
exec_fini(struct exec *x)
{
	exec_stack_fini(x);
	if (x->x_text)
		vnode_text_put(x->x_vnode);
	if (x->x_space != NULL)
		vm_space_drop(x->x_space);
	if (x->x_fds != NULL)
		fd_table_drop(x->x_fds);
	if (x->x_cwd != NULL)
		cwd_drop(x->x_cwd);
	if (x->x_acts != NULL)
		sigacts_drop(x->x_acts);
	cred_drop(x->x_cred);
	vnode_drop(x->x_vnode);
}

/*
 * A process that set its uid to one with too many processes already, and did not look at the
 * result, shall not run a program under it.
 */
static int
exec_check_nproc(struct proc *p)
{
	int error = 0;

	spin_lock(&p->p_lock);
	if ((p->p_flags & PF_NPROC) != 0 && !cred_is_root(p->p_cred) &&
	    load_relaxed(&p->p_charge->uc_nproc) > p->p_limits->pl_rlim[RLIMIT_NPROC].rl_cur)
		error = EAGAIN;
	else
		p->p_flags &= ~PF_NPROC;
	spin_unlock(&p->p_lock);
	return error;
}

static int
exec_find(struct exec *x)
{
	const struct exec_req *req = x->x_req;

	if (req->er_vnode != NULL)
		return exec_lookup(x, "", req->er_vnode, LOOKUP_EMPTY, &x->x_vnode);
	return exec_lookup(x, req->er_path, req->er_at, req->er_nofollow ? 0 : LOOKUP_FOLLOW,
	    &x->x_vnode);
}

int
proc_exec(struct lwp *l, const struct exec_req *req)
{
	struct exec x = { .x_lwp = l, .x_req = req, .x_cred = proc_cred_hold(l->l_proc) };
	uintptr_t pid = (uintptr_t)l->l_proc->p_pid;
	int error;

	(void)point_pass(&point_exec, pid, 0, 0);
	if ((error = exec_check_nproc(l->l_proc)) == 0 && (error = exec_find(&x)) == 0)
		error = exec_build(&x);
	if (error == 0) {
		(void)point_pass(&point_commit, pid, 0, 0);
		exec_commit(&x);
	} else {
		(void)point_pass(&point_failure, pid, (uintptr_t)error, 0);
	}
	exec_fini(&x);
	return error;
}
