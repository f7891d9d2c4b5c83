# SPDX-License-Identifier: BSD-2-Clause
# EXIT, ERR, DEBUG, RETURN and inheritance.
bash -c 'trap "echo exit \$?" EXIT; (exit 3); exit 5'; echo $?
bash -c 'trap "echo err \$? line \$LINENO" ERR; false; true; (exit 4); if false; then :; fi; false || true; ! true; echo end'
bash -c 'f() { false; true; }; trap "echo err" ERR; f; set -E; f'
bash -c 'trap "echo \"debug: \$BASH_COMMAND\"" DEBUG; a=1; echo $a; for i in x y; do :; done'
bash -c 'f() { echo in f; }; set -T; trap "echo return" RETURN; f; . /dev/null'
bash -c 'trap "echo exit" EXIT; (echo sub; trap "echo sub exit" EXIT); echo main'
bash -c 'trap "echo x" USR1 USR2; trap -p; trap - USR1; trap -p; trap -l | head -n 1 | cut -c1-10'
bash -ec 'trap "echo cleanup" EXIT; false; echo no'; echo $?
bash -c 'set -eE; trap "echo \"failed in \${FUNCNAME[0]}\"" ERR; g() { false; }; g; echo no'; echo $?
