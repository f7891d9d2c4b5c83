# SPDX-License-Identifier: BSD-2-Clause
# indexed and associative arrays
a=(one 'two words' three); a[10]=ten; echo ${#a[@]} "${!a[@]}" "${a[1]}" "${a[@]:1:2}"; a+=(x); echo "${a[-1]}"; unset 'a[0]'; echo "${!a[@]}"
declare -A m=([k1]=v1 ['k 2']='v 2'); for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort; echo ${#m[@]}; [[ -v m[k1] ]] && echo has
b=("${a[@]/o/0}"); printf '<%s>' "${b[@]}"; echo; readarray -t l < <(seq 1 1000); echo ${#l[@]} ${l[999]}
