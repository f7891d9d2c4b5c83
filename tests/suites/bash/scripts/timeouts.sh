# SPDX-License-Identifier: BSD-2-Clause
# Kill, timeout, a watchdog, and a race between two jobs.
timeout 0.3 sleep 10; echo $?; (sleep 10) & p=$!; kill $p; wait $p 2>/dev/null; echo $?; (sleep 0.2; kill -TERM $$) & trap 'echo watchdog' TERM; sleep 0.6; wait
race() { { sleep "$1"; echo slow; } & a=$!; { sleep "$2"; echo fast; } & b=$!; wait -n; kill $a $b 2>/dev/null; wait $a $b 2>/dev/null; }; race 5 0.1
SECONDS=0; sleep 1.1; ((SECONDS >= 1 && SECONDS < 20)) && echo slept; TMOUT=1; read -r x < <(sleep 5); echo $(($? != 0)); unset TMOUT
ulimit -n 64; ulimit -n; { (ulimit -t 1; while :; do :; done); } 2>/dev/null; echo $?; kill -l 9 15 17; kill -0 $$; echo $?; kill -l TERM
