# SPDX-License-Identifier: BSD-2-Clause
# find | sort | uniq over a tree
mkdir -p t/a/b t/c t/d/e/f
for d in t t/a t/a/b t/c t/d t/d/e/f; do for n in 1 2 3; do echo "content $n" >$d/f$n.txt; echo x >$d/g$n.c; done; done
find t -name '*.txt' | sort
find t -type d | sort
find t -type f | sed 's/.*\.//' | sort | uniq -c
find t -name 'f1*' -exec cat {} \; | sort | uniq -c
find t -type f -size -2 | wc -l
find t -depth -name '*.c' -exec rm {} +
find t -type f | wc -l
