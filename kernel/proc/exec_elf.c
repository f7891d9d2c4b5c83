/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 executables: headers are checked whole before anything is mapped, segments are mapped from
 * the page cache (private, so writes are copies), the rest of a segment is zeroes.
 *
 * We are stricter than the specification asks: loadable segments must rise without sharing a page,
 * lie within the file and within user space, and one that is executable must hold the entry point.
 * What breaks these rules is a damaged or hostile file: ENOEXEC (ELIBBAD for an interpreter), and
 * the caller lives on.
 *
 * A position-independent program goes to a random place at two thirds of the address space, its
 * interpreter among the mappings (so that the heap behind the program has room).
 */
#include "fs/vfs.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "proc/exec_int.h"
#include "vm/vm.h"

#define ET_EXEC		2
#define ET_DYN		3
#define EM_X86_64	62
#define PT_LOAD		1
#define PT_INTERP	3
#define PT_NOTE		4
#define PT_PHDR		6
#define PF_X		1u
#define PF_W		2u
#define PF_R		4u

#define PHNUM_MAX	64
#define NOTES_MAX	4096	/* bytes of notes that are looked at */
#define PIE_BASE	0x555555554000ul
#define PIE_RANDOM	(1ull << 24)	/* pages: 64 GiB */

/* One ELF file being loaded. */
struct elf_image {
	struct vnode	*ei_vnode;
	struct elf_ehdr	 ei_ehdr;
	struct elf_phdr	 ei_phdr[PHNUM_MAX];
	vaddr_t		 ei_low, ei_high;	/* of all segments, as the file has them, whole
						 * pages */
	vaddr_t		 ei_bias;		/* added to the file's addresses */
	char		*ei_interp;		/* own  path, or null */
	uint8_t		*ei_notes;		/* own  all note segments, or null */
	size_t		 ei_notes_len;
};

static void
image_free(struct elf_image *ei)
{
	kfree(ei->ei_interp);
	kfree(ei->ei_notes);
	kfree(ei);
}

static bool
ehdr_valid(const struct elf_ehdr *e)
{
	static const uint8_t magic[7] = { 0x7f, 'E', 'L', 'F', 2 /* 64 bits */,
	    1 /* little endian */, 1 };

	return memcmp(e->e_ident, magic, sizeof(magic)) == 0 &&
	    (e->e_type == ET_EXEC || e->e_type == ET_DYN) &&
	    e->e_machine == EM_X86_64 && e->e_phentsize == sizeof(struct elf_phdr) &&
	    e->e_phnum >= 1 && e->e_phnum <= PHNUM_MAX;
}

static bool
segment_valid(const struct elf_phdr *ph, uint64_t file_size, vaddr_t above)
{
	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > USER_MAX ||
	    ph->p_vaddr > USER_MAX - ph->p_memsz)
		return false;
	if (ph->p_offset > file_size || ph->p_filesz > file_size - ph->p_offset)
		return false;
	return (ph->p_offset & PAGE_MASK) == (ph->p_vaddr & PAGE_MASK) &&
	    rounddown2(ph->p_vaddr, PAGE_SIZE) >= above;
}

/* Checks the segments; sets low and high. */
static int
segments_check(struct elf_image *ei)
{
	uint64_t file_size = vnode_size(ei->ei_vnode);
	bool entry = false;

	ei->ei_low = UINT64_MAX;
	for (uint32_t i = 0; i < ei->ei_ehdr.e_phnum; i++) {
		const struct elf_phdr *ph = &ei->ei_phdr[i];

		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		if (!segment_valid(ph, file_size, ei->ei_high))
			return ENOEXEC;
		ei->ei_low = MIN(ei->ei_low, rounddown2(ph->p_vaddr, PAGE_SIZE));
		ei->ei_high = roundup2(ph->p_vaddr + ph->p_memsz, PAGE_SIZE);
		if ((ph->p_flags & PF_X) != 0 && ei->ei_ehdr.e_entry - ph->p_vaddr < ph->p_memsz)
			entry = true;
	}
	if (!entry || (ei->ei_ehdr.e_type == ET_EXEC && ei->ei_low < USER_MIN))
		return ENOEXEC;
	return 0;
}

/* The path in a PT_INTERP segment. */
static int
interp_read(struct elf_image *ei, const struct elf_phdr *ph)
{
	size_t done;
	int error;

	if (ei->ei_interp != NULL || ph->p_filesz < 2 || ph->p_filesz > VFS_PATH_MAX)
		return ENOEXEC;
	ei->ei_interp = kmalloc(ph->p_filesz);
	if (ei->ei_interp == NULL)
		return ENOMEM;
	error = vfs_read_kernel(ei->ei_vnode, ei->ei_interp, ph->p_filesz, (off_t)ph->p_offset,
	    &done);
	if (error == 0 && (done != ph->p_filesz || ei->ei_interp[done - 1] != '\0'))
		error = ENOEXEC;
	return error;
}

