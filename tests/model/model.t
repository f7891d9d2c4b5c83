#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every state of the model of vfork's holding (hold.pml), and that Spin finds each of the faults that it can be built with.
cd "$(dirname "$0")" || exit 2
for tool in spin gcc; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP no $tool here"; exit 0; }
done
model=$PWD/hold.pml
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
n=0 failed=0 all=0

result() {
	((++n))
	[[ $1 == ok ]] || { failed=1; [[ -s out ]] && sed 's/^/# /' out | tail -n 20; }
	echo "$1 $n - $2"
}

# search 'SPIN OPTIONS' 'GCC OPTIONS' 'PAN OPTIONS': the whole answer is in out. False when it could not be built or did not end.
search() {
	rm -f pan* out
	# shellcheck disable=SC2086
	spin -a $1 "$model" >out 2>&1 && gcc -w -DCOLLAPSE -DVECTORSZ=2048 $2 -o pan pan.c >>out 2>&1 \
	    && timeout 300 ./pan -m100000 -n $3 >out 2>&1
}

# holds TITLE OPTIONS...: searched to the end, without an error.
holds() {
	local title=$1 states
	shift
	if search "$@" && grep -q 'errors: 0$' out && ! grep -q 'Search not completed\|max search depth' out; then
		states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' out)
		result ok "$title"
		echo "# $states states"
		all=$(awk -v a="$all" -v b="$states" 'BEGIN { printf "%.0f", a + b }')
	else
		result 'not ok' "$title"
	fi
}

# finds MUTANT WHAT [OPTIONS...]: what pan says of the first error must match. Compiling takes longer than searching here: no -O2.
finds() {
	if search "-DEVENTS=1 -DMUT_$1 ${3-}" "${4--DSAFETY}" "${5-}" && grep -q 'errors: [1-9]' out && grep -q "^pan:1: $2" out; then
		result ok "$1 is found${3:+, with $3}"
		echo "# $(grep -m 1 '^pan:1:' out)"
	else
		result 'not ok' "$1 is found${3:+, with $3}"
	fi
}

echo 1..14
holds 'one holding, two events: no deadlock, no use after the release, no leak' -DEVENTS=2 '-O2 -DSAFETY' -w23
holds 'a nested holding, one event: the same' '-DEVENTS=1 -DNESTED' '-O2 -DSAFETY' -w23
holds 'a held LWP goes on or dies (weak fairness)' '-DEVENTS=1 -DFAIR' '-O2 -DNFAIR=4' '-a -f'
holds 'nothing happens: the holding ends by itself' '-DEVENTS=0 -DNESTED' '-O2 -DSAFETY' ''
finds LOST_WAKEUP 'invalid end state'
finds LOST_WAKEUP 'acceptance cycle' -DFAIR -DNFAIR=4 '-a -f -E'
finds LOST_DEATH 'invalid end state'
finds WAKE_THEN_MARK 'invalid end state'
finds DEAF_TO_STOP 'invalid end state'
finds STOP_ENDS 'assertion violated (fh_released'
finds NO_REFERENCE 'assertion violated.*fh_freed'
finds READ_CHILD 'assertion violated.*p_freed'
finds RELEASE_TWICE 'assertion violated.*fh_freed'
finds LEAK 'assertion violated.*fh_freed'
echo "# $all states of the model, 9 mutants"
exit $failed
