#!/bin/bash
# Ends what up.sh started, and removes its directory, which STATE names.
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"
for name in agents linuxbridge-agent openvswitch-agent dhcp-agent l3-agent metadata compute libvirt scheduler conductor nova glance placement rabbit epmd neutron keystone memcached mariadb controller northd switch sb nb db; do end_process "$RUN/$name.pid"; done
# Of networks and routers that nobody removed: agents leave these programs running.
while read -r pid; do end_process "$pid"; done < <(find "$STATE/neutron" -path '*/dhcp/*/pid' -o -name '*.pid*' 2>/dev/null)
# Of servers that nobody removed.
for pid in "$STATE"/libvirt/run/qemu/*.pid; do end_process "$pid"; done
[ -z "$SWITCH_NAMESPACE" ] || ip netns delete "$SWITCH_NAMESPACE" 2>/dev/null
rm -rf "$STATE"
