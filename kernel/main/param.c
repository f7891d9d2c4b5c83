/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot parameters: the words of the command line, cut up once at boot. Later words of the same
 * name win.
 */
#include "main/main.h"

#define CMDLINE_MAX	4096
#define NPARAMS		128

static char cmdline[CMDLINE_MAX];	/* as given: /proc/cmdline */
static char words[CMDLINE_MAX];
static char *params[NPARAMS];
static uint32_t nparams;

void
param_init(const char *line)
{
	char *p = words;

	strlcpy(cmdline, line, sizeof(cmdline));
	strlcpy(words, line, sizeof(words));
	while (nparams < NPARAMS) {
		while (*p == ' ' || *p == '\n')
			*p++ = '\0';
		if (*p == '\0')
			break;
		params[nparams++] = p;
		while (*p != '\0' && *p != ' ' && *p != '\n')
			p++;
	}
}

const char *
boot_cmdline(void)
{
	return cmdline;
}

const char *
boot_param(const char *name)
{
	size_t n = strlen(name);

	for (uint32_t i = nparams; i-- > 0;) {
		if (strncmp(params[i], name, n) != 0)
			continue;
		if (params[i][n] == '=')
			return params[i] + n + 1;
		if (params[i][n] == '\0')
			return params[i] + n;
	}
	return NULL;
}

uint64_t
boot_param_u64(const char *name, uint64_t dflt)
{
	const char *s = boot_param(name), *end;
	uint64_t v;

	if (s == NULL || *s == '\0')
		return dflt;
	v = strtou64(s, &end);
	if (*end != '\0') {
		klog(KLOG_WARN, "boot parameter %s=%s is not a number: using %llu\n", name, s,
		    (unsigned long long)dflt);
		return dflt;
	}
	return v;
}
