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

/* What a personality may add to a new program's auxiliary vector. */
struct auxv_list {
	uint32_t	 al_n;
	struct auxv	 al_entry[AUXV_MAX];
};

struct vm_space;

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
	int		(*ab_sendsig)(struct lwp *, const struct sigaction_k *, const struct ksiginfo *,
			    sigset_t oldmask);
	/*
	 * Whether an ELF file with this header and, if any, this interpreter is of this
	 * personality.
	 */
	bool		(*ab_recognise)(const void *ehdr, const char *interp);
	/*
	 * Adds AT_HWCAP, AT_HWCAP2, AT_SYSINFO_EHDR, AT_MINSIGSTKSZ... ; may map a vDSO into the
	 * new space. 0 or an error: exec fails. May be null.
	 */
	int		(*ab_exec_auxv)(struct lwp *, struct vm_space *, struct auxv_list *);
	/* AT_PLATFORM's string; may be null. */
	const char	*ab_platform;
	/*
	 * The LWP is about to leave its address space by exit or exec, still in it: robust futexes,
	 * l_clear_tid. It must not fail or wait for others. May be null.
	 */
	void		(*ab_lwp_leave)(struct lwp *);
};

/* Adds one to the list that exec tries, in order. At boot. */
void	abi_register(const struct abi_ops *);
/* The personality for an ELF file, or null. */
const struct abi_ops *abi_recognise(const void *ehdr, const char *interp);
static inline void
auxv_add(struct auxv_list *al, uint64_t type, uint64_t value)
{
	ASSERT(al->al_n < AUXV_MAX);
	al->al_entry[al->al_n++] = (struct auxv){ .a_type = type, .a_value = value };
}

#endif
