# SPDX-License-Identifier: BSD-2-Clause
# case patterns
for w in apple banana '*' '' '[x]' Zed 42 a.c; do
case $w in
a*e) echo "$w: a..e";; b*|c*) echo "$w: b or c";; \*) echo star;; '') echo empty;; \[*) echo bracket;; [A-Z]*) echo upper;; [0-9][0-9]) echo two digits;; *) echo other;;
esac; done
