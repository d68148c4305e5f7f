#!/bin/sh
# The rest of what a system does at its start, then the command, then its end.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mount -t devpts devpts /dev/pts
for directory in /dev/shm /run; do mount -t tmpfs tmpfs $directory; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/netns
# No gre0, ip6tnl0 and the like in every namespace.
echo 2 >/proc/sys/net/core/fb_tunnels_only_for_init_net
ip link set lo up
# In the first ten seconds after a boot ovs-vswitchd 3.1 finds no processors, and loses every packet that the kernel passes
# to it.
until [ "$(cut -d. -f1 /proc/uptime)" -ge 11 ]; do sleep 0.5; done
# By a pipe: the console is a terminal that does not know how wide it is.
bash -c 'bash /mnt/job/command 2>&1 </dev/null | cat; exit "${PIPESTATUS[0]}"' >/dev/console 2>&1
echo $? >/mnt/job/status
sync
echo o >/proc/sysrq-trigger
sleep 60
