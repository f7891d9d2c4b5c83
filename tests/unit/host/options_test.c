/* SPDX-License-Identifier: BSD-2-Clause */
/* host/options.c: sizes, seconds, numbers, and where the options end. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <getopt.h>
#include <cmocka.h>

#include "../../../host/bident.h"

/* What the options point to lives as long as the process: that is no leak. */
const char	*__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void
test_sizes(void **state)
{
	static const struct {
		const char	*text;
		uint64_t	 bytes;
	} good[] = {
		{ "16", 16 * MIB }, { "16M", 16 * MIB }, { "16m", 16 * MIB }, { "16MB", 16 * MIB },
		{ "16MiB", 16 * MIB }, { "16384K", 16 * MIB }, { "2G", 2048 * MIB },
		{ "1T", 1048576 * MIB }, { "0", 0 }, { "017M", 17 * MIB }
	};
	static const char *const bad[] = {
		"", "M", "-1", "+1", " 1", "1 ", "1X", "1MM", "1Mi", "1.5G", "0x10", "1e3",
		"99999999999999999999", "18446744073709551615T", "16777216T"
	};
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_size(bad[i], &bytes));
}

static void
test_seconds(void **state)
{
	static const char *const bad[] = {
		"", "0", "-1", "s", "1x", "1ss", "inf", "nan", "1e30", " 1", "0s"
	};
	int64_t ms;
	size_t i;

	(void)state;
	assert_true(parse_seconds("30", &ms) && ms == 30000);
	assert_true(parse_seconds("0.5", &ms) && ms == 500);
	assert_true(parse_seconds(".25s", &ms) && ms == 250);
	assert_true(parse_seconds("2m", &ms) && ms == 120000);
	assert_true(parse_seconds("1h", &ms) && ms == 3600000);
	assert_true(parse_seconds("0.0001", &ms) && ms == 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_seconds(bad[i], &ms));
}

static void
test_numbers(void **state)
{
	unsigned int n;

	(void)state;
	assert_true(parse_number("1", 1, 16, &n) && n == 1);
	assert_true(parse_number("16", 1, 16, &n) && n == 16);
	assert_false(parse_number("0", 1, 16, &n));
	assert_false(parse_number("17", 1, 16, &n));
	assert_false(parse_number("", 0, 16, &n));
	assert_false(parse_number("-1", 0, 16, &n));
	assert_false(parse_number("4294967297", 0, 16, &n));
	assert_false(parse_number("1 ", 0, 16, &n));
	assert_false(parse_number("99999999999999999999", 0, UINT32_MAX, &n));
}

static char *argv_copy[16];	/* what the options point into */

static struct run_options
parse(const char *const *words)
{
	struct run_options ro;
	int argc = 0;

	optind = 0;
	for (; words[argc] != NULL; argc++)
		argv_copy[argc] = strdup(words[argc]);
	argv_copy[argc] = NULL;
	options_parse_run(&ro, argc, argv_copy);
	return ro;
}

static void
test_where_options_end(void **state)
{
	struct run_options ro;

	(void)state;
	ro = parse((const char *const []){ "run", "--cpus", "4", "ls", "--cpus", "2", NULL });
	assert_int_equal(ro.ro_cpus, 4);
	assert_string_equal(ro.ro_argv[0], "ls");
	assert_string_equal(ro.ro_argv[1], "--cpus");
	assert_string_equal(ro.ro_argv[2], "2");
	ro = parse((const char *const []){ "run", "--mem=64M", "--", "--mem", NULL });
	assert_int_equal(ro.ro_mem, 64 * MIB);
	assert_string_equal(ro.ro_argv[0], "--mem");
	ro = parse((const char *const []){ "run", "--append", "a=1", "--append", "b", NULL });
	assert_string_equal(ro.ro_append, " a=1 b");
	assert_string_equal(ro.ro_argv[0], "/bin/sh");
	assert_string_equal(ro.ro_argv[1], "-l");
	assert_null(ro.ro_argv[2]);
	ro = parse((const char *const []){ "run", "--virtual-time", "x", NULL });
	assert_int_equal(ro.ro_accel, ACCEL_TCG);
	assert_int_equal(ro.ro_cpus, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_where_options_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
