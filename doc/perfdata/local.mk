# SPDX-License-Identifier: MIT
# local.mk - the picture of doc/perfdata.md; included by Makefile.am

# Records for two and a half minutes, and draws.
perfdata-plot: $(plugin_PROGRAMS) tests/mksock
	BUILDDIR='$(abs_top_builddir)' '$(srcdir)/doc/perfdata/record' >'$(srcdir)/doc/perfdata/run.tsv'
	gnuplot -e "data = '$(srcdir)/doc/perfdata/run.tsv'; picture = '$(srcdir)/doc/perfdata/run.svg'" \
		'$(srcdir)/doc/perfdata/plot.gp'

.PHONY: perfdata-plot

EXTRA_DIST += \
	doc/perfdata.md \
	doc/perfdata/plot.gp \
	doc/perfdata/record \
	doc/perfdata/run.svg \
	doc/perfdata/run.tsv
