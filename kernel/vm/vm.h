/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual memory: objects (what can be mapped) and address spaces (what is mapped where). Theory:
 * docs/memory.md.
 *
 * All functions may sleep unless they say otherwise, and none may be called under a spin lock,
 * nor with a lock of rank RANK_VMSPACE or later. Addresses and lengths are user addresses in
 * bytes; vm checks them all (EINVAL when not aligned, ENOMEM when out of range, as the comments
 * say).
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "lib/klib.h"
#include "mem/page.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/rwlock.h"

struct lwp;
struct pmap;
struct vm_family;
struct vm_node;
struct vm_space;
struct vnode;

#define VM_PROT_NONE	0u
#define VM_PROT_READ	1u
#define VM_PROT_WRITE	2u
#define VM_PROT_EXEC	4u
#define VM_PROT_ALL	7u

/* ---- Objects ---- */

struct vm_object;

struct vm_object_ops {
	/*
	 * Fills a fresh zeroed page with the object's contents at index (a page number below the
	 * size). Called without vm locks held but with those of the space that faults: takes no
	 * lock that is held across copyin/copyout. Null: zeroes.
	 */
	int	(*fill)(struct vm_object *, uint64_t index, struct page *);
	/*
	 * The last reference is gone and the pages are freed: frees what vo_data means. Null:
	 * nothing.
	 */
	void	(*destroy)(struct vm_object *);
};

/*
 * A row of pages that can be mapped by many spaces: the page cache of a regular file, or shared
 * anonymous memory.
 *   O  vo_lock	   A  atomic	 C  constant
 */
struct vm_object {
	refcount_t	 vo_refs;	/* A */
	struct mutex	 vo_lock;	/* RANK_VMOBJ */
	uint64_t	 vo_size;	/* O  bytes; read unlocked (load_relaxed) as a hint */
	uint64_t	 vo_npages;	/* O  resident pages; same */
	void		*vo_root;	/* O  radix tree of pages, vm/pageidx.c */
	uint32_t	 vo_height;	/* O */
	struct list	 vo_regions;	/* O  struct vm_region that map it */
	uint32_t	 vo_cutting;	/* O  walks over vo_regions under way */
	const struct vm_object_ops *vo_ops;	/* C  may be null */
	void		*vo_data;	/* C  for ops */
};

/* A new object of size bytes, all holes, with one reference. Null when out of memory. */
struct vm_object *vm_object_create_anon(uint64_t size);
/* The same with contents from elsewhere. */
struct vm_object *vm_object_create(uint64_t size, const struct vm_object_ops *, void *data);
void	vm_object_hold(struct vm_object *);
/* The last drop frees the pages. Sleeps only in ops->destroy. */
void	vm_object_drop(struct vm_object *);

/*
 * The page at index, held (page_drop it): contents may be read and written by page_kva, with no
 * lock. Without create a hole gives 0 and null; with create a page is made at any index, also
 * beyond the size (grow afterwards). ENOMEM, EFBIG, and ops' errors.
 */
int	vm_object_page(struct vm_object *, uint64_t index, bool create, struct page **);
/*
 * Both may take the locks of spaces that map the object, and sleep for them; truncations and writes
 * beyond the end are the caller's to put in a row.
 *
 * Sets the size. Shrinking unmaps what lies beyond from all spaces (private copies too), frees
 * its pages and zeroes the rest of the last page; growing only sets the size: pages that were
 * made beyond the old end by a writer stay.
 */
void	vm_object_truncate(struct vm_object *, uint64_t size);
/* Raises the size to at least `size` (a write past the end). */
void	vm_object_grow(struct vm_object *, uint64_t size);
/*
 * Makes the bytes from start to end a hole (whole pages freed and unmapped, parts zeroed); the
 * size stays, and so do private copies.
 */
void	vm_object_punch(struct vm_object *, uint64_t start, uint64_t end);
/* Resident pages: a hint (st_blocks). */
static inline uint64_t
vm_object_resident(const struct vm_object *vo)
{
	return load_relaxed(&vo->vo_npages);
}
/* The same of all objects: files in memory, and shared anonymous memory. */
uint64_t vm_object_pages(void);
static inline uint64_t
vm_object_size(const struct vm_object *vo)
{
	return load_relaxed(&vo->vo_size);
}
/* The first page index >= index that is resident; UINT64_MAX when none (SEEK_DATA). */
uint64_t vm_object_next_resident(struct vm_object *, uint64_t index);

