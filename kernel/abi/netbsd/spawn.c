/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix_spawn: a new program in a new process, of which no instruction of the parent's code runs
 * (SPEC ENT-10).
 *
 * The caller copies the path, the file actions and the attributes into a struct netbsd_spawn and
 * forks as vfork does: it shares its memory and is held. The child begins in the kernel
 * (netbsd_spawn_child), does what it was told, and execs; the arguments it reads from the memory
 * that it shares till then. Its exec lets the caller go. If something fails it leaves the error
 * in the structure and dies unborn (PF_UNBORN): no signal, no zombie, and the caller is let go
 * only when nothing is left of it. The caller may be killed in the meantime: the structure is
 * counted.
 *
 * The order is NetBSD's: file actions, then attributes, then exec.
 */
#include "abi/netbsd/netbsd_int.h"

#include "mem/cache.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/ids.h"
#include "proc/limits.h"
#include "signal/signal.h"

#define ACTIONS_MAX	1024

struct netbsd_spawn {
	refcount_t	 sp_refs;
	char		*sp_path;	/* own */
	uint32_t	 sp_nactions;
	struct netbsd_file_action *sp_actions;	/* own  path: a kernel string, own */
	struct netbsd_spawnattr sp_attr;	/* sa_flags 0: none */
	vaddr_t		 sp_argv, sp_envp;
	int		 sp_error;	/* the child's, once the caller was let go */
};

static struct cache netbsd_spawn_cache = CACHE_INIT("netbsd_spawn", struct netbsd_spawn);

static bool
netbsd_fae_has_path(const struct netbsd_file_action *fae)
{
	return fae->fae_action == NB_FAE_OPEN || fae->fae_action == NB_FAE_CHDIR;
}

static void
netbsd_spawn_drop(struct netbsd_spawn *sp)
{
	if (!ref_put(&sp->sp_refs))
		return;
	for (uint32_t i = 0; i < sp->sp_nactions; i++)
		if (netbsd_fae_has_path(&sp->sp_actions[i]))
			netbsd_string_free((char *)sp->sp_actions[i].u.open.path);
	kfree(sp->sp_actions);
	if (sp->sp_path != NULL)
		netbsd_string_free(sp->sp_path);
	cache_free(&netbsd_spawn_cache, sp);
}

/* --- the caller's side --- */

static int
netbsd_actions_in(struct netbsd_spawn *sp, vaddr_t uactions)
{
	struct netbsd_file_actions fa;
	int error;

	if ((error = copyin(uptr(uactions), &fa, sizeof(fa))) != 0)
		return error;
	if (fa.fa_len > ACTIONS_MAX)
		return EINVAL;
	if (fa.fa_len == 0)
		return 0;
	if ((sp->sp_actions = kmalloc_array(fa.fa_len, sizeof(struct netbsd_file_action))) == NULL)
		return ENOMEM;
	error = copyin(uptr(fa.fa_fae), sp->sp_actions,
	    fa.fa_len * sizeof(struct netbsd_file_action));
	for (uint32_t i = 0; i < fa.fa_len && error == 0; i++) {
		struct netbsd_file_action *fae = &sp->sp_actions[i];
		char *path;

		if (netbsd_fae_has_path(fae)) {
			if ((error = netbsd_string_in(fae->u.open.path, &path)) != 0)
				break;
			fae->u.open.path = (uint64_t)path;
		}
		sp->sp_nactions = i + 1;
	}
	return error;
}

static int
netbsd_spawn_in(struct netbsd_call *c, struct netbsd_spawn **spp)
{
	struct netbsd_spawn *sp = cache_alloc(&netbsd_spawn_cache);
	int error;

	if (sp == NULL)
		return ENOMEM;
	ref_init(&sp->sp_refs, 1);
	sp->sp_argv = ARG_VA(c, 4);
	sp->sp_envp = ARG_VA(c, 5);
	error = netbsd_string_in(ARG_VA(c, 1), &sp->sp_path);
	if (error == 0 && ARG_VA(c, 2) != 0)
		error = netbsd_actions_in(sp, ARG_VA(c, 2));
	if (error == 0 && ARG_VA(c, 3) != 0)
		error = copyin(uptr(ARG_VA(c, 3)), &sp->sp_attr, sizeof(sp->sp_attr));
	if (error != 0)
		netbsd_spawn_drop(sp);
	else
		*spp = sp;
	return error;
}

