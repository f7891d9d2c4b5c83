/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call fuzzer.
 *
 *	fuzz --guest [--seed S] [--seconds N | --cases N] [--ops N] [--fail PERCENT]
 *	fuzz --guest --case S [--keep I,J-K,...] [--repeat N]
 *	fuzz --list --case S [--keep ...]
 *
 * A case is a program of up to 256 operations, drawn from a seed, for up to 8 slots; a slot is a
 * process or a thread that an operation of another one makes. All slots run at once, each its own
 * operations in their order. What the slots do to each other is up to the scheduler: a case that
 * fails need not fail again, so a case can be repeated. A process that executes this program anew
 * goes on with the next operation.
 *
 * The supervisor makes the first slot's process, reaps everything (it is a subreaper), kills what
 * is left after LIMIT_MS, and then looks: whether anything is as it must not be (memory.c), whether
 * everything has ended, and whether the kernel's census is what it was before. --fail makes
 * allocations of the case's processes fail with that probability (/proc/bident/fail).
 *
 * Before each case its seed is printed: when the machine dies, the last line says in what. Every
 * process but init is killed between cases, so the program refuses to run without --guest.
 */
#include "fuzz.h"

#include "../stress/census.h"

#define LIMIT_MS	1500
#define KILL_MS		10000
#define SETTLE_MS	3000
#define PAGES_SLACK	32		/* tables that map kernel stacks stay */
#define STATE_FILE	"/tmp/fuzz.state"
#define SCRATCH_FILE	"/tmp/fuzz.scratch"

struct options {
	uint64_t	o_seed, o_case;
	int		o_guest, o_list, o_one, o_fail, o_seconds, o_cases, o_repeat, o_ops;
	const char	*o_keep;
};

struct shared *sh;
__thread struct self me;
char self_path[256];

static uint64_t rng;

/* ---- small helpers ---- */

static uint32_t
rnd(uint32_t n)
{
	uint64_t z = (rng += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

static long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void
nap_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

void
bad(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (__atomic_fetch_add(&sh->s_bad, 1, __ATOMIC_SEQ_CST) == 0)
		snprintf(sh->s_text, sizeof(sh->s_text), "slot %u operation %d (%s): %s",
		    me.me_slot, me.me_op != NULL ? (int)(me.me_op - sh->s_op) : -1,
		    me.me_op != NULL ? kinds[me.me_op->o_kind].k_name : "?", text);
}

/* ---- programs ---- */

static uint32_t
draw_kind(int may_spawn)
{
	uint32_t total = 0, x, k;

	for (k = 0; k < nkinds; k++)
		total += kinds[k].k_weight;
	for (;;) {
		x = rnd(total);
		for (k = 0; x >= kinds[k].k_weight; k++)
			x -= kinds[k].k_weight;
		if (!kinds[k].k_spawns || may_spawn)
			return k;
	}
}

static void
generate(uint64_t seed, uint32_t nops)
{
	uint32_t nslots = 1;

	rng = seed;
	sh->s_nops = nops;
	for (uint32_t i = 0; i < nops; i++) {
		struct op *o = &sh->s_op[i];

		*o = (struct op){ .o_slot = (uint8_t)rnd(nslots),
		    .o_kind = (uint8_t)draw_kind(nslots < SLOTS), .o_a = rnd(1u << 30),
		    .o_b = rnd(1u << 30), .o_c = rnd(1u << 30) };
		if (kinds[o->o_kind].k_spawns)
			o->o_child = (uint8_t)nslots++;
	}
}

/* Leaves out what is not listed as "3,5-9". */
static void
keep_only(const char *list)
{
	char *end;

	for (uint32_t i = 0; i < sh->s_nops; i++)
		sh->s_op[i].o_dropped = 1;
	while (*list != 0) {
		unsigned long from = strtoul(list, &end, 10), to = from;

		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (; from <= to && from < sh->s_nops; from++)
			sh->s_op[from].o_dropped = 0;
		list = *end == ',' ? end + 1 : "";
	}
}

static void
list_ops(void)
{
	for (uint32_t i = 0; i < sh->s_nops; i++) {
		const struct op *o = &sh->s_op[i];

		if (o->o_dropped)
			continue;
		printf("%3u slot %u %s %u %u %u", i, o->o_slot, kinds[o->o_kind].k_name, o->o_a,
		    o->o_b, o->o_c);
		if (kinds[o->o_kind].k_spawns)
			printf(" makes slot %u", o->o_child);
		printf("\n");
	}
}

/* ---- a slot ---- */

void
slot_begin(uint32_t slot)
{
	me.me_slot = slot;
	sh->s_tid[slot] = (int)syscall(SYS_gettid);
	__atomic_store_n(&sh->s_pid[slot], getpid(), __ATOMIC_RELAXED);
}

void
run_slot(uint32_t slot, uint32_t from)
{
	for (uint32_t i = from; i < sh->s_nops; i++) {
		const struct op *o = &sh->s_op[i];

		if (o->o_slot != slot || o->o_dropped)
			continue;
		me.me_op = o;
		kinds[o->o_kind].k_do(o);
		__atomic_fetch_add(&sh->s_done, 1, __ATOMIC_RELAXED);
	}
	memory_verify_all();
	if (!me.me_thread)
		_exit(0);
}

static void
catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = memory_sigsegv, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sa = (struct sigaction){ .sa_handler = SIG_IGN };
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
}

static void
map_state(int flags)
{
	int fd = open(STATE_FILE, O_RDWR | O_CLOEXEC | flags, 0666);

	if (fd < 0 || ((flags & O_CREAT) != 0 && (fchmod(fd, 0666) != 0 || ftruncate(fd,
	    sizeof(*sh)) != 0)))
		_exit(61);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sh == MAP_FAILED)
		_exit(61);
	close(fd);
}

