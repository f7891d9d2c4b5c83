# SPDX-License-Identifier: BSD-2-Clause
# Generations of processes that each start the next.
gen() { if [ "$1" -gt 0 ]; then sh gen.sh $(($1 - 1)); else echo "the last generation"; fi; }
echo 'if [ $1 -gt 0 ]; then sh gen.sh $(($1 - 1)); else echo "the last generation"; fi; exit $?' >gen.sh
gen 60; echo $?
echo '[ $1 -gt 0 ] && exec sh exec.sh $(($1 - 1)); echo "same process $(($$ == $2))"' >exec.sh
sh -c 'exec sh exec.sh 200 $$' 2>/dev/null | sed 's/[01]$/?/'
echo 'if [ $1 -gt 0 ]; then sh bg.sh $(($1 - 1)) & wait $!; exit $(($? + 1)); fi; exit 0' >bg.sh
sh bg.sh 30; echo $?