/* --- the child's side --- */

static int
netbsd_spawn_open(struct proc *p, const struct netbsd_file_action *fae)
{
	uint32_t flags = netbsd_oflags_in((uint32_t)fae->u.open.oflag), fdflags;
	uint64_t limit = proc_limit(p, RLIMIT_NOFILE);
	struct vfs_ctx ctx;
	struct file *f;
	int error, fd;

	fdflags = (flags & O_CLOEXEC) != 0 ? FD_CLOEXEC : 0;
	if (fd_close(p->p_fds, fae->fae_fd) == ENOMEM)
		return ENOMEM;
	netbsd_ctx_begin(p, &ctx);
	error = vfs_open(&ctx, (const char *)fae->u.open.path, flags,
	    (flags & O_CREAT) != 0 ? fae->u.open.mode & 07777 : 0, &f);
	netbsd_ctx_end(&ctx);
	if (error != 0)
		return error;
	if ((error = fd_alloc_install(p->p_fds, 0, limit, f, fdflags, &fd)) != 0) {
		file_drop(f);
		return error;
	}
	if (fd == fae->fae_fd)
		return 0;
	error = fd_dup_to(p->p_fds, fd, fae->fae_fd, limit, fdflags);
	(void)fd_close(p->p_fds, fd);
	return error;
}

/* A descriptor that becomes itself is one that exec shall not close. */
static int
netbsd_spawn_dup2(struct proc *p, int old, int new)
{
	uint32_t flags;
	int error = fd_get_flags(p->p_fds, old, &flags);

	if (error != 0)
		return error;
	if (old == new)
		return fd_set_flags(p->p_fds, old, flags & ~(uint32_t)FD_CLOEXEC);
	return fd_dup_to(p->p_fds, old, new, proc_limit(p, RLIMIT_NOFILE), 0);
}

static int
netbsd_spawn_chdir(struct proc *p, const char *path)
{
	struct vfs_ctx ctx;
	struct vnode *vp;
	int error;

	netbsd_ctx_begin(p, &ctx);
	if ((error = vfs_lookup_enter(&ctx, path, &vp)) == 0)
		cwd_set_cwd(p->p_cwd, vp);
	netbsd_ctx_end(&ctx);
	return error;
}

static int
netbsd_spawn_fchdir(struct proc *p, int fd)
{
	struct vfs_ctx ctx;
	struct file *f;
	int error = fd_get(p->p_fds, fd, &f);

	if (error != 0)
		return error;
	netbsd_ctx_begin(p, &ctx);
	if (f->f_vnode == NULL || !vnode_is_dir(f->f_vnode))
		error = ENOTDIR;
	else if ((error = vnode_access(f->f_vnode, ctx.vc_cred, VACC_EXEC)) == 0)
		cwd_set_cwd(p->p_cwd, vnode_hold(f->f_vnode));
	netbsd_ctx_end(&ctx);
	file_drop(f);
	return error;
}

static int
netbsd_spawn_action(struct proc *p, const struct netbsd_file_action *fae)
{
	int error;

	if (fae->fae_fd < 0 && fae->fae_action != NB_FAE_CHDIR)
		return EBADF;
	switch (fae->fae_action) {
	case NB_FAE_OPEN:
		return netbsd_spawn_open(p, fae);
	case NB_FAE_DUP2:
		return fae->u.newfd < 0 ? EBADF : netbsd_spawn_dup2(p, fae->fae_fd, fae->u.newfd);
	case NB_FAE_CLOSE:
		error = fd_close(p->p_fds, fae->fae_fd);
		return error == EBADF ? 0 : error;	/* closed already is as it should be */
	case NB_FAE_CHDIR:
		return netbsd_spawn_chdir(p, (const char *)fae->u.open.path);
	case NB_FAE_FCHDIR:
		return netbsd_spawn_fchdir(p, fae->fae_fd);
	default:
		return EINVAL;
	}
}

static int
netbsd_spawn_resetids(struct proc *p)
{
	struct cred *cr = proc_cred_hold(p);
	int error = proc_setresuid(p, ID_NONE, cr->cr_uid, ID_NONE);

	if (error == 0)
		error = proc_setresgid(p, ID_NONE, cr->cr_gid, ID_NONE);
	cred_drop(cr);
	return error;
}

