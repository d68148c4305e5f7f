#!/bin/bash
# Starts Debian 12's Nova with Placement, Glance and RabbitMQ beside what up.sh started with WITH_NOVA=true, and a compute
# host with libvirt and QEMU (software emulation). Everything runs in the network namespace that this is called in.
set -e
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"

"$HERE/rabbit.sh"

# Users, endpoints, databases
for name in nova placement glance; do
  openstack user create --password "$PASSWORD" $name >/dev/null
  openstack role add --project service --user $name admin
done
endpoints() { # NAME TYPE URL
  openstack service create --name "$1" "$2" >/dev/null
  for kind in public internal; do openstack endpoint create --region RegionOne "$2" $kind "$3" >/dev/null; done
}
endpoints nova compute "http://127.0.0.1:$NOVA_PORT/v2.1"
endpoints placement placement "http://127.0.0.1:$PLACEMENT_PORT"
endpoints glance image "http://127.0.0.1:$GLANCE_PORT"
for name in placement glance nova nova_api nova_cell0; do
  mariadb --no-defaults -S "$RUN/mariadb/socket" -e "CREATE DATABASE $name CHARACTER SET utf8;
    GRANT ALL ON $name.* TO 'nova'@'127.0.0.1' IDENTIFIED BY '$PASSWORD'"
done
database() { echo "mysql+pymysql://nova:$PASSWORD@127.0.0.1:$MARIADB_PORT/$1"; }
# What every service says of itself to Keystone: SECTION NAME
credentials() {
  cat <<CONFIGURATION
[$1]
www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT
auth_url = http://127.0.0.1:$KEYSTONE_PORT
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = $2
password = $PASSWORD
region_name = RegionOne
CONFIGURATION
  [ "$1" != keystone_authtoken ] || echo "memcached_servers = 127.0.0.1:$MEMCACHED_PORT"
}

# Placement
mkdir -p "$CONF/placement"
{
  printf '%s\n' '[DEFAULT]' "log_file = $LOG/placement.log" '[placement_database]' \
    "connection = $(database placement)" '[api]' 'auth_strategy = keystone'
  credentials keystone_authtoken placement
} >"$CONF/placement/placement.conf"
export OS_PLACEMENT_CONFIG_DIR=$CONF/placement
placement-manage --config-file "$CONF/placement/placement.conf" db sync
setsid uwsgi --plugins http,python3 --http "127.0.0.1:$PLACEMENT_PORT" --http-auto-chunked --master --processes 1 \
  --threads 4 --enable-threads --lazy-apps --die-on-term --buffer-size 65535 --wsgi-file /usr/bin/placement-api \
  --logto "$LOG/placement-uwsgi.log" --pidfile "$RUN/placement.pid" </dev/null >/dev/null 2>&1 &

# Glance
mkdir -p "$STATE/images" "$CONF/glance"
{
  printf '%s\n' '[DEFAULT]' "log_file = $LOG/glance.log" 'bind_host = 127.0.0.1' "bind_port = $GLANCE_PORT" 'workers = 1' \
    'enabled_backends = here:file' '[database]' "connection = $(database glance)" '[glance_store]' \
    'default_backend = here' '[here]' "filesystem_store_datadir = $STATE/images" '[paste_deploy]' 'flavor = keystone' \
    'config_file = /etc/glance/glance-api-paste.ini' '[oslo_concurrency]' "lock_path = $RUN/lock"
  credentials keystone_authtoken glance
} >"$CONF/glance/glance-api.conf"
glance-manage --config-file "$CONF/glance/glance-api.conf" db_sync >"$LOG/glance-database.log" 2>&1
setsid glance-api --config-file "$CONF/glance/glance-api.conf" </dev/null >"$LOG/glance.out" 2>&1 &
echo $! >"$RUN/glance.pid"

