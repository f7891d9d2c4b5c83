/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of /proc/cpuinfo. All CPUs are taken to be alike: the one that is asked speaks for the
 * one asked about. Of the feature flags only those are told that programs can use here.
 */
#include "arch_int.h"

struct flag {
	uint32_t	 fl_leaf;
	uint8_t		 fl_reg;	/* 0 eax ... 3 edx */
	uint8_t		 fl_bit;
	char		 fl_name[14];
};

static const struct flag flags[] = {
	{ 1, 3, 0, "fpu" }, { 1, 3, 4, "tsc" }, { 1, 3, 8, "cx8" }, { 1, 3, 15, "cmov" },
	    { 1, 3, 19, "clflush" },
	{ 1, 3, 23, "mmx" }, { 1, 3, 24, "fxsr" }, { 1, 3, 25, "sse" }, { 1, 3, 26, "sse2" },
	{ 0x80000001, 3, 11, "syscall" }, { 0x80000001, 3, 20, "nx" },
	    { 0x80000001, 3, 27, "rdtscp" },
	{ 0x80000001, 3, 29, "lm" }, { 1, 2, 0, "pni" }, { 1, 2, 1, "pclmulqdq" },
	    { 1, 2, 9, "ssse3" },
	{ 1, 2, 12, "fma" }, { 1, 2, 13, "cx16" }, { 1, 2, 19, "sse4_1" }, { 1, 2, 20, "sse4_2" },
	{ 1, 2, 22, "movbe" }, { 1, 2, 23, "popcnt" }, { 1, 2, 25, "aes" }, { 1, 2, 26, "xsave" },
	{ 1, 2, 28, "avx" }, { 1, 2, 29, "f16c" }, { 1, 2, 30, "rdrand" },
	    { 1, 2, 31, "hypervisor" },
	{ 0x80000001, 2, 0, "lahf_lm" }, { 0x80000001, 2, 5, "abm" }, { 7, 1, 3, "bmi1" },
	    { 7, 1, 5, "avx2" },
	{ 7, 1, 8, "bmi2" }, { 7, 1, 9, "erms" }, { 7, 1, 16, "avx512f" }, { 7, 1, 18, "rdseed" },
	{ 7, 1, 19, "adx" }, { 7, 1, 29, "sha_ni" },
};

static size_t
put(char *buf, size_t size, size_t at, const char *text)
{
	return at + strlcpy(at < size ? buf + at : NULL, text, at < size ? size - at : 0);
}

static bool
has(const struct flag *f)
{
	uint32_t max = cpuid(f->fl_leaf & 0x80000000, 0).a;
	struct cpuid r;
	uint32_t regs[4];

	if (f->fl_leaf > max)
		return false;
	r = cpuid(f->fl_leaf, 0);
	regs[0] = r.a;
	regs[1] = r.b;
	regs[2] = r.c;
	regs[3] = r.d;
	return (regs[f->fl_reg] >> f->fl_bit & 1) != 0;
}

static void
model_name(char name[49])
{
	strlcpy(name, "unknown", 49);
	if (cpuid(0x80000000, 0).a < 0x80000004)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		struct cpuid r = cpuid(0x80000002 + i, 0);

		memcpy(name + 16 * i, &r, 16);
	}
	name[48] = 0;
}

size_t
arch_cpuinfo(uint32_t cpu, char *buf, size_t size)
{
	struct cpuid r = cpuid(0, 0), one = cpuid(1, 0);
	char vendor[13] = "", model[49], text[512];
	uint32_t family = one.a >> 8 & 15, number = one.a >> 4 & 15;
	size_t n;

	memcpy(vendor, &r.b, 4);
	memcpy(vendor + 4, &r.d, 4);
	memcpy(vendor + 8, &r.c, 4);
	model_name(model);
	if (family == 6 || family == 15)
		number |= one.a >> 12 & 0xf0;
	if (family == 15)
		family += one.a >> 20 & 0xff;
	ksnprintf(text, sizeof(text),
	    "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n"
	    "model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %u.%03u\nphysical id\t: 0\n"
	    "siblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\napicid\t\t: %u\n"
	    "fpu\t\t: yes\nflags\t\t:",
	    cpu, vendor, family, number, model, one.a & 15, (uint32_t)(tsc_hz / 1000000),
	    (uint32_t)(tsc_hz / 1000 % 1000), ncpu, cpu, ncpu,
	    cpus[cpu]->c_arch.ca_apic_id);
	n = put(buf, size, 0, text);
	for (uint32_t i = 0; i < nitems(flags); i++) {
		if (has(&flags[i])) {
			n = put(buf, size, n, " ");
			n = put(buf, size, n, flags[i].fl_name);
		}
	}
	ksnprintf(text, sizeof(text), "\naddress sizes\t: %u bits physical, 48 bits virtual\n\n",
	    cpu_features.phys_bits);
	return put(buf, size, n, text);
}
