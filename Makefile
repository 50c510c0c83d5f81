# SPDX-License-Identifier: GPL-2.0
# `make help` lists the targets. Everything that is made lands under build/, the sources stay clean.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# The newest kernel whose headers are installed: uname -r is of no use in a container.
KVER ?= $(shell ls -d /lib/modules/*/build/Makefile 2>/dev/null | cut -d/ -f4 | sort -V | tail -n 1)
KDIR ?= /lib/modules/$(KVER)/build
B := build
M := $(B)/$(KVER)
W ?= 1

CC ?= gcc
AR ?= ar
CFLAGS ?= -O2 -g
WERROR ?= 0
DEBUG ?= 0

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/ipsec
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
NETWORKDIR ?= $(PREFIX)/lib/systemd/network

warnings := -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)
includes := -Iinclude -Iuserland/lib
defines := -D_GNU_SOURCE -DKLIPS_VERSION=\"$(VERSION)\"
hardening := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
user_cflags = -std=gnu11 $(defines) $(CFLAGS) $(hardening) $(warnings) $(includes) -MMD -MP
user_ldflags := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

objects = $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard $(1)/*.c)))
lib_objects := $(call objects,userland/lib)
ipsec_objects := $(call objects,userland/ipsec)
pluto_objects := $(call objects,userland/pluto)
keys_objects := $(call objects,userland/keys) $(addprefix $(B)/obj/userland/ipsec/,options.o optionsfrom.o paths.o saidopts.o)
keys_names := newhostkey rsasigkey showhostkey
module_sources := $(wildcard klips/*.c)
unit_tests := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))

lib := $(if $(lib_objects),$(B)/lib/libklips.a)
ipsec := $(if $(ipsec_objects),$(B)/bin/ipsec)
pluto := $(if $(pluto_objects),$(B)/libexec/ipsec/pluto)
keys := $(B)/libexec/ipsec/keys

.PHONY: all module module-debug userland lab-tools unit check interop issues matrix matrix-table demo shell bench soak style clean help \
	install install-userland install-module dkms-install
.DELETE_ON_ERROR:
.SECONDARY:

all: module userland

help:
	@echo 'make                 the module for KVER ($(KVER)) and the userland, into build/'
	@echo 'make module-debug    the module with its self-tests, into build/$(KVER)-debug/'
	@echo 'make demo            a tunnel between two gateways in a virtual machine, shown step by step'
	@echo 'make shell           a shell on a gateway of that network, to try things'
	@echo 'make check           unit tests and scenarios; SCENARIOS="NAME..." for some of them'
	@echo '                     KERNELS="6.12 7.3" or KERNELS=all: all scenarios on these kernels'
	@echo 'make unit            unit tests only, with ASan and UBSan; UNIT="NAME..." for some of them'
	@echo 'make bench           what a packet, an eroute and an SA cost, in instructions; BENCH="NAME..." for some of it'
	@echo 'make interop         strongSwan and libreswan, row by row; PEERS="strongswan", ROWS="default dh1*" for a part of it'
	@echo 'make soak            what takes long of the scenarios, in full; SCENARIOS= as for check'
	@echo 'make issues          the known issues of the kernel'"'"'s own stack, and what klips and it do about each'
	@echo 'make matrix          every SA that can be, against XFRM (half an hour; MATRIX_PART=I/N for a part of it)'
	@echo 'make matrix-table    the table of algorithms in README, of the last run'
	@echo 'make style           checkpatch and sparse'
	@echo 'make install         module and userland (PREFIX=$(PREFIX), DESTDIR= for packages)'
	@echo 'make dkms-install    the module through DKMS: rebuilt by itself for every new kernel'
	@echo 'make clean           remove build/ except the downloaded and cached things of the lab'
	@echo 'variables            KVER=VERSION WERROR=1 DEBUG=1 V=1'

# Module. Kbuild puts objects beside the sources, so it is given a tree of links to the sources.

module:
ifeq ($(module_sources),)
	@echo 'module: klips/ has no sources yet'
else
	@test -e '$(KDIR)/Makefile' || { echo "no kernel headers in '$(KDIR)': \
	install linux-headers-amd64, or name a kernel that has them with KVER=" >&2; exit 1; }
	@mkdir -p $(M)
	@find $(M) -xtype l -delete
	@cp -asf $(CURDIR)/Kbuild $(CURDIR)/dkms.conf $(CURDIR)/klips $(CURDIR)/include $(M)/
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/$(M) W=$(W) $(if $(filter 1,$(DEBUG)),DEBUG=y,DEBUG=) \
		$(if $(filter 1,$(WERROR)),KCFLAGS=-Werror) modules
endif

# The same with its self-tests, beside the one for use.
module-debug:
	+@$(MAKE) --no-print-directory module DEBUG=1 M=$(M)-debug

# Userland.

userland: $(lib) $(ipsec) $(pluto) $(keys)

$(B)/lib/libklips.a: $(lib_objects)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/bin/ipsec: $(ipsec_objects) $(lib)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(user_ldflags) -o $@ $^ -lmnl

# One program under several names.
$(keys): $(keys_objects) $(lib)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(user_ldflags) -o $@ $^ -lcrypto -lgmp
	@for name in $(keys_names); do ln -sf keys $(@D)/$$name; done

$(B)/libexec/ipsec/pluto: $(pluto_objects) $(lib)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(user_ldflags) -o $@ $^ -lmnl -lcrypto -lgmp

$(B)/obj/userland/pluto/%.o: includes += -Iuserland/pluto
$(B)/obj/userland/keys/%.o: includes += -Iuserland/ipsec
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(user_cflags) -c -o $@ $<

# Tests.

# A unit test names what is linked with it: /* sources: a.c b.c */ and /* libs: -lx */.
unit_names = $(shell sed -n 's|^/\* *$(1): *\(.*[^ ]\) *\*/.*|\1|p' $(2))
unit_flags := -std=gnu11 $(defines) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer $(warnings) -Itests/unit $(includes) -Iuserland/pluto -Iuserland/ipsec -I.

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -MMD -MP -c -o $@ $<

.SECONDEXPANSION:
$(B)/tests/unit/test_%: $(B)/san/tests/unit/test_%.o \
		$$(addprefix $(B)/san/,$$(subst .c,.o,$$(call unit_names,sources,tests/unit/test_$$*.c)))
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -o $@ $^ $(call unit_names,libs,tests/unit/test_$*.c)

unit_chosen := $(if $(UNIT),$(addprefix $(B)/tests/unit/test_,$(UNIT)),$(unit_tests))
unit: $(unit_chosen)
	@tests/unit/run $(unit_chosen)

$(B)/lab/bin/%: tests/lab/%.c tests/lab/address.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(defines) $(CFLAGS) $(warnings) -Iinclude -static -o $@ $< -Wl,--no-warnings $(call unit_names,libs,$<)

$(B)/lab/bin/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(defines) $(CFLAGS) $(warnings) -static -o $@ $<

$(B)/lab/bin/rows: include/klips/algs.h
$(B)/lab/bin/hostile: tests/lab/forge.h
$(addprefix $(B)/lab/bin/,hostile esp): tests/lab/hex.h
$(addprefix $(B)/lab/bin/,hostile esp frags): tests/lab/one_cpu.h
$(addprefix $(B)/lab/bin/,pfkey keyclass acquire badtraps): tests/lab/pfsocket.h

lab-tools: $(patsubst tests/lab/%.c,$(B)/lab/bin/%,$(wildcard tests/lab/*.c))

check demo shell:
	@tests/lab/install
	@MAKE='$(MAKE)' WERROR=$(WERROR) DEBUG=$(DEBUG) tests/lab/$@ $(SCENARIOS)

# Its rows by pairs of values are in check; in parts with MATRIX_PART=I/N.
matrix:
	@tests/lab/install
	@MAKE='$(MAKE)' tests/lab/matrix

# Other key daemons: all of tests/interop, or PEERS="strongswan" and ROWS="default dh1*".
interop:
	@tests/lab/install
	@MAKE='$(MAKE)' tests/lab/interop $(PEERS)

issues:
	@tests/lab/install
	@MAKE='$(MAKE)' tests/lab/issues

matrix-table: $(B)/lab/bin/rows
	@tests/lab/matrix-table write README

bench:
	@tests/lab/install
	@MAKE='$(MAKE)' tests/bench/run $(BENCH)

soak:
	@tests/lab/install
	@$(MAKE) --no-print-directory unit UNIT=ike_sim SIM_SEEDS=10000 UNIT_LIMIT=3600
	@MAKE='$(MAKE)' SOAK=1 PATIENCE=$${PATIENCE:-20} BOOT_LIMIT=$${BOOT_LIMIT:-14400} tests/lab/check $(SCENARIOS)

# Style. checkpatch.pl is in no Debian headers package: name one from a kernel tree with CHECKPATCH=.

CHECKPATCH ?= $(firstword $(wildcard $(KDIR)/scripts/checkpatch.pl /usr/src/linux-source-*/scripts/checkpatch.pl))
sources := $(wildcard include/klips/*.h klips/*.[ch] klips/compat/*.[ch] userland/*/*.[ch] tests/unit/*.[ch] \
	tests/lab/*.c)

style:
ifeq ($(CHECKPATCH),)
	@echo 'style: no checkpatch.pl found, name one with CHECKPATCH='
else
	perl $(CHECKPATCH) --no-tree --strict --terse --max-line-length=120 --file $(sources)
endif
	@set -e; for f in $(filter userland/%.c,$(sources)); do \
		sparse $(filter-out -MMD -MP $(hardening),$(user_cflags)) -Iuserland/pluto -Iuserland/ipsec $$f; done
ifneq ($(module_sources),)
	+$(MAKE) module KVER=$(KVER) C=2 CF=-D__CHECK_ENDIAN__
endif

# Installation on a real host.

# Configuration files that exist on the host are never overwritten.

config_files := $(wildcard userland/etc/ipsec.conf userland/etc/ipsec.secrets \
	userland/etc/ipsec.d/* userland/etc/ipsec.d/*/*.*)

install: install-userland install-module

install-userland: userland
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBEXECDIR)
	$(if $(ipsec),install -m 755 $(ipsec) $(DESTDIR)$(SBINDIR)/)
	$(if $(pluto),install -m 755 $(pluto) $(DESTDIR)$(LIBEXECDIR)/)
	install -m 755 $(keys) $(DESTDIR)$(LIBEXECDIR)/
	for name in $(keys_names); do ln -sf keys $(DESTDIR)$(LIBEXECDIR)/$$name; done
	$(foreach page,$(wildcard userland/man/*.[0-9]),\
		install -D -m 644 $(page) $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page));)
	$(foreach unit,$(wildcard userland/etc/*.service),\
		install -D -m 644 $(unit) $(DESTDIR)$(UNITDIR)/$(notdir $(unit)) && \
		sed -i 's|/usr/local/sbin|$(SBINDIR)|' $(DESTDIR)$(UNITDIR)/$(notdir $(unit));)
	$(foreach file,$(wildcard userland/etc/*.network),\
		install -D -m 644 $(file) $(DESTDIR)$(NETWORKDIR)/$(notdir $(file));)
	$(foreach file,$(wildcard userland/etc/modprobe.d/*.conf),\
		install -D -m 644 $(file) $(DESTDIR)$(SYSCONFDIR)/modprobe.d/$(notdir $(file));)
	$(foreach file,$(patsubst userland/etc/%,%,$(config_files)),\
		test -e $(DESTDIR)$(SYSCONFDIR)/$(file) || \
		install -D -m $(if $(findstring secrets,$(file)),600,644) userland/etc/$(file) \
			$(DESTDIR)$(SYSCONFDIR)/$(file);)

install-module: module
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(M) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates modules_install
	$(if $(DESTDIR),,depmod -a $(KVER))

dkms_source = $(DESTDIR)/usr/src/klips-$(VERSION)
dkms-install:
	install -d $(dkms_source)
	cp -a Kbuild dkms.conf COPYING include klips $(dkms_source)/
	$(if $(DESTDIR),,dkms install klips/$(VERSION) -k $(KVER))

clean:
	rm -rf $(filter-out $(B)/lab,$(wildcard $(B)/*)) $(B)/lab/bin $(B)/lab/root $(B)/lab/logs

-include $(shell find $(B)/obj $(B)/san -name '*.d' 2>/dev/null)
