# SPDX-License-Identifier: BSD-2-Clause
# PIPESTATUS and pipefail, lastpipe
true | false | (exit 3); echo "${PIPESTATUS[@]}"; set -o pipefail; false | true; echo $?; shopt -s lastpipe; echo val | read -r v; echo $v; ! false | false; echo $?
