# SPDX-License-Identifier: BSD-2-Clause
# set -e: where it ends the script and where not
sh -ec 'false || echo a; if false; then :; fi; ! true; echo b; false; echo never'; echo $?
sh -ec '(exit 5); echo never'; echo $?
sh -ec 'f() { false; echo in f; }; f || echo f failed; f; echo never'; echo $?
sh -ec 'x=$(false); echo never'; echo $?
sh -uc 'echo $nope; echo never' 2>/dev/null; [ $? -ne 0 ] && echo unset is an error
