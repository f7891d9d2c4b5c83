/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small races of the process core, under schedules that are chosen (machine.c).
 *
 *	sim [NAME...] [--runs N] [--seed N] [--step N] [--pairs N] [-1]
 *
 * Each scenario is the program of P, a child of init's, and of what P makes. It is run
 *
 *	without a preemption, then with one, at each (each STEPth) point that the first run passed,
 *	to either neighbour;
 *	with two, at N pairs of points drawn from all;
 *	N times at random, from the seeds SEED, SEED + 1, ...; -1: only this one, and it is shown.
 *
 * Each run is a host process that begins with the same memory, so it repeats exactly. At its end
 * all processes but init have been waited for, the invariants hold (fixture.h) and there is as
 * much of everything as before. What does not end, is a panic, or touches what is free fails.
 */
#define FIXTURE_RAM	(14ul << 20)	/* each run copies what it touches */
#include "../unit/proc/fixture.h"

#include "host_run.h"
#include "proc/hook.h"
#include "proc/wait.h"
#include "sim.h"

#define USER	7

jmp_buf stub_exit_jump;		/* fixture.h's let_exit is not for us */

/* ---- what programs do ---- */

/* A child that runs fn(arg). Its pid, or -errno. */
static int
sys_fork(uint32_t flags, void (*fn)(void *), void *arg)
{
	struct fork_args args = { .fa_flags = flags, .fa_exit_signal = SIGCHLD };
	struct fork_result res = { 0 };
	int error;

	do {
		sim_next(fn, arg);
		error = fork1(curlwp(), &args, &res);
		sim_user();
	} while (error == ERESTARTALWAYS);
	return error == 0 ? res.fr_pid : -error;
}

static int
sys_thread(void (*fn)(void *), void *arg)
{
	struct lwp_args la = { .la_start = NULL };
	struct lwp *l;
	int error;

	sim_next(fn, arg);
	if ((error = lwp_create(curlwp(), &la, &l)) == 0)
		lwp_begin(l);
	sim_user();
	return error;
}

static void
sys_exit(int code)
{
	proc_exit(curlwp(), code, 0, false);
}

static int
sys_kill(pid_t pid, int signo)
{
	int error = signal_kill(curlwp(), pid, signo);

	sim_user();
	return error;
}

/* Waits for a child, or any (0): its pid, or -errno. */
static int
sys_wait(pid_t pid, struct wait_result *wr)
{
	struct wait_req wq = { .wq_idtype = pid != 0 ? WAIT_PID : WAIT_ALL, .wq_id = pid,
	    .wq_flags = WAIT_EXITED | WAIT_ANYSIG };
	int error;

	do {
		error = proc_wait(curlwp(), &wq, wr);
		sim_user();
	} while (error == ERESTART || error == EINTR);
	return error == 0 ? wr->wr_pid : -error;
}

static int
sys_wait_all(void)
{
	struct wait_result wr;
	int n = 0;

	while (sys_wait(0, &wr) > 0)
		n++;
	return n;
}

