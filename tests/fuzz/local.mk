# SPDX-License-Identifier: MIT
# local.mk - harnesses for libFuzzer; `make check` replays their corpus under any compiler

fuzz_options = \
	tests/fuzz/options_conn_count \
	tests/fuzz/options_ephemeral_ports \
	tests/fuzz/options_listen_audit \
	tests/fuzz/options_port_listen \
	tests/fuzz/options_proc_sockets
fuzz_harnesses = \
	tests/fuzz/allow \
	tests/fuzz/diag \
	tests/fuzz/escape \
	tests/fuzz/proc \
	tests/fuzz/procnet \
	tests/fuzz/range \
	tests/fuzz/settings \
	tests/fuzz/words \
	$(fuzz_options)

# Calls that would leave the harness end in it.
wrap_fopen = -Wl,--wrap=fopen -Wl,--wrap=fopen64
wrap_options = $(wrap_fopen) -Wl,--wrap=exit -Wl,--wrap=plugin_write \
	-Wl,--wrap=plugin_deadline_catch -Wl,--wrap=plugin_deadline_start -Wl,--wrap=plugin_wait

harness_headers = tests/fuzz/fuzz.h tests/fuzz/options.h tests/fuzz/record.h
tests_fuzz_allow_SOURCES = tests/fuzz/allow.c tests/fuzz/main.c
tests_fuzz_allow_LDFLAGS = $(AM_LDFLAGS) $(wrap_fopen)
tests_fuzz_diag_SOURCES = tests/fuzz/diag.c tests/fuzz/main.c
tests_fuzz_escape_SOURCES = tests/fuzz/escape.c tests/fuzz/main.c
tests_fuzz_proc_SOURCES = tests/fuzz/proc.c tests/fuzz/main.c
tests_fuzz_procnet_SOURCES = tests/fuzz/procnet.c tests/fuzz/main.c
tests_fuzz_range_SOURCES = tests/fuzz/range.c tests/fuzz/main.c
tests_fuzz_range_LDADD = $(LDADD) -lm
tests_fuzz_settings_SOURCES = tests/fuzz/settings.c tests/fuzz/main.c
tests_fuzz_words_SOURCES = tests/fuzz/words.c tests/fuzz/main.c
tests_fuzz_options_conn_count_SOURCES = tests/fuzz/options_conn_count.c tests/fuzz/options.c tests/fuzz/main.c
tests_fuzz_options_conn_count_LDFLAGS = $(AM_LDFLAGS) $(wrap_options)
tests_fuzz_options_ephemeral_ports_SOURCES = tests/fuzz/options_ephemeral_ports.c tests/fuzz/options.c tests/fuzz/main.c
tests_fuzz_options_ephemeral_ports_LDFLAGS = $(AM_LDFLAGS) $(wrap_options)
tests_fuzz_options_listen_audit_SOURCES = tests/fuzz/options_listen_audit.c tests/fuzz/options.c tests/fuzz/main.c
tests_fuzz_options_listen_audit_LDFLAGS = $(AM_LDFLAGS) $(wrap_options)
tests_fuzz_options_port_listen_SOURCES = tests/fuzz/options_port_listen.c tests/fuzz/options.c tests/fuzz/main.c
tests_fuzz_options_port_listen_LDFLAGS = $(AM_LDFLAGS) $(wrap_options)
tests_fuzz_options_proc_sockets_SOURCES = tests/fuzz/options_proc_sockets.c tests/fuzz/options.c tests/fuzz/main.c
tests_fuzz_options_proc_sockets_LDFLAGS = $(AM_LDFLAGS) $(wrap_options)

noinst_HEADERS += $(harness_headers)
if BACKEND_LINUX
check_PROGRAMS += $(fuzz_harnesses)
TESTS += $(fuzz_harnesses)
endif

# Under libFuzzer, each for FUZZ_SECONDS.
fuzz:
	SRCDIR='$(abs_top_srcdir)' WRAP='$(wrap_options)' \
	FLAGS='$(DEFS) $(selection_includes) $(plugin_includes) $(socktab_includes)' \
	SOURCES='$(libsocktab_a_SOURCES) $(libplugin_a_SOURCES) $(libselection_a_SOURCES)' \
		$(SHELL) $(srcdir)/tests/fuzz/run $(fuzz_harnesses)

mostlyclean-local:
	rm -rf tests/fuzz/libfuzzer

.PHONY: fuzz

EXTRA_DIST += \
	tests/fuzz/run \
	tests/fuzz/allow.in \
	tests/fuzz/diag.in \
	tests/fuzz/escape.in \
	tests/fuzz/options_conn_count.in \
	tests/fuzz/options_ephemeral_ports.in \
	tests/fuzz/options_listen_audit.in \
	tests/fuzz/options_port_listen.in \
	tests/fuzz/options_proc_sockets.in \
	tests/fuzz/proc.in \
	tests/fuzz/proc.repro \
	tests/fuzz/procnet.in \
	tests/fuzz/range.in \
	tests/fuzz/range.repro \
	tests/fuzz/settings.in \
	tests/fuzz/settings.repro \
	tests/fuzz/words.in
