# SPDX-License-Identifier: BSD-2-Clause
# A here-document drives a small interpreter.
cat >calc <<'EOF'
stack=
while read -r op arg; do
	case $op in
	push) stack="$arg $stack" ;;
	pop) stack=${stack#* } ;;
	dup) stack="${stack%% *} $stack" ;;
	add|sub|mul)
		set -- $stack
		a=$1 b=$2; shift 2
		case $op in add) r=$((b + a)) ;; sub) r=$((b - a)) ;; mul) r=$((b * a)) ;; esac
		stack="$r $*" ;;
	print) echo "${stack%% *}" ;;
	quit) exit "$arg" ;;
	'#'*|'') ;;
	*) echo "unknown: $op" >&2 ;;
	esac
done
EOF
sh calc <<'EOF'
push 6
push 7
mul
print
# a comment
dup
add
print
push 100
sub
print
nonsense
quit 17
push 1
EOF
echo "status $?"
for i in 1 2 3; do echo "push $i"; done | (cat; echo add; echo add; echo print) | sh calc
