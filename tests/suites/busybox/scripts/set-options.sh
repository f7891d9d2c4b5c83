# SPDX-License-Identifier: BSD-2-Clause
# Set -e, -u, -f, -n, -x and what they stop.
sh -ec 'false; echo no'; echo $?
sh -ec 'false || true; if false; then :; fi; ! true; echo yes'; echo $?
sh -ec 'f() { false; echo "in f"; }; f && echo and; echo yes'; echo $?
sh -ec 'x=$(false); echo no'; echo $?
sh -ec 'echo $(false) yes'; echo $?
sh -ec '(exit 5); echo no'; echo $?
sh -uc 'echo ${x-default}; echo $x; echo no' 2>&1; echo $?
sh -fc 'echo *'
sh -nc 'echo never'; echo $?
sh -xc 'a=1; echo $a' 2>&1
sh -c 'echo $-' | grep -q e; echo "e not set: $?"
sh -c 'if' 2>/dev/null; echo "syntax: $?"
sh -c 'set -- -a b; echo $# $1; set -- ; echo $#'
sh -c 'set -a; v=exported; sh -c "echo \$v"'
