#!/bin/sh
# The first program of the kernel's: the machine's / with a tmpfs over it as root. JOB and KEPT are directories of the
# machine, which the kernel gives in the environment.
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs -o size=75% top /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
mkdir -p /mnt/root/mnt/job /mnt/root/mnt/kept
mount -t hostfs -o "$JOB" none /mnt/root/mnt/job
mount -t hostfs -o "$KEPT" none /mnt/root/mnt/kept
cd /mnt/root
# Not by chroot alone: who enters a mount namespace (nsenter) has the root of that, and would see the machine's files.
pivot_root . .
umount -l .
exec chroot . /bin/sh /mnt/job/first.sh
