#!/bin/bash
# Ends what up.sh started, and removes its directory, which STATE names.
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"
for name in neutron keystone memcached mariadb controller northd switch sb nb db; do end_process "$RUN/$name.pid"; done
ip netns delete "$SWITCH_NAMESPACE" 2>/dev/null
rm -rf "$STATE"
