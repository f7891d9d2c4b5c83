# SPDX-License-Identifier: BSD-2-Clause
# a word frequency in bash alone
declare -A n; while read -ra w; do for x in "${w[@]}"; do (( n[$x]++ )); done; done <<<$'the cat and the dog\nthe end and'; for k in "${!n[@]}"; do echo "${n[$k]} $k"; done | sort -k1,1nr -k2
