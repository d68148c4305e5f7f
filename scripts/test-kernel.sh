#!/bin/bash
# Runs the gap analysis on Open vSwitch's datapath in the kernel, where the machine's own kernel has none: in a User-Mode
# Linux that is built first. It is ten times as slow, so everything may take as much longer. Arguments go to
# `sextant gap`; without any, all use cases are tried, each in a kernel of its own: that of several would need more memory
# areas than the machine gives a process (vm.max_map_count).
set -e
cd "$(dirname "$0")/.."
evidence=${EVIDENCE:-$PWD/evidence-kernel}
gap() {
  mkdir -p "$1"
  scripts/kernel/run.sh "$1" bin/sextant gap --patience 10 --output /mnt/kept "${@:2}"
}
if [ $# -gt 0 ]; then
  gap "$evidence" "$@"
else
  failed=()
  list="import { useCases } from './src/gap/use-cases/registry.ts'; for (const { id } of useCases) console.log(id);"
  for id in $(node_modules/.bin/node --input-type=module --eval "$list"); do
    gap "$evidence/$id" --case "$id" || failed+=("$id")
  done
  [ ${#failed[@]} -eq 0 ] || { echo "Less than claimed, or not tried to the end: ${failed[*]}" >&2; exit 1; }
fi
