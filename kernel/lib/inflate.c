/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DEFLATE. Bits come out of i_bits, least significant first, refilled from the input by bytes.
 *
 * A prefix code is decoded in one step where it has at most FAST_BITS bits: ic_fast, indexed by
 * the next bits as they come, has length << 9 | symbol (length 1..9; symbols need 9 bits). Longer
 * codes go bit by bit: codes of one length are consecutive numbers, so "first code of this
 * length" and "how many" tell whether the bits read so far are one.
 *
 * The window is a ring of the last 32 KiB; each time it is full it goes to the output function,
 * as does the rest at the end. Every table index is bounded by construction or checked: the input
 * may be anything.
 */
#include "lib/inflate.h"

#ifdef INFLATE_HOSTED
#include <string.h>
#else
#include "lib/klib.h"
#endif

#define FAST_BITS	9u
#define MAX_BITS	15u
#define NLIT		288u
#define NDIST		30u

static const uint16_t len_base[29] = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
	    131, 163,
	195, 227, 258,
};
static const uint8_t len_extra[29] = {
	0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
};
static const uint16_t dist_base[NDIST] = {
	1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
	    2049, 3073,
	4097, 6145, 8193, 12289, 16385, 24577,
};
static const uint8_t dist_extra[NDIST] = {
	0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12,
	    13, 13,
};

/* ---- input ---- */

static void
refill(struct inflate *s)
{
	while (s->i_nbits <= 56 && s->i_in_pos < s->i_in_len) {
		s->i_bits |= (uint64_t)s->i_in[s->i_in_pos++] << s->i_nbits;
		s->i_nbits += 8;
	}
}

/* n bits, n <= 16. */
static enum inflate_status
get_bits(struct inflate *s, uint32_t n, uint32_t *out)
{
	if (s->i_nbits < n) {
		refill(s);
		if (s->i_nbits < n)
			return INFLATE_TRUNCATED;
	}
	*out = (uint32_t)(s->i_bits & ((1u << n) - 1));
	s->i_bits >>= n;
	s->i_nbits -= n;
	return INFLATE_OK;
}

/* Goes to the next byte of the input and gives back what was read ahead. */
static void
align_input(struct inflate *s)
{
	s->i_in_pos -= s->i_nbits / 8;
	s->i_bits = 0;
	s->i_nbits = 0;
}

/* ---- output ---- */

static void
crc_init(struct inflate *s)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = (c & 1) != 0 ? 0xedb88320u ^ c >> 1 : c >> 1;
		s->i_crc_table[i] = c;
	}
}

static enum inflate_status
flush(struct inflate *s)
{
	uint32_t crc = s->i_crc;
	size_t n = s->i_win_pos;

	for (size_t i = 0; i < n; i++)
		crc = s->i_crc_table[(crc ^ s->i_window[i]) & 0xff] ^ crc >> 8;
	s->i_crc = crc;
	s->i_win_pos = 0;
	if (n != 0 && !s->i_output(s->i_arg, s->i_window, n, s->i_in_pos - s->i_nbits / 8))
		return INFLATE_STOPPED;
	return INFLATE_OK;
}

static inline enum inflate_status
put(struct inflate *s, uint8_t c)
{
	s->i_window[s->i_win_pos++] = c;
	s->i_total++;
	return s->i_win_pos == INFLATE_WINDOW ? flush(s) : INFLATE_OK;
}

static enum inflate_status
copy_back(struct inflate *s, uint32_t dist, uint32_t len)
{
	enum inflate_status st;

	if (dist > s->i_total)
		return INFLATE_BAD_DISTANCE;
	while (len-- > 0) {
		uint8_t c = s->i_window[(s->i_win_pos - dist) & (INFLATE_WINDOW - 1)];

		if ((st = put(s, c)) != INFLATE_OK)
			return st;
	}
	return INFLATE_OK;
}

/* ---- codes ---- */

static uint32_t
reverse(uint32_t v, uint32_t n)
{
	uint32_t r = 0;

	while (n-- > 0) {
		r = r << 1 | (v & 1);
		v >>= 1;
	}
	return r;
}

