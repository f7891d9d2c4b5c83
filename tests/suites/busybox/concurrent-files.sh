# SPDX-License-Identifier: BSD-2-Clause
# twenty processes write, rename and read files of one folder
mkdir d; i=0
while [ $i -lt 20 ]; do
( j=0; while [ $j -lt 10 ]; do echo "$i $j" >d/$i.tmp; mv d/$i.tmp d/$i; cat d/$i >/dev/null; j=$((j+1)); done ) &
i=$((i+1)); done
wait
ls d | sort -n | tr '\n' ' '; echo; cat d/* | sort -n
