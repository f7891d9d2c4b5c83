/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the NetBSD personality share: the shape of a system call, and translations.
 */
#ifndef ABI_NETBSD_NETBSD_INT_H
#define ABI_NETBSD_NETBSD_INT_H

#include "abi/netbsd/netbsd_abi.h"
#include "arch/arch.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "file/file.h"
#include "fs/vfs.h"
#include "proc/cred.h"
#include "proc/lwp.h"
#include "proc/proc.h"

struct netbsd_proc;
struct rusage_k;

/*
 * One system call under way. An implementation returns 0 with nc_ret and nc_ret1 set (they start as
 * 0) or a positive errno of the core; ERESTART and ERESTARTNOHAND as lib/errno.h explains;
 * EJUSTRETURN when it has set the frame itself.
 */
struct netbsd_call {
	struct lwp	*nc_lwp;	/* the calling LWP */
	struct proc	*nc_proc;	/* its process */
	struct trapframe *nc_frame;
	uint64_t	 nc_arg[6];
	uint64_t	 nc_ret;	/* rax */
	uint64_t	 nc_ret1;	/* rdx */
	uint64_t	 nc_deadline_ns;	/* this is a restart of a timed call, which ends
						 * then; 0: it is not */
};

#define SYS(number, name, nargs)	int netbsd_sys_##name(struct netbsd_call *);
#define ALIAS(number, name, as, nargs)
#include "abi/netbsd/syscalls.def"
#undef SYS
#undef ALIAS

/* Arguments by their C types. */
#define ARG_INT(c, n)	((int)(c)->nc_arg[n])
#define ARG_U32(c, n)	((uint32_t)(c)->nc_arg[n])
#define ARG_VA(c, n)	((vaddr_t)(c)->nc_arg[n])
/* The n-th argument, from 6 on: on the stack, above the return address. EFAULT. */
int	netbsd_stack_arg(const struct netbsd_call *, uint32_t n, uint64_t *);

/* A user address as copyin and copyout want it. */
static inline void *
uptr(vaddr_t va)
{
	return (void *)va;
}

/* translate.c */
int	netbsd_errno(int error);		/* of the core's positive one */
/* Signal numbers, 0 for 0; a number that the other side does not have is -1. */
int	netbsd_signo_in(int signo);
int	netbsd_signo_out(int signo);
sigset_t netbsd_sigset_of(const struct netbsd_sigset *);
struct netbsd_sigset netbsd_sigset_from(sigset_t);
int	netbsd_sigset_in(vaddr_t, sigset_t *);	/* without those that cannot be blocked */
int	netbsd_sigset_out(vaddr_t, sigset_t);
/* O_* of open(2); unknown bits are dropped, as they always were. */
uint32_t netbsd_oflags_in(uint32_t);
uint32_t netbsd_oflags_out(uint32_t);
struct netbsd_timeval netbsd_timeval_of(uint64_t ns);
struct netbsd_timespec netbsd_timespec_of(uint64_t ns);
/* A user timespec as ns. EFAULT; EINVAL: negative or nsec out of range. Cut to 146 years. */
int	netbsd_timespec_in(vaddr_t, uint64_t *ns);
int	netbsd_timespec_out(vaddr_t, uint64_t ns);
void	netbsd_rusage_of(const struct rusage_k *, struct netbsd_rusage *);

/* io.c */
int	netbsd_file_get(struct netbsd_call *, int fd, struct file **);
int	netbsd_file_install(struct netbsd_call *, struct file *, bool cloexec);
int	netbsd_string_in(vaddr_t, char **);	/* netbsd_string_free it. EFAULT, ENAMETOOLONG,
						 * ENOMEM */
void	netbsd_string_free(char *);
/* On whose behalf: the process' credential, root, folder. */
void	netbsd_ctx_begin(struct proc *, struct vfs_ctx *);
void	netbsd_ctx_end(struct vfs_ctx *);

/* signal.c */
int	netbsd_sendsig(struct lwp *, const struct sigaction_k *, const struct ksiginfo *,
    sigset_t oldmask);
void	netbsd_siginfo_of(const struct ksiginfo *, struct netbsd_siginfo *);
/* Fills a context with the state of the calling LWP, whose mask is to be `mask` in it. */
int	netbsd_context_save(struct lwp *, sigset_t mask, struct netbsd_ucontext *);
/* EINVAL: registers that user mode may not have. Looks only at what uc_flags says. */
int	netbsd_context_check(const struct netbsd_ucontext *);
/* Makes l, which is the caller or has never run, continue by the context, which was checked. */
int	netbsd_context_load(struct lwp *, const struct netbsd_ucontext *);

/* lwp.c */
/* What the personality keeps of a process (p_abi_data), made when first needed; null: no memory. */
struct netbsd_proc *netbsd_proc_get(struct proc *);
void	netbsd_proc_leave(struct proc *);
void	netbsd_lwp_leave(struct lwp *);
/* Whether lid is an LWP of the process that has not left it. */
bool	netbsd_lwp_exists(struct proc *, pid_t lid);

/* process.c: limits by NetBSD's numbers. EINVAL: no such limit; and what proc_limit_set says. */
int	netbsd_rlimit_of(struct proc *, uint32_t which, struct netbsd_rlimit *);
int	netbsd_rlimit_to(struct proc *, uint32_t which, const struct netbsd_rlimit *);

#endif