/* Appends a PT_NOTE segment to the notes; what does not fit is not looked at. */
static int
notes_read(struct elf_image *ei, const struct elf_phdr *ph)
{
	size_t have = roundup2(ei->ei_notes_len, 4), done;
	int error;

	if (ph->p_filesz > NOTES_MAX - MIN(have, (size_t)NOTES_MAX))
		return 0;
	if (ei->ei_notes == NULL && (ei->ei_notes = kmalloc(NOTES_MAX)) == NULL)
		return ENOMEM;
	error = vfs_read_kernel(ei->ei_vnode, ei->ei_notes + have, ph->p_filesz,
	    (off_t)ph->p_offset, &done);
	if (error == 0)
		ei->ei_notes_len = have + done;
	return error;
}

/* Reads and checks everything about the file at vp; takes no hold. */
static int
image_read(struct elf_image *ei, struct vnode *vp)
{
	size_t done, size;
	int error;

	ei->ei_vnode = vp;
	if (vp->vn_object == NULL)
		return EACCES;
	error = vfs_read_kernel(vp, &ei->ei_ehdr, sizeof(ei->ei_ehdr), 0, &done);
	if (error != 0)
		return error;
	if (done != sizeof(ei->ei_ehdr) || !ehdr_valid(&ei->ei_ehdr) ||
	    ei->ei_ehdr.e_phoff > vnode_size(vp))
		return ENOEXEC;
	size = ei->ei_ehdr.e_phnum * sizeof(struct elf_phdr);
	error = vfs_read_kernel(vp, ei->ei_phdr, size, (off_t)ei->ei_ehdr.e_phoff, &done);
	if (error != 0)
		return error;
	if (done != size)
		return ENOEXEC;
	for (uint32_t i = 0; i < ei->ei_ehdr.e_phnum && error == 0; i++) {
		if (ei->ei_phdr[i].p_type == PT_INTERP)
			error = interp_read(ei, &ei->ei_phdr[i]);
		else if (ei->ei_phdr[i].p_type == PT_NOTE)
			error = notes_read(ei, &ei->ei_phdr[i]);
	}
	return error != 0 ? error : segments_check(ei);
}

static uint32_t
segment_prot(const struct elf_phdr *ph)
{
	return ((ph->p_flags & PF_R) != 0 ? VM_PROT_READ : 0) |
	    ((ph->p_flags & PF_W) != 0 ? VM_PROT_WRITE : 0) |
	    ((ph->p_flags & PF_X) != 0 ? VM_PROT_EXEC : 0);
}

static int
map_fixed(struct vm_space *vs, vaddr_t start, vaddr_t end, struct vm_mapping_req *req)
{
	req->flags |= VM_MAP_FIXED;
	return start == end ? 0 : vm_map(vs, &start, end - start, req);
}

/* What mprotect may give a segment; 0 is everything. */
static uint32_t
segment_max_prot(const struct elf_phdr *ph, uint32_t hardening)
{
	if ((hardening & HARDEN_MPROTECT) == 0)
		return 0;
	return (ph->p_flags & PF_W) == 0 && (ph->p_flags & PF_X) != 0 ? VM_PROT_READ |
	    VM_PROT_EXEC :
	    VM_PROT_READ | VM_PROT_WRITE;
}

static int
segment_map(struct vm_space *vs, const struct elf_image *ei, const struct elf_phdr *ph,
    uint32_t max_prot)
{
	vaddr_t start = ph->p_vaddr + ei->ei_bias, file_end = start + ph->p_filesz;
	vaddr_t file_pages = ph->p_filesz != 0 ? roundup2(file_end, PAGE_SIZE) :
	    rounddown2(start, PAGE_SIZE);
	vaddr_t end = roundup2(start + ph->p_memsz, PAGE_SIZE);
	struct vm_mapping_req file = {
		.prot = segment_prot(ph), .max_prot = max_prot, .object = ei->ei_vnode->vn_object,
		    .vnode = ei->ei_vnode,
		.offset = rounddown2(ph->p_offset, PAGE_SIZE),
	};
	struct vm_mapping_req zero = { .prot = segment_prot(ph), .max_prot = max_prot,
	    .flags = VM_MAP_ANON };
	int error = map_fixed(vs, rounddown2(start, PAGE_SIZE), file_pages, &file);

	if (error == 0)
		error = map_fixed(vs, file_pages, MAX(end, file_pages), &zero);
	/* The file's next bytes share the last page with our zeroes. */
	if (error == 0 && ph->p_memsz > ph->p_filesz && file_end < file_pages &&
	    (ph->p_flags & PF_W) != 0)
		error = vm_io_clear(vs, file_end, file_pages - file_end);
	return error;
}

