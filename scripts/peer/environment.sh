# Sourced by the scripts here: a Neutron of the distribution with an OVN of its own, in a directory that is thrown away.
: "${STATE:=$(mktemp -d "${TMPDIR:-/tmp}/sextant-peer-XXXXXX")}"
: "${KEYSTONE_PORT:=15000}" "${NEUTRON_PORT:=19696}" "${MARIADB_PORT:=13306}" "${MEMCACHED_PORT:=21211}"
# Name of the host, and network namespace of its switch.
: "${HOST:=hv1}" "${PASSWORD:=peer}"
# Empty: the one that all runs in.
: "${SWITCH_NAMESPACE=sextant-peer}"
# How Neutron makes networks: ovn, or the agent openvswitch or linuxbridge.
: "${DRIVER:=ovn}"
# Where the tunnels of the agent for Linux bridges begin.
: "${TUNNEL_ADDRESS:=203.0.113.1}"
# With Nova: its ports, and the network by which servers are reached from here.
: "${WITH_NOVA=}" "${NOVA_PORT:=18774}" "${METADATA_PORT:=18775}" "${PLACEMENT_PORT:=18778}" "${GLANCE_PORT:=19292}"
: "${RABBIT_PORT:=15672}" "${REACH_PREFIX:=198.51.100}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=$STATE/run LOG=$STATE/log CONF=$STATE/conf
mkdir -p "$RUN" "$LOG" "$CONF"
chmod o+x "$STATE"
export STATE KEYSTONE_PORT NEUTRON_PORT MARIADB_PORT MEMCACHED_PORT HOST SWITCH_NAMESPACE PASSWORD
export OVS_RUNDIR=$RUN OVS_DBDIR=$RUN OVS_LOGDIR=$LOG OVS_SYSCONFDIR=$RUN OVN_RUNDIR=$RUN OVN_DBDIR=$RUN OVN_LOGDIR=$LOG
export OVN_NB_DB=unix:$RUN/nb.sock OVN_SB_DB=unix:$RUN/sb.sock
export OS_IDENTITY_API_VERSION=3 OS_AUTH_URL=http://127.0.0.1:$KEYSTONE_PORT/v3 OS_USERNAME=admin OS_PASSWORD=$PASSWORD
export OS_PROJECT_NAME=admin OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_REGION_NAME=RegionOne

switch() { ovs-vsctl --db="unix:$RUN/db.sock" "$@"; }
# Runs a command in the switch's network namespace.
in_switch() { if [ -n "$SWITCH_NAMESPACE" ]; then ip netns exec "$SWITCH_NAMESPACE" "$@"; else "$@"; fi; }

# wait_for SECONDS COMMAND...
wait_for() {
  local end=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { echo "in vain: $*" >&2; return 1; }
    sleep 0.3
  done
}

# Ends the process of a pid file, and no other.
end_process() {
  local pid
  [ -s "$1" ] || return 0
  pid=$(head -1 "$1")
  kill "$pid" 2>/dev/null
  for _ in $(seq 60); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
  kill -9 "$pid" 2>/dev/null
  rm -f "$1"
}
