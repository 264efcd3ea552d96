# Programs for environments.bats: confine refuses system calls; the others are plugins as they are on
# an older kernel.

if BACKEND_LINUX
check_PROGRAMS += tests/confine tests/old_check_listen_audit tests/old_check_port_listen \
	tests/old_check_proc_sockets
endif
tests_confine_LDADD =
old_kernel_wraps = -Wl,--wrap=recvmsg,--wrap=__recvmsg64 \
	-Wl,--wrap=fstatat,--wrap=fstatat64,--wrap=__fstatat64_time64 -Wl,--wrap=linux_open
tests_old_check_listen_audit_SOURCES = plugins/check_listen_audit.c tests/old_kernel.c
tests_old_check_listen_audit_LDFLAGS = $(AM_LDFLAGS) $(old_kernel_wraps)
tests_old_check_port_listen_SOURCES = plugins/check_port_listen.c tests/old_kernel.c
tests_old_check_port_listen_LDFLAGS = $(AM_LDFLAGS) $(old_kernel_wraps)
tests_old_check_proc_sockets_SOURCES = plugins/check_proc_sockets.c tests/old_kernel.c
tests_old_check_proc_sockets_LDFLAGS = $(AM_LDFLAGS) $(old_kernel_wraps)
