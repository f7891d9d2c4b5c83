# SPDX-License-Identifier: BSD-2-Clause
# The editor by a script.
seq 1 5 >f
ed -s f <<'EOF' 2>/dev/null
2d
1a
inserted
.
s/ins/INS/
w
q
EOF
cat f
ed f <<'EOF' | tail -n 3
1,$p
q
EOF
