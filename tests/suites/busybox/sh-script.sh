# SPDX-License-Identifier: BSD-2-Clause
# a little text adventure of the shell: a word count with everything in it
cat >text <<'END'
the quick brown fox jumps over the lazy dog the fox
and the dog sleeps while the fox runs away from the farm
END
tr -s ' ' '\n' <text | sort | uniq -c | sort -k1,1nr -k2 | head -n 5 | while read -r n w; do printf '%-6s %s\n' "$w" "$(printf '%*s' "$n" '' | tr ' ' '#')"; done
