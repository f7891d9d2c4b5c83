# SPDX-License-Identifier: BSD-2-Clause
# Many pipelines at once, with statuses, deep and wide.
for i in {1..20}; do seq 1 1000 | sed "s/$/ $i/" | grep -v 5 | sort -rn | head -n 1 & done | sort | tail -n 3; wait
echo $(seq 1 2000) | tr ' ' '\n' | while read -r n; do ((n % 100)) || echo "$n"; done | paste -sd+ | tee expr | tr -d '\n' | wc -c; echo $(($(<expr)))
true | true | false; echo "${PIPESTATUS[*]}"; ! false | false; echo $?; time -p true 2>/dev/null; { time true; } 2>&1 | grep -c real
yes | head -n 1; echo "${PIPESTATUS[*]}"; (yes; echo "yes $?" >&2) 2>&1 | head -n 1; p='cat'; for i in {1..60}; do p+=' | cat'; done; echo through | eval "$p"
