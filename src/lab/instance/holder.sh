# What the holder of a sandbox does, as its first process. $1 is the host name.
# /etc is a throw-away copy: by overlay, or file by file where the kernel or the file system below has none.
set -e
read -r pid rest </proc/self/stat # the machine's /proc is still mounted: this is the process id outside
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/etc /run/work /run/lock /run/dhcpcd
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work overlay /etc 2>/dev/null ||
  { cp -a /etc/. /run/etc && mount --bind /run/etc /etc; }
for leases in /var/lib/dhcp /var/lib/dhcpcd /var/lib/dhcpv6 /var/lib/kea; do
  if [ -d $leases ]; then mount -t tmpfs tmpfs $leases; fi
done
rm -f /etc/resolv.conf # it may be a link into the machine's /run
: >/etc/resolv.conf
hostname "$1"
echo "$pid"
exec sleep infinity
