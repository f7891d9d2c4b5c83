# SPDX-License-Identifier: BSD-2-Clause
# 1,000 files in a folder: made, listed, changed, removed
mkdir d; cd d; i=0; while [ $i -lt 1000 ]; do echo $i >f$i; i=$((i+1)); done
ls | wc -l; cat f* | awk '{s+=$1} END {print s}'; rm f*5; ls | wc -l; for f in f*0; do mv $f g$f; done; ls g* | wc -l; rm -f *; ls | wc -l
