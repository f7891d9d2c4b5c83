# SPDX-License-Identifier: BSD-2-Clause
# The status of a pipeline is that of its last command, and pipefail changes it.
true | false; echo "true|false $?"
false | true; echo "false|true $?"
! false; echo "not false $?"
! true | false; echo "not true|false $?"
(exit 42) | cat; echo "42|cat $?"
cat </dev/null | (exit 42); echo "cat|42 $?"
set -o pipefail
(exit 42) | cat; echo "pipefail $?"
(exit 1) | (exit 2) | (exit 0); echo "pipefail, the last failure $?"
no-such-command 2>/dev/null | cat; echo "not found $?"
