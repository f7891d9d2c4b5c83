# SPDX-License-Identifier: BSD-2-Clause
# Recursion, locals, returns, exported functions.
fib() { local n=$1; ((n < 2)) && { echo "$n"; return; }; echo $(($(fib $((n - 1))) + $(fib $((n - 2))))); }; fib 9
ack() { local m=$1 n=$2; if ((m == 0)); then r=$((n + 1)); elif ((n == 0)); then ack $((m - 1)) 1; else ack "$m" $((n - 1)); ack $((m - 1)) "$r"; fi; }; ack 2 5; echo $r
outer() { local v=outer; inner; echo "$v"; }; inner() { echo "sees $v"; v=changed; }; v=global; outer; echo $v
hello() { echo "exported $1"; }; export -f hello; bash -c 'hello there'; echo 1 2 | xargs -n 1 bash -c 'hello "$0"'
stack() { echo "${FUNCNAME[*]}"; }; a() { stack; }; b() { a; }; b; f() { return 300; }; f; echo $?; type -t f if cd cat nothing
deep() { (($1)) && deep $(($1 - 1)) || echo bottom; }; deep 500; g() { trap 'echo returned' RETURN; :; }; g
declare -F | wc -l; unset -f f; f 2>/dev/null; echo $?; h() ( x=sub; exit 3 ); h; echo "$? ${x-unset}"
