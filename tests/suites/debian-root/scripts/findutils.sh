# SPDX-License-Identifier: BSD-2-Clause
# Find and xargs.
mkdir -p d/{1,2,3}/{x,y}; for f in d/*/*; do seq 1 ${#f} >$f/file.txt; :>$f/empty; done; ln -s 1 d/link
find d -type f | sort | head -4; find d -name '*.txt' | wc -l; find d -empty -type f | wc -l; find d -type l -printf '%p -> %l\n'; find d -maxdepth 1 -type d -printf '%f %m\n' | sort; find d -name file.txt -size -1k | wc -l
find d -type f -print0 | xargs -0 -n 3 -P 4 sh -c 'echo $#' | sort | uniq -c | sed 's/^ *//'; find d -path '*2*' -prune -o -name empty -print | sort; find d -regex '.*/[12]/.*txt' | sort; find d -name empty -delete; find d -type f | wc -l; find d -depth -type d | wc -l
find d -type f -exec grep -c 1 {} + | sort | head -2; seq 1 1000 | xargs -n 100 echo | wc -l; echo a b | xargs -t -n1 echo 2>&1; seq 3 | xargs -I{} echo '<{}>'; xargs false </dev/null; echo $?; seq 2000 | xargs -s 2000 echo | wc -w; find nothing; echo $?; find d -newermt 2001-01-01 -type d | wc -l
seq 1 40 | xargs -P 8 -n 1 sh -c 'sleep 0.01; echo $0 >>log'; sort -n log | md5sum