#define EXPECT(e)									\
	do {										\
		if (!(e))								\
			sim_fail("%s, line %d", #e, __LINE__);				\
	} while (0)

static void
nothing(void *arg __unused)
{
}

/* Until a signal ends it: who is forgotten waits for ever, and that is found. */
static void
wait_for_death(void *arg __unused)
{
	for (;;) {
		(void)kpause_sig("death", 0);
		sim_user();
	}
}

/* ---- scenarios ---- */

static void
fork_once(void *arg __unused)
{
	struct wait_result wr;
	int pid = sys_fork(0, nothing, NULL);

	if (pid > 0)
		(void)sys_wait(pid, &wr);
	(void)sys_thread(wait_for_death, NULL);
	wait_for_death(NULL);
}

/* Two threads fork, a third ends the process. */
static void
two_forks_exit(void *arg __unused)
{
	EXPECT(sys_thread(fork_once, NULL) == 0);
	EXPECT(sys_thread(fork_once, NULL) == 0);
	sys_exit(3);
}

static void
fork_a_sleeper(void *arg __unused)
{
	(void)sys_fork(0, wait_for_death, NULL);
	wait_for_death(NULL);
}

/* A signal to the group: nobody who was born into it outlives it. */
static void
fork_killpg(void *arg __unused)
{
	struct proc *p = curlwp()->l_proc;

	EXPECT(proc_setpgid(p, 0, 0) == 0);
	EXPECT(sys_fork(0, fork_a_sleeper, NULL) > 0);
	(void)sys_kill(-p->p_pid, SIGKILL);
	EXPECT(false);
}

/* A held caller is killed; the child goes on by itself. */
static void
hold_nothing(void *arg __unused)
{
	(void)sys_fork(FORK_HOLD | FORK_SHARE_VM, nothing, NULL);
}

static void
hold_kill_parent(void *arg __unused)
{
	struct wait_result wr;
	int pid = sys_fork(0, hold_nothing, NULL);

	EXPECT(pid > 0);
	(void)sys_kill(pid, SIGKILL);
	EXPECT(sys_wait(pid, &wr) == pid);
}

static void
hold_for_ever(void *arg __unused)
{
	(void)sys_fork(FORK_HOLD | FORK_SHARE_VM, wait_for_death, NULL);
	wait_for_death(NULL);
}

/* A group with a held caller and its child in it is killed, before, while or after it is held. */
static void
hold_kill_both(void *arg __unused)
{
	struct proc *p = curlwp()->l_proc;

	EXPECT(proc_setpgid(p, 0, 0) == 0);
	EXPECT(sys_fork(0, hold_for_ever, NULL) > 0);
	(void)sys_kill(-p->p_pid, SIGKILL);
	EXPECT(false);
}

static void
hold_nested_inner(void *arg __unused)
{
	EXPECT(sys_fork(FORK_HOLD | FORK_SHARE_VM, nothing, NULL) > 0);
	(void)sys_wait_all();
}

static void
hold_nested(void *arg __unused)
{
	struct wait_result wr;
	int pid = sys_fork(FORK_HOLD | FORK_SHARE_VM, hold_nested_inner, NULL);

	EXPECT(pid > 0);
	EXPECT(sys_wait(pid, &wr) == pid);
}

static void
reap_anything(void *arg __unused)
{
	(void)sys_wait_all();
	proc_exit_lwp(curlwp(), 0);
}

/* Another thread reaps the child while its maker is held. */
static void
hold_sibling_reaps(void *arg __unused)
{
	EXPECT(sys_thread(reap_anything, NULL) == 0);
	EXPECT(sys_fork(FORK_HOLD, nothing, NULL) > 0);
	(void)sys_wait_all();
}

static void
hold_stop(void *arg __unused)
{
	struct wait_result wr;
	int pid = sys_fork(0, hold_nothing, NULL);

	EXPECT(pid > 0);
	(void)sys_kill(pid, SIGSTOP);
	(void)sys_kill(pid, SIGCONT);
	EXPECT(sys_wait(pid, &wr) == pid && wr.wr_code == CLD_EXITED);
}

static void
fork_one_and_go(void *arg __unused)
{
	(void)sys_fork(0, nothing, NULL);
}

/* A grandchild ends while its parent does: one of the two, and only one, buries it. */
static void
wait_exit_reparent(void *arg __unused)
{
	struct wait_result wr;
	int a = sys_fork(0, fork_one_and_go, NULL);
	int b = sys_fork(0, fork_one_and_go, NULL);

	EXPECT(a > 0 && b > 0);
	EXPECT(sys_wait(a, &wr) == a);
	EXPECT(sys_wait(b, &wr) == b);
	EXPECT(sys_wait(0, &wr) == -ECHILD);
}

static void
change_user(void *arg __unused)
{
	EXPECT(proc_setresuid(curlwp()->l_proc, USER, USER, USER) == 0);
	proc_exit_lwp(curlwp(), 0);
}

static void
setuid_fork(void *arg __unused)
{
	EXPECT(sys_thread(change_user, NULL) == 0);
	EXPECT(sys_fork(0, nothing, NULL) > 0);
	EXPECT(sys_fork(0, nothing, NULL) > 0);
	EXPECT(sys_wait_all() == 2);
}

static void
look_up(void *arg)
{
	pid_t first = (pid_t)(intptr_t)arg;

	for (pid_t pid = first; pid < first + 6; pid++) {
		struct proc *p = proc_find(pid);

		if (p != NULL) {
			EXPECT(p->p_pid == pid);
			proc_drop(p);
		}
		(void)sys_kill(pid, 0);
	}
}

static void
pid_lookup(void *arg __unused)
{
	int pid = sys_fork(0, look_up, (void *)(intptr_t)curlwp()->l_proc->p_pid);
	struct wait_result wr;

	EXPECT(pid > 0);
	for (int i = 0; i < 3; i++) {
		int child = sys_fork(0, nothing, NULL);

		EXPECT(child > 0 && sys_wait(child, &wr) == child);
	}
	EXPECT(sys_wait(pid, &wr) == pid);
}

static int
hook_fork(struct proc *child, struct proc *parent __unused, void *arg __unused)
{
	EXPECT(child->p_pid > 1);
	return 0;
}

static void
register_hook(void *arg __unused)
{
	static struct fork_hook hook = { .fh_name = "sim", .fh_fork = hook_fork };

	fork_hook_register(&hook);
	fork_hook_unregister(&hook);
	proc_exit_lwp(curlwp(), 0);
}

static void
hook_against_fork(void *arg __unused)
{
	EXPECT(sys_thread(register_hook, NULL) == 0);
	EXPECT(sys_fork(0, nothing, NULL) > 0);
	EXPECT(sys_fork(0, nothing, NULL) > 0);
	EXPECT(sys_wait_all() == 2);
}

static const struct scenario {
	const char	*name;
	const char	*what;
	void		(*fn)(void *);
} scenarios[] = {
	{ "forks-exit", "two threads fork while a third exits", two_forks_exit },
	{ "fork-killpg", "a fork against a kill of its group", fork_killpg },
	{ "hold-kill-parent", "a held caller is killed", hold_kill_parent },
	{ "hold-kill-both", "a held caller and its child are killed", hold_kill_both },
	{ "hold-nested", "a holding within a holding", hold_nested },
	{ "hold-sibling-reaps", "another thread reaps the child of a holding", hold_sibling_reaps },
	{ "hold-stop", "a held caller is stopped and continued", hold_stop },
	{ "wait-exit-reparent", "children end while their parents do", wait_exit_reparent },
	{ "setuid-fork", "a change of user against a fork", setuid_fork },
	{ "pid-lookup", "numbers are looked up while they come and go", pid_lookup },
	{ "hook-fork", "a hook comes and goes while a process is made", hook_against_fork },
};

/* ---- one run ---- */

static const struct scenario *scenario;

static void
run_here(void)
{
	struct count before = count_all();

	sim_begin(first_lwp(init));
	EXPECT(sys_fork(0, scenario->fn, NULL) > 0);
	(void)sys_wait_all();
	sim_end();
	check_quiet();
	struct count after = count_all();
	for (uint32_t i = 0; i < nitems(before.n); i++) {
		if (before.n[i] != after.n[i])
			sim_fail("kind %u: %llu before, %llu after", i,
			    (unsigned long long)before.n[i], (unsigned long long)after.n[i]);
	}
}

/* True: as it should be. Else sr_text says what was wrong, if the run itself could. */
static bool
run_once(struct sim_run how)
{
	int status;

	*sim_run = how;
	status = sim_host_run(run_here);
	if (status != 0 && sim_run->sr_text[0] == '\0')
		snprintf(sim_run->sr_text, sizeof(sim_run->sr_text),
		    "ended with status %#x, see above", (unsigned)status);
	return status == 0;
}

/* ---- many ---- */

static unsigned long runs_random = 200, first_seed = 1, pairs = 200;
static unsigned long long schedules, all_points;
static bool single;

static bool
try(struct sim_run how)
{
	bool ok = run_once(how);

	schedules++;
	all_points += sim_run->sr_points;
	if (!ok && how.sr_seed != 0)
		printf("# sim %s -1 --seed %llu: %s\n", scenario->name,
		    (unsigned long long)how.sr_seed, sim_run->sr_text);
	else if (!ok)
		printf("# %s, switches at points %llu and %llu%s: %s\n", scenario->name,
		    (unsigned long long)how.sr_at[0], (unsigned long long)how.sr_at[1],
		    how.sr_back ? ", downwards" : "", sim_run->sr_text);
	return ok;
}

/* All schedules with one preemption (every step-th), and some of those with two. */
static bool
explore(unsigned long step)
{
	uint64_t n;

	if (!try((struct sim_run){ .sr_seed = 0 }))
		return false;
	n = sim_run->sr_points;
	for (uint64_t at = 1; at <= n; at += step) {
		if (!try((struct sim_run){ .sr_at = { at } }) ||
		    !try((struct sim_run){ .sr_at = { at }, .sr_back = true }))
			return false;
	}
	for (unsigned long i = 0; i < pairs; i++) {
		uint64_t a = 1 + unit_random() % n, b = a + 1 + unit_random() % n;

		if (!try((struct sim_run){ .sr_at = { a, b }, .sr_back = i % 2 != 0 }))
			return false;
	}
	return true;
}

static bool
scenario_run(unsigned long step)
{
	bool ok = true;

	if (single) {
		ok = try((struct sim_run){ .sr_seed = first_seed });
		printf("# %llu points, %llu switches\n", (unsigned long long)sim_run->sr_points,
		    (unsigned long long)sim_run->sr_switches);
		return ok;
	}
	for (unsigned long i = 0; ok && i < runs_random; i++)
		ok = try((struct sim_run){ .sr_seed = first_seed + i });
	return ok && (step == 0 || explore(step));
}

static const struct abi_ops sim_abi = { .ab_name = "sim" };

int
main(int argc, char **argv)
{
	unsigned long step = 8;
	unsigned n = 0, failed = 0;
	bool named = false, chosen[nitems(scenarios)] = { false };

	for (int i = 1; i < argc; i++) {
		unsigned long *number = !strcmp(argv[i], "--runs") ? &runs_random :
		    !strcmp(argv[i], "--seed") ? &first_seed :
		    !strcmp(argv[i], "--step") ? &step :
		    !strcmp(argv[i], "--pairs") ? &pairs : NULL;
		bool known = number != NULL && i + 1 < argc;

		if (known)
			*number = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "-1"))
			known = single = true;
		for (unsigned k = 0; !known && k < nitems(scenarios); k++) {
			if (!strcmp(argv[i], scenarios[k].name))
				known = named = chosen[k] = true;
		}
		if (!known) {
			fprintf(stderr, "usage: sim [NAME...] [--runs N] [--seed N] [--step N] "
			    "[--pairs N] [-1]\n");
			return 2;
		}
	}
	sim_run = sim_host_share(sizeof(*sim_run));
	setup(NULL);
	init->p_abi = &sim_abi;
	for (unsigned k = 0; k < nitems(scenarios); k++) {
		unsigned long long before = schedules;
		bool ok;

		if (named && !chosen[k])
			continue;
		scenario = &scenarios[k];
		ok = scenario_run(step);
		failed += !ok;
		printf("%sok %u - sim %s: %s (%llu schedules)\n", ok ? "" : "not ", ++n,
		    scenario->name, scenario->what, schedules - before);
	}
	printf("1..%u\n# %u scenarios, %llu schedules, %llu points passed, %u failed\n", n, n,
	    schedules, all_points, failed);
	return failed != 0;
}
