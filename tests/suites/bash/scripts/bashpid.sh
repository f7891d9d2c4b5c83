# SPDX-License-Identifier: BSD-2-Clause
# BASHPID, $$, SHLVL in subshells
[ $$ = $BASHPID ] && echo same; ( [ $$ != $BASHPID ] && echo differs; echo $BASH_SUBSHELL; (echo $BASH_SUBSHELL) ); x=$(echo $BASHPID); [ $x != $$ ] && echo sub
[ $(bash -c 'echo $PPID') != '' ] && echo ppid; exec bash -c 'echo replaced'
