# SPDX-License-Identifier: BSD-2-Clause
# Kill -9 of a tree, whose leaves are found by /proc.
cat >tree.sh <<'EOF'
if [ "$1" -gt 0 ]; then
	sh tree.sh $(($1 - 1)) &
	sh tree.sh $(($1 - 1)) &
fi
echo $$ >>pids
exec sleep 1000
EOF
sh tree.sh 4 & top=$!
while [ "$(wc -l 2>/dev/null <pids || echo 0)" -lt 31 ]; do sleep 0.05; done
wc -l <pids
descend() {
	for s in /proc/[0-9]*/stat; do
		read -r pid comm state ppid rest 2>/dev/null <$s || continue
		[ "$ppid" = "$1" ] && (descend $pid)
	done
	echo $1
}
descend $top | tee found | wc -l
sort pids >p; sort found >f; cmp p f && echo "the same"
kill -9 $(cat found)
wait $top 2>/dev/null; echo "status $?"
sleep 0.3
for pid in $(cat pids); do
	if [ -e /proc/$pid/stat ] && ! grep -q ') Z ' /proc/$pid/stat 2>/dev/null; then echo "alive: $pid"; fi
done
echo end
