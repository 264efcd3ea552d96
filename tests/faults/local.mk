# SPDX-License-Identifier: MIT
# What is tested with calls that fail: the libraries and the plugins once more, without FORTIFY,
# which renames calls, in one program. Functions of the C library that can fail are `wraps`, the
# others `pure`; a test finds those that are in neither.
if BACKEND_LINUX
check_LIBRARIES = tests/faults/libfaulty.a
tests_faults_libfaulty_a_CPPFLAGS = -U_FORTIFY_SOURCE $(selection_includes) $(plugin_includes) \
	$(socktab_includes)
# A process of a dozen descriptors is enough for a second thread.
tests_faults_libfaulty_a_CPPFLAGS += -DMANY_FDS=12
# Inlined, getline() would be __getdelim().
tests_faults_libfaulty_a_CFLAGS = $(WARNING_CFLAGS) -fno-inline
tests_faults_libfaulty_a_SOURCES = \
	$(libplugin_a_SOURCES) \
	$(libselection_a_SOURCES) \
	$(libsocktab_a_SOURCES) \
	tests/faults/check_conn_count.c \
	tests/faults/check_ephemeral_ports.c \
	tests/faults/check_listen_audit.c \
	tests/faults/check_port_listen.c \
	tests/faults/check_proc_sockets.c

check_PROGRAMS += tests/faults/faults
tests_faults_faults_CPPFLAGS = -U_FORTIFY_SOURCE $(socktab_includes)
tests_faults_faults_LDFLAGS = $(PROGRAM_LDFLAGS) -Wl,@$(srcdir)/tests/faults/wraps
tests_faults_faults_LDADD = tests/faults/libfaulty.a
tests_faults_faults_SOURCES = \
	tests/faults/faults.c \
	tests/faults/faults.h \
	tests/faults/library.c \
	tests/faults/wrap.c \
	tests/faults/wrap_kernel.c
linux_bats_tests += tests/faults/faults.bats
endif

EXTRA_DIST += \
	tests/faults/faults.bats \
	tests/faults/pure \
	tests/faults/wraps
