/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack that a program starts with:
 *
 *	top	8 zero bytes, path (AT_EXECFN), environment strings, argument strings: pushed first
 *		AT_PLATFORM's string, 16 random bytes, ps_strings (some personalities)
 *		auxiliary vector, envp[], argv[], argc: at x_sp, 16-byte aligned
 *
 * Everything goes straight into the new address space, from the top down, so the order of pushing
 * is the reverse of the order in memory, and a script's extra arguments, found last, go where they
 * belong: below the others. A window of one page gathers the bytes, so that the space is entered
 * once a page. The old program's memory is only read: any failure leaves it whole.
 *
 * Limit: strings and pointers together may take a quarter of RLIMIT_STACK, at least 128 KiB and at
 * most 6 MiB.
 */
#include "arch/arch.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "proc/exec_int.h"
#include "proc/limits.h"
#include "vm/vm.h"

#define ARGS_MIN	(128u * 1024)
#define ARGS_MAX	(6u * 1024 * 1024)
#define STACK_SPARE	(128u * 1024)	/* mapped below the arguments */
#define STACK_RANDOM	(1ull << 22)	/* pages: 16 GiB */
#define GAP_MIN		(128ull << 20)	/* kept free below the stack for its growth */
#define GAP_MAX		(USER_MAX / 6)
#define SCRIPT_SLOTS	16		/* pointers that nested scripts may add */

static int
window_flush(struct exec_stack *xs)
{
	int error = 0;

	if (xs->xs_lo < xs->xs_hi)
		error = vm_io(xs->xs_space, xs->xs_page_va + xs->xs_lo, xs->xs_page + xs->xs_lo,
		    xs->xs_hi - xs->xs_lo, true, NULL);
	xs->xs_lo = xs->xs_hi = 0;
	return error;
}

/* Pushes bytes below xs_sp. */
static int
push(struct exec_stack *xs, const void *data, size_t len)
{
	const uint8_t *end = (const uint8_t *)data + len;
	int error;

	if (len > xs->xs_sp - xs->xs_bottom)
		return E2BIG;
	while (len > 0) {
		vaddr_t page = rounddown2(xs->xs_sp - 1, PAGE_SIZE);
		uint32_t hi = (uint32_t)(xs->xs_sp - page);
		uint32_t n = (uint32_t)MIN(len, (size_t)hi);

		if (page != xs->xs_page_va) {
			if ((error = window_flush(xs)) != 0)
				return error;
			xs->xs_page_va = page;
		}
		end -= n;
		memcpy(xs->xs_page + hi - n, end, n);
		xs->xs_hi = xs->xs_lo < xs->xs_hi ? MAX(xs->xs_hi, hi) : hi;
		xs->xs_lo = hi - n;
		xs->xs_sp -= n;
		len -= n;
	}
	return 0;
}

/* Pushes an argument string with its nul; the limit counts. */
static int
push_string(struct exec_stack *xs, const char *s, size_t len)
{
	if (len > EXEC_STRING_MAX || xs->xs_sp - len < xs->xs_limit)
		return E2BIG;
	return push(xs, s, len);
}

int
exec_stack_init(struct exec *x)
{
	struct exec_stack *xs = &x->x_stack;
	struct proc *p = x->x_lwp->l_proc;
	uint64_t rlimit = proc_limit(p, RLIMIT_STACK);
	uint64_t args = MAX(MIN(rlimit / 4, (uint64_t)ARGS_MAX), (uint64_t)ARGS_MIN);
	uint64_t gap = MAX(MIN(rlimit, (uint64_t)GAP_MAX), (uint64_t)GAP_MIN);
	struct vm_mapping_req req = {
		.prot = VM_PROT_READ | VM_PROT_WRITE,
		.flags = VM_MAP_FIXED | VM_MAP_ANON | VM_MAP_GROWSDOWN,
		.name = "[stack]",
	};
	static const uint64_t zero;
	int error;

	xs->xs_space = x->x_space;
	xs->xs_page = kmalloc(PAGE_SIZE);
	if (xs->xs_page == NULL)
		return ENOMEM;
	xs->xs_top = USER_MAX - exec_random_pages(STACK_RANDOM) * PAGE_SIZE;
	xs->xs_bottom = xs->xs_top - roundup2(args + STACK_SPARE, PAGE_SIZE);
	xs->xs_limit = xs->xs_top - args;
	x->x_space->vs_mmap_base = rounddown2(xs->xs_top - gap,
	    PAGE_SIZE) - exec_random_pages(STACK_RANDOM) * PAGE_SIZE;
	error = vm_map(x->x_space, &xs->xs_bottom, xs->xs_top - xs->xs_bottom, &req);
	if (error != 0)
		return error;
	xs->xs_sp = xs->xs_top;
	return push(xs, &zero, sizeof(zero));
}

