#!/bin/bash
# Runs the gap analysis against Debian 12's Neutron with OVN, on this machine, and writes the report into the
# documentation when it is whole: with arguments, such as --case v6-only, it is not. As root, some twenty minutes.
set -e
cd "$(dirname "$0")/.."
STATE=$(mktemp -d "${TMPDIR:-/tmp}/sextant-peer-XXXXXX")
export STATE
trap 'scripts/peer/down.sh' EXIT
scripts/peer/install.sh
scripts/peer/up.sh
. scripts/peer/environment.sh
. scripts/peer/clouds.sh
evidence=${EVIDENCE:-evidence-peer}
bin/sextant gap --cloud peer --yes --switch "unix:$RUN/db.sock" --switch-namespace "$SWITCH_NAMESPACE" \
  --output "$evidence" "$@"
[ $# -gt 0 ] || scripts/peer/publish.sh "$evidence/gap.json" ovn-central openvswitch-switch
