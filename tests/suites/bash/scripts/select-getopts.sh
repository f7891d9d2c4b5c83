# SPDX-License-Identifier: BSD-2-Clause
# Getopts, select, shift, eval and sourced files.
p() { local OPTIND o; while getopts ':ab:c' o; do case $o in a|c) echo "$o" ;; b) echo "b=$OPTARG" ;; :) echo "missing $OPTARG" ;; \?) echo "unknown $OPTARG" ;; esac; done; shift $((OPTIND - 1)); echo "$#:$*"; }
p -a -b x -c rest; p -abx -- -c; p -z -b; PS3='? '; select w in red green quit; do echo "$REPLY $w"; [[ $w = quit ]] && break; done <<<$'2\n9\n3' 2>&1
echo 'v=sourced; return 5; v=no' >s; . ./s; echo "$? $v"; eval 'for i in 1 2; do echo e$i; done'; set -- a b c; shift 2; echo "$1 $#"; shift 5; echo $?
. ./no-such 2>/dev/null; echo $?; command -v cd; builtin echo b; enable -n test; type -t test; enable test; hash -r; alias x=y; echo ${BASH_ALIASES[x]}; dirs >/dev/null; pushd / >/dev/null; popd >/dev/null; echo ok
