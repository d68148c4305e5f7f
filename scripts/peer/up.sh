#!/bin/bash
# Starts Debian 12's Neutron (ML2) with Keystone on loopback, and one host of it: with OVN or Open vSwitch a switch in a
# network namespace of its own, on the userspace datapath. Takes two minutes; STATE names the directory of all of it.
# Agents, where the driver has such, are agents.sh's.
set -e
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"

start_database() { # NAME FILE SCHEMA
  ovsdb-tool create "$2.db" "$3"
  ovsdb-server --detach --no-chdir --pidfile="$RUN/$1.pid" --log-file="$LOG/$1.log" \
    --remote="punix:$RUN/$1.sock" --unixctl="$RUN/$1.ctl" "$RUN/$2.db"
}

start_switch() {
  start_database db conf /usr/share/openvswitch/vswitch.ovsschema
  switch --no-wait init
  switch --no-wait set open . "external_ids:system-id=$HOST" "external_ids:hostname=$HOST"
  # Servers leave checksums to their devices: without this, the userspace datapath takes such packets for damaged.
  [ -z "$WITH_NOVA" ] || switch --no-wait set open . other_config:userspace-tso-enable=true
  in_switch ovs-vswitchd --detach --no-chdir --pidfile="$RUN/switch.pid" \
    --log-file="$LOG/switch.log" --unixctl="$RUN/switch.ctl" "unix:$RUN/db.sock"
  switch add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure
  switch add-br br-ex -- set bridge br-ex datapath_type=netdev
}

start_ovn() {
  start_database nb nb /usr/share/ovn/ovn-nb.ovsschema
  start_database sb sb /usr/share/ovn/ovn-sb.ovsschema
  switch set open . "external_ids:ovn-remote=unix:$RUN/sb.sock" external_ids:ovn-encap-type=geneve \
    external_ids:ovn-encap-ip=127.0.0.1 external_ids:ovn-bridge-mappings=physnet1:br-ex
  # With it, OVN translates every connection's source to all zeros, and a few attempts to connect to a closed port end
  # Open vSwitch 3.1 ("assertion conn->conn_type == CT_CONN_TYPE_DEFAULT failed"): on the userspace datapath alone, which
  # is not what Neutron usually has.
  switch -- --id=@netdev create Datapath datapath_version=0 -- set open . datapaths:netdev=@netdev
  local datapath
  datapath=$(switch get open . datapaths:netdev)
  wait_for 30 switch get Datapath "$datapath" capabilities:ct_zero_snat
  switch set Datapath "$datapath" capabilities:ct_zero_snat=false
  ovn-northd --detach --no-chdir --pidfile="$RUN/northd.pid" --log-file="$LOG/northd.log" \
    --ovnnb-db="$OVN_NB_DB" --ovnsb-db="$OVN_SB_DB" --unixctl="$RUN/northd.ctl"
  in_switch ovn-controller --detach --no-chdir --pidfile="$RUN/controller.pid" \
    --log-file="$LOG/controller.log" "unix:$RUN/db.sock"
  wait_for 30 sh -c "ovn-sbctl --no-leader-only list Chassis | grep -q $HOST"
  # This Neutron looks for the mappings where OVN had them before 22.09. Without, no port of a VLAN network is bound.
  ovn-sbctl --no-leader-only set Chassis "$HOST" 'external_ids:ovn-bridge-mappings="physnet1:br-ex"'
}

cd "$RUN"
in_switch ip link set lo up 2>/dev/null || {
  ip netns add "$SWITCH_NAMESPACE"
  in_switch ip link set lo up
}
case $DRIVER in
ovn)
  start_switch
  start_ovn
  ;;
openvswitch) start_switch ;;
linuxbridge)
  # What a physical network is, as far as its agent looks.
  in_switch ip link add phys0 type veth peer name phys1
  for end in phys0 phys1; do in_switch ip link set $end up; done
  # Tunnels begin there.
  in_switch ip address add "$TUNNEL_ADDRESS/24" dev phys1
  ;;
esac

# The database, and memcached
mkdir -p "$STATE/mysql" "$RUN/mariadb"
touch "$LOG/mariadb.log"
chown mysql "$STATE/mysql" "$RUN/mariadb" "$LOG/mariadb.log"
mariadb-install-db --no-defaults --user=mysql --datadir="$STATE/mysql" --skip-test-db >"$LOG/mariadb-install.log" 2>&1
setsid mariadbd --no-defaults --user=mysql --datadir="$STATE/mysql" --socket="$RUN/mariadb/socket" \
  --port="$MARIADB_PORT" --bind-address=127.0.0.1 --pid-file="$RUN/mariadb/pid" --max-connections=600 \
  --log-error="$LOG/mariadb.log" </dev/null >/dev/null 2>&1 &
echo $! >"$RUN/mariadb.pid"
wait_for 60 mariadb-admin --no-defaults -S "$RUN/mariadb/socket" ping
for name in keystone neutron; do
  mariadb --no-defaults -S "$RUN/mariadb/socket" -e "CREATE DATABASE $name CHARACTER SET utf8;
    GRANT ALL ON $name.* TO '$name'@'127.0.0.1' IDENTIFIED BY '$PASSWORD';
    GRANT ALL ON $name.* TO '$name'@'localhost' IDENTIFIED BY '$PASSWORD'"
done
setsid memcached -u nobody -l 127.0.0.1 -p "$MEMCACHED_PORT" </dev/null >"$LOG/memcached.log" 2>&1 &
echo $! >"$RUN/memcached.pid"

