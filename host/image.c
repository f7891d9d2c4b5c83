/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is booted: the kernel's file, and one memory file that holds the boot archive.
 *
 * The boot archive is the root's archive, as it is, followed by a second one with what bident adds
 * (the agent, and the folders that the kernel mounts upon). The kernel unpacks archives one after
 * the other, also when the first is compressed and the second is not; zeros between them are
 * skipped. A memory file has no name, so nothing is left behind when we are killed.
 *
 * The guest holds the archive and what is unpacked from it at the same time for a moment. Whether
 * that fits is found out here, before the machine starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bident.h"

#define MEM_DEFAULT	(256 * MIB)
#define MEM_KERNEL	(8 * MIB)	/* what the kernel needs for itself */
#define MEM_SPARE	(64 * MIB)	/* what the command gets at least, if nobody says */
#define MEM_STEP	(16 * MIB)
#define ARCHIVE_MAX	(2560 * MIB)	/* it must lie below the PCI hole at 3 GiB */

/* What Linux needs besides the root; in this order, the names without ".ko". */
static const char *const linux_modules[] = {
	"virtio_ring", "virtio", "virtio_mmio", "virtio_console"
};

char *
image_find_part(const char *name)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *path, *slash;

	if (n < 0)
		return NULL;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	*slash = 0;
	path = xprintf("%s/%s", exe, name);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	path = xprintf("%s/../lib/bident/%s", exe, name);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *
find_kernel(const struct run_options *ro)
{
	char *path;

	if (ro->ro_linux != NULL)
		path = xprintf("%s/vmlinuz", ro->ro_linux);
	else if (ro->ro_kernel != NULL && *ro->ro_kernel != 0)
		path = xprintf("%s", ro->ro_kernel);
	else if (ro->ro_chaos)
		path = image_find_part("bident-kernel-debug");
	else
		path = image_find_part("bident-kernel");
	if (path == NULL && ro->ro_chaos)
		die("--chaos wants the debug kernel, and bident-kernel-debug is not there; build "
		    "it (make kernel CONFIG=debug) or name one with --kernel FILE");
	if (path == NULL)
		die("no kernel image: bident-kernel is neither beside the bident command nor in "
		    "../lib/bident; build it (make) or name one with --kernel FILE");
	if (access(path, R_OK) != 0)
		die("cannot read the kernel image '%s': %s", path, strerror(errno));
	return path;
}

