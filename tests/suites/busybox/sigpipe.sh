# SPDX-License-Identifier: BSD-2-Clause
# the writer ends when the reader does
(yes; echo "yes gave $?" >status) | head -n 3
sleep 0.1; cat status
(trap '' PIPE; yes 2>/dev/null; echo "yes gave $?" >status2) | head -n 1; sleep 0.1; cat status2
