# Plugins of one file each, linked with musl, in sockcheck-VERSION-linux-MACHINE.tar.gz.
static-tarball: dist-gzip
	$(srcdir)/packaging/static-tarball $(distdir).tar.gz

.PHONY: static-tarball

EXTRA_DIST += \
	packaging/configure-musl \
	packaging/static-tarball \
	tests/system/static_tarball.bats
