# SPDX-License-Identifier: BSD-2-Clause
# Arrays, indexed and by names.
a=(one two 'three 3' [7]=seven); echo "${#a[@]} ${!a[*]} ${a[7]} ${a[-1]}"; printf '<%s>' "${a[@]}"; echo
a+=(eight); unset 'a[0]'; echo "${a[@]:1:2}"; echo "${a[@]/#/x}"; echo "${a[@]^^}"
declare -A m=([red]=1 [blue]=2 ['a key']='a value'); m[green]=3; for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort
[[ -v m[red] ]] && echo there; unset 'm[red]'; [[ -v m[red] ]] || echo gone; echo ${#m[@]}
f() { local -n ref=$1; ref+=(added); }; f a; echo "${a[-1]}"; b=("${a[@]}"); echo ${#b[@]}
declare -p b | cut -c1-20; IFS=,; echo "${a[*]}"; unset IFS; read -ra w <<<'split these words'; echo ${#w[@]} "${w[1]}"
s=(5 3 9 1); IFS=$'\n' sorted=($(sort -n <<<"${s[*]}")); unset IFS; echo "${sorted[@]}"
big=(); for i in {1..5000}; do big[i]=$i; done; echo ${#big[@]} ${big[4999]}
