#!/bin/bash
# Runs the gap analysis on Open vSwitch's datapath in the kernel, where the machine's own kernel has none: in a User-Mode
# Linux that is built first. It is ten times as slow, so everything may take as much longer; arguments go to `sextant gap`.
set -e
cd "$(dirname "$0")/.."
evidence=${EVIDENCE:-$PWD/evidence-kernel}
mkdir -p "$evidence"
scripts/kernel/run.sh "$evidence" bin/sextant gap --patience 10 --output /mnt/kept "$@"