void
exec_stack_fini(struct exec *x)
{
	kfree(x->x_stack.xs_page);
	kfree(x->x_stack.xs_ptr);
}

/* A source of strings: a user array of user pointers, or a kernel one of kernel strings. */
struct strings {
	vaddr_t		 st_user;
	const char *const *st_kernel;
	uint32_t	 st_n;
};

static int
user_pointer(vaddr_t array, uint32_t i, vaddr_t *str)
{
	return copyin((const void *)(array + i * sizeof(vaddr_t)), str, sizeof(*str));
}

static int
strings_count(struct strings *st)
{
	vaddr_t str;
	int error;

	if (st->st_kernel != NULL) {
		while (st->st_kernel[st->st_n] != NULL)
			st->st_n++;
		return 0;
	}
	if (st->st_user == 0)
		return 0;
	for (;;) {
		if ((error = user_pointer(st->st_user, st->st_n, &str)) != 0)
			return error;
		if (str == 0)
			return 0;
		if (++st->st_n > ARGS_MAX / sizeof(vaddr_t))
			return E2BIG;
	}
}

/* Pushes one user string: by a page as most are short, by a large buffer else. */
static int
push_user_string(struct exec_stack *xs, vaddr_t str, char *page)
{
	size_t len;
	char *big;
	int error = copyinstr((const void *)str, page, PAGE_SIZE, &len);

	if (error != ENAMETOOLONG)
		return error != 0 ? error : push_string(xs, page, len);
	big = kmalloc(EXEC_STRING_MAX);
	if (big == NULL)
		return ENOMEM;
	error = copyinstr((const void *)str, big, EXEC_STRING_MAX, &len);
	if (error == ENAMETOOLONG)
		error = E2BIG;
	if (error == 0)
		error = push_string(xs, big, len);
	kfree(big);
	return error;
}

/* Pushes the strings, last first, and notes where each went. */
static int
strings_push(struct exec_stack *xs, const struct strings *st, uint64_t *ptr, char *page)
{
	for (uint32_t i = st->st_n; i-- > 0;) {
		vaddr_t str;
		int error;

		if (st->st_kernel != NULL) {
			error = push_string(xs, st->st_kernel[i], strlen(st->st_kernel[i]) + 1);
		} else {
			error = user_pointer(st->st_user, i, &str);
			if (error == 0)
				error = push_user_string(xs, str, page);
		}
		if (error != 0)
			return error;
		ptr[i] = xs->xs_sp;
	}
	return 0;
}

static const char *
exec_filename(const struct exec_req *req)
{
	return req->er_fdname != NULL ? req->er_fdname : req->er_path;
}

