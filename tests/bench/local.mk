# SPDX-License-Identifier: MIT
# local.mk - the measurements of doc/PERFORMANCE.md; included by Makefile.am

bench_programs = \
	tests/bench/limit_dump \
	tests/bench/limit_empty \
	tests/bench/limit_read \
	tests/bench/limit_walk \
	tests/bench/measure \
	tests/bench/serve
check_PROGRAMS += $(bench_programs)

tests_bench_limit_dump_LDADD =
tests_bench_limit_empty_LDADD =
tests_bench_limit_read_LDADD =
tests_bench_limit_walk_LDADD =
tests_bench_measure_LDADD =
tests_bench_serve_LDADD =

bench_environment = SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' \
	ROUNDS='$(ROUNDS)' QUESTIONS='$(QUESTIONS)'

# make bench [N=SOCKETS] [ROUNDS=COUNT] [QUESTIONS='...']
bench: $(bench_programs) $(plugin_PROGRAMS) tests/mksock
	$(bench_environment) '$(srcdir)/tests/bench/bench' $(N)

# make bench-plot [SIZES='1000 10000 ...']: measures and draws doc/bench.svg of doc/bench.tsv
bench-plot: $(bench_programs) $(plugin_PROGRAMS) tests/mksock
	$(bench_environment) '$(srcdir)/tests/bench/plot' '$(srcdir)/doc' $(SIZES)

.PHONY: bench bench-plot
