#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# On a terminal: script(1) makes one. What is typed comes from a pipe, each key when the guest is ready for it.
. "$(dirname "$0")/lib.sh"
command -v script >/dev/null || skip_all "no script(1)"

bident_quoted=$(printf '%q ' "$BIDENT" run "${subject_options[@]}")

# on_tty COMMAND: runs a shell command on a new terminal of 37 rows and 91 columns; typed keys are our standard input. Its
# output, with CR LF for each line, goes to $work/out.
on_tty() {
	: >"$work/out"
	script -qefc "stty rows 37 cols 91; $1" /dev/null >"$work/out"
}

# wait_for TEXT: until it is on the screen
wait_for() {
	local i
	for ((i = 0; i < 10 * TIMEOUT; i++)); do
		grep -q -- "$1" "$work/out" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

screen() { tr -d '\r' <"$work/out"; }

on_tty "$bident_quoted -- sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all-ttys; stty size; tty'" < <(sleep 0.1)
like "$(screen)" "all-ttys" "all three streams are terminals"
like "$(screen)" "37 91" "with the size of ours"
like "$(screen)" "/dev/pts/" "a pseudo-terminal"

on_tty "$bident_quoted -- sh -c 'exit 3'; echo status \$?" < <(sleep 0.1)
like "$(screen)" "status 3" "the status"

on_tty "stty -a >$work/before; $bident_quoted -- sh -c 'exit 0'; stty -a >$work/after; $bident_quoted -- nosuch; stty -a >$work/after2" < <(sleep 0.1)
same_file "$work/before" "$work/after" "the terminal is as before"
same_file "$work/before" "$work/after2" "also after an error"

{ wait_for ready; printf 'hello\r'; wait_for 'got hello'; } | on_tty "$bident_quoted -- sh -c 'echo ready; read x; echo got \$x'"
like "$(screen)" "got hello" "typing a line"

{ wait_for ready; printf '\003'; sleep 1; } | on_tty "$bident_quoted -- sh -c 'trap \"echo interrupted; exit 4\" INT; echo ready; while :; do sleep 0.1; done'; echo status \$?"
like "$(screen)" "interrupted" "Ctrl-C reaches the foreground process group"
like "$(screen)" "status 4" "and the command decides"

{ wait_for ready; printf '\003'; sleep 1; } | on_tty "$bident_quoted -- sh -c 'echo ready; sleep 100'; echo status \$?"
like "$(screen)" "status 130" "Ctrl-C ends a command"

{ wait_for ready; printf '\004'; wait_for status; } | on_tty "$bident_quoted -- sh -c 'echo ready; cat; echo eof-seen'; echo status \$?"
like "$(screen)" "eof-seen" "Ctrl-D is end of file"

{ wait_for ready; printf '\035\035\035'; sleep 1; } | on_tty "$bident_quoted -- sh -c 'trap \"\" INT TERM HUP; echo ready; sleep 100'; echo status \$?; stty -a >$work/after3"
like "$(screen)" "status 137" "Ctrl-] three times ends the machine"
same_file "$work/before" "$work/after3" "and the terminal is as before"

on_tty "$bident_quoted -- sh -c 'test -t 0 || echo in-no; test -t 1 && echo out-yes' </dev/null" < <(sleep 0.1)
like "$(screen)" "in-no" "standard input from a file is no terminal"
like "$(screen)" "out-yes" "standard output still is"
on_tty "$bident_quoted -- sh -c 'test -t 1 || echo out-no; test -t 2 && echo err-yes' | cat" < <(sleep 0.1)
like "$(screen)" "out-no" "standard output into a pipe is no terminal"
{ wait_for ready; printf 'line\n\004'; wait_for status; } | on_tty "$bident_quoted -- sh -c 'echo ready; cat' | sed s/^/piped:/; echo status"
like "$(screen)" "piped:line" "typing into a pipeline"

on_tty "$bident_quoted -- sh -c 'seq 1 2000'" < <(sleep 0.1)
is "$(screen | grep -c '^[0-9]*$')" 2000 "2,000 lines on the screen, none lost"

# The size changes while it runs.
{ wait_for ready; sleep 0.2; printf 'x\r'; wait_for 'size '; } | on_tty "(sleep 0.1; while ! grep -q ready $work/out; do sleep 0.1; done; stty rows 20 cols 60 </dev/tty) & $bident_quoted -- sh -c 'echo ready; read x; sleep 0.5; echo size \$(stty size)'"
like "$(screen)" "size 20 60" "a new size is passed on"

# An interactive shell.
{ wait_for '[$#] '; printf 'echo $((6*7))\r'; wait_for 42; printf 'exit 5\r'; wait_for status; } | on_tty "$bident_quoted; echo status \$?"
like "$(screen)" "42" "bident run without a command is a shell"
like "$(screen)" "status 5" "whose status is ours"
done_testing
