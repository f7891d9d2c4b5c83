# SPDX-License-Identifier: BSD-2-Clause
# A template filled in by sed, with an include made by r.
cat >template <<'EOF'
<title>@TITLE@</title>
@BODY@
<p>@AUTHOR@ &amp; co</p>
EOF
printf '<ul>\n' >body; for i in one two three; do printf '  <li>%s</li>\n' $i; done >>body; printf '</ul>\n' >>body
sed -e 's/@TITLE@/A "title" \/ path/' -e '/@BODY@/{r body
d}' -e 's/@AUTHOR@/me/' template
sed 's/&/\&amp;/g;s/</\&lt;/g' template
tr '\n' '~' <template | sed 's/~/<br>/g'; echo
