# SPDX-License-Identifier: BSD-2-Clause
# Functions and subshells that call themselves.
fib() { if [ "$1" -lt 2 ]; then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
fib 10
fact() { [ "$1" -le 1 ] && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }
fact 15
hanoi() {
	[ "$1" -eq 0 ] && return
	hanoi $(($1 - 1)) "$2" "$4" "$3"
	moves=$((moves + 1))
	hanoi $(($1 - 1)) "$4" "$3" "$2"
}
moves=0
hanoi 8 a b c
echo "$moves"
nest() { [ "$1" -eq 0 ] && { echo "depth reached"; return; }; (nest $(($1 - 1))); }
nest 40
