/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CMOS real-time clock, read once at boot (UTC is assumed). It is read until two readings
 * agree and no update is under way.
 */
#include "arch_int.h"

#define REG_SEC		0
#define REG_MIN		2
#define REG_HOUR	4
#define REG_DAY		7
#define REG_MONTH	8
#define REG_YEAR	9
#define REG_A		10
#define REG_B		11
#define A_UPDATING	0x80
#define B_BINARY	0x04
#define B_24H		0x02

static uint8_t
cmos(uint8_t reg)
{
	outb(0x70, reg | 0x80);
	return inb(0x71);
}

static void
read_all(uint8_t v[6])
{
	static const uint8_t regs[6] = { REG_SEC, REG_MIN, REG_HOUR, REG_DAY, REG_MONTH, REG_YEAR };

	for (int i = 0; i < 6; i++)
		v[i] = cmos(regs[i]);
}

static uint32_t
from_bcd(uint8_t v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, from 1970 on. */
static uint64_t
days(uint32_t year, uint32_t month, uint32_t day)
{
	static const uint16_t before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304,
	    334 };
	uint32_t y = year - 1;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	uint64_t n = y * 365ull + y / 4 - y / 100 + y / 400;

	return n - 719162 + before[month - 1] + (month > 2 && leap ? 1 : 0) + day - 1;
}

static bool
read_stable(uint8_t v[6])
{
	uint8_t again[6];

	for (int tries = 0; tries < 10000; tries++) {
		if (cmos(REG_A) & A_UPDATING)
			continue;
		read_all(v);
		if (cmos(REG_A) & A_UPDATING)
			continue;
		read_all(again);
		if (memcmp(v, again, sizeof(again)) == 0)
			return true;
	}
	return false;
}

bool
rtc_read(uint64_t *seconds)
{
	uint8_t v[6], b = cmos(REG_B);
	bool binary = (b & B_BINARY) != 0, pm;
	uint32_t sec, min, hour, day, month, year;

	if (b == 0xff || !read_stable(v))
		return false;
	pm = (b & B_24H) == 0 && (v[2] & 0x80) != 0;
	sec = from_bcd(v[0], binary);
	min = from_bcd(v[1], binary);
	hour = from_bcd((uint8_t)((b & B_24H) ? v[2] : v[2] & 0x7f), binary);
	if ((b & B_24H) == 0)
		hour = hour % 12 + (pm ? 12 : 0);
	day = from_bcd(v[3], binary);
	month = from_bcd(v[4], binary);
	year = 2000 + from_bcd(v[5], binary);
	if (sec > 60 || min > 59 || hour > 23 || day < 1 || day > 31 || month < 1 || month > 12)
		return false;
	*seconds = ((days(year, month, day) * 24 + hour) * 60 + min) * 60 + sec;
	return true;
}
