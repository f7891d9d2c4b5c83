/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of executed lines and branches, in kernels with CONFIG=coverage. */
#ifndef LIB_COVERAGE_H
#define LIB_COVERAGE_H

#include "lib/klib.h"

/*
 * Writes the counters of every file that has some, as text, into `buf` of `size` bytes, as far as
 * they fit, and returns the length that all of it has (without the zero at its end). Lines:
 *
 *	file VERSION STAMP CHECKSUM PATH	what follows goes to the data file PATH
 *	fn IDENT LINES-SUM GRAPH-SUM COUNT...	a function of it, and its counters in their order
 *
 * All numbers are hexadecimal. Counters that move meanwhile are each from some moment of the call.
 * Does not sleep.
 */
size_t	coverage_format(char *buf, size_t size);

#endif
