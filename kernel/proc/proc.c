/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of all processes: storage, lookup, and the two that the kernel makes itself.
 *
 * Who keeps a struct proc alive. p_refs counts one for being on the tree (dropped by whoever reaps
 * it), one for each of its LWPs till that LWP's stack is gone, and one per proc_hold. What a
 * process has (space, files, ...) is given away when it exits, by the process itself, which may
 * sleep; what belongs to the structure (credential, limits, the charge) goes with the last
 * reference, which never sleeps.
 *
 * Process 0 is the kernel: its LWPs are the idle loops, its group and session are number 0, it is
 * the parent of init and of kernel processes until there is an init. It is on no list.
 *
 * Read next: fork.c, exit.c, wait.c; pid.c for lookup; admit.c for the counts.
 */
#include "arch/pmap.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "file/tty.h"
#include "fs/vfs.h"
#include "proc/exec.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "proc/ptimer.h"
#include "proc/ras.h"
#include "proc/vfsctx.h"
#include "signal/signal.h"
#include "vm/vm.h"

struct spinlock proc_tree_lock = SPINLOCK_INIT("proc_tree", RANK_PROC_TREE);
struct list proc_all = LIST_INIT(proc_all);
struct proc proc0;
struct proc *proc_init_proc;

static struct cache proc_cache = CACHE_INIT("proc", struct proc);

/* --- storage --- */

static void
proc_construct(struct proc *p)
{
	ref_init(&p->p_refs, 1);
	spin_init(&p->p_lock, "proc", RANK_PROC);
	list_init(&p->p_children);
	list_init(&p->p_sibling);
	list_init(&p->p_all_link);
	list_init(&p->p_pgrp_link);
	list_init(&p->p_lwps);
	poll_head_init(&p->p_exit_poll);
	list_init(&p->p_ctl_pages);
	cv_init(&p->p_wait_cv, "wait");
	cv_init(&p->p_lwp_cv, "lwpwait");
	sigpend_init(&p->p_sig);
	list_init(&p->p_ptimers);
	proc_itimer_init(p);
}

struct proc *
proc_alloc(void)
{
	struct proc *p = cache_alloc(&proc_cache);

	if (p != NULL) {
		FIELDS_BEGIN(proc, p);
		proc_construct(p);
	}
	return p;
}

void
proc_free(struct proc *p)
{
	ASSERT(list_empty(&p->p_children) && list_empty(&p->p_lwps));
	ASSERT(!list_linked(&p->p_all_link));
	ASSERT(p->p_space == NULL && p->p_fds == NULL && p->p_cwd == NULL);
	ASSERT(p->p_hold == NULL && p->p_pgrp == NULL);
	sigpend_clear(&p->p_sig);
	poll_head_fini(&p->p_exit_poll);
	ras_remove_all(p);
	forkstat_free(p);
	proc_release_acts(p);
	proc_release_limits(p);
	proc_release_cred(p);
	if (p->p_charge != NULL)
		ucount_put(p->p_charge);
	cache_free(&proc_cache, p);
}

struct proc *
proc_hold(struct proc *p)
{
	ref_get(&p->p_refs);
	return p;
}

void
proc_drop(struct proc *p)
{
	if (ref_put(&p->p_refs))
		proc_free(p);
}

/* --- giving away what a process has; each leaves null behind --- */

/* Takes the pointer away under the lock, so that lookups by others see it or null. */
#define PROC_TAKE(p, field) ({ \
	spin_lock(&(p)->p_lock); \
	__typeof__((p)->field) taken_ = (p)->field; \
	(p)->field = NULL; \
	spin_unlock(&(p)->p_lock); \
	taken_; })

void
proc_release_space(struct proc *p)
{
	struct vm_space *vs = PROC_TAKE(p, p_space);

	if (vs == NULL)
		return;
	forkstat_leave_space(p, vs);
	if (curproc() == p)
		pmap_activate(NULL);
	vm_space_drop(vs);
}

void
proc_release_files(struct proc *p)
{
	struct fd_table *ft = PROC_TAKE(p, p_fds);

	if (ft != NULL)
		fd_table_drop(ft);
}

void
proc_release_cwd(struct proc *p)
{
	struct cwd_info *cw = PROC_TAKE(p, p_cwd);

	if (cw != NULL)
		cwd_drop(cw);
}

void
proc_release_exe(struct proc *p)
{
	struct vnode *vn = PROC_TAKE(p, p_exe);

	if (vn != NULL) {
		vnode_text_put(vn);
		vnode_drop(vn);
	}
}

void
proc_release_acts(struct proc *p)
{
	if (p->p_acts != NULL)
		sigacts_drop(p->p_acts);
	p->p_acts = NULL;
}

