#!/usr/bin/env bash
# Sets a Debian or Ubuntu machine up for Sextant: distribution packages, npm packages, Node.
# Idempotent: does only what is missing, and says what it does. `--for-tests` adds what the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  openvswitch-switch ovn-central ovn-host                       # the engine
  iproute2 util-linux ethtool                                   # namespaces, links
  iputils-ping dhcpcd-base isc-dhcp-client cloud-init           # what an instance in the lab runs
)
# Attackers, virtual routers, translators, measurements and ends of IPsec tunnels of the lab. Where a distribution has them not, the use cases say what was not tried.
extras=(thc-ipv6 ipv6toolkit keepalived iperf3 tayga frr kea-dhcp6-server wide-dhcpv6-server)
extras+=(strongswan-charon strongswan-swanctl libcharon-extra-plugins libstrongswan-standard-plugins)
if [ "${1:-}" = --for-tests ]; then
  packages+=(postgresql python3-openstackclient python3-neutronclient openssl procps systemd prometheus "${extras[@]}")
  extras+=(chromium)                                            # looks at the pages of reports
fi

say() { printf 'set-up: %s\n' "$*"; }
fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

[ "$(uname -s)" = Linux ] || fail "Sextant runs on Linux; this is $(uname -s)."
[ -e /proc/sys/net/ipv6/conf/all/disable_ipv6 ] ||
  fail "this kernel has no IPv6. Boot it without ipv6.disable=1, with CONFIG_IPV6."
[ -c /dev/net/tun ] ||
  fail "/dev/net/tun is missing: Open vSwitch needs it. Run 'modprobe tun'; in a container, pass the device in."

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "namespaces and Open vSwitch need root. Run this as root, or install sudo."
  sudo=(sudo)
fi

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
command -v dpkg-query >/dev/null ||
  fail "no dpkg here: on a system that is not Debian or Ubuntu, install the equivalents of: ${packages[*]}"
missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
missing_extras=()
for package in "${extras[@]}"; do installed "$package" || missing_extras+=("$package"); done
if [ ${#missing[@]} -gt 0 ] || [ ${#missing_extras[@]} -gt 0 ]; then
  # Sextant starts its own private daemons: keep the packages from starting system-wide ones.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
    "${sudo[@]}" chmod +x $policy
    trap '"${sudo[@]}" rm -f $policy' EXIT
  fi
  # cloud-init runs in the lab's instances alone: at the next boot it must not set this machine up.
  case " ${missing[*]} " in *' cloud-init '*)
    "${sudo[@]}" mkdir -p /etc/cloud
    "${sudo[@]}" touch /etc/cloud/cloud-init.disabled
    ;;
  esac
  apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  install=("${apt[@]}" install -y --no-install-recommends)
  "${apt[@]}" update || fail "apt-get update failed: check the network and /etc/apt/sources.list."
  if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    "${install[@]}" "${missing[@]}" >/dev/null ||
      fail "apt-get could not install: ${missing[*]}. Its messages are above."
  fi
  for package in "${missing_extras[@]}"; do
    installed "$package" && continue
    say "installing $package"
    "${install[@]}" "$package" >/dev/null 2>&1 || say "$package cannot be had: what needs it goes without"
  done
  # Of these the programs alone are used: their servers must not run from the next boot on either.
  for server in prometheus frr kea-dhcp6-server wide-dhcpv6-server; do
    case " ${missing[*]} ${missing_extras[*]} " in *" $server "*)
      "${sudo[@]}" systemctl disable --quiet "$server" 2>/dev/null || true
      ;;
    esac
  done
fi

lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ "$(cat node_modules/.sextant-lock 2>/dev/null)" != "$lock" ]; then
  say "installing npm packages, Node among them"
  npm ci --no-audit --no-fund --loglevel=error || fail "npm ci failed: check the network and the npm registry's settings."
  printf '%s' "$lock" >node_modules/.sextant-lock
fi
node_modules/.bin/node --version >/dev/null 2>&1 ||
  fail "no Node $(node -p 'require("./package.json").engines.node') for $(uname -m): x86_64 and aarch64 are supported."
