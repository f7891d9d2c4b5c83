/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the three files of exec share: exec.c (the order of things), exec_elf.c (segments),
 * exec_stack.c (arguments).
 */
#ifndef PROC_EXEC_INT_H
#define PROC_EXEC_INT_H

#include "proc/abi.h"
#include "proc/exec.h"
#include "proc/proc.h"

/* ELF64, as its specification names the fields. */
struct elf_ehdr {
	uint8_t		 e_ident[16];
	uint16_t	 e_type;
	uint16_t	 e_machine;
	uint32_t	 e_version;
	uint64_t	 e_entry;
	uint64_t	 e_phoff;
	uint64_t	 e_shoff;
	uint32_t	 e_flags;
	uint16_t	 e_ehsize;
	uint16_t	 e_phentsize;
	uint16_t	 e_phnum;
	uint16_t	 e_shentsize;
	uint16_t	 e_shnum;
	uint16_t	 e_shstrndx;
};
STATIC_ASSERT(sizeof(struct elf_ehdr) == 64);

struct elf_phdr {
	uint32_t	 p_type;
	uint32_t	 p_flags;
	uint64_t	 p_offset;
	uint64_t	 p_vaddr;
	uint64_t	 p_paddr;
	uint64_t	 p_filesz;
	uint64_t	 p_memsz;
	uint64_t	 p_align;
};
STATIC_ASSERT(sizeof(struct elf_phdr) == 56);

#define EXEC_HEAD	256	/* bytes of a file that tell its format; a #! line must fit */

/*
 * The user stack under construction: strings are pushed from the top down, through a window of one
 * page.
 */
struct exec_stack {
	struct vm_space	*xs_space;
	vaddr_t		 xs_top;	/* the highest address + 1 */
	vaddr_t		 xs_bottom;	/* of what is mapped */
	vaddr_t		 xs_sp;		/* everything from here to the top is in use */
	vaddr_t		 xs_limit;	/* strings may not go below: E2BIG */
	uint8_t		*xs_page;	/* the window ... */
	vaddr_t		 xs_page_va;	/* ... its address in the program ... */
	uint32_t	 xs_lo, xs_hi;	/* ... and the bytes of it that are not yet in the space */
	/* Addresses of the strings: argv[i] is xs_ptr[xs_argv + i], envp[i] xs_ptr[xs_envp + i]. */
	uint64_t	*xs_ptr;
	uint32_t	 xs_argv, xs_envp;
	uint32_t	 xs_argc, xs_envc;
	vaddr_t		 xs_execfn;
};

/* One exec under way. */
struct exec {
	struct lwp	*x_lwp;
	const struct exec_req *x_req;
	struct vm_space	*x_space;	/* own  the new one */
	struct vnode	*x_vnode;	/* own  the program, or the interpreter of a script */
	uint8_t		 x_head[EXEC_HEAD + 1];
	size_t		 x_headlen;
	struct cred	*x_cred;	/* own  that of the new program */
	bool		 x_setid;
	bool		 x_text;	/* x_vnode is held against writing, for us */
	struct exec_stack x_stack;
	const struct abi_ops *x_abi;
	uint32_t	 x_hardening;	/* HARDEN_* of the file */
	struct abi_exec	 x_info;	/* for the personality */
	vaddr_t		 x_entry;	/* where the LWP starts: of the ELF interpreter, if there
					 * is one */
	vaddr_t		 x_program_entry;
	vaddr_t		 x_phdr;
	uint32_t	 x_phnum;
	vaddr_t		 x_interp_base;
	vaddr_t		 x_sp;
	struct fd_table	*x_fds;		/* own  copies of what is shared; null: not shared */
	struct cwd_info	*x_cwd;
	struct sigacts	*x_acts;
};

/* A number of pages below n, for address-space randomisation; 0 when it is off. */
uint64_t exec_random_pages(uint64_t n);

/*
 * exec.c: the executable file of that name, held, by the credential that x has now. Null on
 * error.
 */
int	exec_lookup(struct exec *, const char *path, struct vnode *at, uint32_t lookup_flags,
	    struct vnode **);

/*
 * exec_elf.c: maps program and interpreter into x_space. ENOEXEC, ELIBBAD, ENOMEM and what looking
 * the interpreter up gives.
 */
int	exec_elf_load(struct exec *);

/* exec_stack.c */
int	exec_stack_init(struct exec *);
void	exec_stack_fini(struct exec *);
/* Copies the request's arguments and environment. E2BIG, EFAULT, ENOMEM. */
int	exec_stack_args(struct exec *);
/* A script: argv[0] gives way to these (arg may be null). */
int	exec_stack_script(struct exec *, const char *interp, const char *arg, const char *script);
/* Vector and auxiliary vector; sets x_sp and the space's marks. */
int	exec_stack_finish(struct exec *);

#endif
