#!/bin/bash
# Starts Debian 12's agents of Neutron on the host that up.sh set up: that of the driver, and those for DHCP and routers.
# They make their network namespaces in a mount namespace of their own.
set -e
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"
mkdir -p "$STATE/agents" "$STATE/netns"
cat >"$CONF/neutron/agents.ini" <<CONFIGURATION
[DEFAULT]
interface_driver = $DRIVER
host = $HOST
metadata_port = 9697
enable_metadata_proxy = false
enable_isolated_metadata = false
dhcp_driver = neutron.agent.linux.dhcp.Dnsmasq
resync_interval = 10
ovs_use_veth = false
[agent]
root_helper =
root_helper_daemon =
report_interval = 10
[ovs]
ovsdb_connection = unix:$RUN/db.sock
bridge_mappings = physnet1:br-ex
datapath_type = netdev
integration_bridge = br-int
of_listen_address = 127.0.0.1
[linux_bridge]
physical_interface_mappings = physnet1:phys0
[vxlan]
enable_vxlan = $([ "$DRIVER" = linuxbridge ] && echo true || echo false)
local_ip = $TUNNEL_ADDRESS
[securitygroup]
enable_security_group = true
firewall_driver = $([ "$DRIVER" = openvswitch ] && echo openvswitch || echo iptables)
enable_ipset = true
[privsep]
helper_command = privsep-helper
CONFIGURATION
# /sys tells of the devices of this network namespace, and namespaces are named where nobody else looks.
cat >"$CONF/agents.sh" <<SCRIPT
mount --make-rprivate /
mount -t sysfs sysfs /sys
mkdir -p /run/netns
mount --bind "$STATE/netns" /run/netns
mount --make-shared /run/netns
cd "$STATE/agents"
for name in $DRIVER dhcp l3; do
  setsid "neutron-\$name-agent" --config-file "$CONF/neutron/neutron.conf" --config-file "$CONF/neutron/agents.ini" \
    --log-file "$LOG/\$name-agent.log" </dev/null >"$LOG/\$name-agent.out" 2>&1 &
  echo \$! >"$RUN/\$name-agent.pid"
done
wait
SCRIPT
setsid unshare --mount bash "$CONF/agents.sh" </dev/null >"$LOG/agents.out" 2>&1 &
echo $! >"$RUN/agents.pid"
agents_live() { [ "$(openstack network agent list -f value -c Alive | grep -c True)" -ge 3 ]; }
wait_for 300 agents_live