/*
 * From the lengths of n symbols. More codes than there is room for are an error; fewer are
 * allowed where the format does: a single code of one bit, or none.
 */
static enum inflate_status
build_code(struct inflate_code *c, const uint8_t *lengths, uint32_t n)
{
	uint16_t next[MAX_BITS + 1], code[MAX_BITS + 1];
	int32_t left = 1;
	uint32_t used = 0;

	memset(c, 0, sizeof(*c));
	for (uint32_t i = 0; i < n; i++)
		c->ic_count[lengths[i]]++;
	c->ic_count[0] = 0;
	next[0] = code[0] = 0;
	for (uint32_t len = 1, at = 0; len <= MAX_BITS; len++) {
		left = left * 2 - c->ic_count[len];
		if (left < 0)
			return INFLATE_BAD_CODE;
		code[len] = (uint16_t)((code[len - 1] + c->ic_count[len - 1]) << 1);
		next[len] = (uint16_t)at;
		at += c->ic_count[len];
		used = at;
	}
	if (left > 0 && (used > 1 || (used == 1 && c->ic_count[1] != 1)))
		return INFLATE_BAD_CODE;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = lengths[i];

		if (len == 0)
			continue;
		c->ic_symbol[next[len]++] = (uint16_t)i;
		if (len <= FAST_BITS) {
			for (uint32_t k = reverse(code[len], len); k < 1u << FAST_BITS;
			    k += 1u << len)
				c->ic_fast[k] = (uint16_t)(len << 9 | i);
		}
		code[len]++;
	}
	return INFLATE_OK;
}

static enum inflate_status
decode_slow(struct inflate *s, const struct inflate_code *c, uint32_t *sym)
{
	uint32_t code = 0, first = 0, index = 0, bit;
	enum inflate_status st;

	for (uint32_t len = 1; len <= MAX_BITS; len++) {
		if ((st = get_bits(s, 1, &bit)) != INFLATE_OK)
			return st;
		code |= bit;
		if (code - first < c->ic_count[len]) {
			*sym = c->ic_symbol[index + code - first];
			return INFLATE_OK;
		}
		index += c->ic_count[len];
		first = (first + c->ic_count[len]) << 1;
		code <<= 1;
	}
	return INFLATE_BAD_CODE;
}

static inline enum inflate_status
decode(struct inflate *s, const struct inflate_code *c, uint32_t *sym)
{
	uint32_t e, len;

	if (s->i_nbits < MAX_BITS)
		refill(s);
	e = c->ic_fast[s->i_bits & ((1u << FAST_BITS) - 1)];
	len = e >> 9;
	if (len == 0 || len > s->i_nbits)
		return decode_slow(s, c, sym);
	s->i_bits >>= len;
	s->i_nbits -= len;
	*sym = e & 511;
	return INFLATE_OK;
}

/* ---- blocks ---- */

static enum inflate_status
stored_block(struct inflate *s)
{
	enum inflate_status st;
	uint32_t len, i;

	align_input(s);
	if (s->i_in_len - s->i_in_pos < 4)
		return INFLATE_TRUNCATED;
	len = s->i_in[s->i_in_pos] | (uint32_t)s->i_in[s->i_in_pos + 1] << 8;
	if ((len ^ 0xffff) != (s->i_in[s->i_in_pos + 2] | (uint32_t)s->i_in[s->i_in_pos + 3] << 8))
		return INFLATE_BAD_BLOCK;
	s->i_in_pos += 4;
	if (s->i_in_len - s->i_in_pos < len)
		return INFLATE_TRUNCATED;
	for (i = 0; i < len; i++) {
		if ((st = put(s, s->i_in[s->i_in_pos++])) != INFLATE_OK)
			return st;
	}
	return INFLATE_OK;
}

