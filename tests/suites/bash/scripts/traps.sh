# SPDX-License-Identifier: BSD-2-Clause
# DEBUG, ERR, RETURN, EXIT and signals
trap 'echo err $?' ERR; false; (exit 4); trap - ERR
f() { trap 'echo return' RETURN; :; }; f; trap - RETURN
trap 'echo exit $?' EXIT; trap 'echo usr1' USR1; kill -USR1 $$; (trap 'echo sub' EXIT; :)
trap -p USR1; trap 'echo d:$BASH_COMMAND' DEBUG; : x; trap - DEBUG; exit 6
