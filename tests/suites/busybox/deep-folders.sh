# SPDX-License-Identifier: BSD-2-Clause
# a folder tree 60 deep, and long names
d=.; i=0; while [ $i -lt 60 ]; do d=$d/d$i; i=$((i+1)); done
mkdir -p $d; echo bottom >$d/file; cat $d/file; find . -type d | wc -l; (cd $d && pwd | tr / '\n' | wc -l) >/dev/null
n=$(printf 'n%.0s' $(seq 1 255)); echo long >$n; cat $n; n=${n}n; (echo too long >$n) 2>/dev/null || echo refused
rm -r d0; ls | wc -l
