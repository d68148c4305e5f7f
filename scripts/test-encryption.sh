#!/bin/bash
# Tries encrypted tunnels in a kernel that has Open vSwitch and IPsec, where the machine's own has not: the same User-Mode
# Linux as that of test-kernel.sh.
set -e
command -v iperf3 >/dev/null || { echo 'To say what encryption costs, install: iperf3' >&2; exit 1; }
cd "$(dirname "$0")/.."
kept=$(mktemp -d "${TMPDIR:-/tmp}/sextant-encryption-XXXXXX")
trap 'rm -rf "$kept"' EXIT
scripts/kernel/run.sh "$kept" node_modules/.bin/node --test --test-timeout=900000 test/hosts/encrypted-tunnels.ts
