# SPDX-License-Identifier: BSD-2-Clause
# Exec and every form of redirection.
exec 3>out3; echo three >&3; echo more >&3; exec 3>&-; cat out3
echo x >&3; echo "closed: $?"
echo a >f; echo b >>f; cat <f
{ echo out; echo err >&2; } >o 2>e; cat o e
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >/dev/null | sed 's/^/piped /'
{ echo out >&3; } 3>&1
exec 4<f; read x <&4; read y <&4; echo "$x$y"; exec 4<&-
exec 5<>rw; echo hello >&5; exec 5>&-; cat rw
set -C; echo no >f; echo "noclobber $?"; echo yes >|f; set +C; cat f
cat <no-such-file; echo "status $?"
echo x >/no/such/dir/file; echo "status $?"
ls no-such 2>/dev/null; echo $?
exec 6>&1 >swapped; echo hidden; exec >&6 6>&-; cat swapped
f() { echo in function; } >ffile; f; cat ffile
for i in 1 2 3; do echo $i; done >loop; cat loop
if true; then echo branch; fi >>loop; tail -n 1 loop
: >empty; wc -c <empty
echo multiple 7>seven >&1; wc -c <seven
(exec 9>nine; sh -c 'echo inherited >&9'); cat nine
