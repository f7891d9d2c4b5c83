# SPDX-License-Identifier: BSD-2-Clause
# Temporary files and folders.
f=$(mktemp ./t.XXXXXX); [ -f "$f" ] && stat -c %a "$f"; echo "$f" | grep -Eqx '\./t\.[A-Za-z0-9]{6}' && echo name
d=$(mktemp -d ./d.XXXXXX); [ -d "$d" ] && stat -c %a "$d"
mktemp no-xs 2>/dev/null; echo $?
for i in $(seq 1 50); do mktemp ./many.XXXXXX; done | sort -u | wc -l; ls many.* | wc -l
TMPDIR=$PWD; export TMPDIR; t=$(mktemp); case $t in "$PWD"/*) echo "in TMPDIR" ;; esac