/* @go SLOT OPERATION: after execve. */
static int
go_on(char **argv)
{
	map_state(0);
	catch_faults();
	me.me_windows = 1u << atoi(argv[2]);
	slot_begin((uint32_t)atoi(argv[2]));
	run_slot(me.me_slot, (uint32_t)atoi(argv[3]));
	return 0;
}

/* ---- the supervisor ---- */

static void
scratch_make(void)
{
	int fd = open(SCRATCH_FILE, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (fd < 0 || ftruncate(fd, SMALL_PAGES * PAGE) != 0) {
		printf("Bail out! no %s: errno %d\n", SCRATCH_FILE, errno);
		exit(2);
	}
	if (fd != SCRATCH_FD) {
		dup2(fd, SCRATCH_FD);
		close(fd);
	}
}

static void
first_slot(const struct options *op, uint64_t seed)
{
	char line[96];
	int fd, n;

	setsid();
	catch_faults();
	if (op->o_fail != 0 && (fd = open("/proc/bident/fail", O_WRONLY)) >= 0) {
		n = snprintf(line, sizeof(line), "*%%%d@%u tree=%d\n", op->o_fail,
		    (unsigned int)seed, getpid());
		if (write(fd, line, n) != n)
			bad("setting failures gave errno %d", errno);
		close(fd);
	}
	me.me_windows = 1;
	slot_begin(0);
	run_slot(0, 0);
}

static void
fail_clear(void)
{
	int fd = open("/proc/bident/fail", O_WRONLY);

	if (fd >= 0) {
		(void)!write(fd, "clear\n", 6);
		close(fd);
	}
}

/* Reaps until nobody is left, killing after a while. 0: somebody does not end. */
static int
reap_all(int *late)
{
	long long start = now_ms(), waited;
	long nap = 1;
	pid_t pid;

	*late = 0;
	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			continue;
		if (pid < 0 && errno == ECHILD)
			return 1;
		waited = now_ms() - start;
		if (waited > LIMIT_MS) {
			*late = 1;
			kill(-1, SIGKILL);
		}
		if (waited > LIMIT_MS + KILL_MS)
			return 0;
		nap_ms(nap);
		nap = nap < 8 ? nap * 2 : 8;
	}
}

static int
census_good(const struct census *before, const struct census *after, int say)
{
	long more = census_used(after) - census_used(before);

	if (say)
		printf("# pages in use: %ld more\n", more);
	return census_same(before, after, 0, say) && more <= PAGES_SLACK;
}

/* Whether the census is what it was; it may take a moment (threads that leave, late frees). */
static int
census_settles(const struct census *before)
{
	long long end = now_ms() + SETTLE_MS;
	struct census after;

	for (;;) {
		if (!census_read(&after) || census_good(before, &after, 0))
			return 1;
		if (now_ms() > end) {
			census_good(before, &after, 1);
			return 0;
		}
		nap_ms(5);
	}
}

/* 0: it failed. */
static int
run_case(const struct options *op, uint64_t seed, const struct census *before)
{
	int late, good = 1;
	pid_t pid;

	sh->s_bad = 0;
	memset(sh->s_pid, 0, sizeof(sh->s_pid));
	memset(sh->s_tid, 0, sizeof(sh->s_tid));
	sh->s_relaxed = op->o_fail != 0;
	scratch_make();
	printf("@case %llu\n", (unsigned long long)seed);
	fflush(stdout);
	if ((pid = fork()) == 0)
		first_slot(op, seed);
	if (pid < 0) {
		printf("# cannot fork: errno %d\n", errno);
		return 0;
	}
	if (!reap_all(&late)) {
		printf("# a process outlives SIGKILL\n");
		good = 0;
	}
	if (op->o_fail != 0)
		fail_clear();
	ftruncate(SCRATCH_FD, 0);
	if (sh->s_bad != 0) {
		printf("# %s (%u such)\n", sh->s_text, sh->s_bad);
		good = 0;
	}
	if (before != NULL && !census_settles(before)) {
		printf("# the census differs\n");
		good = 0;
	}
	return good;
}