static void
copy_file(int to, int from, uint64_t size, const char *name)
{
	static uint8_t buffer[256 << 10];
	ssize_t n;

	while (size > 0) {
		n = read(from, buffer, size < sizeof(buffer) ? (size_t)size : sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("cannot read '%s': %s", name, n < 0 ? strerror(errno) : "it was cut");
		if (write(to, buffer, (size_t)n) != n)
			die("cannot hold '%s' in memory: %s", name, strerror(errno));
		size -= (uint64_t)n;
	}
}

/* Adds an archive as it is; finds out how large it will be. */
static void
add_archive(struct image *im, const char *file, int fd, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	uint8_t head[6] = { 0 }, tail[4];

	if (pread(fd, head, sizeof(head), 0) < 0)
		die("cannot read '%s': %s", file, strerror(errno));
	if (memcmp(head, "070701", 6) == 0 || memcmp(head, "070702", 6) == 0) {
		im->im_memory += size;
	} else if (head[0] == 0x1f && head[1] == 0x8b && size > 18 &&
	    pread(fd, tail, sizeof(tail), st->st_size - 4) == 4) {
		/* The last four bytes of gzip's format: the size of the contents. */
		im->im_memory += bident_get32(tail) > size ? bident_get32(tail) : size;
	} else {
		die("'%s' is neither a folder nor a cpio archive in the newc format, plain or "
		    "gzipped", file);
	}
	copy_file(im->im_initrd, fd, size, file);
	im->im_bytes += size;
}

static void
add_root(struct image *im, const char *root)
{
	int fd = open(root, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct pack pk;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		die("cannot read the root '%s': %s", root, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		pack_init(&pk, im->im_initrd, NULL);
		pack_tree(&pk, root);
		pack_finish(&pk);
		im->im_bytes += pk.pk_bytes;
		im->im_memory += pk.pk_memory;
	} else if (S_ISREG(st.st_mode)) {
		add_archive(im, root, fd, &st);
	} else {
		die("the root '%s' is neither a folder nor an archive", root);
	}
	close(fd);
}

static void
add_default_root(struct image *im)
{
	char *root = image_find_part("bident-root.cpio");

	if (root == NULL)
		root = image_find_part("bident-root.cpio.gz");
	if (root == NULL)
		die("no default root: bident-root.cpio is neither beside the bident command nor in "
		    "../lib/bident; build it (make) or name a root with --root DIR");
	add_root(im, root);
	free(root);
}

static void
add_part(struct pack *pk, const char *name, mode_t mode, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot read '%s': %s", file, strerror(errno));
	pack_add_file(pk, name, mode, fd);
	close(fd);
}

/* nftw(3) gives its visitor nothing of ours. */
static struct pack *modules_pack;

static int
visit_module(const char *file, const struct stat *st, int type, struct FTW *at)
{
	size_t i;

	(void)st;
	if (type != FTW_F)
		return 0;
	for (i = 0; i < sizeof(linux_modules) / sizeof(linux_modules[0]); i++) {
		size_t len = strlen(linux_modules[i]);
		char name[32];

		if (strncmp(file + at->base, linux_modules[i], len) != 0 ||
		    strcmp(file + at->base + len, ".ko") != 0)
			continue;
		snprintf(name, sizeof(name), ".bident/m%02zu.ko", i);
		add_part(modules_pack, name, 0400, file);
	}
	return 0;
}

static void
add_linux_modules(struct pack *pk, const char *dir)
{
	char *link = xprintf("%s/modules", dir);
	char *modules = realpath(link, NULL);

	modules_pack = pk;
	if (modules == NULL || nftw(modules, visit_module, 32, FTW_PHYS) != 0)
		die("cannot read the modules in '%s': %s", link, strerror(errno));
	free(modules);
	free(link);
}

static void
add_agent(struct image *im, const struct run_options *ro)
{
	char *agent = image_find_part("bident-init");
	static const uint8_t zeros[512];
	size_t gap = (512 - im->im_bytes % 512) % 512;
	struct pack pk;

	if (agent == NULL)
		die("bident-init, which runs as process 1 in the guest, is neither beside the "
		    "bident command nor in ../lib/bident; build it (make)");
	if (write(im->im_initrd, zeros, gap) != (ssize_t)gap)
		die("cannot hold the boot archive in memory: %s", strerror(errno));
	pack_init(&pk, im->im_initrd, &(struct pack_options){ .po_times = true });
	pack_add_dir(&pk, "dev", 0755);
	pack_add_dir(&pk, "proc", 0555);
	pack_add_dir(&pk, ".bident", 0700);
	add_part(&pk, ".bident/init", 0755, agent);
	if (ro->ro_linux != NULL)
		add_linux_modules(&pk, ro->ro_linux);
	pack_finish(&pk);
	im->im_bytes += gap + pk.pk_bytes;
	im->im_memory += pk.pk_memory;
	free(agent);
}

static uint64_t
round_up(uint64_t n, uint64_t step)
{
	return (n + step - 1) / step * step;
}

static void
check_memory(const struct image *im, struct run_options *ro)
{
	const char *root = ro->ro_root != NULL ? ro->ro_root : "the default root";
	uint64_t need = round_up(im->im_bytes + im->im_memory + MEM_KERNEL, MIB);

	if (im->im_bytes > ARCHIVE_MAX)
		die("the root '%s' is too large: %llu MiB as an archive, at most %llu MiB can be "
		    "booted", root, (unsigned long long)(im->im_bytes / MIB), ARCHIVE_MAX / MIB);
	if (ro->ro_mem == 0) {
		ro->ro_mem = round_up(need + MEM_SPARE, MEM_STEP);
		if (ro->ro_mem < MEM_DEFAULT)
			ro->ro_mem = MEM_DEFAULT;
	}
	if (ro->ro_linux == NULL && ro->ro_mem < need)
		die("the root '%s' does not fit into %llu MiB of memory: it needs --mem %lluM at "
		    "least", root, (unsigned long long)(ro->ro_mem / MIB),
		    (unsigned long long)(need / MIB));
	say_note("boot archive: %llu KiB, %llu KiB unpacked; memory: %llu MiB",
	    (unsigned long long)(im->im_bytes >> 10), (unsigned long long)(im->im_memory >> 10),
	    (unsigned long long)(ro->ro_mem / MIB));
}

void
image_make(struct image *im, struct run_options *ro)
{
	*im = (struct image){ .im_initrd = -1 };
	im->im_kernel = find_kernel(ro);
	im->im_initrd = memfd_create("bident-initrd", MFD_CLOEXEC);
	if (im->im_initrd < 0)
		die("cannot make a file in memory: %s", strerror(errno));
	if (ro->ro_root != NULL)
		add_root(im, ro->ro_root);
	else
		add_default_root(im);
	add_agent(im, ro);
	check_memory(im, ro);
}
