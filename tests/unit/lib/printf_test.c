/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/lib/printf.c, compared with the C library's printf. */
#include "../unit.h"

#define SAME(...) do {								\
	char ours_[200], theirs_[200];						\
	int n_ = ksnprintf(ours_, sizeof(ours_), __VA_ARGS__);			\
										\
	assert_int_equal(n_, snprintf(theirs_, sizeof(theirs_), __VA_ARGS__));	\
	assert_string_equal(ours_, theirs_);					\
} while (0)

static void
integers(void **state)
{
	static const int values[] = { 0, 1, -1, 42, -12345, INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < nitems(values); i++) {
		int v = values[i];

		SAME("%d|%i|%u|%x|%X|%o", v, v, (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v);
		SAME("%5d|%-5d|%05d|%+d|% d|%12.8d|%-12.8d|%.3d", v, v, v, v, v, v, v, v);
		SAME("%hhd|%hd|%hhu|%hu", (signed char)v, (short)v, (unsigned char)v,
		    (unsigned short)v);
		SAME("%ld|%lld|%lu|%llx", (long)v, (long long)v, (unsigned long)v,
		    (unsigned long long)v);
		SAME("%#x|%#10x|%*d|%-*d|", (unsigned)v, (unsigned)v, 9, v, 9, v);
	}
	SAME("%zu %zd %jd", (size_t)7, (ssize_t)-7, (intmax_t)INT64_MIN);
	SAME("%llu", (unsigned long long)UINT64_MAX);
}

static void
strings(void **state)
{
	char open[3] = { 'a', 'b', 'c' };

	(void)state;
	SAME("%s|%10s|%-10s|%.2s|%.0s|%c|%%", "text", "text", "text", "text", "text", 'x');
	SAME("%.3s|%*s|%.*s", open, 6, "ab", 2, "abcd");
	SAME("plain");
}

static void
bounds(void **state)
{
	char b[5] = "zzzz";

	(void)state;
	assert_int_equal(ksnprintf(b, 4, "%d", 123456), 6);
	assert_string_equal(b, "123");
	assert_int_equal(b[4], 0);
	assert_int_equal(ksnprintf(b, 0, "%s", "hello"), 5);
	assert_string_equal(b, "123");
	assert_int_equal(ksnprintf(NULL, 0, "%s", "hello"), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(strings),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
