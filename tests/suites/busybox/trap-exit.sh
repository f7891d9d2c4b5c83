# SPDX-License-Identifier: BSD-2-Clause
# EXIT traps in shell and subshell
trap 'echo leaving with $?' EXIT
(trap 'echo sub leaves' EXIT; echo in sub; exit 4)
echo status $?
sh -c 'trap "echo inner $?" EXIT; exit 7'
echo status $?
exit 9
