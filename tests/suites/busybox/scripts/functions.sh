# SPDX-License-Identifier: BSD-2-Clause
# Functions, local, return, getopts.
f() { local x=in; echo "$x $1 $#"; x=changed; return 3; }
x=out; f a b; echo "$? $x"
g() { echo "${1:-none}"; shift $(($# > 0)); [ $# -gt 0 ] && g "$@"; }
g 1 2 3
opts() {
	OPTIND=1 v= o= n=0
	while getopts :vo:n: c "$@"; do
		case $c in
		v) v=yes ;;
		o) o=$OPTARG ;;
		n) n=$OPTARG ;;
		:) echo "-$OPTARG wants a value"; return 1 ;;
		\?) echo "unknown -$OPTARG"; return 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	echo "v=$v o=$o n=$n rest=$*"
}
opts -v -o file a b; opts -vofile -n3 -- -x; opts -z; echo $?; opts -o; echo $?
getopt -o ab:c --long alpha,beta: -- -a -b val --beta=x rest
h() { return; }; false; h; echo $?
unset -f h; h 2>/dev/null; echo $?
alias ll='echo aliased'; eval 'll x'
type cd f | head -n 2; command -v f
eval 'echo "eval $((1 + 1))"'
. /dev/stdin <<'EOF'
sourced=yes
EOF
echo "$sourced"
k() { for i; do echo -n "<$i>"; done; echo; }; k "a b" '' c
until [ "${n2:=0}" -ge 3 ]; do n2=$((n2 + 1)); [ $n2 = 2 ] && continue; echo $n2; done
for i in 1 2 3; do for j in 1 2 3; do [ $j = 2 ] && continue 2; [ $i = 3 ] && break 2; echo $i$j; done; done
