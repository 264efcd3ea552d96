# SPDX-License-Identifier: MIT
# sockcheck.m4 - the questions configure asks

# SOCKCHECK_FLAG(VARIABLE, FLAG) - append FLAG to VARIABLE where compiler and linker take it
AC_DEFUN([SOCKCHECK_FLAG],
[AC_MSG_CHECKING([whether $CC takes $2])
sockcheck_saved=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
	[AC_MSG_RESULT([yes])
	AS_VAR_APPEND([$1], [" $2"])],
	[AC_MSG_RESULT([no])])
CFLAGS=$sockcheck_saved
])

# SOCKCHECK_BACKEND(FOLDER, PATTERN) - lib/socktab/FOLDER answers where host_os matches PATTERN, if
# no line before it did; Makefile.am sees the conditional BACKEND_FOLDER
AC_DEFUN([SOCKCHECK_BACKEND],
[AC_REQUIRE([SOCKCHECK_WITH_BACKEND])
AS_IF([test "x$with_backend" = xauto], [AS_CASE([$host_os], [$2], [with_backend=$1])])
AS_VAR_APPEND([sockcheck_backends], [" $1"])
AM_CONDITIONAL([BACKEND_]m4_toupper([$1]), [test "x$with_backend" = "x$1"])
])

AC_DEFUN([SOCKCHECK_WITH_BACKEND],
[AC_ARG_WITH([backend],
	[AS_HELP_STRING([--with-backend=NAME], [folder of lib/socktab to build @<:@by host system@:>@])],
	[], [with_backend=auto])
])

AC_DEFUN([SOCKCHECK_BACKEND_CHOSEN],
[AC_MSG_CHECKING([for the backend])
AC_MSG_RESULT([$with_backend])
AS_CASE([" $sockcheck_backends "],
	[*" $with_backend "*], [],
	[AC_MSG_ERROR([--with-backend: '$with_backend' is none of:$sockcheck_backends])])
])

# SOCKCHECK_TIME - where time_t has 32 bits, the 64 that glibc has for who asks (with large files):
# without them stat() fails on a file whose time is after 2038
AC_DEFUN([SOCKCHECK_TIME],
[AC_CHECK_SIZEOF([time_t], [], [[#include <time.h>]])
AS_IF([test "$ac_cv_sizeof_time_t" -lt 8],
	[AC_DEFINE([_TIME_BITS], [64], [The width of time_t.])])
])

AC_DEFUN([SOCKCHECK_WARNINGS],
[SOCKCHECK_FLAG([WARNING_CFLAGS], [-std=c11])
SOCKCHECK_FLAG([WARNING_CFLAGS], [-Wall])
SOCKCHECK_FLAG([WARNING_CFLAGS], [-Wextra])
SOCKCHECK_FLAG([WARNING_CFLAGS], [-Wshadow])
SOCKCHECK_FLAG([WARNING_CFLAGS], [-Wstrict-prototypes])
SOCKCHECK_FLAG([WARNING_CFLAGS], [-Wmissing-prototypes])
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])])
AS_IF([test "x$enable_werror" = xyes], [AS_VAR_APPEND([WARNING_CFLAGS], [" -Werror"])])
AC_SUBST([WARNING_CFLAGS])
])

# The same source gives the same bytes, whatever the folder is called in which it is built: no path
# of it goes into debugging information, no time into libraries.
AC_DEFUN([SOCKCHECK_REPRODUCIBLE],
[SOCKCHECK_FLAG([sockcheck_map], [-ffile-prefix-map=/a=.])
AS_IF([test -n "$sockcheck_map"],
	[REPRODUCIBLE_CFLAGS='-ffile-prefix-map=$(abs_top_srcdir)=. -ffile-prefix-map=$(abs_top_builddir)=.'])
AC_SUBST([REPRODUCIBLE_CFLAGS])
AC_MSG_CHECKING([whether $AR leaves out times])
AS_IF([$AR crD conftest.a /dev/null 2>/dev/null],
	[AC_MSG_RESULT([yes])
	: ${ARFLAGS=crD}],
	[AC_MSG_RESULT([no])
	: ${ARFLAGS=cr}]) # automake's "cru" makes ar complain
rm -f conftest.a
AC_SUBST([ARFLAGS])
])

# CFLAGS and LDFLAGS of the user come after these and win.
AC_DEFUN([SOCKCHECK_HARDENING],
[AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening], [leave hardening to CFLAGS and LDFLAGS])],
	[], [enable_hardening=yes])
AS_IF([test "x$enable_hardening" = xyes],
	[SOCKCHECK_FLAG([HARDENING_CFLAGS], [-fstack-protector-strong])
	SOCKCHECK_FLAG([HARDENING_CFLAGS], [-fstack-clash-protection])
	SOCKCHECK_FLAG([HARDENING_CFLAGS], [-fcf-protection])
	SOCKCHECK_FLAG([HARDENING_CFLAGS], [-mbranch-protection=standard])
	SOCKCHECK_FLAG([HARDENING_CFLAGS], [-fPIE])
	SOCKCHECK_FLAG([HARDENING_LDFLAGS], [-Wl,-z,relro,-z,now])
	SOCKCHECK_FORTIFY])
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
])

# The C library warns about fortification without optimisation, and sanitizers do not go with it.
AC_DEFUN([SOCKCHECK_FORTIFY],
[AC_MSG_CHECKING([whether to fortify])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __has_feature
# define __has_feature(x) 0
#endif
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE || defined __SANITIZE_ADDRESS__ \
	|| __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
# error
#endif
int main(void) { return 0; }]])],
	[AC_MSG_RESULT([yes])
	HARDENING_CPPFLAGS=-D_FORTIFY_SOURCE=2],
	[AC_MSG_RESULT([no])])
])

# A program is either static or position-independent. A static one reads the names of users and
# services from their files, lib/socktab/services.h says why.
AC_DEFUN([SOCKCHECK_STATIC_PROGRAMS],
[AC_ARG_ENABLE([static-programs],
	[AS_HELP_STRING([--enable-static-programs], [link programs fully statically])])
AS_IF([test "x$enable_static_programs" = xyes],
	[SOCKCHECK_FLAG([PROGRAM_LDFLAGS], [-static])
	AS_IF([test -z "$PROGRAM_LDFLAGS"],
		[AC_MSG_ERROR([--enable-static-programs: no static C library found])])],
	[test "x$enable_hardening" = xyes],
	[SOCKCHECK_FLAG([PROGRAM_LDFLAGS], [-pie])])
AM_CONDITIONAL([STATIC_PROGRAMS], [test "x$enable_static_programs" = xyes])
AC_SUBST([PROGRAM_LDFLAGS])
])
