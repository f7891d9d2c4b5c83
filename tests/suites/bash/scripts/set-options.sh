# SPDX-License-Identifier: BSD-2-Clause
# set -euo pipefail scripts, nounset, errtrace
bash -euo pipefail -c 'x=$(false) ; echo never'; echo $?; bash -uc 'echo $u' 2>/dev/null; echo $?; bash -ec 'f() { false; echo in; }; if f; then echo ok; fi; f; echo never'; echo $?; bash -xc 'echo traced' 2>&1; bash -n <<<'if' 2>/dev/null; echo $?