void
proc_release_limits(struct proc *p)
{
	if (p->p_limits != NULL)
		plimit_drop(p->p_limits);
	p->p_limits = NULL;
}

void
proc_release_cred(struct proc *p)
{
	if (p->p_cred != NULL)
		cred_drop(p->p_cred);
	p->p_cred = NULL;
}

/* --- lookup --- */

struct proc *
proc_find_locked(pid_t pid)
{
	struct pid_slot *s = pid > 0 ? pid_slot_locked(pid) : NULL;

	return s != NULL ? s->ps_proc : NULL;
}

struct proc *
proc_find(pid_t pid)
{
	struct proc *p;

	spin_lock(&proc_tree_lock);
	p = proc_find_locked(pid);
	if (p != NULL)
		proc_hold(p);
	spin_unlock(&proc_tree_lock);
	return p;
}

struct proc *
proc_find_lwp(pid_t tid, struct lwp **lp)
{
	struct pid_slot *s;
	struct proc *p = NULL;

	spin_lock(&proc_tree_lock);
	s = tid > 0 ? pid_slot_locked(tid) : NULL;
	if (s != NULL && s->ps_lwp != NULL && s->ps_lwp->l_proc->p_state != PROC_EMBRYO) {
		*lp = s->ps_lwp;
		p = proc_hold(s->ps_lwp->l_proc);
	}
	spin_unlock(&proc_tree_lock);
	return p;
}

void
proc_foreach(bool (*fn)(struct proc *, void *), void *arg)
{
	spin_lock(&proc_tree_lock);
	list_foreach_safe(p, &proc_all, struct proc, p_all_link) {
		if (!fn(p, arg))
			break;
	}
	spin_unlock(&proc_tree_lock);
}

struct proc *
proc_next(pid_t after)
{
	struct proc *p;

	spin_lock(&proc_tree_lock);
	p = proc_find_locked(pid_next_proc_locked(after));
	if (p != NULL)
		proc_hold(p);
	spin_unlock(&proc_tree_lock);
	return p;
}

struct vm_space *
proc_space_hold(struct proc *p)
{
	struct vm_space *vs;

	spin_lock(&p->p_lock);
	if ((vs = p->p_space) != NULL)
		vm_space_hold(vs);
	spin_unlock(&p->p_lock);
	return vs;
}

struct fd_table *
proc_fds_hold(struct proc *p)
{
	struct fd_table *ft;

	spin_lock(&p->p_lock);
	if ((ft = p->p_fds) != NULL)
		fd_table_hold(ft);
	spin_unlock(&p->p_lock);
	return ft;
}

struct cwd_info *
proc_cwd_hold(struct proc *p)
{
	struct cwd_info *cw;

	spin_lock(&p->p_lock);
	if ((cw = p->p_cwd) != NULL)
		cwd_hold(cw);
	spin_unlock(&p->p_lock);
	return cw;
}

struct vnode *
proc_exe_hold(struct proc *p)
{
	struct vnode *vn;

	spin_lock(&p->p_lock);
	vn = vnode_hold(p->p_exe);
	spin_unlock(&p->p_lock);
	return vn;
}

void
proc_set_comm(struct proc *p, const char *name)
{
	spin_lock(&p->p_lock);
	strlcpy(p->p_comm, name, sizeof(p->p_comm));
	spin_unlock(&p->p_lock);
}

void
proc_stop_on(struct proc *p, uint32_t flag, bool on)
{
	ASSERT((flag & ~(PF_STOPFORK | PF_STOPEXEC | PF_STOPEXIT)) == 0);
	spin_lock(&p->p_lock);
	if (on)
		p->p_flags |= flag;
	else
		p->p_flags &= ~flag;
	spin_unlock(&p->p_lock);
}

/* While other LWPs live on after the first, the process looks like a zombie, as its leader is. */
/* --- the file system's view --- */

void
vfs_ctx_cur(struct vfs_ctx *ctx)
{
	struct proc *p = curproc();

	*ctx = (struct vfs_ctx){ .vc_cred = proc_cred_hold(p) };
	if (p->p_cwd != NULL) {
		cwd_get(p->p_cwd, &ctx->vc_root, &ctx->vc_cwd);
		ctx->vc_umask = cwd_umask(p->p_cwd);
	}
}

void
vfs_ctx_drop(struct vfs_ctx *ctx)
{
	cred_drop(ctx->vc_cred);
	vnode_drop(ctx->vc_root);
	vnode_drop(ctx->vc_cwd);
}

/* --- hooks of arch and vm --- */

