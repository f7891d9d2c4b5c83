/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting, the subset that klib.h lists. Output past the buffer is counted, not written.
 */
#include "lib/klib.h"

struct out {
	char	*o_buf;
	size_t	 o_size;
	size_t	 o_len;
};

struct spec {
	bool	 s_left, s_zero, s_plus, s_space, s_alt, s_upper;
	int	 s_width, s_prec;	/* s_prec -1: not given */
	int	 s_long;		/* -2 hh, -1 h, 0, 1 l, 2 ll */
};

static void
put(struct out *o, char c)
{
	if (o->o_len + 1 < o->o_size)
		o->o_buf[o->o_len] = c;
	o->o_len++;
}

static void
put_n(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

/* One converted text with its prefix (sign, 0x), padded to the width. */
static void
put_padded(struct out *o, const struct spec *s, const char *prefix, const char *text, int len,
    int zeros)
{
	int nprefix = (int)strlen(prefix), pad = s->s_width - nprefix - len - zeros;

	if (s->s_zero && !s->s_left && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!s->s_left)
		put_n(o, ' ', pad);
	while (*prefix != '\0')
		put(o, *prefix++);
	put_n(o, '0', zeros);
	for (int i = 0; i < len; i++)
		put(o, text[i]);
	if (s->s_left)
		put_n(o, ' ', pad);
}

static void
put_number(struct out *o, struct spec *s, uint64_t v, unsigned base, const char *prefix)
{
	const char *digits = s->s_upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24], *p = buf + sizeof(buf);
	int len;

	if (v == 0 && s->s_prec != 0)
		*--p = '0';
	for (; v != 0; v /= base)
		*--p = digits[v % base];
	len = (int)(buf + sizeof(buf) - p);
	if (s->s_prec >= 0)
		s->s_zero = false;
	put_padded(o, s, prefix, p, len, MAX(s->s_prec - len, 0));
}

static int64_t
narrow_signed(int64_t v, int l)
{
	switch (l) {
	case -2: return (signed char)v;
	case -1: return (short)v;
	case 0: return (int)v;
	default: return v;
	}
}

static uint64_t
narrow_unsigned(uint64_t v, int l)
{
	switch (l) {
	case -2: return (unsigned char)v;
	case -1: return (unsigned short)v;
	case 0: return (unsigned)v;
	default: return v;
	}
}

static const char *
parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .s_prec = -1 };
	for (;; f++) {
		if (*f == '-') s->s_left = true;
		else if (*f == '0') s->s_zero = true;
		else if (*f == '+') s->s_plus = true;
		else if (*f == ' ') s->s_space = true;
		else if (*f == '#') s->s_alt = true;
		else break;
	}
	if (*f == '*') {
		s->s_width = va_arg(*ap, int);
		if (s->s_width < 0) {
			s->s_left = true;
			s->s_width = -s->s_width;
		}
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->s_width = s->s_width * 10 + (*f - '0');
	if (*f == '.') {
		s->s_prec = 0;
		if (*++f == '*') {
			s->s_prec = va_arg(*ap, int);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++)
			s->s_prec = s->s_prec * 10 + (*f - '0');
	}
	for (;; f++) {
		if (*f == 'h') s->s_long--;
		else if (*f == 'l') s->s_long++;
		else if (*f == 'z' || *f == 'j' || *f == 't') s->s_long = 1;
		else return f;
	}
}

static void
put_signed(struct out *o, struct spec *s, int64_t v)
{
	const char *sign = v < 0 ? "-" : s->s_plus ? "+" : s->s_space ? " " : "";

	put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, sign);
}

static void
put_string(struct out *o, struct spec *s, const char *str)
{
	if (str == NULL)
		str = "(null)";
	s->s_zero = false;
	put_padded(o, s, "", str,
	    (int)(s->s_prec >= 0 ? strnlen(str, (size_t)s->s_prec) : strlen(str)), 0);
}

static void
convert(struct out *o, char conv, struct spec *s, va_list *ap)
{
	uint64_t v;
	char c;

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(o, s,
		    narrow_signed(s->s_long > 0 ? va_arg(*ap, int64_t) : va_arg(*ap, int),
		    s->s_long));
		return;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		v = narrow_unsigned(s->s_long > 0 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned),
		    s->s_long);
		s->s_upper = conv == 'X';
		put_number(o, s, v, conv == 'u' ? 10 : conv == 'o' ? 8 : 16,
		    !s->s_alt || v == 0 ? "" : conv == 'o' ? "0" : conv == 'u' ? "" : s->s_upper ?
		    "0X" : "0x");
		return;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		return;
	case 'c':
		c = (char)va_arg(*ap, int);
		s->s_zero = false;
		put_padded(o, s, "", &c, 1, 0);
		return;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		return;
	default:
		put(o, conv);
	}
}

int
kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	va_list args;

	va_copy(args, ap);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &args);
		if (*fmt == '\0')
			break;
		convert(&o, *fmt, &s, &args);
	}
	va_end(args);
	if (size > 0)
		buf[MIN(o.o_len, size - 1)] = '\0';
	return (int)o.o_len;
}

int
ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void
textbuf_printf(struct textbuf *t, const char *fmt, ...)
{
	size_t room = t->tb_len < t->tb_size ? t->tb_size - t->tb_len : 0;
	va_list ap;

	va_start(ap, fmt);
	t->tb_len += (size_t)kvsnprintf(room > 0 ? t->tb_buf + t->tb_len : NULL, room, fmt, ap);
	va_end(ap);
}
