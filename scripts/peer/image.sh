#!/bin/bash
# Makes an image of Debian's packages for servers, and gives it to the Glance that nova.sh started: a root file system with
# cloud-init and Python 3, and Debian's kernel with its initramfs beside it, as no boot loader is in it. It is kept in
# CACHE, as it takes minutes.
set -e
: "${STATE:?}" "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/sextant-peer}"
. "$(dirname "$0")/environment.sh"
mkdir -p "$CACHE"

if ! [ -s "$CACHE/root.qcow2" ]; then
  if ! command -v mmdebstrap mkfs.ext4 qemu-img >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mmdebstrap e2fsprogs qemu-utils
  fi
  root=$(mktemp -d "$CACHE/root-XXXXXX")
  trap 'rm -rf "$root" "$CACHE/root.raw"' EXIT
  packages=linux-image-cloud-amd64,systemd-sysv,udev,dbus,iproute2,python3,cloud-init,netplan.io
  mmdebstrap --mode=root --variant=minbase --include="$packages" --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$root" \
    /etc/apt/sources.list.d/debian.sources
  echo 'datasource_list: [ConfigDrive, OpenStack, None]' >"$root/etc/cloud/cloud.cfg.d/90-sextant.cfg"
  echo 'LABEL=root / ext4 defaults 0 1' >"$root/etc/fstab"
  cp "$root"/boot/vmlinuz-* "$CACHE/kernel"
  cp "$root"/boot/initrd.img-* "$CACHE/initramfs"
  rm -rf "$root"/boot/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  truncate -s 1600M "$CACHE/root.raw"
  mkfs.ext4 -q -L root -d "$root" "$CACHE/root.raw"
  qemu-img convert -O qcow2 "$CACHE/root.raw" "$CACHE/root.part"
  mv "$CACHE/root.part" "$CACHE/root.qcow2"
fi

image() { # NAME FORMAT FILE WORDS...
  local name=$1 format=$2 file=$3
  shift 3
  openstack image create --public --container-format "${format%%:*}" --disk-format "${format##*:}" --file "$file" \
    -f value -c id "$@" "$name"
}
kernel=$(image debian-kernel aki:aki "$CACHE/kernel")
ramdisk=$(image debian-initramfs ari:ari "$CACHE/initramfs")
image debian bare:qcow2 "$CACHE/root.qcow2" --property "kernel_id=$kernel" --property "ramdisk_id=$ramdisk" \
  --property 'os_command_line=root=LABEL=root console=tty0 console=ttyS0 mitigations=off nokaslr tsc=reliable' >/dev/null
# One that never speaks.
image silent bare:qcow2 "$CACHE/root.qcow2" --property "kernel_id=$kernel" --property "ramdisk_id=$ramdisk" \
  --property 'os_command_line=root=LABEL=nothing console=ttyS0 panic=-1' >/dev/null
openstack flavor create --ram 512 --disk 2 --vcpus 1 small >/dev/null
