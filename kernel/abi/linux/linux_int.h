/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the Linux personality share: the shape of a system call, and copying structures
 * across.
 */
#ifndef ABI_LINUX_LINUX_INT_H
#define ABI_LINUX_LINUX_INT_H

#include "abi/linux/linux.h"
#include "abi/linux/linux_abi.h"
#include "arch/arch.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "file/file.h"
#include "fs/vfs.h"
#include "proc/cred.h"
#include "proc/lwp.h"
#include "proc/proc.h"

struct poll_fd;

/*
 * One system call under way. An implementation returns 0 with lc_ret set (it starts as 0) or a
 * positive errno; ERESTART and ERESTARTNOHAND as lib/errno.h explains; EJUSTRETURN when it has set
 * the frame itself.
 */
struct linux_call {
	struct lwp	*lc_lwp;	/* the calling LWP */
	struct proc	*lc_proc;	/* its process */
	struct trapframe *lc_frame;
	uint64_t	 lc_arg[6];
	int64_t		 lc_ret;
	uint64_t	 lc_deadline_ns;	/* this is a restart of a timed call, which ends
						 * then; 0: it is not */
};

#define SYS(name, nargs)	int linux_sys_##name(struct linux_call *);
#define ALIAS(name, as, nargs)
#define ABSENT(name)
#include "abi/linux/syscalls.def"
#undef SYS
#undef ALIAS
#undef ABSENT
/* What several names are aliases of. */
int	linux_sys_notsock(struct linux_call *);
int	linux_sys_noxattr(struct linux_call *);
int	linux_sys_lnoxattr(struct linux_call *);
int	linux_sys_fnoxattr(struct linux_call *);

/* Arguments by their C types. */
#define ARG_INT(c, n)	((int)(c)->lc_arg[n])
#define ARG_U32(c, n)	((uint32_t)(c)->lc_arg[n])
#define ARG_VA(c, n)	((vaddr_t)(c)->lc_arg[n])

/* A user address as copyin and copyout want it. */
static inline void *
uptr(vaddr_t va)
{
	return (void *)va;
}

/* io.c */
/* The open file of a descriptor, held: file_drop. EBADF. */
int	linux_file_get(struct linux_call *, int fd, struct file **);
/* Gives a new file a descriptor, which becomes the result; drops the file when that fails. */
int	linux_file_install(struct linux_call *, struct file *, bool cloexec);

/* path.c */
/* A path argument and what it is relative to. */
struct linux_path {
	struct vfs_ctx	 lp_ctx;
	char		*lp_path;	/* kernel copy */
	struct file	*lp_at;		/* held: what lp_ctx.vc_at belongs to */
};

/*
 * Copies the path in and gathers the caller's credential, root and folder. dirfd: a descriptor or
 * LX_AT_FDCWD. 0: call linux_path_end. EFAULT, ENAMETOOLONG, EBADF, ENOTDIR (dirfd has no vnode),
 * ENOMEM.
 */
int	linux_path_begin(struct linux_call *, int dirfd, vaddr_t upath, struct linux_path *);
void	linux_path_end(struct linux_path *);
/* The context alone, without a path; ended by linux_ctx_end. */
void	linux_ctx_begin(struct linux_call *, struct vfs_ctx *);
void	linux_ctx_end(struct vfs_ctx *);
/*
 * Copies a string of at most a path's length into a buffer of its own: linux_string_free. EFAULT,
 * ENAMETOOLONG, ENOMEM.
 */
int	linux_string_in(vaddr_t, char **);
void	linux_string_free(char *);

/* time.c */
#define LX_NS_FOREVER	(UINT64_MAX / 4)	/* longer times are cut to this */

/* A user timespec as ns. EFAULT; EINVAL: negative or nsec out of range. */
int	linux_timespec_in(vaddr_t, uint64_t *ns);
int	linux_timespec_out(vaddr_t, uint64_t ns);
int	linux_timeval_in(vaddr_t, uint64_t *ns);
struct linux_timeval linux_timeval_of(uint64_t ns);
struct linux_timespec linux_timespec_of(uint64_t ns);
/*
 * When a wait of `ns` from now ends, in monotonic ns: the old end if this call is a restart. Leaves
 * it in the LWP for a restart to come.
 */
uint64_t linux_deadline(struct linux_call *, uint64_t ns);
/* CPU time in ticks of LX_HZ. */
static inline int64_t
linux_ticks(uint64_t ns)
{
	return (int64_t)(ns / (NSEC_PER_SEC / LX_HZ));
}

/* process.c */
struct rusage_k;
void	linux_rusage_of(const struct rusage_k *, struct linux_rusage *);

/* signal.c */
int	linux_sendsig(struct lwp *, const struct sigaction_k *, const struct ksiginfo *,
    sigset_t oldmask);
/*
 * A signal mask argument: EINVAL unless size is 8. The signals that cannot be blocked are taken
 * out.
 */
int	linux_sigset_in(vaddr_t, uint64_t size, sigset_t *);
/*
 * A siginfo that a program sends to process `to` with signal signo. EPERM: it pretends to be
 * another's; EINVAL, EFAULT.
 */
int	linux_siginfo_in(struct linux_call *, vaddr_t, int signo, pid_t to, struct ksiginfo *);

/* futex.c */
/* Wakes up to n waiters of the word, which is at va in the caller's space. */
void	linux_futex_wake(vaddr_t va, uint32_t n);
void	linux_lwp_leave(struct lwp *);
void	linux_futex_init(void);

#endif
