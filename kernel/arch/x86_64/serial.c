/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first serial port (16550) as the console of the log: polled output. It works from the first
 * instruction on and in any context; whoever calls serialises, or accepts mixed lines (panic). A
 * machine without a UART has nothing at the port, which the scratch register tells; then output
 * goes nowhere.
 *
 * A transmitter that does not become ready in time (nobody reads the other end) loses the
 * character: the kernel never hangs on its log.
 */
#include "arch_int.h"

#define COM1		0x3f8
#define UART_DATA	0
#define UART_IER	1
#define UART_FCR	2
#define UART_LCR	3
#define UART_MCR	4
#define UART_LSR	5
#define UART_SCR	7
#define LSR_THRE	0x20

static bool uart_present;

void
serial_init(void)
{
	outb(COM1 + UART_SCR, 0x5a);
	if (inb(COM1 + UART_SCR) != 0x5a)
		return;
	outb(COM1 + UART_SCR, 0xa5);
	if (inb(COM1 + UART_SCR) != 0xa5)
		return;
	outb(COM1 + UART_IER, 0);
	outb(COM1 + UART_LCR, 0x80);	/* divisor: 115200 */
	outb(COM1 + UART_DATA, 1);
	outb(COM1 + UART_IER, 0);
	outb(COM1 + UART_LCR, 0x03);	/* 8n1 */
	outb(COM1 + UART_FCR, 0x07);
	outb(COM1 + UART_MCR, 0x0b);
	uart_present = true;
}

static void
serial_putc(char ch)
{
	for (uint32_t tries = 0; tries < 100000; tries++) {
		if (inb(COM1 + UART_LSR) & LSR_THRE) {
			outb(COM1 + UART_DATA, (uint8_t)ch);
			return;
		}
		cpu_pause();
	}
}

void
serial_write(const char *s, size_t n)
{
	if (!uart_present)
		return;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			serial_putc('\r');
		serial_putc(s[i]);
	}
}

void
arch_console_write(const char *s, size_t n)
{
	serial_write(s, n);
}
