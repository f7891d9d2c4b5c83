# SPDX-License-Identifier: BSD-2-Clause
# Cp, mv, rm, mkdir, rmdir, touch and their errors.
echo 1 >a; cp a b; mv b c; cat c; cp a dir/b 2>&1; echo $?
mkdir dir; cp a c dir; ls dir; cp dir dir2 2>/dev/null; echo $?; cp -r dir dir2; ls dir2
mv dir2 dir; ls dir; rmdir dir 2>/dev/null; echo $?; rm dir 2>/dev/null; echo $?; rm -r dir; ls
mkdir x; mkdir x 2>/dev/null; echo $?; mkdir -p x/1/2/3; rmdir -p x/1/2/3; ls
rm no-such; echo $?; rm -f no-such; echo $?; touch -c no-such; ls
mv a a 2>/dev/null; echo $?; cat a; mv no-such y 2>/dev/null; echo $?
mkdir s t; : >s/f; mv s t; find t | sort; cp -a t u; diff -r t u && echo same
echo old >o; echo new >n; cp -f n o; cat o; ln n l; cp o l; cat n
mkdir -p deep/$(printf 'd/%.0s' $(seq 1 100)); find deep | wc -l; rm -rf deep; ls -d deep 2>/dev/null; echo $?
long=$(printf 'x%.0s' $(seq 1 255)); : >$long; ls | awk '{ print length($0) }' | sort -n | tail -n 1; (: >x$long) 2>/dev/null; echo $?
for i in $(seq 1 300); do : >many$i; done; ls | grep -c many; rm many*; ls | grep -c many
touch 'new
line' 'sp ace' '-dash' 'é'; ls -1 | wc -l; rm -- -dash; rm './sp ace' 'é' new*
mkdir ro; cd ro; rmdir ../ro; ls; (: >f) 2>/dev/null; echo "in a removed folder: $?"
