# SPDX-License-Identifier: BSD-2-Clause
# a recursive build by a script that works as make does
mkdir -p src/lib src/app out
for i in 1 2 3 4 5 6; do echo "unit $i" >src/lib/u$i.in; done
for i in 1 2 3; do echo "app $i" >src/app/a$i.in; done
cat >build.sh <<'END'
# build.sh FOLDER: builds what is older than its source, in the folders below first
for d in "$1"/*/; do [ -d "$d" ] && sh "$PWD/build.sh" "${d%/}"; done
for s in "$1"/*.in; do
	[ -e "$s" ] || continue
	o=out/$(echo "$s" | tr / _ | sed 's/\.in$/.o/')
	[ "$o" -nt "$s" ] || [ -e "$o" ] && continue
	echo "build $s"
	md5sum <"$s" | cut -c1-8 >"$o"
done
END
sh build.sh src
sh build.sh src
rm out/src_lib_u3.o
sh build.sh src
cat out/*.o | sort | md5sum