static void
parse(int argc, char **argv, struct options *op)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(a, "--guest") == 0) {
			op->o_guest = 1;
			continue;
		} else if (strcmp(a, "--list") == 0) {
			op->o_list = 1;
			continue;
		} else if (strcmp(a, "--seed") == 0) {
			op->o_seed = strtoull(v, NULL, 10);
		} else if (strcmp(a, "--case") == 0) {
			op->o_one = 1;
			op->o_case = strtoull(v, NULL, 10);
		} else if (strcmp(a, "--seconds") == 0) {
			op->o_seconds = atoi(v);
		} else if (strcmp(a, "--cases") == 0) {
			op->o_cases = atoi(v);
		} else if (strcmp(a, "--ops") == 0) {
			op->o_ops = atoi(v);
		} else if (strcmp(a, "--fail") == 0) {
			op->o_fail = atoi(v);
		} else if (strcmp(a, "--keep") == 0) {
			op->o_keep = v;
		} else if (strcmp(a, "--repeat") == 0) {
			op->o_repeat = atoi(v);
		} else {
			fprintf(stderr, "fuzz: %s?\n", a);
			exit(2);
		}
		i++;
	}
	if (op->o_ops < 1 || op->o_ops > (int)OPS_MAX)
		op->o_ops = OPS_MAX;
}

/* One case, again and again. */
static int
replay(const struct options *op, const struct census *before)
{
	generate(op->o_case, (uint32_t)op->o_ops);
	if (op->o_keep != NULL)
		keep_only(op->o_keep);
	if (op->o_list) {
		list_ops();
		return 0;
	}
	for (int i = 0; i < op->o_repeat; i++) {
		if (!run_case(op, op->o_case, before)) {
			printf("@failed %llu\n", (unsigned long long)op->o_case);
			return 1;
		}
	}
	printf("@passed\n");
	return 0;
}

static int
campaign(const struct options *op, const struct census *before)
{
	long long end = now_ms() + op->o_seconds * 1000LL;
	uint64_t n;

	for (n = 0; op->o_cases != 0 ? n < (uint64_t)op->o_cases : now_ms() < end; n++) {
		uint64_t seed = op->o_seed * 1000000 + n;

		generate(seed, (uint32_t)op->o_ops);
		if (!run_case(op, seed, before)) {
			printf("@failed %llu\n", (unsigned long long)seed);
			return 1;
		}
	}
	printf("@done %llu cases, %llu operations, %llu pages compared\n", (unsigned long long)n,
	    (unsigned long long)sh->s_done, (unsigned long long)sh->s_checks);
	return 0;
}

int
main(int argc, char **argv)
{
	struct options op = { .o_seconds = 10, .o_repeat = 1, .o_ops = 200 };
	struct census before, *have = NULL;
	ssize_t n;

	if (argc > 1 && strcmp(argv[1], "@exit") == 0)
		return 3;
	n = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);
	self_path[n > 0 ? n : 0] = 0;
	if (argc > 3 && strcmp(argv[1], "@go") == 0)
		return go_on(argv);
	parse(argc, argv, &op);
	if (!op.o_guest && !op.o_list) {
		fprintf(stderr, "fuzz: kills every process between cases: only with --guest, in a "
		    "machine of its own\n");
		return 2;
	}
	if (op.o_list)
		sh = calloc(1, sizeof(*sh));
	else
		map_state(O_CREAT | O_TRUNC);
	if (!op.o_list) {
		signal(SIGPIPE, SIG_IGN);
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		setvbuf(stdout, NULL, _IOLBF, 0);
		/* What a first use sets up is there for good. */
		struct options warm = op;

		for (uint64_t i = 0; i < 20; i++) {
			warm.o_fail = i < 18 ? 0 : op.o_fail;
			generate(i, (uint32_t)op.o_ops);
			if (!run_case(&warm, i, NULL)) {
				printf("@failed %llu\n", (unsigned long long)i);
				return 1;
			}
		}
		scratch_make();
		ftruncate(SCRATCH_FD, 0);
		nap_ms(100);
		have = census_read(&before) ? &before : NULL;
	}
	return op.o_one ? replay(&op, have) : campaign(&op, have);
}
