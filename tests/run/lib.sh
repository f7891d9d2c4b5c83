# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests of the command line share; each test sources it, says its checks, and calls done_testing.
#
# The environment chooses what is under test:
#   BUILD     folder with bident and its parts (default: build)
#   SUBJECT   bident: our kernel in QEMU (default)    linux: Debian's kernel in QEMU, folder LINUX (build/linux)
#             fake: no machine, the agent as a process of this host (tests/run/fake-qemu)
#   TIMEOUT   seconds that one run may take (default 60)
#
# `bident_run OPTIONS -- CMD` runs CMD on the subject. Tests only use what busybox and a Debian host both have.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=$(realpath "${BUILD:-$here/../../build}")
SUBJECT=${SUBJECT:-bident}
TIMEOUT=${TIMEOUT:-60}
BIDENT=$BUILD/bident
subject_options=(--timeout "$TIMEOUT")
case $SUBJECT in
bident) ;;
linux) subject_options+=(--linux "${LINUX:-$BUILD/linux}") ;;
fake)
	export BIDENT_QEMU=$here/fake-qemu BIDENT_AGENT=$BUILD/bident-init BIDENT_KERNEL=/dev/null
	subject_options+=(--accel tcg) ;;
*) echo "Bail out! unknown SUBJECT $SUBJECT"; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

bident_run() { "$BIDENT" run "${subject_options[@]}" "$@"; }

# ok STATUS NAME: a check; STATUS 0 passes
ok() {
	count=$((count + 1))
	if (($1 == 0)); then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=$((failed + 1))
	fi
	return "$1"
}

note() { sed 's/^/# /' <<<"$*"; }

# is GOT WANTED NAME
is() {
	if [[ $1 == "$2" ]]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		note "got:    $(head -c 400 <<<"$1" | cat -v)"
		note "wanted: $(head -c 400 <<<"$2" | cat -v)"
	fi
}

# like GOT PATTERN NAME: an extended regular expression that must occur
like() {
	if [[ $1 =~ $2 ]]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		note "got:     $(head -c 400 <<<"$1" | cat -v)"
		note "pattern: $2"
	fi
}

# same_file GOT WANTED NAME
same_file() {
	if cmp -s "$1" "$2"; then
		ok 0 "$3"
	else
		ok 1 "$3"
		note "$(cmp "$1" "$2" 2>&1 | head -n 2)"
	fi
}

skip() { count=$((count + 1)); echo "ok $count - $1 # SKIP $2"; }

skip_all() { echo "1..0 # SKIP $1"; exit 0; }

done_testing() {
	echo "1..$count"
	exit $((failed > 0))
}