static enum inflate_status
fixed_codes(struct inflate *s)
{
	uint8_t lengths[NLIT];
	enum inflate_status st;
	uint32_t i;

	for (i = 0; i < NLIT; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	if ((st = build_code(&s->i_lit, lengths, NLIT)) != INFLATE_OK)
		return st;
	/*
	 * All 32 codes exist, so that the code is complete; the last two are refused where they
	 * are used.
	 */
	memset(lengths, 5, 32);
	return build_code(&s->i_dist, lengths, 32);
}

/*
 * The code lengths of both alphabets, themselves coded by i_lit (for the moment the code of code
 * lengths).
 */
static enum inflate_status
read_lengths(struct inflate *s, uint8_t *lengths, uint32_t n)
{
	enum inflate_status st;
	uint32_t i = 0, sym, rep;
	uint8_t val;

	while (i < n) {
		if ((st = decode(s, &s->i_lit, &sym)) != INFLATE_OK)
			return st;
		if (sym < 16) {
			lengths[i++] = (uint8_t)sym;
			continue;
		}
		val = 0;
		if (sym == 16) {
			if (i == 0)
				return INFLATE_BAD_CODE;
			val = lengths[i - 1];
			st = get_bits(s, 2, &rep);
			rep += 3;
		} else if (sym == 17) {
			st = get_bits(s, 3, &rep);
			rep += 3;
		} else {
			st = get_bits(s, 7, &rep);
			rep += 11;
		}
		if (st != INFLATE_OK)
			return st;
		if (rep > n - i)
			return INFLATE_BAD_CODE;
		while (rep-- > 0)
			lengths[i++] = val;
	}
	return INFLATE_OK;
}

static enum inflate_status
dynamic_codes(struct inflate *s)
{
	static const uint8_t order[19] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
	};
	uint8_t lengths[NLIT + 32];
	uint32_t nlit, ndist, ncode, i, v = 0;
	enum inflate_status st;

	if ((st = get_bits(s, 5, &nlit)) != INFLATE_OK ||
	    (st = get_bits(s, 5, &ndist)) != INFLATE_OK ||
	    (st = get_bits(s, 4, &ncode)) != INFLATE_OK)
		return st;
	nlit += 257;
	ndist += 1;
	if (nlit > 286 || ndist > NDIST)
		return INFLATE_BAD_CODE;
	memset(lengths, 0, sizeof(lengths));
	for (i = 0; i < ncode + 4; i++) {
		if ((st = get_bits(s, 3, &v)) != INFLATE_OK)
			return st;
		lengths[order[i]] = (uint8_t)v;
	}
	if ((st = build_code(&s->i_lit, lengths, 19)) != INFLATE_OK ||
	    (st = read_lengths(s, lengths, nlit + ndist)) != INFLATE_OK)
		return st;
	if (lengths[256] == 0)		/* the end could not be said */
		return INFLATE_BAD_CODE;
	if ((st = build_code(&s->i_dist, lengths + nlit, ndist)) != INFLATE_OK)
		return st;
	return build_code(&s->i_lit, lengths, nlit);
}

static enum inflate_status
read_copy(struct inflate *s, uint32_t sym)
{
	enum inflate_status st;
	uint32_t len, dist, extra;

	sym -= 257;
	if (sym >= 29)
		return INFLATE_BAD_CODE;
	if ((st = get_bits(s, len_extra[sym], &extra)) != INFLATE_OK)
		return st;
	len = len_base[sym] + extra;
	if ((st = decode(s, &s->i_dist, &sym)) != INFLATE_OK)
		return st;
	if (sym >= NDIST)
		return INFLATE_BAD_CODE;
	if ((st = get_bits(s, dist_extra[sym], &extra)) != INFLATE_OK)
		return st;
	dist = dist_base[sym] + extra;
	return copy_back(s, dist, len);
}

static enum inflate_status
coded_block(struct inflate *s)
{
	enum inflate_status st;
	uint32_t sym;

	for (;;) {
		if ((st = decode(s, &s->i_lit, &sym)) != INFLATE_OK)
			return st;
		if (sym < 256)
			st = put(s, (uint8_t)sym);
		else if (sym == 256)
			return INFLATE_OK;
		else
			st = read_copy(s, sym);
		if (st != INFLATE_OK)
			return st;
	}
}

