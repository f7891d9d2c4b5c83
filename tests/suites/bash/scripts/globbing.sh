# SPDX-License-Identifier: BSD-2-Clause
# globstar, nullglob, dotglob, failglob, brace expansion
mkdir -p a/b/c; touch a/1.t a/b/2.t a/b/c/3.t .hid; shopt -s globstar nullglob; echo **/*.t; echo no*; shopt -s dotglob; echo .h*; echo {1..5} {a..e..2} x{1,2,3}y {01..03}
