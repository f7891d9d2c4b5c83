# SPDX-License-Identifier: BSD-2-Clause
# numbered and named descriptors, moving, both directions
exec {fd}>f; echo to $((fd > 9)) >&$fd; exec {fd}>&-; cat f; exec 7<f; exec 8<&7-; read -r l <&8; echo "$l"; (: <&7) 2>/dev/null || echo moved; exec 9<>g; echo both >&9; cat g; echo out 2>&1 >/dev/null; { echo e >&2; } |& sed 's/^/and /' 