/*
 * Implemented by fs. hold takes no sleeping lock; drop is called without vm locks. A region of a
 * file holds the vnode: /proc/PID/maps names it, and it keeps the object alive.
 */
void	vm_hook_vnode_hold(struct vnode *);
void	vm_hook_vnode_drop(struct vnode *);

/* ---- Address spaces ---- */

/* What sharing by fork has cost a space so far. */
struct vm_cow_counts {
	uint64_t	 vc_tables_shared;	/* given to children by forks (root entries) */
	uint64_t	 vc_tables_copied;	/* that others had as well at a change */
	uint64_t	 vc_tables_taken;	/* taken over, the other owners gone */
	uint64_t	 vc_pages_copied;	/* private pages, likewise at a write */
	uint64_t	 vc_pages_taken;	/* copied and taken: the copy-on-write faults */
};

#define VM_NSTRIPES	8	/* fault locks per space */

/*
 * One address space, shared by the LWPs of a process and by processes that share VM.
 *   V  vs_lock (write to change, read suffices to look)   A  atomic    C  constant
 *   E  set by exec before another can see the space, or by prctl: read unlocked
 */
struct vm_space {
	refcount_t	 vs_refs;	/* A */
	struct rwlock	 vs_lock;	/* RANK_VMSPACE: readers fault, writers change regions */
	struct mutex	 vs_fault[VM_NSTRIPES];	/* RANK_VMFAULT: faults of one page go one by one */
	struct pmap	*vs_pmap;	/* C  own */
	uint64_t	 vs_id;		/* C  of this space alone, for ever; not 0 */
	struct vm_node	*vs_root;	/* V  ref  tree of regions, vm/region.c */
	uint64_t	 vs_random;	/* V  state of the tree's random numbers */
	struct list	 vs_dead;	/* V  struct vm_region to be reaped: space_unlock */
	struct vm_family *vs_family;	/* C  ref  its relatives by fork, vm/family.c */
	struct list	 vs_family_link;	/* F  the family's lock */
	uint32_t	 vs_pins;	/* F  who looks at it as one of the family */
	struct lwp	*vs_leaver;	/* F  waits for them to go: the space is dying */
	uint32_t	 vs_nregions;	/* V */
	uint64_t	 vs_size_pages;	/* V  mapped, resident or not */
	uint64_t	 vs_data_pages;	/* V  private and writable (RLIMIT_DATA) */
	uint64_t	 vs_stack_pages;	/* V  in growing regions */
	uint64_t	 vs_exec_pages;	/* V  executable */
	uint64_t	 vs_shared_pages;	/* V  in regions of an object */
	uint64_t	 vs_locked_pages;	/* V  mlock */
	uint64_t	 vs_peak_pages;	/* V  high water of vs_size_pages */
	uint64_t	 vs_pages_copied;	/* A  struct vm_cow_counts */
	uint64_t	 vs_pages_taken;	/* A */
	uint64_t	 vs_peak_rss;	/* A  high water of resident pages, sampled */
	bool		 vs_lock_future;	/* V  mlockall(MCL_FUTURE) */
	vaddr_t		 vs_brk_start;	/* V  set once by exec: vm_brk_init */
	vaddr_t		 vs_brk;	/* V */
	vaddr_t		 vs_mmap_base;	/* V  new mappings lie below, top down */
	uint64_t	 vs_limit_as;	/* A  bytes: RLIMIT_AS, _DATA, _STACK, _MEMLOCK;
					 * UINT64_MAX: none. Set at exec and setrlimit */
	uint64_t	 vs_limit_data;	/* A */
	uint64_t	 vs_limit_stack;	/* A */
	uint64_t	 vs_limit_memlock;	/* A */
	vaddr_t		 vs_code_start, vs_code_end;	/* E  for /proc/PID/stat */
	vaddr_t		 vs_data_start, vs_data_end;	/* E */
	vaddr_t		 vs_stack_start;		/* E  the stack pointer at exec */
	vaddr_t		 vs_arg_start, vs_arg_end;	/* E */
	vaddr_t		 vs_env_start, vs_env_end;	/* E */
	vaddr_t		 vs_auxv_start, vs_auxv_end;	/* E  the auxiliary vector on the stack
							 * (/proc/PID/auxv) */
};

