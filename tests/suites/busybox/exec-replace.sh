# SPDX-License-Identifier: BSD-2-Clause
# exec replaces the shell; its status; exec with redirections
sh -c 'exec sh -c "exit 6"'; echo $?
sh -c 'exec no-such-program; echo never' 2>/dev/null; echo $?
sh -c 'echo $$; exec sh -c "echo \$\$"' | uniq | wc -l
sh -c 'exec >f; echo into f'; cat f
/no/such 2>/dev/null; echo $?
echo text >t; chmod 644 t; ./t 2>/dev/null; echo $?; mkdir d; ./d 2>/dev/null; echo $?
printf '#!/bin/sh\necho script $0 "$@"\n' >s; chmod +x s; ./s a 'b c'
echo 'echo no shebang' >n; chmod +x n; ./n
