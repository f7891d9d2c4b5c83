/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BIDENT_HOST_H
#define BIDENT_HOST_H

/* What the files of the host command share. One process, one thread; nothing here is locked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

#include "../kernel/lib/bident_proto.h"

#define MIB		(1ull << 20)
#define STATUS_KERNEL	124	/* the kernel died, or the time was over */
#define STATUS_TROUBLE	125	/* bident itself cannot do what was asked */

/* say.c: messages to the user, on standard error, each a line that starts with "bident: ". */

extern bool say_verbose;	/* notes are shown */

void	say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	say_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	say_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* An error that ends bident with STATUS_TROUBLE. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A piece of text as it is, but fit for the terminal's present mode. */
void	say_text(const char *text, size_t len);

void	*xalloc(void *old, size_t size);	/* realloc(3) that never fails */
char	*xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int64_t	now_ms(void);				/* monotonic */

/* options.c */

enum accel {
	ACCEL_AUTO,
	ACCEL_KVM,
	ACCEL_TCG
};

struct run_options {
	const char	*ro_root;	/* folder or archive; null: the default root */
	const char	*ro_kernel;	/* null: the one beside the command */
	const char	*ro_linux;	/* folder with Debian's kernel and modules: run that
					 * instead */
	const char	*ro_qemu;	/* program */
	const char	*ro_kernel_log;	/* file, or null */
	char		*ro_append;	/* kernel parameters, never null */
	char		**ro_fails;	/* failures on purpose in the command's tree */
	unsigned int	 ro_nfails;
	bool		 ro_chaos;
	unsigned int	 ro_chaos_seed;
	bool		 ro_stats;	/* print the fork report at the end */
	char		*ro_probes;	/* names of probes, joined by ';', never null */
	uint64_t	 ro_mem;	/* bytes; 0: as the root needs it */
	unsigned int	 ro_cpus;
	enum accel	 ro_accel;
	bool		 ro_virtual_time;
	int64_t		 ro_timeout_ms;	/* 0: none */
	char		**ro_argv;	/* the command, ended by null, at least one */
};

/* Reads the arguments of `bident run`. Help is printed and ends bident; a mistake is fatal. */
void	options_parse_run(struct run_options *, int argc, char **argv);

/* "512M", "2G", "65536K", "256" (MiB), also with "iB" or "B" behind. False if it is no size. */
bool	parse_size(const char *text, uint64_t *bytes);

/* "30", "0.5", also with "s", "m" or "h" behind: into milliseconds, more than 0. */
bool	parse_seconds(const char *text, int64_t *ms);

/* A decimal number from min to max, and nothing else. */
bool	parse_number(const char *text, unsigned int min, unsigned int max, unsigned int *value);

extern const char usage_run[];

/* pack.c: archives in cpio's "newc" format. */

struct pack_options {
	bool	po_owner;	/* all belongs to po_uid, po_gid */
	uid_t	po_uid;
	gid_t	po_gid;
	bool	po_times;	/* all is from po_mtime */
	int64_t	po_mtime;
};

struct pack {
	int			 pk_fd;
	struct pack_options	 pk_options;
	uint64_t		 pk_bytes;	/* written so far */
	uint64_t		 pk_memory;	/* bytes that the guest needs to hold it */
	uint32_t		 pk_last_ino;
	unsigned int		 pk_left_out;	/* files that could not be read */
	struct pack_link	*pk_links;	/* hash table of files with several names */
	size_t			 pk_nlinks;
	size_t			 pk_links_size;
	uint8_t			*pk_buffer;
	size_t			 pk_buffered;
};

/* Starts an archive on a descriptor that is written from where it stands. */
void	pack_init(struct pack *, int fd, const struct pack_options *);

/*
 * Adds all below a folder, in the order of the names' bytes. Stays on the folder's file system and
 * never follows a link. What cannot be read is warned of and left out.
 */
void	pack_tree(struct pack *, const char *dir);

/* Adds one folder, or one file with the contents of an open descriptor. */
void	pack_add_dir(struct pack *, const char *name, mode_t mode);
void	pack_add_file(struct pack *, const char *name, mode_t mode, int fd);

/* Ends the archive and frees what the pack holds. */
void	pack_finish(struct pack *);

int	pack_main(int argc, char **argv);	/* `bident pack` */

/* image.c: what QEMU is given to boot. */

struct image {
	char		*im_kernel;	/* path */
	int		 im_initrd;	/* descriptor of a memory file */
	uint64_t	 im_bytes;	/* size of the initrd */
	uint64_t	 im_memory;	/* of the root when unpacked */
};

/* Finds kernel and root, packs. Sets ro_mem if it is 0; too little memory is fatal. */
void	image_make(struct image *, struct run_options *);

/*
 * Path of a file that belongs to bident: beside the command, or in ../lib/bident. Null: not
 * there.
 */
char	*image_find_part(const char *name);

/* klog.c: the kernel's messages. */

struct klog {
	int		 kl_file;	/* a copy goes here; -1: nowhere */
	bool		 kl_panicked;
	bool		 kl_stats;	/* lines of the fork report are for the user */
	bool		 kl_nmi_done;	/* the answer to an NMI has come whole */
	char		*kl_ring;
	uint64_t	 kl_total;	/* bytes ever taken */
	uint64_t	 kl_panic_at;	/* where in them the panic starts */
	char		 kl_line[256];	/* head of the line that is arriving */
	size_t		 kl_line_len;
};

void	klog_init(struct klog *, const char *file);
void	klog_take(struct klog *, const char *text, size_t len);
/* The last so many lines before the place "before" (in bytes ever taken), and all that follow. */
void	klog_show_tail(const struct klog *, uint64_t before, unsigned int lines);
void	klog_show_panic(const struct klog *);

/* kvmprobe.c */

enum kvm_state {
	KVM_USABLE,
	KVM_ABSENT,
	KVM_BROKEN
};

/* Finds out whether KVM runs an ordinary guest; why gets one line about it. Under a second. */
enum kvm_state	kvm_probe(char *why, size_t size);

int	kvm_probe_main(void);			/* `bident kvm-probe` */

/* qemu.c */

struct machine {
	pid_t	 mc_pid;
	int	 mc_port;	/* stream socket: the virtio-serial port */
	int	 mc_log;	/* stream socket: the serial line */
	int	 mc_err;	/* pipe: what QEMU itself says */
	int	 mc_qmp;	/* stream socket: QEMU's monitor; -1: none */
	bool	 mc_dead;
	int	 mc_status;	/* as from waitpid(2), once dead */
};

/* How a machine ends by its own will: isa-debug-exit gives twice the value plus one. */
#define QEMU_STATUS_OFF		33
#define QEMU_STATUS_PANIC	67

/* Starts QEMU. An error that it reports itself shows later, at mc_err. */
void	machine_start(struct machine *, const struct run_options *, const struct image *);

/*
 * Asks QEMU for a non-maskable interrupt, to which our kernel answers on the serial line with what
 * every CPU is doing. False when the machine has no monitor (it has one if a time limit is set).
 */
bool	machine_inject_nmi(struct machine *);

/* Ends it by force and waits; harmless if it is dead. */
void	machine_kill(struct machine *);

/* tty.c */

/* Raw mode, remembering what was before; undone by tty_restore(), which exit(3) calls as well. */
bool	tty_make_raw(int fd);
void	tty_restore(void);
bool	tty_is_raw(void);

/* Rows, columns, pixels across and down; zeros if not known. */
void	tty_get_size(int fd, uint16_t size[4]);

/* run.c */

int	run_main(int argc, char **argv);	/* `bident run` */

#endif /* BIDENT_HOST_H */
