# SPDX-License-Identifier: BSD-2-Clause
# base64, uuencode and their way back
seq 1 500 >f; base64 f | md5sum; base64 f | base64 -d | cmp - f && echo base64
uuencode f f.out | uudecode -o - | cmp - f && echo uu
printf 'caf\303\251' | base64