static enum inflate_status
deflate_stream(struct inflate *s)
{
	enum inflate_status st;
	uint32_t last, type;

	do {
		if ((st = get_bits(s, 1, &last)) != INFLATE_OK ||
		    (st = get_bits(s, 2, &type)) != INFLATE_OK)
			return st;
		switch (type) {
		case 0:
			st = stored_block(s);
			break;
		case 1:
			if ((st = fixed_codes(s)) == INFLATE_OK)
				st = coded_block(s);
			break;
		case 2:
			if ((st = dynamic_codes(s)) == INFLATE_OK)
				st = coded_block(s);
			break;
		default:
			st = INFLATE_BAD_BLOCK;
			break;
		}
	} while (st == INFLATE_OK && last == 0);
	return st;
}

/* ---- the gzip member around it ---- */

bool
inflate_is_gzip(const uint8_t *in, size_t len)
{
	return len >= 2 && in[0] == 0x1f && in[1] == 0x8b;
}

#define GZ_HCRC		0x02
#define GZ_EXTRA	0x04
#define GZ_NAME		0x08
#define GZ_COMMENT	0x10
#define GZ_RESERVED	0xe0

static bool
skip_string(const uint8_t *in, size_t len, size_t *pos)
{
	const uint8_t *e = memchr(in + *pos, 0, len - *pos);

	if (e == NULL)
		return false;
	*pos = (size_t)(e - in) + 1;
	return true;
}

static enum inflate_status
gzip_header(const uint8_t *in, size_t len, size_t *pos)
{
	uint8_t flags;

	if (!inflate_is_gzip(in, len))
		return INFLATE_BAD_HEADER;
	if (len < 18)
		return INFLATE_TRUNCATED;
	flags = in[3];
	if (in[2] != 8 || (flags & GZ_RESERVED) != 0)
		return INFLATE_BAD_HEADER;
	*pos = 10;
	if ((flags & GZ_EXTRA) != 0)
		*pos += 2 + (in[10] | (size_t)in[11] << 8);
	if (*pos > len)
		return INFLATE_TRUNCATED;
	if (((flags & GZ_NAME) != 0 && !skip_string(in, len, pos)) ||
	    ((flags & GZ_COMMENT) != 0 && !skip_string(in, len, pos)))
		return INFLATE_TRUNCATED;
	if ((flags & GZ_HCRC) != 0)
		*pos += 2;
	return *pos > len ? INFLATE_TRUNCATED : INFLATE_OK;
}

static uint32_t
le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

enum inflate_status
inflate_gzip(struct inflate *s, const uint8_t *in, size_t len, size_t *used)
{
	enum inflate_status st;

	s->i_in = in;
	s->i_in_len = len;
	s->i_in_pos = 0;
	s->i_bits = 0;
	s->i_nbits = 0;
	s->i_win_pos = 0;
	s->i_total = 0;
	s->i_crc = 0xffffffffu;
	crc_init(s);
	if ((st = gzip_header(in, len, &s->i_in_pos)) == INFLATE_OK &&
	    (st = deflate_stream(s)) == INFLATE_OK)
		st = flush(s);
	align_input(s);
	if (st == INFLATE_OK) {
		if (len - s->i_in_pos < 8)
			st = INFLATE_TRUNCATED;
		else if (le32(in + s->i_in_pos) != ~s->i_crc ||
		    le32(in + s->i_in_pos + 4) != (uint32_t)s->i_total)
			st = INFLATE_BAD_CHECK;
		else
			s->i_in_pos += 8;
	}
	*used = s->i_in_pos;
	return st;
}

const char *
inflate_strerror(enum inflate_status st)
{
	static const char *const text[] = {
		[INFLATE_OK] = "ok",
		[INFLATE_TRUNCATED] = "it ends early",
		[INFLATE_BAD_HEADER] = "not in gzip format",
		[INFLATE_BAD_BLOCK] = "bad block",
		[INFLATE_BAD_CODE] = "bad prefix code",
		[INFLATE_BAD_DISTANCE] = "copy from before the start",
		[INFLATE_BAD_CHECK] = "the checksum differs",
		[INFLATE_STOPPED] = "stopped",
	};

	return st < sizeof(text) / sizeof(text[0]) ? text[st] : "?";
}
