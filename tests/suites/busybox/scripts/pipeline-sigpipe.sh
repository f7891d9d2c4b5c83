# SPDX-License-Identifier: BSD-2-Clause
# A writer whose reader has gone is ended by the signal.
yes | head -n 3
seq 1 1000000 | sed 5q
(trap '' PIPE; { echo first; sleep 0.2; echo second 2>/dev/null || echo "write failed" >&2; } | head -n 1) 2>&1
{ yes; echo "yes ended with $?" >status; } | head -n 1
sleep 0.2
cat status