/* An empty space with one reference; limits none. ENOMEM. */
int	vm_space_create(struct vm_space **);
void	vm_space_hold(struct vm_space *);
/* The last drop unmaps and frees everything; nobody runs on it any more. */
void	vm_space_drop(struct vm_space *);
/*
 * A copy as fork wants it (SPEC VM-1, VM-3, VM-4): private memory copy-on-write, shared memory
 * shared, inheritance advice obeyed, locks not inherited. One instant of the caller's memory even
 * while other LWPs of the parent run. ENOMEM: nothing happened.
 */
int	vm_space_fork(struct vm_space *parent, struct vm_space **child);
/* Resident pages now. No locks. */
uint64_t vm_space_rss(struct vm_space *);
/* Each counter by itself is right. No locks. */
void	vm_space_cow_counts(const struct vm_space *, struct vm_cow_counts *);

/* vm_mapping_req.flags */
#define VM_MAP_FIXED		0x0001u	/* at *va exactly, over what is there */
#define VM_MAP_NOREPLACE	0x0002u	/* at *va exactly, EEXIST if something is there */
#define VM_MAP_SHARED		0x0004u	/* writes go to the object; without: private, copy on
					 * write */
#define VM_MAP_GROWSDOWN	0x0008u	/* a stack */
#define VM_MAP_NORESERVE	0x0010u	/* (nothing is ever reserved) */
#define VM_MAP_POPULATE		0x0020u	/* fault all in now; failure to do so is no error */
#define VM_MAP_32BIT		0x0040u	/* below 2 GiB */
#define VM_MAP_LOCKED		0x0080u	/* mlock */
#define VM_MAP_ANON		0x0100u	/* no object; with SHARED vm makes one */

struct vm_mapping_req {
	uint32_t	 prot;		/* VM_PROT_* */
	uint32_t	 max_prot;	/* what mprotect may give; 0 means all */
	uint32_t	 flags;		/* VM_MAP_* */
	struct vm_object *object;	/* null: anonymous. vm takes its own reference */
	uint64_t	 offset;	/* in object, bytes, multiple of the page size */
	struct vnode	*vnode;		/* null, or the file: vm takes its own hold */
	const char	*name;		/* null, or a constant string: "[stack]", "[vdso]" */
};

/*
 * Maps len bytes (rounded up to pages). *va is a hint (0: none), or the place with FIXED or
 * NOREPLACE; out: where it is. EINVAL: len 0, alignment; ENOMEM: no room, limits, memory; EEXIST;
 * EOVERFLOW: offset + len.
 */
int	vm_map(struct vm_space *, vaddr_t *va, size_t len, const struct vm_mapping_req *);
/* Unmaps; holes are fine. EINVAL; ENOMEM (a split). */
int	vm_unmap(struct vm_space *, vaddr_t va, size_t len);
/* ENOMEM: a hole in the range (what lies before it is changed); EACCES: more than max_prot. */
int	vm_protect(struct vm_space *, vaddr_t va, size_t len, uint32_t prot);

/* vm_remap flags, numbers of Linux */
#define VM_REMAP_MAYMOVE	1u
#define VM_REMAP_FIXED		2u
#define VM_REMAP_DONTUNMAP	4u
/* mremap(2): EINVAL, EFAULT (not mapped, or more than one region), ENOMEM, EAGAIN (locked). */
int	vm_remap(struct vm_space *, vaddr_t old, size_t oldlen, size_t newlen, uint32_t flags,
    vaddr_t newaddr,
	    vaddr_t *out);

enum vm_advice {
	VM_ADV_IGNORED,		/* hints without effect: checks the range only */
	VM_ADV_WILLNEED,	/* fault in what is there already */
	VM_ADV_DONTNEED,	/* contents go: zeroes or the file's next; locked: EINVAL */
	VM_ADV_FREE,		/* may go: only private anonymous memory, else EINVAL */
	VM_ADV_REMOVE,		/* punch a hole: shared writable only, else EINVAL */
	VM_ADV_DONTFORK, VM_ADV_DOFORK,
	VM_ADV_WIPEONFORK, VM_ADV_KEEPONFORK,	/* private anonymous only, else EINVAL */
	VM_ADV_HUGE, VM_ADV_NOHUGE,	/* of pages that are brought in from now on */
	VM_ADV_POPULATE_READ, VM_ADV_POPULATE_WRITE,	/* fault all in; EFAULT, ENOMEM */
};
/* madvise(2). ENOMEM: a hole in the range (the rest is done). */
int	vm_advise(struct vm_space *, vaddr_t va, size_t len, enum vm_advice);

