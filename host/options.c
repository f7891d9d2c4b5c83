/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of `bident run`.
 *
 * Options end at the first word that is none, or at "--"; what follows is the guest's and is not
 * looked at. Every mistake is named together with the way out.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bident.h"

#define CPUS_MAX	16u
#define MEM_MIN		(8 * MIB)
#define MEM_MAX		(1024 * 1024 * MIB)

const char usage_run[] =
"usage: bident run [options] [--] [CMD [ARG...]]\n"
"\n"
"Boots the Bident kernel in a virtual machine and runs CMD in it (/bin/sh without CMD).\n"
"CMD's standard streams are bident's own; its exit status becomes bident's.\n"
"\n"
"  --root DIR|FILE      root file system: a folder of the host, packed on the fly, or\n"
"                       a cpio archive (newc, may be gzipped); default: a busybox root\n"
"  --cpus N             number of CPUs, 1 to 16 (default 1)\n"
"  --mem SIZE           memory, as 64M or 2G (default: 256M, more if the root needs it)\n"
"  --append PARAMS      more parameters for the kernel, see bident-kernel(7)\n"
"  --fail POINT[:N]     make the Nth pass of a failure point in CMD and its children fail;\n"
"                       also POINT/N, POINT%P@SEED, =ERRNO behind; may be repeated\n"
"  --chaos SEED         a debug kernel schedules by a seed: what is rare becomes common\n"
"  --stats              say at the end what the command's processes paid for fork, see\n"
"                       /proc/PID/forkstat in bident-kernel(7)\n"
"  --probe POINT        record the passes of a point, see /proc/bident/trace; repeatable\n"
"  --accel HOW          auto, kvm or tcg (default auto: KVM where it works)\n"
"  --virtual-time       count instructions instead of time: one CPU, the same figures\n"
"                       every time\n"
"  --timeout SECONDS    end the machine after that time, with status 124\n"
"  --kernel-log FILE    write the kernel's messages to FILE\n"
"  --kernel FILE        boot another kernel image\n"
"  --linux DIR          boot Debian's kernel instead (DIR as `tools/setup --linux` makes it)\n"
"  -v, --verbose        say what is done, and show the kernel's messages\n"
"  -h, --help           this text\n"
"\n"
"Exit status: CMD's own; 128+N if signal N ended it; 127 CMD is not there; 126 it cannot be\n"
"run; 125 bident cannot do what was asked; 124 the kernel died or the time was over.\n"
"On a terminal, Ctrl-] pressed three times within a second ends the machine.\n";

bool
parse_number(const char *text, unsigned int min, unsigned int max, unsigned int *value)
{
	unsigned long n;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != 0 || n < min || n > max)
		return false;
	*value = (unsigned int)n;
	return true;
}

bool
parse_size(const char *text, uint64_t *bytes)
{
	static const char letters[] = "KMGT";
	unsigned int shift = 20;
	uint64_t n;
	const char *l;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0)
		return false;
	if (*end != 0) {
		l = strchr(letters, *end & ~0x20);
		if (l == NULL || *l == 0)	/* a blank without its bit is 0 */
			return false;
		shift = 10 * (unsigned int)(l - letters + 1);
		end++;
		if (strcmp(end, "iB") != 0 && strcmp(end, "B") != 0 && *end != 0)
			return false;
	}
	if (n > UINT64_MAX >> shift)
		return false;
	*bytes = n << shift;
	return true;
}

bool
parse_seconds(const char *text, int64_t *ms)
{
	double n;
	char *end;

	if (strchr("0123456789.", *text) == NULL || *text == 0)
		return false;
	n = strtod(text, &end);
	if (*end == 'm')
		n *= 60;
	else if (*end == 'h')
		n *= 3600;
	if (*end != 0 && (strchr("smh", *end) == NULL || end[1] != 0))
		return false;
	if (!(n > 0 && n < 1e9))
		return false;
	*ms = (int64_t)(n * 1000);
	if (*ms == 0)
		*ms = 1;
	return true;
}

enum {
	OPT_ROOT = 256,
	OPT_CPUS,
	OPT_MEM,
	OPT_APPEND,
	OPT_FAIL,
	OPT_PROBE,
	OPT_STATS,
	OPT_CHAOS,
	OPT_ACCEL,
	OPT_VIRTUAL_TIME,
	OPT_TIMEOUT,
	OPT_KERNEL_LOG,
	OPT_KERNEL,
	OPT_LINUX
};

