# SPDX-License-Identifier: BSD-2-Clause
# redirections: append, dup, close, both, noclobber, exec
echo one >f; echo two >>f; cat f
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >/dev/null | sed 's/^/piped /'
exec 5>five; echo to five >&5; exec 5>&-; cat five
(echo x >&5) 2>/dev/null || echo closed
set -C; (echo no >f) 2>/dev/null || echo refused; echo yes >|f; set +C; cat f
exec 6<f; read -r l <&6; echo "$l"; exec 6<&-
cat <>new </dev/null; ls new
ls none 2>/dev/null; echo $?
