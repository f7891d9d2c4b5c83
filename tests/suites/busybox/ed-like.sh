# SPDX-License-Identifier: BSD-2-Clause
# editing a file in place by ed
command -v ed >/dev/null || exit 0
printf '1i\nfirst\n.\n$a\nlast\n.\n2s/x/y/\nw\nq\n' >cmds; printf 'x one\ntwo\n' >f; ed f <cmds >/dev/null; cat f
