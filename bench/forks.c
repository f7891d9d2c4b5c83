/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How process creation scales over CPUs: independent loops of fork, exit and wait, one of them and
 * then N at the same time, alternating, in one boot.
 *
 *	forks [N [ROUNDS [MILLISECONDS]]]
 *
 * For each round it prints the forks per second of one loop and of N together and their ratio, last
 * the medians. Each loop is a process of its own, bound to a CPU of its own where that is allowed.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_LOOPS	16
#define MAX_ROUNDS	99

/* A cache line each. */
static volatile struct {
	long	 forks;
	char	 pad[120];
} *counts;
static volatile int *go;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
loop(int i)
{
	cpu_set_t set;
	pid_t pid;

	CPU_ZERO(&set);
	CPU_SET(i, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	while (*go == 0)
		(void)usleep(100);
	while (*go == 1) {
		if ((pid = fork()) == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			_exit(1);
		counts[i].forks++;
	}
	_exit(0);
}

/* Forks per second of n loops together. */
static double
measure(int n, int ms)
{
	pid_t pids[MAX_LOOPS];
	double start, end;
	long sum = 0;
	int i;

	*go = 0;
	for (i = 0; i < n; i++) {
		counts[i].forks = 0;
		if ((pids[i] = fork()) == 0)
			loop(i);
	}
	usleep(10000);
	*go = 1;
	start = now();
	usleep((useconds_t)ms * 1000);
	for (i = 0; i < n; i++)
		sum += counts[i].forks;
	end = now();
	*go = 2;
	for (i = 0; i < n; i++)
		waitpid(pids[i], NULL, 0);
	return sum / (end - start);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_size);
	return v[n / 2];
}

int
main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 2, rounds = argc > 2 ? atoi(argv[2]) : 11;
	int ms = argc > 3 ? atoi(argv[3]) : 500, i;
	static double one[MAX_ROUNDS], all[MAX_ROUNDS], ratio[MAX_ROUNDS];

	if (n < 1 || n > MAX_LOOPS || rounds < 1 || rounds > MAX_ROUNDS || ms < 1)
		return 2;
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	go = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || go == MAP_FAILED)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	measure(n, ms);		/* warm */
	for (i = 0; i < rounds; i++) {
		one[i] = measure(1, ms);
		all[i] = measure(n, ms);
		ratio[i] = all[i] / one[i];
		printf("round %2d: 1 loop %.0f forks/s, %d loops %.0f forks/s, ratio %.2f\n", i + 1,
		    one[i],
		    n, all[i], ratio[i]);
	}
	printf("median: 1 loop %.0f forks/s, %d loops %.0f forks/s, ratio %.2f\n",
	    median(one, rounds), n,
	    median(all, rounds), median(ratio, rounds));
	return 0;
}
