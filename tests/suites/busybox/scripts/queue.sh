# SPDX-License-Identifier: BSD-2-Clause
# A queue of jobs between processes, by folders and renames.
mkdir new busy done
for i in $(seq 1 60); do echo $i >new/job$i; done
worker() {
	for f in new/*; do
		n=${f#new/}
		mv "$f" busy/$n.$1 2>/dev/null || continue
		[ -e busy/$n.$1 ] || continue
		read -r x <busy/$n.$1
		echo $((x * x)) >done/$n
		rm busy/$n.$1
	done
}
for w in 1 2 3 4 5; do worker $w & done; wait
ls new busy | grep -c job; ls done | wc -l; cat done/* | sort -n | md5sum
awk '{ s += $1 } END { print s }' done/*
