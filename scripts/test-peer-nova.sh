#!/bin/bash
# Runs the gap analysis against Debian 12's Neutron with OVN, its instances on servers that Debian 12's Nova boots there, of
# an image of Debian's packages with cloud-init, by QEMU in software. As root, in a network namespace of its own; an hour
# or more. Arguments go to `sextant gap`; KEEP=1 leaves it all running, to look at.
set -e
cd "$(dirname "$0")/.."
if [ -z "$INSIDE" ]; then
  export STATE=${STATE:-$(mktemp -d "${TMPDIR:-/tmp}/sextant-peer-XXXXXX")} INSIDE=1 SWITCH_NAMESPACE='' WITH_NOVA=true
  namespace=sextant-peer-nova
  scripts/peer/install.sh
  ip netns add $namespace
  trap '[ -n "$KEEP" ] || { scripts/peer/down.sh; ip netns delete $namespace; }' EXIT
  nsenter --net=/run/netns/$namespace "$0" "$@"
  exit
fi
scripts/peer/up.sh
scripts/peer/nova.sh
scripts/peer/image.sh
. scripts/peer/environment.sh
# Where servers are reached from here: a provider network, of which this machine has an address.
openstack network create --share --provider-network-type flat --provider-physical-network physnet1 outside >/dev/null
openstack subnet create --network outside --subnet-range "$REACH_PREFIX.0/24" --gateway none \
  --allocation-pool "start=$REACH_PREFIX.10,end=$REACH_PREFIX.200" outside >/dev/null
ip address add "$REACH_PREFIX.1/24" dev br-ex
ip link set br-ex up
. scripts/peer/clouds.sh
bin/sextant gap --cloud peer --yes --instances nova --image debian --flavor small --reach outside \
  --output "${EVIDENCE:-evidence-peer-nova}" "$@"