/* Chooses where a position-independent image goes. */
static int
image_place(struct vm_space *vs, struct elf_image *ei, bool interp)
{
	struct vm_mapping_req req = { .prot = VM_PROT_NONE, .flags = VM_MAP_ANON };
	vaddr_t base = 0;
	int error;

	if (ei->ei_ehdr.e_type == ET_EXEC)
		return 0;
	if (!interp) {
		ei->ei_bias = PIE_BASE + exec_random_pages(PIE_RANDOM) * PAGE_SIZE - ei->ei_low;
		return ei->ei_high + ei->ei_bias <= USER_MAX ? 0 : ENOEXEC;
	}
	error = vm_map(vs, &base, ei->ei_high - ei->ei_low, &req);
	ei->ei_bias = base - ei->ei_low;
	return error;
}

static int
image_map(struct vm_space *vs, struct elf_image *ei, bool interp, uint32_t hardening)
{
	int error = image_place(vs, ei, interp);

	for (uint32_t i = 0; i < ei->ei_ehdr.e_phnum && error == 0; i++) {
		const struct elf_phdr *ph = &ei->ei_phdr[i];
		vaddr_t start = ph->p_vaddr + ei->ei_bias, end = start + ph->p_memsz;

		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		error = segment_map(vs, ei, ph, segment_max_prot(ph, hardening));
		if (interp)
			continue;
		if ((ph->p_flags & PF_X) != 0) {
			vs->vs_code_start = vs->vs_code_start == 0 ? start : vs->vs_code_start;
			vs->vs_code_end = end;
		} else if ((ph->p_flags & PF_W) != 0) {
			vs->vs_data_start = vs->vs_data_start == 0 ? start : vs->vs_data_start;
			vs->vs_data_end = end;
		}
	}
	return error;
}

/*
 * Where the program headers lie in memory: by PT_PHDR, or in the segment that maps the file's
 * start.
 */
static vaddr_t
image_phdr(const struct elf_image *ei)
{
	for (uint32_t i = 0; i < ei->ei_ehdr.e_phnum; i++)
		if (ei->ei_phdr[i].p_type == PT_PHDR)
			return ei->ei_phdr[i].p_vaddr + ei->ei_bias;
	for (uint32_t i = 0; i < ei->ei_ehdr.e_phnum; i++) {
		const struct elf_phdr *ph = &ei->ei_phdr[i];

		if (ph->p_type == PT_LOAD && ei->ei_ehdr.e_phoff - ph->p_offset < ph->p_filesz)
			return ph->p_vaddr + ei->ei_bias + (ei->ei_ehdr.e_phoff - ph->p_offset);
	}
	return 0;
}

/* Maps the program interpreter and lets the program begin there. */
static int
interp_load(struct exec *x, const char *path)
{
	struct elf_image *ei = kmalloc(sizeof(*ei));
	struct vnode *vp;
	int error;

	if (ei == NULL)
		return ENOMEM;
	error = exec_lookup(x, path, NULL, LOOKUP_FOLLOW, &vp);
	if (error == 0) {
		error = image_read(ei, vp);
		if (error == ENOEXEC || ei->ei_interp != NULL)
			error = ELIBBAD;
	}
	if (error == 0)
		error = image_map(x->x_space, ei, true, x->x_hardening);
	if (error == 0) {
		x->x_interp_base = ei->ei_bias;
		x->x_entry = ei->ei_ehdr.e_entry + ei->ei_bias;
	}
	image_free(ei);
	vnode_drop(vp);
	return error;
}

int
exec_elf_load(struct exec *x)
{
	struct elf_image *ei = kmalloc(sizeof(*ei));
	int error;

	if (ei == NULL)
		return ENOMEM;
	error = image_read(ei, x->x_vnode);
	if (error == 0) {
		const struct abi_file af = { &ei->ei_ehdr, ei->ei_interp, ei->ei_notes,
		    ei->ei_notes_len };

		x->x_abi = abi_recognise(&af, &x->x_hardening);
		error = x->x_abi == NULL ? ENOEXEC : image_map(x->x_space, ei, false,
		    x->x_hardening);
	}
	if (error == 0) {
		x->x_entry = x->x_program_entry = ei->ei_ehdr.e_entry + ei->ei_bias;
		x->x_phdr = image_phdr(ei);
		x->x_phnum = ei->ei_ehdr.e_phnum;
		vm_brk_init(x->x_space, ei->ei_high + ei->ei_bias +
		    exec_random_pages(1ull << 13) * PAGE_SIZE);
		if (ei->ei_interp != NULL)
			error = interp_load(x, ei->ei_interp);
	}
	image_free(ei);
	return error;
}
