#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Errors that the kernel makes on purpose (boot parameter kasan=, kernel with CONFIG=kasan): each must be noticed and told as what it is.
. "$(dirname "$0")/../run/lib.sh"
[[ $SUBJECT == bident ]] || skip_all "only our kernel has them"
kernel=$BUILD/bident-kernel-kasan

# planted KIND MESSAGE NAME
planted() {
	local err
	err=$("$BIDENT" run --kernel "$kernel" --timeout "$TIMEOUT" --append "kasan=$1" -- true 2>&1 </dev/null)
	is $? 124 "$3: the kernel stops"
	like "$err" "$2" "$3: and says what it was"
}

planted freed 'panic: kasan: read of 1 bytes at .* by kasan_plant.*: a freed object' "an object that was freed"
planted twice 'panic: kasan: kmalloc_16 .*: freed twice' "freed twice"
planted past 'panic: kasan: write of 1 bytes at .* by kasan_plant.*: behind an object' "a byte behind an object, in its last grain"
planted copy 'panic: kasan: write of 14 bytes at .* by memset.*: behind an object' "one byte too much filled by assembly"
planted page 'panic: kasan: read of 1 bytes at .*: a free page' "a page that was freed"
planted stack 'panic: kasan: write of 1 bytes at .* by plant_stack.*: beside a variable on the stack' "behind an array on the stack"
planted global 'panic: kasan: write of 1 bytes at .*: behind a global variable' "behind a global array"
planted shift 'panic: ubsan: shift by too much at .*kasan_plant\.c:[0-9]+' "undefined behaviour"

out=$("$BIDENT" run --kernel "$kernel" --timeout "$TIMEOUT" --append kasan=nothing -- echo alive 2>&1 </dev/null)
is $? 0 "nothing planted: the kernel runs"
is "$out" alive "and nothing is said"
done_testing
