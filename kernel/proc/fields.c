/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every field of struct proc and struct lwp, and what a new process has in it. The tables are what
 * fork.c is held to by debug kernels, and where a reader finds out about a field:
 *
 *	ZERO	zero, till something happens to the process: so at publication as well
 *	COPY	the parent's value, of one instant
 *	GIVEN	zero at first; a row of fork1 gives it (a counted reference, or a value), or leaves
 *		it
 *	FRESH	its own: made by the constructor, by a row of fork1, or by publication
 *
 * A debug kernel fills a new structure with a pattern and clears what is ZERO or GIVEN. What
 * nobody sets shows: at publication no COPY or FRESH field may have a word of pattern left, and no
 * ZERO field anything. A field that is missing here is found at the first process of the boot, by
 * the gap that it makes; one small enough to lie in the padding before the next keeps the pattern
 * and does not pass for a zero. Release kernels have none of this: there memory comes zeroed.
 *
 * Of an LWP the same holds when it is the first of its process, and when lwp_create enters it.
 */
#include "proc/proc_int.h"

#define ROW(type, class, field)							\
	{ #field, offsetof(struct type, field),					\
	    sizeof(((struct type *)NULL)->field),				\
	    __alignof__(((struct type *)NULL)->field), FIELD_##class }
#define P(class, field)	ROW(proc, class, p_##field)
#define L(class, field)	ROW(lwp, class, l_##field)

const struct field proc_fields[] = {
	P(FRESH, pid), P(FRESH, refs), P(FRESH, flags), P(FRESH, state), P(FRESH, lock),
	P(ZERO, forkstat), P(ZERO, cow),
	/* The tree; the group is the parent's at publication. */
	P(FRESH, parent), P(FRESH, ppid), P(FRESH, children), P(FRESH, sibling),
	P(FRESH, all_link),
	P(GIVEN, pgrp), P(FRESH, pgrp_link), P(FRESH, wait_cv), P(FRESH, parent_tid),
	P(FRESH, exit_poll), P(ZERO, group_gen), P(FRESH, exit_signal), P(ZERO, pdeathsig),
	P(FRESH, start_ns), P(ZERO, exec_gen), P(FRESH, parent_exec_gen),
	P(FRESH, acct), P(COPY, oom_adj), P(ZERO, nlent),
	/* What wait reports. */
	P(ZERO, exit_code), P(ZERO, exit_signo), P(ZERO, exit_core), P(ZERO, stop_signo),
	P(ZERO, stop_unwaited), P(ZERO, cont_unwaited),
	/* LWPs. */
	P(FRESH, lwps), P(FRESH, nlwps), P(ZERO, nstopped), P(ZERO, stop_gen), P(ZERO, exec_lwp),
	P(FRESH, lwp_cv),
	/* What it has. */
	P(GIVEN, space), P(GIVEN, fds), P(GIVEN, cwd), P(GIVEN, acts), P(FRESH, sig),
	P(GIVEN, cred), P(GIVEN, charge), P(GIVEN, limits), P(COPY, abi), P(GIVEN, exe),
	P(GIVEN, prof), P(GIVEN, abi_data), P(FRESH, ctl_pages), P(COPY, hardening),
	P(COPY, psstrings), P(COPY, comm), P(GIVEN, ras), P(GIVEN, hold), P(COPY, watch),
	/* Times. */
	P(ZERO, ru), P(ZERO, ru_children), P(FRESH, ptimers), P(ZERO, itimers),
	P(FRESH, real_timeout), P(FRESH, cpu_timeout),
};
const size_t proc_nfields = nitems(proc_fields);

const struct field lwp_fields[] = {
	L(FRESH, sched), L(GIVEN, arch), L(FRESH, proc), L(FRESH, tid), L(FRESH, link),
	L(GIVEN, attn), L(FRESH, sleep_ends), L(COPY, name),
	L(GIVEN, sigmask), L(ZERO, oldmask), L(ZERO, sigwait), L(FRESH, sigpend),
	L(GIVEN, altstack), L(ZERO, syscall_nr), L(ZERO, restart), L(ZERO, restart_deadline_ns),
	L(GIVEN, set_tid), L(GIVEN, clear_tid), L(ZERO, robust_list), L(ZERO, robust_len),
	L(ZERO, unparked), L(ZERO, hold), L(GIVEN, start), L(GIVEN, start_arg), L(ZERO, minflt),
	/* Profiling, the count of LWPs, restartable sequences, locks with an owner. */
	L(GIVEN, prof_timeout), L(GIVEN, prof_ns), L(GIVEN, prof_gen), L(GIVEN, prof_on),
	L(GIVEN, charge), L(ZERO, forked), L(GIVEN, rseq), L(GIVEN, rseq_sig),
	L(GIVEN, ras_switches), L(ZERO, pi),
};
const size_t lwp_nfields = nitems(lwp_fields);

void
fields_begin(void *obj, size_t size, const struct field *f, size_t n)
{
	size_t end = 0, align = 1;

	memset(obj, FIELD_POISON, size);
	for (size_t i = 0; i < n; i++) {
		if (f[i].f_offset != roundup2(end, f[i].f_align))
			panic("proc: a field before %s is in no list", f[i].f_name);
		end = f[i].f_offset + f[i].f_size;
		align = MAX(align, f[i].f_align);
		if (f[i].f_class == FIELD_ZERO || f[i].f_class == FIELD_GIVEN)
			memset((char *)obj + f[i].f_offset, 0, f[i].f_size);
	}
	if (size != roundup2(end, align))
		panic("proc: a field after %s is in no list", f[n - 1].f_name);
}

/* Whether an aligned word of the field, or all of a smaller one, consists of these bytes alone. */
static bool
field_has(const void *obj, const struct field *f, uint8_t byte)
{
	const uint8_t *at = (const uint8_t *)obj + f->f_offset;
	size_t word = MIN(f->f_size, sizeof(uint64_t)), run;

	for (size_t i = 0; i + word <= f->f_size; i += word) {
		for (run = 0; run < word && at[i + run] == byte; run++)
			continue;
		if (run == word)
			return true;
	}
	return false;
}

static bool
field_is_zero(const void *obj, const struct field *f)
{
	const uint8_t *at = (const uint8_t *)obj + f->f_offset;

	for (size_t i = 0; i < f->f_size; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

const char *
fields_wrong(const void *obj, const struct field *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool wrong = f[i].f_class == FIELD_ZERO ? !field_is_zero(obj, &f[i]) :
		    field_has(obj, &f[i], FIELD_POISON);

		if (wrong)
			return f[i].f_name;
	}
	return NULL;
}