int
exec_stack_args(struct exec *x)
{
	struct exec_stack *xs = &x->x_stack;
	const struct exec_req *req = x->x_req;
	struct strings args = { .st_user = req->er_argv, .st_kernel = req->er_kargv };
	struct strings env = { .st_user = req->er_envp, .st_kernel = req->er_kenvp };
	static const char *const no_args[] = { "", NULL };
	char *page;
	int error;

	if ((error = strings_count(&args)) != 0 || (error = strings_count(&env)) != 0)
		return error;
	if (args.st_n == 0) {	/* a program may rely on argv[0] */
		args = (struct strings){ .st_kernel = no_args, .st_n = 1 };
	}
	xs->xs_limit += (args.st_n + env.st_n) * sizeof(vaddr_t);
	if (xs->xs_limit >= xs->xs_sp)
		return E2BIG;
	xs->xs_ptr = kmalloc_array(args.st_n + env.st_n + SCRIPT_SLOTS, sizeof(uint64_t));
	page = kmalloc(PAGE_SIZE);
	error = xs->xs_ptr == NULL || page == NULL ? ENOMEM : 0;
	xs->xs_argv = SCRIPT_SLOTS;
	xs->xs_argc = args.st_n;
	xs->xs_envp = SCRIPT_SLOTS + args.st_n;
	xs->xs_envc = env.st_n;
	if (error == 0)
		error = push_string(xs, exec_filename(req), strlen(exec_filename(req)) + 1);
	xs->xs_execfn = xs->xs_sp;
	if (error == 0)
		error = strings_push(xs, &env, xs->xs_ptr + xs->xs_envp, page);
	if (error == 0)
		error = strings_push(xs, &args, xs->xs_ptr + xs->xs_argv, page);
	kfree(page);
	return error;
}

static int
prepend(struct exec_stack *xs, const char *s)
{
	int error = push_string(xs, s, strlen(s) + 1);

	if (error == 0 && xs->xs_argv == 0)
		error = E2BIG;
	if (error == 0) {
		xs->xs_ptr[--xs->xs_argv] = xs->xs_sp;
		xs->xs_argc++;
	}
	return error;
}

int
exec_stack_script(struct exec *x, const char *interp, const char *arg, const char *script)
{
	struct exec_stack *xs = &x->x_stack;
	int error;

	/*
	 * argv[0] was pushed last, so it is the lowest: popping it is going up to the next string.
	 */
	xs->xs_sp = xs->xs_argc > 1 ? xs->xs_ptr[xs->xs_argv + 1] :
	    xs->xs_envc > 0 ? xs->xs_ptr[xs->xs_envp] : xs->xs_execfn;
	xs->xs_argv++;
	xs->xs_argc--;
	if ((error = prepend(xs, script)) != 0 || (arg != NULL && (error = prepend(xs, arg)) != 0))
		return error;
	return prepend(xs, interp);
}

/* What the ELF specification gives every program, then what is the personality's. */
static int
fill_auxv(struct exec *x, struct auxv_list *al)
{
	const struct abi_exec *ae = &x->x_info;
	int error = 0;

	auxv_add(al, AT_PHDR, ae->ae_phdr);
	auxv_add(al, AT_PHENT, sizeof(struct elf_phdr));
	auxv_add(al, AT_PHNUM, ae->ae_phnum);
	auxv_add(al, AT_PAGESZ, PAGE_SIZE);
	auxv_add(al, AT_BASE, ae->ae_base);
	auxv_add(al, AT_FLAGS, 0);
	auxv_add(al, AT_ENTRY, ae->ae_entry);
	if (x->x_abi->ab_exec_auxv != NULL)
		error = x->x_abi->ab_exec_auxv(ae, al);
	auxv_add(al, AT_NULL, 0);
	return error;
}

/*
 * argc, argv[], envp[] and the auxiliary vector: pushed in reverse, below what makes the end
 * 16-byte aligned.
 */
static int
push_vector(struct exec_stack *xs, const struct auxv_list *al)
{
	static const uint64_t null;
	uint64_t argc = xs->xs_argc;
	size_t size = 8 * (3 + (size_t)xs->xs_argc + xs->xs_envc) + al->al_n * sizeof(struct auxv);
	int error;

	xs->xs_sp = rounddown2(xs->xs_sp - size, 16) + size;
	if ((error = push(xs, al->al_entry, al->al_n * sizeof(struct auxv))) != 0 ||
	    (error = push(xs, &null, 8)) != 0 ||
	    (error = push(xs, xs->xs_ptr + xs->xs_envp, xs->xs_envc * 8ul)) != 0 ||
	    (error = push(xs, &null, 8)) != 0 ||
	    (error = push(xs, xs->xs_ptr + xs->xs_argv, xs->xs_argc * 8ul)) != 0 ||
	    (error = push(xs, &argc, 8)) != 0)
		return error;
	return window_flush(xs);
}

