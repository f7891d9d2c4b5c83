# SPDX-License-Identifier: BSD-2-Clause
# the status of a pipeline is that of its last command
true | false; echo $?
false | true; echo $?
! true | false; echo $?
set -o pipefail
false | true; echo $?
exit 3
