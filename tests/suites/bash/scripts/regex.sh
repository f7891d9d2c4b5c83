# SPDX-License-Identifier: BSD-2-Clause
# [[ =~ ]], patterns and the groups that they give.
[[ 'key = value' =~ ^([a-z]+)\ *=\ *(.*)$ ]] && echo "${BASH_REMATCH[1]}|${BASH_REMATCH[2]}|${#BASH_REMATCH[@]}"
d='2024-02-29T12:34:56'; re='([0-9]{4})-([0-9]{2})-([0-9]{2})'; [[ $d =~ $re ]] && echo "${BASH_REMATCH[@]:1}"
[[ abc =~ b+ ]]; echo $?; [[ abc =~ ^b ]]; echo $?; [[ a.c =~ a\.c ]]; echo $?; [[ axc =~ "a.c" ]]; echo $?
[[ foo == f* ]]; echo $?; [[ foo == 'f*' ]]; echo $?; [[ abc < abd ]]; echo $?; [[ 10 -gt 9 ]]; echo $?; [[ a && ! '' ]]; echo $?
s='a1b22c333'; while [[ $s =~ ([0-9]+)(.*) ]]; do echo "${BASH_REMATCH[1]}"; s=${BASH_REMATCH[2]}; done
shopt -s nocasematch; [[ ABC == abc ]]; echo $?; case FOO in foo) echo case ;; esac
