# SPDX-License-Identifier: MIT
# SOCKCHECK_CONFIG_DIR(NAME, WHAT, USUAL) - configure --with-NAME-config[=DIR] sets NAMEdir, empty
# for no installation
AC_DEFUN([SOCKCHECK_CONFIG_DIR], [
AC_ARG_WITH([$1-config],
	[AS_HELP_STRING([--with-$1-config@<:@=DIR@:>@], [install $2 @<:@$3@:>@])],
	[AS_CASE([$withval],
		[yes], [$1dir='$3'],
		[no], [$1dir=],
		[/*], [$1dir=$withval],
		[AC_MSG_ERROR([--with-$1-config: '$withval' is not an absolute path])])],
	[$1dir=])
AC_SUBST([$1dir])
])
