# SPDX-License-Identifier: BSD-2-Clause
# split and joining again
seq 1 1000 >f; split -l 300 f part.; wc -l part.*; cat part.* | cmp - f && echo same
split -b 1000 f b.; ls b.* | tr '\n' ' '; echo; cat b.* | cmp - f && echo same
head -c 10 f; tail -c 5 f; tail -n +999 f; head -n -998 f
