# SPDX-License-Identifier: BSD-2-Clause
# The plots of `make bench`: gnuplot -e "dir='bench/results'" bench/plots.gp
set datafile separator ','
set grid lc rgb '#dddddd'
set key top left
set ylabel 'instructions'
set logscale y
set format y '10^{%L}'
set style line 1 lc rgb '#0060a0' lw 2 pt 7 ps 0.8
set style line 2 lc rgb '#c04000' lw 2 pt 5 ps 0.8

plots = 'memory exit mappings descriptors total'
titles = '"fork(2) against touched memory" "exit and wait of a child that wrote 1 MiB, against its memory" "fork(2) against mappings" "fork(2) against open descriptors" "fork, write all, exit, wait"'
labels = '"MiB touched" "MiB touched" "mappings" "descriptors" "MiB written"'
set logscale x
do for [i = 1:words(plots)] {
	file = dir.'/'.word(plots, i)
	set title word(titles, i)
	set xlabel word(labels, i)
	set yrange [1000:*]
	do for [kind in 'svg png'] {
		if (kind eq 'svg') { set terminal svg size 720,420 font 'sans,13' background '#ffffff' }
		else { set terminal pngcairo size 1080,630 font 'sans,13' }
		set output file.'.'.kind
		plot file.'.csv' skip 1 using 1:2 with linespoints ls 1 title 'Bident', \
		     '' skip 1 using 1:3 with linespoints ls 2 title 'Linux 6.1, 4 KiB pages'
	}
}

unset logscale x
set title 'a write after fork: 64 MiB, one page after the other'
set xlabel ''
set style data histograms
set style fill solid 0.8
set boxwidth 0.8
do for [kind in 'svg png'] {
	if (kind eq 'svg') { set terminal svg size 720,420 font 'sans,13' background '#ffffff' }
	else { set terminal pngcairo size 1080,630 font 'sans,13' }
	set output dir.'/firstwrite.'.kind
	plot dir.'/firstwrite.csv' skip 1 using 2:xtic(1) ls 1 title 'Bident', '' skip 1 using 3 ls 2 title 'Linux 6.1, 4 KiB pages'
}
