# SPDX-License-Identifier: MIT
# Packages, made of the release's tarball with the distributions' own tools; they go to packages/.

DEB_REVISION = 1
deb: dist-gzip
	$(srcdir)/packaging/build-deb $(distdir).tar.gz $(PACKAGE_VERSION) $(DEB_REVISION) packages

RPM_RELEASE = 1
rpm: dist-gzip
	$(srcdir)/packaging/build-rpm $(distdir).tar.gz $(PACKAGE_VERSION) $(RPM_RELEASE) packages

clean-local:
	rm -rf packages

.PHONY: deb rpm

EXTRA_DIST += \
	packaging/build-deb \
	packaging/build-rpm \
	packaging/debian \
	packaging/rpm/sockcheck.spec.in \
	packaging/sockcheck-capabilities \
	packaging/sockcheck-capabilities.8 \
	tests/system/deb.sh \
	tests/system/debian.sh \
	tests/system/first-service.sh \
	tests/system/packages.bash \
	tests/system/rpm.sh
