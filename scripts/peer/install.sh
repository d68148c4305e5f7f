#!/bin/bash
# Installs what the other scripts here start, and makes the image of servers that Nova boots. As root, where packages can be
# fetched: the network namespaces that all of it runs in afterwards lead nowhere.
set -e
: "${DRIVER:=ovn}" "${WITH_NOVA=}"
# Where the files of the image are kept.
: "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/sextant-peer}"

# have COMMANDS... -- PACKAGES...: installs these unless there are all of those.
have() {
  local complete=true
  for command in "$@"; do
    shift
    [ "$command" != -- ] || break
    command -v "$command" >/dev/null || complete=
  done
  [ -n "$complete" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

command -v neutron-server >/dev/null || apt-get update
have neutron-server keystone-manage mariadbd memcached uwsgi openstack -- neutron-server neutron-plugin-ml2 keystone \
  mariadb-server memcached python3-openstackclient uwsgi-plugin-python3 python3-pymysql python3-memcache \
  python3-pymemcache ovn-central ovn-host openvswitch-switch
if [ "$DRIVER" != ovn ]; then
  have "neutron-$DRIVER-agent" neutron-dhcp-agent neutron-l3-agent dnsmasq radvd -- "neutron-$DRIVER-agent" \
    neutron-dhcp-agent neutron-l3-agent dnsmasq-base dnsmasq-utils radvd keepalived ipset iptables ebtables conntrack
fi
[ -n "$WITH_NOVA" ] || exit 0
have nova-api nova-compute libvirtd glance-api placement-api rabbitmq-server genisoimage -- nova-api nova-conductor \
  nova-scheduler nova-compute nova-compute-qemu libvirt-daemon libvirt-daemon-driver-qemu qemu-system-x86 qemu-utils \
  glance-api placement-api rabbitmq-server genisoimage python3-libvirt neutron-ovn-metadata-agent haproxy

# The image: a root file system of Debian's packages with cloud-init and Python 3, and Debian's kernel with its initramfs
# beside it, as no boot loader is in it. It is kept, as it takes minutes.
[ -s "$CACHE/root.qcow2" ] && exit 0
have mmdebstrap mkfs.ext4 qemu-img -- mmdebstrap e2fsprogs qemu-utils
mkdir -p "$CACHE"
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
