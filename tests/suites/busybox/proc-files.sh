# SPDX-License-Identifier: BSD-2-Clause
# what /proc tells scripts about themselves
sh -c 'tr "\0" " " </proc/$$/cmdline; echo' name 'arg two'
awk '/^PPid/ { print ($2 == p) }' p=$$ <<END
$(sh -c 'cat /proc/$$/status; :')
END
[ -d /proc/$$ ] && ls /proc/$$/fd | head -n 3 | tr '\n' ' '; echo
readlink /proc/self/cwd | sed 's|.*/||'
awk 'NF != 52 { print "fields", NF }' /proc/self/stat
grep -c '^Mem' /proc/meminfo | awk '{print ($1 >= 3)}'