struct arch_lwp *
lwp_arch(struct lwp *l)
{
	return &l->l_arch;
}

struct vm_space *
lwp_vm_space(struct lwp *l)
{
	return l->l_proc->p_space;
}

/* Everybody in the space has lost: one of them needed a page that there is not. */
void
proc_kill_oom(struct lwp *l)
{
	struct vm_space *vs = l->l_proc->p_space;
	struct ksiginfo ksi = ksiginfo_kernel(SIGKILL);
	struct cred *cr = proc_cred_hold(l->l_proc);

	klog(KLOG_WARN,
	    "proc: out of memory: killed pid %d (%s), uid %u, %llu KiB mapped, %llu resident\n",
	    l->l_proc->p_pid, l->l_proc->p_comm, cr->cr_uid,
	    (unsigned long long)load_relaxed(&vs->vs_size_pages) << (PAGE_SHIFT - 10),
	    (unsigned long long)vm_space_rss(vs) << (PAGE_SHIFT - 10));
	cred_drop(cr);
	spin_lock(&proc_tree_lock);
	list_foreach(p, &proc_all, struct proc, p_all_link) {
		if (load_relaxed(&p->p_space) == vs)
			(void)signal_post_proc_locked(p, &ksi);
	}
	spin_unlock(&proc_tree_lock);
}

/* --- the beginning --- */

void
proc_init(void)
{
	struct proc *p = &proc0;
	struct pgrp *pg;

	admit_init();
	fork_hook_init();
	ptimer_init();
	pid_init();
	proc_construct(p);
	p->p_flags = PF_KERNEL;
	p->p_state = PROC_ACTIVE;
	p->p_cred = cred_hold(&cred_kernel);
	p->p_limits = plimit_hold(&plimit_boot);
	p->p_acts = sigacts_hold(&sigacts_boot);
	p->p_charge = ucount_get(0);
	strlcpy(p->p_comm, "kernel", sizeof(p->p_comm));
	if (p->p_charge == NULL || cwd_create(NULL, NULL, 022, &p->p_cwd) != 0)
		panic("proc: no memory for process 0");
	p->p_charge->uc_nproc = 1;
	spin_lock(&proc_tree_lock);
	pg = pgrp_create_locked(0, NULL);
	if (pg == NULL)
		panic("proc: no memory for group 0");
	pgrp_join_locked(p, pg, NULL);
	spin_unlock(&proc_tree_lock);
	pgrp_drop(pg);
	(void)lwp_create_idle(0);
}

/* Gives init the console as its first three files. */
static int
init_open_console(struct proc *p)
{
	struct cred *cred = proc_cred_hold(p);
	struct file *f;
	int error = console_open(O_RDWR, cred, &f), fd;

	cred_drop(cred);
	for (int i = 0; error == 0 && i < 3; i++) {
		if (i < 2)
			file_hold(f);
		error = fd_alloc_install(p->p_fds, 0, 3, f, 0, &fd);
	}
	return error;
}

static void
init_try_exec(const char *path)
{
	static const char *const envp[] = { "HOME=/", "TERM=linux",
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	const char *const argv[] = { path, NULL };
	struct exec_req req = { .er_path = path, .er_kargv = argv, .er_kenvp = envp };
	int error = proc_exec(curlwp(), &req);

	if (error == 0)
		arch_enter_user();
	klog(error == ENOENT ? KLOG_DEBUG : KLOG_ERR, "proc: init %s: error %d\n", path, error);
}

/* Process 1 before it has a program. */
static void
init_main(void *arg)
{
	static const char *const fallback[] = { "/.bident/init", "/sbin/init", "/init", "/bin/init",
	    "/bin/sh" };
	const char *asked = boot_param("init");
	struct proc *p = curproc();
	int error;

	cwd_set_root(p->p_cwd, vnode_hold(vfs_root()));
	cwd_set_cwd(p->p_cwd, vnode_hold(vfs_root()));
	if ((error = init_open_console(p)) != 0)
		klog(KLOG_ERR, "proc: no console for init: error %d\n", error);
	if (asked != NULL && asked[0] != '\0') {
		init_try_exec(asked);
	} else {
		for (uint32_t i = 0; i < nitems(fallback); i++)
			init_try_exec(fallback[i]);
	}
	panic("no init: none of the programs for process 1 could be run");
}

void
proc_start_init(void)
{
	struct fork_args args = { .fa_flags = FORK_CLEAN_FILES, .fa_exit_signal = SIGCHLD,
	    .fa_start = init_main, .fa_name = "init", .fa_pid = 1 };
	int error = fork1(curlwp(), &args, NULL);

	if (error != 0)
		panic("proc: cannot start init: error %d", error);
}
