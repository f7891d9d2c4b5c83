# SPDX-License-Identifier: BSD-2-Clause
# xargs: splitting, quotes, -0, -I, status
printf 'a b\n"c d" e\n' | xargs -n 1 echo item
printf 'x y\0z\0' | xargs -0 -n 1 echo zero
seq 1 3 | xargs -I{} echo "<{}>"
echo 1 | xargs sh -c 'exit 3'; echo $?
echo a | xargs no-such-command 2>/dev/null; echo $?