enum vm_inherit { VM_INHERIT_COPY, VM_INHERIT_SHARE, VM_INHERIT_NONE, VM_INHERIT_ZERO };
/*
 * minherit(2): what a later child has here. COPY: a copy, also of shared memory (fork makes one of
 * all pages of it, at once; of a file's, a private mapping); SHARE: the memory itself (EINVAL for
 * private mappings of files and stacks); NONE: nothing; ZERO: private memory, empty. ENOMEM: a
 * hole, or memory is out (what lies before it is changed).
 */
int	vm_inherit(struct vm_space *, vaddr_t va, size_t len, enum vm_inherit);
/* Checks the range (ENOMEM for a hole) and, as there is no write-back yet, does nothing more. */
int	vm_msync(struct vm_space *, vaddr_t va, size_t len);
/* mlock, munlock: ENOMEM (hole, limit), EAGAIN (some could not be brought in). */
int	vm_mlock(struct vm_space *, vaddr_t va, size_t len, bool lock);
int	vm_mlock_all(struct vm_space *, bool current, bool future);
int	vm_munlock_all(struct vm_space *);
/*
 * mincore(2) for npages pages from va: vec[i] bit 0 says resident. ENOMEM: a hole. vec is kernel
 * memory.
 */
int	vm_mincore(struct vm_space *, vaddr_t va, size_t npages, uint8_t *vec);

/* Where the heap starts (exec, end of bss; any alignment). */
void	vm_brk_init(struct vm_space *, vaddr_t start);
/*
 * Moves the end of the heap; 0 asks. *out is the end afterwards, also on error (ENOMEM, EINVAL:
 * below the start).
 */
int	vm_brk(struct vm_space *, vaddr_t end, vaddr_t *out);

/*
 * Resolves an access of the current LWP (or of vm_io). access is one of VM_PROT_READ, WRITE,
 * EXEC. 0: try again, it is there. EFAULT: nothing is mapped there; EACCES: not with this access;
 * EIO: beyond the object's end, or it could not be read; ENOMEM: memory is out (the caller ends
 * the process); EINTR never. user: the access came from user mode.
 */
int	vm_fault(struct vm_space *, vaddr_t va, uint32_t access, bool user);

/*
 * Copies len bytes between kernel memory and a space that need not be the current one. With
 * write, private mappings are written (as copies) even where the program itself may not, unless
 * max_prot forbids; with read the protection is not asked either but for unreadable max_prot.
 * *done (may be null) says how many bytes were copied. EFAULT, EIO, ENOMEM.
 */
int	vm_io(struct vm_space *, vaddr_t va, void *kbuf, size_t len, bool write, size_t *done);
/* The same with zeroes as the source. */
int	vm_io_clear(struct vm_space *, vaddr_t va, size_t len);

/*
 * What a futex word at va is known by: for shared mappings the object (held: vm_object_drop it)
 * and the offset in it; for private ones *object is null and *offset is va. EFAULT when not
 * mapped.
 */
int	vm_futex_key(struct vm_space *, vaddr_t va, struct vm_object **object, uint64_t *offset);

/* A region as others see it. */
struct vm_region_info {
	vaddr_t		 start, end;
	uint32_t	 prot, max_prot;
	bool		 shared, growsdown, locked, dontfork, wipeonfork;
	uint64_t	 offset;
	struct vnode	*vnode;		/* held in vm_region_next; null for none */
	const char	*name;		/* null for none */
	uint64_t	 object_id;	/* distinguishes objects; 0: anonymous private */
	uint64_t	 resident_pages;	/* filled in if asked for */
};
/*
 * The first region that ends above va, with its vnode held (the caller drops it by
 * vm_hook_vnode_drop); false when there is none. No lock is held afterwards. rss: count resident
 * pages too (slow).
 */
bool	vm_region_next(struct vm_space *, vaddr_t va, bool rss, struct vm_region_info *);
/*
 * Calls cb for each region in order without vm locks, vnode held meanwhile, until cb returns
 * false.
 */
void	vm_region_iterate(struct vm_space *, bool rss, bool (*cb)(const struct vm_region_info *,
    void *arg), void *arg);

#endif
