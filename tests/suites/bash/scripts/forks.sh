# SPDX-License-Identifier: BSD-2-Clause
# A thousand subshells, exec chains and a tree.
s=0; for i in {1..300}; do x=$(echo $i); ((s += x)); done; echo $s; for i in {1..200}; do (exit 0) & done; wait; echo waited
t() { (($1)) || { echo leaf; return; }; { t $(($1 - 1)) & t $(($1 - 1)) & wait; }; }; t 5 | wc -l; c=0; chain() { (($1)) && exec bash -c "$(declare -f chain); chain $(($1 - 1))"; echo end; }; (chain 30)
for i in {1..10}; do { for j in {1..10}; do /bin/true 2>/dev/null || busybox true; done; echo done; } & done | sort | uniq -c | sed 's/^ *//'; wait