# Keystone
mkdir -p "$CONF/keystone/fernet" "$CONF/keystone/credential"
cat >"$CONF/keystone/keystone.conf" <<CONFIGURATION
[DEFAULT]
log_file = $LOG/keystone.log
[database]
connection = mysql+pymysql://keystone:$PASSWORD@127.0.0.1:$MARIADB_PORT/keystone
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = $CONF/keystone/fernet
[credential]
key_repository = $CONF/keystone/credential
[oslo_policy]
policy_dirs = /etc/keystone/policy.d
CONFIGURATION
manage() { keystone-manage --config-file "$CONF/keystone/keystone.conf" "$@"; }
identity=http://127.0.0.1:$KEYSTONE_PORT/v3
manage db_sync
manage fernet_setup --keystone-user root --keystone-group root
manage credential_setup --keystone-user root --keystone-group root
manage bootstrap --bootstrap-password "$PASSWORD" --bootstrap-region-id RegionOne --bootstrap-admin-url "$identity" \
  --bootstrap-internal-url "$identity" --bootstrap-public-url "$identity"
OS_KEYSTONE_CONFIG_DIR=$CONF/keystone OS_KEYSTONE_CONFIG_FILES=keystone.conf setsid uwsgi --plugins http,python3 \
  --http "127.0.0.1:$KEYSTONE_PORT" --http-keepalive=65 --http-auto-chunked --master --processes 2 --threads 4 \
  --enable-threads --lazy-apps --die-on-term --buffer-size 65535 \
  --pyargv "--config-file $CONF/keystone/keystone.conf" --wsgi-file /usr/bin/keystone-wsgi-public \
  --logto "$LOG/keystone-uwsgi.log" --pidfile "$RUN/keystone.pid" </dev/null >/dev/null 2>&1 &
wait_for 90 curl -sf "$identity"
openstack project create service >/dev/null
openstack user create --password "$PASSWORD" neutron >/dev/null
openstack role add --project service --user neutron admin
openstack service create --name neutron network >/dev/null
for kind in public internal admin; do
  openstack endpoint create --region RegionOne network $kind "http://127.0.0.1:$NEUTRON_PORT" >/dev/null
done

# Neutron
mkdir -p "$CONF/neutron" "$STATE/neutron" "$RUN/lock"
cat >"$CONF/neutron/neutron.conf" <<CONFIGURATION
[DEFAULT]
auth_strategy = keystone
core_plugin = ml2
service_plugins = $([ "$DRIVER" = ovn ] && echo ovn-router,qos,segments,trunk,port_forwarding,log || echo router,qos,trunk)
bind_host = 127.0.0.1
bind_port = $NEUTRON_PORT
api_workers = 2
rpc_workers = $([ "$DRIVER" = ovn ] && echo 0 || echo 1)
rpc_state_report_workers = 0
transport_url = $([ "$DRIVER" = ovn ] && echo fake:/ || echo "rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/")
state_path = $STATE/neutron
log_file = $LOG/neutron.log
api_paste_config = /etc/neutron/api-paste.ini
notify_nova_on_port_status_changes = ${WITH_NOVA:-false}
notify_nova_on_port_data_changes = ${WITH_NOVA:-false}
[database]
connection = mysql+pymysql://neutron:$PASSWORD@127.0.0.1:$MARIADB_PORT/neutron
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT
auth_url = http://127.0.0.1:$KEYSTONE_PORT
memcached_servers = 127.0.0.1:$MEMCACHED_PORT
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = neutron
password = $PASSWORD
region_name = RegionOne
[experimental]
linuxbridge = true
[nova]
auth_url = http://127.0.0.1:$KEYSTONE_PORT
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = nova
password = $PASSWORD
region_name = RegionOne
[oslo_concurrency]
lock_path = $RUN/lock
[oslo_policy]
policy_dirs = /etc/neutron/policy.d
CONFIGURATION
cat >"$CONF/neutron/ml2_conf.ini" <<CONFIGURATION
[ml2]
# Its agent makes VLAN devices of the kernel's, which this one may not have.
type_drivers = $([ "$DRIVER" = linuxbridge ] && echo flat,vxlan || echo geneve,vlan,flat)
tenant_network_types = $(case $DRIVER in ovn) echo geneve ;; openvswitch) echo vlan ;; *) echo vxlan ;; esac)
mechanism_drivers = $DRIVER
extension_drivers = port_security,qos
overlay_ip_version = 4
[ml2_type_geneve]
vni_ranges = 1:65536
max_header_size = 38
[ml2_type_vxlan]
vni_ranges = 1:65536
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:999
[securitygroup]
enable_security_group = true
[ovn]
ovn_nb_connection = $OVN_NB_DB
ovn_sb_connection = $OVN_SB_DB
ovn_metadata_enabled = ${WITH_NOVA:-false}
CONFIGURATION
[ "$DRIVER" = ovn ] || "$HERE/rabbit.sh"
files=(--config-file "$CONF/neutron/neutron.conf" --config-file "$CONF/neutron/ml2_conf.ini")
neutron-db-manage "${files[@]}" upgrade heads >"$LOG/neutron-database.log" 2>&1
setsid neutron-server "${files[@]}" </dev/null >"$LOG/neutron.out" 2>&1 &
echo $! >"$RUN/neutron.pid"
wait_for 120 curl -sf "http://127.0.0.1:$NEUTRON_PORT/"
