# SPDX-License-Identifier: BSD-2-Clause
# Shell arithmetic at work: primes, sorting, a sieve, gcd.
sieve() { i=2; while [ $i -le $1 ]; do eval "[ \"\${c$i}\" ]" || { echo -n "$i "; j=$((i * i)); while [ $j -le $1 ]; do eval c$j=1; j=$((j + i)); done; }; i=$((i + 1)); done; echo; }
sieve 200
gcd() { [ $2 -eq 0 ] && echo $1 || gcd $2 $(($1 % $2)); }; gcd 1071 462; gcd 123456 7890
qsort() {
	[ $# -le 1 ] && { echo $1; return; }
	local p=$1 lo= hi= x; shift
	for x; do if [ $x -lt $p ]; then lo="$lo $x"; else hi="$hi $x"; fi; done
	echo $(qsort $lo) $p $(qsort $hi)
}
qsort 5 3 9 1 7 2 8 6 4 0
collatz() { n=$1 s=0; while [ $n -ne 1 ]; do n=$((n % 2 ? 3 * n + 1 : n / 2)); s=$((s + 1)); done; echo $s; }; collatz 27; collatz 97
