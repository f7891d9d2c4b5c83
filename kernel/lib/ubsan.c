/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Undefined behaviour, noticed by the compiler's checks (CONFIG=kasan): the kernel stops and says
 * what it was and in which line. Debug kernels have the same checks as traps, which are cheaper
 * and say the address alone.
 *
 * Each check calls a function by its name with a structure that begins with the place in the
 * source; only __ubsan_handle_nonnull_return is told it apart. What else stands there is not
 * looked at.
 */
#include "lib/klib.h"

#ifdef KASAN

struct place {
	const char	*p_file;
	uint32_t	 p_line;
	uint32_t	 p_column;
};

#define HANDLER(name, what)								\
	void __ubsan_handle_##name(const struct place *, uintptr_t, uintptr_t);		\
	void										\
	__ubsan_handle_##name(const struct place *p, uintptr_t a, uintptr_t b)		\
	{										\
		panic("ubsan: %s at %s:%u:%u (0x%lx, 0x%lx)", what, p->p_file,		\
		    p->p_line, p->p_column, a, b);					\
	}

HANDLER(add_overflow, "addition overflows")
HANDLER(sub_overflow, "subtraction overflows")
HANDLER(mul_overflow, "multiplication overflows")
HANDLER(negate_overflow, "negation overflows")
HANDLER(divrem_overflow, "division by zero or overflow")
HANDLER(shift_out_of_bounds, "shift by too much")
HANDLER(out_of_bounds, "index out of bounds")
HANDLER(type_mismatch_v1, "null pointer or object too small")
HANDLER(pointer_overflow, "pointer arithmetic overflows")
HANDLER(load_invalid_value, "value that its type does not have")
HANDLER(vla_bound_not_positive, "array of no length")
HANDLER(nonnull_arg, "null argument")
HANDLER(builtin_unreachable, "code that is never reached")
HANDLER(missing_return, "end of a function without a value")
HANDLER(float_cast_overflow, "conversion overflows")
HANDLER(invalid_builtin, "argument of a builtin")

#endif
