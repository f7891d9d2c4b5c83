/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many cores this machine gives at the moment: two threads that only compute against one, in
 * percent of one core. A shared machine that promises two may give one; what is measured on
 * several CPUs then says nothing about the kernel. bench/bench looks before and after.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define LOOPS	200000000l

static void *
compute(void *arg)
{
	for (volatile long i = 0; i < LOOPS; i++)
		;
	return arg;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(void)
{
	double start = now(), one, two;
	pthread_t t;

	compute(NULL);
	one = now() - start;
	start = now();
	if (pthread_create(&t, NULL, compute, NULL) != 0)
		return 1;
	compute(NULL);
	pthread_join(t, NULL);
	two = now() - start;
	printf("%.0f\n", 200 * one / two);
	return 0;
}
