/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: called once by main when memory, interrupts and devfs work, in a thread that may sleep.
 */
#ifndef DEV_DEV_H
#define DEV_DEV_H

/* Finds the virtio devices that the command line names and starts their drivers. */
void	dev_init(const char *cmdline);

#endif