static const struct option run_options[] = {
	{ "root",	  required_argument, NULL, OPT_ROOT },
	{ "cpus",	  required_argument, NULL, OPT_CPUS },
	{ "mem",	  required_argument, NULL, OPT_MEM },
	{ "append",	  required_argument, NULL, OPT_APPEND },
	{ "fail",	  required_argument, NULL, OPT_FAIL },
	{ "probe",	  required_argument, NULL, OPT_PROBE },
	{ "chaos",	  required_argument, NULL, OPT_CHAOS },
	{ "stats",	  no_argument, NULL, OPT_STATS },
	{ "accel",	  required_argument, NULL, OPT_ACCEL },
	{ "virtual-time", no_argument,	     NULL, OPT_VIRTUAL_TIME },
	{ "timeout",	  required_argument, NULL, OPT_TIMEOUT },
	{ "kernel-log",	  required_argument, NULL, OPT_KERNEL_LOG },
	{ "kernel",	  required_argument, NULL, OPT_KERNEL },
	{ "linux",	  required_argument, NULL, OPT_LINUX },
	{ "verbose",	  no_argument,	     NULL, 'v' },
	{ "help",	  no_argument,	     NULL, 'h' },
	{ NULL,		  0,		     NULL, 0 }
};

static enum accel
parse_accel(const char *text)
{
	if (strcmp(text, "auto") == 0)
		return ACCEL_AUTO;
	if (strcmp(text, "kvm") == 0)
		return ACCEL_KVM;
	if (strcmp(text, "tcg") == 0)
		return ACCEL_TCG;
	die("--accel '%s': must be auto, kvm or tcg", text);
}

static uint64_t
parse_mem(const char *text)
{
	uint64_t bytes;

	if (!parse_size(text, &bytes))
		die("--mem '%s': not a size; write it as 64M or 2G", text);
	if (bytes < MEM_MIN || bytes > MEM_MAX)
		die("--mem '%s': must be from %lluM to %lluG", text, MEM_MIN / MIB,
		    MEM_MAX / MIB / 1024);
	return bytes;
}

/* The name of a point, or its beginning and a '*'; proc:::create has colons in it. */
static size_t
point_name_length(const char *text, bool colons)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) ||
	    (text[n] != 0 && strchr("._-", text[n]) != NULL) ||
	    (colons && text[n] == ':'))
		n++;
	return text[n] == '*' ? n + 1 : n;
}

