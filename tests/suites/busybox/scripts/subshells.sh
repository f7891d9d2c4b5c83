# SPDX-License-Identifier: BSD-2-Clause
# What a subshell changes stays there.
a=1; (a=2; export b=3; cd /; umask 077; echo "$a $b"); echo "$a ${b-unset}"
umask
[ "$PWD" = "$(pwd)" ] && echo "the same folder"
f() { echo outer; }; (f() { echo inner; }; f); f
x=$(a=5; echo $a); echo "$x $a"
(exit 3); echo $?
{ a=9; }; echo $a
(set -e; false; echo no); echo $?
(trap 'echo sub' EXIT); echo main
set -- 1 2 3; (shift; echo $#); echo $#
VAR=tmp sh -c 'echo $VAR'; echo "${VAR-unset}"
env -i A=1 sh -c 'echo $A ${HOME-nohome}'
A=2 env | grep '^A='
readonly r=1; (r=2) 2>/dev/null; echo "readonly $?"
unset a; echo "${a-gone}"
echo $$ >p1; (echo $$ >p2); cmp p1 p2 && echo 'the same $$'
sh -c 'echo $PPID' >p3; cmp p1 p3 && echo 'PPID is $$'
