#!/bin/bash
# Gives the image of servers that install.sh made to the Glance that nova.sh started.
set -e
: "${STATE:?}" "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/sextant-peer}"
. "$(dirname "$0")/environment.sh"

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
