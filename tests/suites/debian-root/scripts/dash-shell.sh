# SPDX-License-Identifier: BSD-2-Clause
# Dash itself: pipelines, here-documents, substitution, traps.
sh=/bin/dash
$sh -c 'echo "$0 $#"' zero one two; $sh -c 'seq 1 10 | grep -v 5 | wc -l'; $sh -c 'cat <<E
$(echo $((6 * 7)))
E'
$sh -c 'trap "echo bye" EXIT; kill -TERM $$' 2>/dev/null; echo $?; $sh -c 'trap "echo term; exit 3" TERM; kill -TERM $$; sleep 5'; echo $?
$sh -ec 'false; echo no'; echo $?; $sh -c 'for i in 1 2 3; do (exit $i) & p="$p $!"; done; for x in $p; do wait $x; echo $?; done'
$sh -c 'f() { [ $1 -gt 0 ] && f $(($1 - 1)) || echo bottom; }; f 50'; $sh -c 'x=$(echo a$(echo b$(echo c$(echo d)))); echo $x'
$sh -c 'no-such-command' 2>/dev/null; echo $?; { $sh -c "kill -9 \$\$"; } 2>/dev/null; echo $?; $sh -c 'exec 3>f; echo x >&3; cat f; read y <f; echo $y'
echo 'echo from a file $1' >s; $sh s arg; printf '#!/bin/dash\necho script "$@"\n' >t; chmod +x t; ./t 1 '2 3'
