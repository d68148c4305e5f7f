#!/bin/bash
# Makes what the test of real virtual machines boots: Debian's kernel for clouds, and a root file system in memory of
# busybox, dhclient and curl; prints the directory of both, `linux` and `initramfs.gz`. Nothing is installed on the machine.
# Once for each version of Debian's kernel: 30 MB are fetched.
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -1)
[ -n "$package" ] || { echo "There is no package linux-image-cloud-amd64 here." >&2; exit 1; }
for need in modprobe depmod dhclient curl; do
  command -v "$need" >/dev/null || { echo "To make a virtual machine, install $need." >&2; exit 1; }
done
version=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
made=${XDG_CACHE_HOME:-$HOME/.cache}/sextant-machine/$(printf '%s' "$version" | cat - "$0" "$here/init" | sha256sum | cut -c1-12)
if [ ! -d "$made" ]; then
  mkdir -p "$(dirname "$made")"
  work=$(mktemp -d "$made-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  apt-get download -q=2 -o APT::Sandbox::User=root "$package" busybox-static >&2
  dpkg -x "$package"_*.deb kernel
  dpkg -x busybox-static_*.deb busybox
  release=${package#linux-image-}
  depmod -b kernel "$release"
  mkdir -p result root/{bin,modules,proc,sys,dev}
  cp kernel/boot/vmlinuz-* result/linux
  cp busybox/bin/busybox root/bin/
  for module in virtio_pci virtio_net; do
    modprobe -d "$work/kernel" -S "$release" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
    cp "$file" root/modules/ && basename "$file" >>root/modules/order
  done
  for program in "$(command -v dhclient)" "$(command -v curl)"; do
    ldd "$program" | grep -o '/[^ ]*' | xargs cp --parents -L -t root "$program"
  done
  cp "$here/init" root/init && chmod +x root/init
  (cd root && find . | ../busybox/bin/busybox cpio -o -H newc | gzip -1) >result/initramfs.gz
  mv result "$made"
fi
echo "$made"
