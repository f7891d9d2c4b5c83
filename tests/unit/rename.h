/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Force-included in everything of the kernel that is compiled for the host: the kernel's string
 * functions get names of their own, so that they are tested (and instrumented) beside those of
 * the C library.
 */
#define memcpy	bident_memcpy
#define memmove	bident_memmove
#define memset	bident_memset
#define memcmp	bident_memcmp
#define memchr	bident_memchr
#define strlen	bident_strlen
#define strnlen	bident_strnlen
#define strcmp	bident_strcmp
#define strncmp	bident_strncmp
#define strchr	bident_strchr
#define strrchr	bident_strrchr
#define strstr	bident_strstr
#define strlcpy	bident_strlcpy
#define strlcat	bident_strlcat
