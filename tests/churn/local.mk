# SPDX-License-Identifier: MIT
# The storm beside which tests/system/churn.sh runs checks; built by `make check`.
if BACKEND_LINUX
check_PROGRAMS += tests/churn/storm tests/churn/watch
tests_churn_storm_LDADD =
endif

EXTRA_DIST += tests/system/churn.sh
