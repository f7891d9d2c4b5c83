# SPDX-License-Identifier: BSD-2-Clause
# Find | sort | uniq over a tree that is made first.
for d in a b c; do for e in x y z; do mkdir -p $d/$e/deep; for n in 1 2 3; do echo "$d$n" >$d/$e/f$n.txt; done; : >$d/$e/deep/empty; done; done
find . -type f | sort
find . -type d | wc -l
find . -name '*.txt' -exec cat {} + | sort | uniq -c | sort -rn -k1,1 -k2
find . -type f -empty | sort
find a -depth | head -n 5 | wc -l
find . -name f1.txt -exec sh -c 'echo "$1 $(wc -c <"$1")"' _ {} \; | sort
find . -path '*/y/*' -prune -o -type f -print | wc -l
find . -maxdepth 2 -type d | sort
find . -name 'f[23]*' -newer a/x/f1.txt | wc -l | grep -qx '[0-9]*' && echo newer
find b -delete; ls
find . -type f -size -2c | wc -l
find . -type f -print0 | xargs -0 grep -l c2 | sort
