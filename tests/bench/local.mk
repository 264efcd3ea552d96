# SPDX-License-Identifier: MIT
# local.mk - the measurements of doc/PERFORMANCE.md; included by Makefile.am

bench_programs = \
	tests/bench/limit_dump \
	tests/bench/limit_empty \
	tests/bench/limit_read \
	tests/bench/limit_walk \
	tests/bench/serve
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES = $(bench_programs)

tests_bench_limit_dump_LDADD =
tests_bench_limit_empty_LDADD =
tests_bench_limit_read_LDADD =
tests_bench_limit_walk_LDADD =
tests_bench_measure_LDADD =
tests_bench_serve_LDADD =

# make bench [N=SOCKETS] [ROUNDS=COUNT]
bench: $(bench_programs) $(plugin_PROGRAMS) tests/bench/measure tests/mksock
	SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' \
		'$(srcdir)/tests/bench/bench' $(N)

.PHONY: bench
