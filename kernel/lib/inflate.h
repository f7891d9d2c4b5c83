/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoder for DEFLATE (RFC 1951) in gzip members (RFC 1952). The whole input is in memory, the
 * output goes to a function.
 */
#ifndef LIB_INFLATE_H
#define LIB_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INFLATE_WINDOW	32768u

enum inflate_status {
	INFLATE_OK,
	INFLATE_TRUNCATED,	/* the input ended inside */
	INFLATE_BAD_HEADER,	/* no gzip member, or one of an unknown method */
	INFLATE_BAD_BLOCK,	/* a block type or stored length that does not exist */
	INFLATE_BAD_CODE,	/* code lengths that are no prefix code, or a code that is not
				 * assigned */
	INFLATE_BAD_DISTANCE,	/* a copy from before the start */
	INFLATE_BAD_CHECK,	/* checksum or length differ */
	INFLATE_STOPPED,	/* the output function said so */
};

struct inflate_code {
	uint16_t	 ic_fast[512];	/* by the next 9 bits: length << 12 ... see inflate.c; 0:
					 * longer or none */
	uint16_t	 ic_count[16];	/* codes of each length */
	uint16_t	 ic_symbol[288];	/* in order of code */
};

/* Some 40 KiB: allocate it, zeroed. */
struct inflate {
	/* Set by the caller. */
	/*
	 * Takes n bytes of output; false ends the decoding. in_used: bytes of input that will not
	 * be looked at again.
	 */
	bool		(*i_output)(void *arg, const uint8_t *p, size_t n, size_t in_used);
	void		*i_arg;

	/* The decoder's own. */
	const uint8_t	*i_in;
	size_t		 i_in_len;
	size_t		 i_in_pos;
	uint64_t	 i_bits;
	uint32_t	 i_nbits;
	uint32_t	 i_win_pos;	/* next byte of the window to write */
	uint64_t	 i_total;	/* bytes of output of this member */
	uint32_t	 i_crc;
	uint32_t	 i_crc_table[256];
	struct inflate_code i_lit;
	struct inflate_code i_dist;
	uint8_t		 i_window[INFLATE_WINDOW];
};

/* Whether the bytes begin as a gzip member does. */
bool	inflate_is_gzip(const uint8_t *in, size_t len);
/*
 * Decodes one gzip member at the start of in. *used: its length (set also on failure: how far it
 * came).
 */
enum inflate_status inflate_gzip(struct inflate *, const uint8_t *in, size_t len, size_t *used);
/* A phrase for messages. */
const char *inflate_strerror(enum inflate_status);

#endif
