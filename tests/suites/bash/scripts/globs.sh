# SPDX-License-Identifier: BSD-2-Clause
# Extglob, globstar, nullglob, failglob, dotglob and brace expansion.
mkdir -p d/e/f; touch a.c b.c c.h .dot d/x.c d/e/y.c d/e/f/z.h
echo *.c; shopt -s extglob
echo !(*.c); echo @(a|c).*; echo ?(x)a.c; echo +([a-z]).c
shopt -s globstar; echo **/*.c; echo **/; shopt -s nullglob; echo no*such; shopt -u nullglob; echo no*such; shopt -s dotglob; echo *dot
(shopt -s failglob; echo no*such) 2>&1 | sed 's/.*: //'; GLOBIGNORE='*.c'; echo *; unset GLOBIGNORE
echo {a,b}{1..3} {01..10..3} {z..w} pre{x,}post; x=aaabbb; echo "${x##+(a)}" "${x/+(b)/-}" "${x//a/.}"
case file.tar.gz in *.@(tar.gz|tgz)) echo archive ;; esac; [[ foo123 == foo+([0-9]) ]] && echo digits
for i in {1..200}; do : >m$i; done; set -- m*; echo $#; set -- m?; echo $#; echo m[1-3]
