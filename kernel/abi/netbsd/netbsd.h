/* SPDX-License-Identifier: BSD-2-Clause */
/* The NetBSD personality as others see it. */
#ifndef ABI_NETBSD_NETBSD_H
#define ABI_NETBSD_NETBSD_H

struct abi_ops;

extern const struct abi_ops netbsd_abi;

/* Registers the personality; before Linux's, which takes what nobody else claims. */
void	netbsd_abi_init(void);

#endif
