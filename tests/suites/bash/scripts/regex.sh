# SPDX-License-Identifier: BSD-2-Clause
# =~ and BASH_REMATCH, extended globs
[[ 'key = value 42' =~ ^([a-z]+)\ =\ ([a-z]+)\ ([0-9]+)$ ]] && printf '%s\n' "${BASH_REMATCH[@]}"
[[ abc == a* && abc != b* && 10 -gt 9 && abc < abd ]] && echo tests
shopt -s extglob; for w in foo foofoo bar '' ; do case $w in +(foo)) echo "$w plus";; ?(bar)) echo "$w maybe";; esac; done; x=aaabbb; echo ${x##+(a)} ${x//b/B}
