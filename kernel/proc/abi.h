/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A personality: what is particular to programs of one system. The core calls it by this table
 * only; kernel/main registers the known ones.
 */
#ifndef PROC_ABI_H
#define PROC_ABI_H

#include "lib/klib.h"
#include "signal/sigtypes.h"

struct lwp;
struct proc;
struct trapframe;

/* Auxiliary vector entries of the ELF ABI that the core fills in itself. */
#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_BASE		7
#define AT_FLAGS	8
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_PLATFORM	15
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25
#define AT_HWCAP2	26
#define AT_EXECFN	31
#define AT_SYSINFO_EHDR	33
#define AT_MINSIGSTKSZ	51

#define AUXV_MAX	32

struct auxv {
	uint64_t	 a_type;
	uint64_t	 a_value;
};

/* Hardening that a program's file asks for (p_hardening). */
#define HARDEN_MPROTECT	0x1u	/* memory that is or was writable never becomes executable */

/* What a personality may add to a new program's auxiliary vector. */
struct auxv_list {
	uint32_t	 al_n;
	struct auxv	 al_entry[AUXV_MAX];
};

struct cred;
struct vm_space;

/*
 * Where a program finds its arguments, and may say where others are to look for them
 * (setproctitle).
 */
struct ps_strings {
	vaddr_t		 ps_argv;
	int32_t		 ps_argc, ps_pad0;
	vaddr_t		 ps_envp;
	int32_t		 ps_envc, ps_pad1;
};
STATIC_ASSERT(sizeof(struct ps_strings) == 32);

/* An ELF file, as a personality recognises its own. */
struct abi_file {
	const void	*af_ehdr;
	const char	*af_interp;	/* null: none */
	const uint8_t	*af_notes;	/* its notes, one after another as the format has them */
	size_t		 af_notes_len;
};

/* A program about to start, as exec has built it. */
struct abi_exec {
	struct lwp	*ae_lwp;
	struct vm_space	*ae_space;	/* the new one */
	const struct cred *ae_cred;	/* of the new program */
	bool		 ae_setid;
	vaddr_t		 ae_phdr;
	uint32_t	 ae_phnum;
	vaddr_t		 ae_base;	/* of the interpreter; 0: none */
	vaddr_t		 ae_entry;	/* of the program */
	vaddr_t		 ae_execfn;	/* strings on the new stack: the path, */
	vaddr_t		 ae_platform;	/* ab_platform (0: none) */
	vaddr_t		 ae_random;	/* and 16 random bytes */
	vaddr_t		 ae_stack_top;
	vaddr_t		 ae_psstrings;	/* struct ps_strings; 0: the personality has none */
};

struct abi_ops {
	const char	*ab_name;
	/*
	 * Does the system call of the frame. It sets l_syscall_nr, stores result or error in the
	 * frame; for an ERESTART, ERESTARTNOHAND or ERESTARTALWAYS of the core it stores EINTR's
	 * encoding and sets l_restart to the error: user_return undoes that.
	 */
	void		(*ab_syscall)(struct trapframe *);
	/*
	 * Makes the frame, which has just returned from a call with l_restart set, do that call
	 * again.
	 */
	void		(*ab_restart)(struct lwp *, struct trapframe *);
	/*
	 * Makes the frame enter a handler: pushes the signal frame, with oldmask in it, on the
	 * stack that SA_ONSTACK and l_altstack ask for. The mask of the LWP has been set already.
	 * Any error makes the core force SIGSEGV.
	 */
	int		(*ab_sendsig)(struct lwp *, const struct sigaction_k *,
	    const struct ksiginfo *,
			    sigset_t oldmask);
	/*
	 * Whether an ELF file is of this personality. *hardening: what its file asks for
	 * (HARDEN_*).
	 */
	bool		(*ab_recognise)(const struct abi_file *, uint32_t *hardening);
	/*
	 * Adds what the ELF specification leaves to the system: ids, AT_HWCAP ... ; may map a vDSO
	 * into the new space. 0 or an error: exec fails. May be null.
	 */
	int		(*ab_exec_auxv)(const struct abi_exec *, struct auxv_list *);
	/* Registers of a new program beside rip and rsp, which are set. May be null. */
	void		(*ab_exec_regs)(const struct abi_exec *, struct trapframe *);
	/*
	 * A user's LWPs have a limit of their own, RLIMIT_NTHR; else they count with his
	 * processes.
	 */
	bool		 ab_limits_lwps;
	/* The stack is to have a struct ps_strings: argv, argc, envp, envc. */
	bool		 ab_psstrings;
	/*
	 * fork (FORK_* flags) has made the child's first LWP, which nobody can find yet, as a copy
	 * of the caller: its frame may be changed. Not for kernel processes. It cannot fail. May be
	 * null.
	 */
	void		(*ab_fork)(struct lwp *child, struct lwp *parent, uint32_t flags);
	/* AT_PLATFORM's string; may be null. */
	const char	*ab_platform;
	/*
	 * The LWP is about to leave its address space by exit or exec, still in it: robust futexes,
	 * l_clear_tid. It must not fail or wait for others. May be null.
	 */
	void		(*ab_lwp_leave)(struct lwp *);
	/*
	 * The process leaves the personality, by exit or exec; it has one LWP. Frees p_abi_data.
	 * May be null.
	 */
	void		(*ab_proc_leave)(struct proc *);
};

/* Adds one to the list that exec tries, in order. At boot. */
void	abi_register(const struct abi_ops *);
/* The personality for an ELF file, or null. */
const struct abi_ops *abi_recognise(const struct abi_file *, uint32_t *hardening);

static inline void
auxv_add(struct auxv_list *al, uint64_t type, uint64_t value)
{
	ASSERT(al->al_n < AUXV_MAX);
	al->al_entry[al->al_n++] = (struct auxv){ .a_type = type, .a_value = value };
}

#endif
