#!/bin/bash
# Builds the kernel that run.sh boots, from Debian's sources, if there is none yet for this configuration; prints where it
# is. Debian's own package user-mode-linux would do but for one option: it has no NF_CONNTRACK_ZONES, without which
# OVN's flows are refused. Some five minutes on two cores, once.
set -euo pipefail
config=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/kernel.config
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sextant-kernel
package=linux-source-6.1
version=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
kernel=$cache/linux-$(printf '%s' "$version" | cat - "$config" | sha256sum | cut -c1-12)
if [ ! -x "$kernel" ]; then
  missing=()
  for need in flex bison bc gcc make; do command -v "$need" >/dev/null || missing+=("$need"); done
  [ ${#missing[@]} -eq 0 ] || { echo "To build a kernel, install: ${missing[*]}" >&2; exit 1; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/build-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "Building a kernel of $package $version: some minutes, once." >&2
  cd "$work"
  apt-get download -q=2 -o APT::Sandbox::User=root "$package"
  dpkg -x ./*.deb package
  tar --strip-components=1 -xf package/usr/src/$package.tar.xz
  export ARCH=um SUBARCH=x86_64
  {
    make -s defconfig
    ./scripts/kconfig/merge_config.sh -m .config "$config"
    make -s olddefconfig
    make -s -j"$(nproc)" linux
  } >build.log 2>&1 || { tail -20 build.log >&2; exit 1; }
  strip -o built linux
  mv built "$kernel"
fi
echo "$kernel"
