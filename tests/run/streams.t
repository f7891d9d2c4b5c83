#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Arguments, standard streams and exit status go through unchanged.
. "$(dirname "$0")/lib.sh"

# Arguments.
args=('plain' 'two words' '' "it's" '"quoted"' $'new\nline' $'tab\tand \\ $HOME `x`' 'äöü €' '-n' '--' '*' $'\001\377')
bident_run -- printf '<%s>' "${args[@]}" >"$work/got" </dev/null
is $? 0 "printf runs"
printf '<%s>' "${args[@]}" >"$work/want"
same_file "$work/got" "$work/want" "arguments arrive exactly"

long=$(head -c 100000 /dev/zero | tr '\0' x)
# shellcheck disable=SC2016
got=$(bident_run -- sh -c 'echo $# ${#1}' sh "$long" </dev/null)
is "$got" "1 100000" "an argument of 100,000 bytes"
mapfile -t many < <(seq 1 20000)
got=$(bident_run -- sh -c 'echo $# $1 ${20000}' sh "${many[@]}" </dev/null)
is "$got" "20000 1 20000" "20,000 arguments, 109 KB"

# Bytes.
for i in $(seq 0 255); do printf '%b' "\\x$(printf %02x "$i")"; done >"$work/all"
is "$(stat -c %s "$work/all")" 256 "(256 different bytes)"
bident_run -- cat <"$work/all" >"$work/got"
same_file "$work/got" "$work/all" "all 256 values pass through cat"
head -c 10485760 /dev/urandom >"$work/big"
bident_run -- cat <"$work/big" >"$work/got"
is $? 0 "cat of 10 MiB ends well"
same_file "$work/got" "$work/big" "10 MiB, file to file"
bident_run -- cat <"$work/big" | cat >"$work/got"
same_file "$work/got" "$work/big" "10 MiB through a pipe"
# shellcheck disable=SC2002
got=$(cat "$work/big" | bident_run -- md5sum | cut -d ' ' -f 1)
is "$got" "$(md5sum <"$work/big" | cut -d ' ' -f 1)" "10 MiB from a pipe"

# Standard output and error are apart.
bident_run -- sh -c 'echo to out; echo to err >&2; echo out again' >"$work/out" 2>"$work/err" </dev/null
is "$(<"$work/out")" $'to out\nout again' "standard output alone"
is "$(<"$work/err")" "to err" "standard error alone"
bident_run -- sh -c 'i=0; while [ $i -lt 300 ]; do echo $i; echo $i >&2; i=$((i+1)); done' >"$work/out" 2>"$work/err" </dev/null
same_file "$work/out" "$work/err" "both at once, nothing lost"
is "$(wc -l <"$work/out" | tr -d ' ')" 300 "300 lines each"

# Standard input.
got=$(printf 'one\ntwo\n' | bident_run -- sh -c 'read a; read b; read c || echo "$a,$b,end"')
is "$got" "one,two,end" "end of file is seen"
got=$(bident_run -- cat </dev/null; echo "$?")
is "$got" 0 "an empty standard input"
got=$(bident_run -- sh -c 'exec <&-; echo closed' <"$work/big")
is "$got" closed "a command that closes its standard input"
got=$(yes | bident_run -- head -n 2)
is "$got" $'y\ny' "a command that reads little of an endless input"
mkfifo "$work/never"
bident_run -- true <>"$work/never"
is $? 0 "an input that never comes does not hold up the end"

# A reader that goes away.
got=$(bident_run -- yes </dev/null | head -n 2)
is "$got" $'y\ny' "yes into head ends"
bident_run -- sh -c 'trap "" PIPE; while echo line; do :; done; exit 7' </dev/null 2>/dev/null | head -n 1 >/dev/null
is "${PIPESTATUS[0]}" 7 "the command sees the broken pipe and ends by itself"

# A place that is full.
err=$(bident_run -- echo output 2>&1 >/dev/full </dev/null)
is $? 125 "output that cannot be written: status 125"
like "$err" "cannot write the command's output: No space" "with the reason"

# Slow readers.
bident_run -- sh -c 'head -c 1000000 /dev/zero; echo done >&2' 2>"$work/err" </dev/null | { sleep 1; wc -c; } >"$work/out"
is "$(tr -d ' ' <"$work/out")" 1000000 "a slow reader gets everything"
is "$(<"$work/err")" "done" "and so does the other stream"

# Status.
for status in 0 1 3 77 125 255; do
	bident_run -- sh -c "exit $status" </dev/null
	is $? $status "status $status"
done
for signo in 9 15 6 11; do
	bident_run -- sh -c "kill -$signo \$\$; sleep 5" </dev/null 2>/dev/null
	is $? $((128 + signo)) "signal $signo is status $((128 + signo))"
done
err=$(bident_run -- no-such-command 2>&1 </dev/null)
is $? 127 "127: the command is not there"
like "$err" "no-such-command" "and it is named"
bident_run -- /no/such/file 2>/dev/null </dev/null
is $? 127 "127: no such path"
err=$(bident_run -- /etc/passwd 2>&1 </dev/null)
is $? 126 "126: not executable"
like "$err" "/etc/passwd.*[Pp]ermission" "with the reason"
bident_run -- /tmp 2>/dev/null </dev/null
is $? 126 "126: a folder"
bident_run -- '' 2>/dev/null </dev/null
is $? 127 "127: the empty name"

# Background processes do not keep the machine alive, and what was written is not lost.
start=$SECONDS
got=$(bident_run -- sh -c 'sleep 30 & echo out' </dev/null)
is "$got" out "output of a command that leaves a process behind"
ok $((SECONDS - start >= 25)) "it does not wait for that process"
got=$(bident_run -- sh -c 'head -c 60000 /dev/zero' </dev/null | wc -c | tr -d ' ')
is "$got" 60000 "a pipe full of output at the exit"
# shellcheck disable=SC2016
got=$(bident_run -- sh -c 'echo $PATH; echo $HOME; pwd; umask; echo "[$EXTRA]"' </dev/null)
is "$got" $'/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/root\n/\n0022\n[]' "a clean environment"
done_testing
