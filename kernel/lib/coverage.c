/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gcc's --coverage needs in a kernel (CONFIG=coverage, gcc 12).
 *
 * The compiler puts 64-bit counters into the objects and a record for each file, which with
 * -fprofile-info-section is found by a pointer in section .gcov_info and not by a constructor. Of
 * what libgcov does in a process nothing is wanted here: the counters are given as text
 * (/proc/bident/coverage), and tools/coverage on the host adds up those of several boots and writes
 * the data files that gcov reads. Counters are added to by locked instructions
 * (-fprofile-update=atomic), so they are exact on any number of CPUs. They are never set back.
 *
 * The layout of the records is that of gcc 12; another compiler's version stops the build.
 */
#include "lib/coverage.h"

#ifdef COVERAGE

#if __GNUC__ != 12
#error "CONFIG=coverage knows the records of gcc 12 only"
#endif

#define KINDS	8u	/* of counters; those of arcs are the first, and --coverage has no other */

struct counters {
	uint32_t	 c_n;
	int64_t		*c_values;
};

struct function {
	const struct record	*fn_record;	/* another's: the linker took that one's copy */
	uint32_t		 fn_ident;
	uint32_t		 fn_lines_sum;
	uint32_t		 fn_graph_sum;
	struct counters		 fn_arcs;
};

struct record {
	uint32_t			 r_version;
	struct record			*r_next;	/* not used */
	uint32_t			 r_stamp;
	uint32_t			 r_sum;
	const char			*r_path;
	void				*r_merge[KINDS];	/* null: no counters of the kind */
	uint32_t			 r_nfunctions;
	const struct function *const	*r_functions;
};

extern const struct record *const coverage_start[], *const coverage_end[];

void	__gcov_merge_add(int64_t *, uint32_t);

static void
put_function(struct textbuf *o, const struct function *fn)
{
	textbuf_printf(o, "fn %x %x %x", fn->fn_ident, fn->fn_lines_sum, fn->fn_graph_sum);
	for (uint32_t i = 0; i < fn->fn_arcs.c_n; i++)
		textbuf_printf(o, " %lx", load_relaxed(&fn->fn_arcs.c_values[i]));
	textbuf_printf(o, "\n");
}

size_t
coverage_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };

	for (const struct record *const *rp = coverage_start; rp < coverage_end; rp++) {
		const struct record *r = *rp;

		textbuf_printf(&o, "file %x %x %x %s\n", r->r_version, r->r_stamp, r->r_sum,
		    r->r_path);
		for (uint32_t i = 0; i < r->r_nfunctions; i++)
			if (r->r_functions[i] != NULL && r->r_functions[i]->fn_record == r)
				put_function(&o, r->r_functions[i]);
	}
	return o.tb_len;
}

/* The records name it to say of which kind their counters are. */
void
__gcov_merge_add(int64_t *counters __unused, uint32_t n __unused)
{
	UNREACHABLE();
}
#endif
