# SPDX-License-Identifier: BSD-2-Clause
# Traps at the end, however it comes.
sh -c 'trap "echo exit trap" EXIT; echo body'; echo $?
sh -c 'trap "echo exit trap; exit 7" EXIT; exit 3'; echo $?
sh -c 'trap "echo status \$?" EXIT; exit 3'; echo $?
sh -c 'trap "echo exit trap" EXIT; kill -TERM $$; sleep 5' 2>/dev/null; echo $?
sh -c 'trap "echo exit trap" EXIT; trap "echo term; exit 5" TERM; kill -TERM $$; sleep 5'; echo $?
sh -c 'trap "echo outer" EXIT; (trap "echo inner" EXIT; exit 2); echo "sub $?"'
sh -c 'trap "echo never" EXIT; trap - EXIT; exit 1'; echo $?
sh -c 'set -e; trap "echo cleanup" EXIT; false; echo not reached'; echo $?
sh -c 'trap "echo cleanup" EXIT; exec true'; echo "exec $?"