# Nova
mkdir -p "$CONF/nova" "$STATE/nova/instances" "$STATE/libvirt"/{run,lib,log,etc}
{
  cat <<CONFIGURATION
[DEFAULT]
host = $HOST
my_ip = 127.0.0.1
log_dir = $LOG
state_path = $STATE/nova
instances_path = $STATE/nova/instances
transport_url = rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/
# On a machine that is busy with servers in software.
rpc_response_timeout = 300
compute_driver = libvirt.LibvirtDriver
enabled_apis = osapi_compute,metadata
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $NOVA_PORT
osapi_compute_workers = 1
metadata_listen = 127.0.0.1
metadata_listen_port = $METADATA_PORT
metadata_workers = 1
force_raw_images = false
reserved_host_memory_mb = 0
reserved_host_disk_mb = 0
ram_allocation_ratio = 8
cpu_allocation_ratio = 32
[api]
auth_strategy = keystone
[api_database]
connection = $(database nova_api)
[database]
connection = $(database nova)
[conductor]
workers = 1
[scheduler]
workers = 1
[cache]
enabled = false
[libvirt]
virt_type = qemu
cpu_mode = none
connection_uri = qemu+unix:///system?socket=$STATE/libvirt/run/libvirt-sock
[vnc]
enabled = false
[oslo_concurrency]
lock_path = $RUN/lock
[os_vif_ovs]
ovsdb_connection = unix:$RUN/db.sock
[vif_plug_ovs_privileged]
helper_command = privsep-helper --config-file $CONF/nova/nova.conf
[nova_sys_admin]
helper_command = privsep-helper --config-file $CONF/nova/nova.conf
CONFIGURATION
  credentials keystone_authtoken nova
  credentials placement placement
  credentials neutron neutron
  printf '%s\n' 'service_metadata_proxy = true' "metadata_proxy_shared_secret = $PASSWORD"
} >"$CONF/nova/nova.conf"
nova_manage() { nova-manage --config-file "$CONF/nova/nova.conf" "$@" >>"$LOG/nova-manage.out" 2>&1; }
nova_manage api_db sync
nova_manage cell_v2 map_cell0 --database_connection "$(database nova_cell0)"
nova_manage db sync
nova_manage cell_v2 create_cell --name cell1
for name in api:nova conductor:conductor scheduler:scheduler; do
  setsid "nova-${name%%:*}" --config-file "$CONF/nova/nova.conf" </dev/null >"$LOG/nova-${name%%:*}.out" 2>&1 &
  echo $! >"$RUN/${name##*:}.pid"
done

# The compute host. libvirt's settings and files are those of this directory, in a mount namespace of its own; so is
# /sys, which tells of the devices of this network namespace.
printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'stdio_handler = "file"' \
  'cgroup_controllers = []' 'namespaces = []' >"$STATE/libvirt/etc/qemu.conf"
# With OVN, os-vif has br-int on the kernel's datapath whatever it is on: here it stays on the userspace one, as this
# kernel may have no other.
mkdir -p "$CONF/python"
printf '%s\n' 'from vif_plug_ovs import constants' 'constants.OVS_DATAPATH_SYSTEM = "netdev"' \
  >"$CONF/python/sitecustomize.py"
cat >"$CONF/compute.sh" <<SCRIPT
export PYTHONPATH="$CONF/python"
mount --make-rprivate /
mount -t sysfs sysfs /sys
mkdir -p /run/libvirt /var/lib/libvirt /var/log/libvirt /etc/libvirt
mount --bind "$STATE/libvirt/run" /run/libvirt
mount --bind "$STATE/libvirt/lib" /var/lib/libvirt
mount --bind "$STATE/libvirt/log" /var/log/libvirt
mount --bind "$STATE/libvirt/etc" /etc/libvirt
OVS_RUNDIR="$RUN" libvirtd --pid-file "$RUN/libvirt.pid" --timeout 0 >"$LOG/libvirt.out" 2>&1 &
until [ -S /run/libvirt/libvirt-sock ]; do sleep 0.2; done
exec nova-compute --config-file "$CONF/nova/nova.conf" >"$LOG/nova-compute.out" 2>&1
SCRIPT
setsid unshare --mount bash "$CONF/compute.sh" </dev/null >"$LOG/compute.out" 2>&1 &
echo $! >"$RUN/compute.pid"
wait_for 600 sh -c "openstack compute service list -f value -c Binary -c State | grep -q 'nova-compute up'"
nova_manage cell_v2 discover_hosts

# What servers read about themselves: OVN's agent takes it to Nova.
mkdir -p "$STATE/metadata"
cat >"$CONF/metadata.ini" <<CONFIGURATION
[DEFAULT]
host = $HOST
state_path = $STATE/metadata
metadata_proxy_socket = $STATE/metadata/socket
nova_metadata_host = 127.0.0.1
nova_metadata_port = $METADATA_PORT
metadata_proxy_shared_secret = $PASSWORD
metadata_workers = 1
[agent]
root_helper =
[ovs]
ovsdb_connection = unix:$RUN/db.sock
[ovn]
ovn_sb_connection = $OVN_SB_DB
[privsep]
helper_command = privsep-helper
CONFIGURATION
cat >"$CONF/metadata.sh" <<SCRIPT
mount --make-rprivate /
mount -t sysfs sysfs /sys
mkdir -p /run/netns "$STATE/metadata/netns"
mount --bind "$STATE/metadata/netns" /run/netns
mount --make-shared /run/netns
exec neutron-ovn-metadata-agent --config-file "$CONF/metadata.ini" --log-file "$LOG/metadata.log" >"$LOG/metadata.out" 2>&1
SCRIPT
setsid unshare --mount bash "$CONF/metadata.sh" </dev/null >>"$LOG/metadata.out" 2>&1 &
echo $! >"$RUN/metadata.pid"