/* Strings and room for what the personality wants on the stack; tells it all about the program. */
static int
push_extras(struct exec *x)
{
	struct exec_stack *xs = &x->x_stack;
	const uint64_t random[2] = { arch_entropy(), arch_entropy() };
	static const struct ps_strings none;
	struct abi_exec *ae = &x->x_info;
	const char *platform = x->x_abi->ab_platform;
	int error = 0;

	*ae = (struct abi_exec){
		.ae_lwp = x->x_lwp, .ae_space = x->x_space, .ae_cred = x->x_cred,
		    .ae_setid = x->x_setid,
		.ae_phdr = x->x_phdr, .ae_phnum = x->x_phnum, .ae_base = x->x_interp_base,
		.ae_entry = x->x_program_entry, .ae_execfn = xs->xs_execfn,
		    .ae_stack_top = xs->xs_top,
	};
	if (platform != NULL) {
		error = push(xs, platform, strlen(platform) + 1);
		ae->ae_platform = xs->xs_sp;
	}
	if (error == 0) {
		error = push(xs, random, sizeof(random));
		ae->ae_random = xs->xs_sp;
	}
	if (error == 0 && x->x_abi->ab_psstrings) {
		xs->xs_sp = rounddown2(xs->xs_sp, sizeof(uint64_t));
		error = push(xs, &none, sizeof(none));
		ae->ae_psstrings = xs->xs_sp;
	}
	return error;
}

/* The vector's place is known: ps_strings tells it. */
static int
fill_psstrings(struct exec *x)
{
	struct exec_stack *xs = &x->x_stack;
	struct ps_strings ps = {
		.ps_argv = xs->xs_sp + 8, .ps_argc = (int32_t)xs->xs_argc,
		.ps_envp = xs->xs_sp + 8 * (2 + (vaddr_t)xs->xs_argc),
		    .ps_envc = (int32_t)xs->xs_envc,
	};

	if (x->x_info.ae_psstrings == 0)
		return 0;
	return vm_io(x->x_space, x->x_info.ae_psstrings, &ps, sizeof(ps), true, NULL);
}

int
exec_stack_finish(struct exec *x)
{
	struct exec_stack *xs = &x->x_stack;
	struct vm_space *vs = x->x_space;
	struct auxv_list *al = kmalloc(sizeof(*al));
	vaddr_t low;
	int error;

	if (al == NULL)
		return ENOMEM;
	al->al_n = 0;
	vs->vs_arg_start = xs->xs_sp;
	vs->vs_arg_end = vs->vs_env_start = xs->xs_envc > 0 ? xs->xs_ptr[xs->xs_envp] :
	    xs->xs_execfn;
	vs->vs_env_end = xs->xs_execfn;
	error = push_extras(x);
	if (error == 0)
		error = fill_auxv(x, al);
	if (error == 0)
		error = push_vector(xs, al);
	if (error == 0)
		error = fill_psstrings(x);
	x->x_sp = vs->vs_stack_start = xs->xs_sp;
	vs->vs_auxv_start = xs->xs_sp + 8 * (3 + (vaddr_t)xs->xs_argc + xs->xs_envc);
	vs->vs_auxv_end = vs->vs_auxv_start + al->al_n * sizeof(struct auxv);
	kfree(al);
	/* What the limit allowed but the arguments did not use. */
	low = rounddown2(xs->xs_sp, PAGE_SIZE) - STACK_SPARE;
	if (error == 0 && low > xs->xs_bottom)
		error = vm_unmap(vs, xs->xs_bottom, low - xs->xs_bottom);
	return error;
}