/* POINT[:N|/N|%P[@SEED]][=ERRNO]. Which points there are, only the kernel knows. */
static bool
is_failure(const char *text)
{
	const char *at = text + point_name_length(text, false);
	char sign = *at;

	if (at == text)
		return false;
	if (sign == ':' || sign == '/' || sign == '%') {
		size_t digits = strspn(++at, "0123456789");

		if (digits == 0 || strtoul(at, NULL, 10) == 0)
			return false;
		at += digits;
		if (sign == '%' && *at == '@') {
			digits = strspn(++at, "0123456789");
			if (digits == 0)
				return false;
			at += digits;
		}
	}
	if (*at == '=' && at[1] == 'E')
		at += 2 + strspn(at + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return *at == 0;
}

static void
take_failure(struct run_options *ro, char *arg)
{
	if (!is_failure(arg))
		die("--fail '%s': write it as fork.files:3 (the 3rd pass), fork.files/4 (every "
		    "4th) or fork.*%%10@77 (10 of 100, by seed 77), and =EAGAIN behind for another "
		    "error",
		    arg);
	ro->ro_fails = realloc(ro->ro_fails, (ro->ro_nfails + 1) * sizeof(char *));
	if (ro->ro_fails == NULL)
		die("out of memory");
	ro->ro_fails[ro->ro_nfails++] = arg;
}

static void
take_probe(struct run_options *ro, const char *arg)
{
	size_t n = point_name_length(arg, true);

	if (n == 0 || arg[n] != 0)
		die("--probe '%s': must be the name of a point, as proc:::create or fork.*", arg);
	ro->ro_probes = xprintf("%s%s%s", ro->ro_probes, *ro->ro_probes != 0 ? ";" : "", arg);
}

static void
take_chaos(struct run_options *ro, const char *arg)
{
	unsigned int seed;

	if (!parse_number(arg, 0, UINT32_MAX, &seed))
		die("--chaos '%s': the seed must be a number from 0 to %u", arg, UINT32_MAX);
	ro->ro_chaos = true;
	ro->ro_chaos_seed = seed;
}

static void
take_option(struct run_options *ro, int opt, char *arg)
{
	switch (opt) {
	case OPT_ROOT:
		ro->ro_root = arg;
		break;
	case OPT_CPUS:
		if (!parse_number(arg, 1, CPUS_MAX, &ro->ro_cpus))
			die("--cpus '%s': must be a number from 1 to %u", arg, CPUS_MAX);
		break;
	case OPT_MEM:
		ro->ro_mem = parse_mem(arg);
		break;
	case OPT_APPEND:
		ro->ro_append = xprintf("%s %s", ro->ro_append, arg);
		break;
	case OPT_FAIL:
		take_failure(ro, arg);
		break;
	case OPT_CHAOS:
		take_chaos(ro, arg);
		break;
	case OPT_STATS:
		ro->ro_stats = true;
		break;
	case OPT_PROBE:
		take_probe(ro, arg);
		break;
	case OPT_ACCEL:
		ro->ro_accel = parse_accel(arg);
		break;
	case OPT_VIRTUAL_TIME:
		ro->ro_virtual_time = true;
		break;
	case OPT_TIMEOUT:
		if (!parse_seconds(arg, &ro->ro_timeout_ms))
			die("--timeout '%s': must be a number of seconds above 0, as 30 or 0.5",
			    arg);
		break;
	case OPT_KERNEL_LOG:
		ro->ro_kernel_log = arg;
		break;
	case OPT_KERNEL:
		ro->ro_kernel = arg;
		break;
	case OPT_LINUX:
		ro->ro_linux = arg;
		break;
	case 'v':
		say_verbose = true;
		break;
	}
}

static void
check_options(struct run_options *ro)
{
	if (ro->ro_linux != NULL && (ro->ro_nfails > 0 || *ro->ro_probes != 0))
		die("--fail and --probe are for the Bident kernel: leave out --linux");
	if (ro->ro_linux != NULL && ro->ro_stats)
		die("--stats is for the Bident kernel: leave out --linux");
	if (ro->ro_linux != NULL && ro->ro_chaos)
		die("--chaos is for the Bident kernel: leave out --linux");
	if (ro->ro_chaos)
		ro->ro_append = xprintf("%s chaos=%u", ro->ro_append, ro->ro_chaos_seed);
	if (ro->ro_stats)
		ro->ro_append = xprintf("%s bident.stats", ro->ro_append);
	if (*ro->ro_probes != 0)
		ro->ro_append = xprintf("%s probe=%s", ro->ro_append, ro->ro_probes);
	if (!ro->ro_virtual_time)
		return;
	if (ro->ro_cpus > 1)
		die("--virtual-time counts the instructions of one CPU: leave out --cpus %u",
		    ro->ro_cpus);
	if (ro->ro_accel == ACCEL_KVM)
		die("--virtual-time needs the emulator: leave out --accel kvm");
	ro->ro_accel = ACCEL_TCG;
}

void
options_parse_run(struct run_options *ro, int argc, char **argv)
{
	static char shell_name[] = "/bin/sh", login[] = "-l";
	static char *shell[] = { shell_name, login, NULL };
	int opt;

	*ro = (struct run_options){ .ro_cpus = 1, .ro_append = xprintf("%s", ""),
	    .ro_probes = xprintf("%s", "") };
	ro->ro_kernel = getenv("BIDENT_KERNEL");
	ro->ro_qemu = getenv("BIDENT_QEMU");
	if (ro->ro_qemu == NULL || *ro->ro_qemu == 0)
		ro->ro_qemu = "qemu-system-x86_64";
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:vh", run_options, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (opt == 'h') {
			fputs(usage_run, stdout);
			exit(fflush(stdout) == 0 ? 0 : STATUS_TROUBLE);
		}
		if (opt == ':')
			die("option '%s' wants a value (see bident run --help)", word);
		if (opt == '?' && optopt != 0 && optopt < 256)
			die("unknown option '-%c' (see bident run --help)", optopt);
		if (opt == '?')
			die("unknown option '%s' (see bident run --help)", word);
		take_option(ro, opt, optarg);
	}
	check_options(ro);
	ro->ro_argv = argv[optind] != NULL ? argv + optind : shell;
}
