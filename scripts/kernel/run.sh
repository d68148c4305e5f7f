#!/bin/bash
# run.sh DIRECTORY COMMAND... runs a command as root on a Linux of its own, whose kernel has Open vSwitch where the
# machine's has none, and ends with its status. It is User-Mode Linux: a kernel that runs as a process, one processor,
# no network; no KVM, no image. It has the machine's / as it is, and what it writes is gone when it ends, except what is
# in /mnt/kept, which is DIRECTORY.
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
kernel=$("$here/build.sh")
mkdir -p "$1"
kept=$(realpath "$1")
shift
job=$(mktemp -d "${TMPDIR:-/tmp}/sextant-kernel-XXXXXX")
linux=
stop() {
  # All of its processes: it leads their group.
  [ -z "$linux" ] || kill -KILL -- "-$linux" 2>/dev/null || true
  rm -rf "$job"
}
trap stop EXIT
trap 'exit 130' INT TERM
cp "$here/root.sh" "$here/first.sh" "$job/"
{
  printf 'cd %q\n' "$PWD"
  printf '%q ' "$@"
} >"$job/command"
# Where a terminal reaches standard input, the kernel would change its settings.
setsid "$kernel" mem="${SEXTANT_KERNEL_MEMORY:-4G}" quiet root=/dev/root rootfstype=hostfs rootflags=/ ro \
  init="$job/root.sh" JOB="$job" KEPT="$kept" con=null con0=null,fd:1 </dev/null &
linux=$!
wait "$linux" || true
linux=
[ -e "$job/status" ] || { echo "run.sh: the kernel ended before the command" >&2; exit 1; }
exit "$(cat "$job/status")"