static int
netbsd_spawn_sigdefault(struct proc *p, sigset_t set)
{
	const struct sigaction_k dfl = { .sa_handler = SIG_DFL };

	for (set &= ~SIG_UNMASKABLE; set != 0; set &= set - 1) {
		int error = signal_action(p, __builtin_ctzll(set) + 1, &dfl, NULL);

		if (error != 0)
			return error;
	}
	return 0;
}

/* There is one scheduling class; others are refused, not ignored. */
static int
netbsd_spawn_sched(const struct netbsd_spawnattr *sa)
{
	if ((sa->sa_flags & NB_SPAWN_SETSCHEDULER) != 0 && sa->sa_policy != NB_SCHED_OTHER &&
	    sa->sa_policy != NB_SCHED_NONE)
		return sa->sa_policy == 1 || sa->sa_policy == 2 ? EPERM : EINVAL;
	if ((sa->sa_flags & NB_SPAWN_SETSCHEDPARAM) != 0 &&
	    (sa->sa_priority < -1 || sa->sa_priority > 63))
		return EINVAL;
	return 0;
}

static int
netbsd_spawn_attrs(struct lwp *l, const struct netbsd_spawnattr *sa)
{
	struct proc *p = l->l_proc;
	int error = 0;

	if ((sa->sa_flags & NB_SPAWN_SETPGROUP) != 0)
		error = proc_setpgid(p, 0, sa->sa_pgroup);
	if (error == 0)
		error = netbsd_spawn_sched(sa);
	if (error == 0 && (sa->sa_flags & NB_SPAWN_RESETIDS) != 0)
		error = netbsd_spawn_resetids(p);
	if (error == 0 && (sa->sa_flags & NB_SPAWN_SETSIGMASK) != 0)
		signal_mask_set(l, netbsd_sigset_of(&sa->sa_sigmask) & ~SIG_UNMASKABLE);
	if (error == 0 && (sa->sa_flags & NB_SPAWN_SETSIGDEF) != 0)
		error = netbsd_spawn_sigdefault(p, netbsd_sigset_of(&sa->sa_sigdefault));
	return error;
}

/* Where the child begins. */
static void
netbsd_spawn_child(void *arg)
{
	struct netbsd_spawn *sp = arg;
	struct lwp *l = curlwp();
	struct exec_req req = { .er_path = sp->sp_path, .er_argv = sp->sp_argv,
	    .er_envp = sp->sp_envp };
	int error = 0;

	for (uint32_t i = 0; i < sp->sp_nactions && error == 0; i++)
		error = netbsd_spawn_action(l->l_proc, &sp->sp_actions[i]);
	if (error == 0)
		error = netbsd_spawn_attrs(l, &sp->sp_attr);
	if (error == 0)
		error = sp->sp_path[0] == '\0' ? ENOENT : proc_exec(l, &req);
	if (error == 0) {
		netbsd_spawn_drop(sp);
		arch_enter_user();
	}
	sp->sp_error = error;	/* the release of the caller orders this */
	netbsd_spawn_drop(sp);
	proc_exit_unborn(l);
}

/* The result is the error number; carry is never set. */
int
netbsd_sys_posix_spawn(struct netbsd_call *c)
{
	struct netbsd_spawn *sp;
	struct fork_args fa = {
		.fa_flags = FORK_HOLD | FORK_SHARE_VM, .fa_exit_signal = SIGCHLD,
		.fa_start = netbsd_spawn_child,
	};
	struct fork_result res = { .fr_pid = 0 };
	int error;

	if ((error = netbsd_spawn_in(c, &sp)) == 0) {
		fa.fa_start_arg = sp;
		ref_get(&sp->sp_refs);	/* the child's */
		if ((error = fork1(c->nc_lwp, &fa, &res)) == 0)
			error = sp->sp_error;
		else
			netbsd_spawn_drop(sp);
		netbsd_spawn_drop(sp);
	}
	if (error == ERESTARTALWAYS)
		return error;
	if (error == 0 && ARG_VA(c, 0) != 0)
		(void)!copyout(&res.fr_pid, uptr(ARG_VA(c, 0)), sizeof(res.fr_pid));
	c->nc_ret = (uint64_t)netbsd_errno(error);
	return 0;
}
