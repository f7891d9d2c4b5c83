# SPDX-License-Identifier: BSD-2-Clause
# functions: arguments, return, recursion, local, unset
f() { echo "$# [$1] [$*]"; shift; echo "$# [$1]"; return 7; }
f 'a b' c; echo $?
fib() { if [ $1 -lt 2 ]; then echo $1; else echo $(( $(fib $(($1-1))) + $(fib $(($1-2))) )); fi; }
fib 9
set -- x y z; f 1; echo "$@"
unset -f f; f 2>/dev/null; echo $?
g() { eval "$1=\$2"; }; g var 'va lue'; echo "$var"
