# SPDX-License-Identifier: BSD-2-Clause
# Xargs -P, -n, -I, -0 and its statuses.
seq 1 40 | xargs -P 8 -n 1 sh -c 'echo $(($0 * $0)) >>squares'
sort -n squares | tr '\n' ' '; echo
seq 1 10 | xargs -n 3 echo
printf 'a b\0c\nd\0e' | xargs -0 -n 1 printf '[%s]\n'
echo 'x y z' | tr ' ' '\n' | xargs -I{} echo 'item {} and {}'
echo 1 2 3 | xargs -n 1 sh -c 'exit 1'; echo "status $?"
echo 1 | xargs sh -c 'exit 255' 2>/dev/null; echo "status $?"
echo 1 | xargs no-such-program 2>/dev/null; echo "status $?"
: | xargs -r echo never; echo "status $?"
seq 1 5000 | xargs echo | wc -w
seq 1 64 | xargs -P 16 -n 4 sh -c 'sleep 0.05; echo $#' | awk '{ n += $1 } END { print n }'
