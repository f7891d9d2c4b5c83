/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bident: runs a program on the Bident kernel, in a virtual machine of its own.
 *
 * Where to read: options.c (what the user may say), image.c and pack.c (what is booted), qemu.c
 * (how), run.c (the session: streams, signals, the end), klog.c (the kernel's messages), tty.c,
 * kvmprobe.c. The agent at the other end is in user/; the protocol between the two is in
 * kernel/lib/bident_proto.h.
 */
#include <stdlib.h>
#include <string.h>

#include "bident.h"

#ifndef BIDENT_VERSION
#define BIDENT_VERSION	"0.1.0"
#endif

static const char usage[] =
"usage: bident run [options] [--] [CMD [ARG...]]   run a command on the Bident kernel\n"
"       bident pack [options] DIR >FILE            pack a folder as a root archive\n"
"       bident kvm-probe                           say whether KVM can be used\n"
"       bident --help | --version\n"
"\n"
"`bident run --help` lists the options; bident(1) has it all.\n";

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "run") == 0)
		return run_main(argc - 1, argv + 1);
	if (strcmp(what, "pack") == 0)
		return pack_main(argc - 1, argv + 1);
	if (strcmp(what, "kvm-probe") == 0)
		return kvm_probe_main();
	if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0 || strcmp(what, "help") == 0) {
		fputs(usage, stdout);
		return fflush(stdout) == 0 ? 0 : STATUS_TROUBLE;
	}
	if (strcmp(what, "--version") == 0 || strcmp(what, "-V") == 0) {
		puts("bident " BIDENT_VERSION);
		return fflush(stdout) == 0 ? 0 : STATUS_TROUBLE;
	}
	if (argc < 2)
		fputs(usage, stderr);
	else
		say_error("unknown command '%s' (see bident --help)", what);
	return STATUS_TROUBLE;
}
