#!/bin/bash
# Runs the gap analysis against Debian 12's Neutron with agents of its own in place of OVN: openvswitch or linuxbridge, which
# is the first argument; others go to `sextant gap`. Without any, the report is written into the documentation. As root, in
# a network namespace of its own. KEEP=1 leaves it all running, to look at.
set -e
cd "$(dirname "$0")/.."
export DRIVER=${DRIVER:-$1}
if [ -z "$INSIDE" ]; then
  shift
  scripts/peer/install.sh
  export STATE=${STATE:-$(mktemp -d "${TMPDIR:-/tmp}/sextant-peer-XXXXXX")} INSIDE=1 SWITCH_NAMESPACE=''
  namespace=sextant-peer-$DRIVER
  ip netns add "$namespace"
  trap '[ -n "$KEEP" ] || { scripts/peer/down.sh; ip netns delete "$namespace"; }' EXIT
  nsenter --net="/run/netns/$namespace" "$0" "$@"
  exit
fi
scripts/peer/up.sh
scripts/peer/agents.sh
. scripts/peer/environment.sh
. scripts/peer/clouds.sh
[ "$DRIVER" != openvswitch ] || plugged=(--switch "unix:$RUN/db.sock")
evidence=${EVIDENCE:-evidence-peer-$DRIVER}
bin/sextant gap --cloud peer --yes --host "$HOST" "${plugged[@]}" --output "$evidence" "$@"
packages=(dnsmasq-base radvd)
[ "$DRIVER" != openvswitch ] || packages+=(openvswitch-switch)
[ $# -gt 0 ] || scripts/peer/publish.sh "$evidence/gap.json" "${packages[@]}"
