#!/bin/bash
# Writes the page of a run into the documentation: publish.sh REPORT PACKAGE..., where DRIVER says how networks were made.
set -e
cd "$(dirname "$0")/../.."
: "${DRIVER:=ovn}"
report=$1
shift
mapfile -t versions < <(dpkg-query -W -f '${Package} ${Version}\n' neutron-server keystone "$@")
node scripts/write-peer-page.ts "$DRIVER" "$report" "${versions[@]}" "Linux $(uname -r | cut -d- -f1)"
