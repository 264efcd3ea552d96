# Programs for environments.bats: confine refuses system calls; the others are plugins as they are on
# an older kernel.

if BACKEND_LINUX
check_PROGRAMS += tests/confine tests/old_check_listen_audit tests/old_check_port_listen
endif
tests_confine_LDADD =
tests_old_check_listen_audit_SOURCES = plugins/check_listen_audit.c tests/old_kernel.c
tests_old_check_listen_audit_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=recvmsg,--wrap=__recvmsg64
tests_old_check_port_listen_SOURCES = plugins/check_port_listen.c tests/old_kernel.c
tests_old_check_port_listen_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=recvmsg,--wrap=__recvmsg64
