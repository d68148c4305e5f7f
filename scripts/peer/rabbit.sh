#!/bin/bash
# Starts Debian's RabbitMQ on loopback, for what talks by it: agents of Neutron, the parts of Nova.
set -e
: "${STATE:?}"
. "$(dirname "$0")/environment.sh"
mkdir -p "$STATE/rabbit"
cat >"$CONF/rabbitmq.conf" <<CONFIGURATION
listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT
log.file = $LOG/rabbit.log
CONFIGURATION
# Erlang's name server: one of our own, which would otherwise start by itself and stay.
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((RABBIT_PORT + 1))
setsid epmd </dev/null >"$LOG/epmd.out" 2>&1 &
echo $! >"$RUN/epmd.pid"
env HOME="$STATE/rabbit" RABBITMQ_NODENAME=peer@localhost RABBITMQ_CONFIG_FILE="$CONF/rabbitmq.conf" \
  RABBITMQ_MNESIA_BASE="$STATE/rabbit" RABBITMQ_LOG_BASE="$LOG" RABBITMQ_PID_FILE="$RUN/rabbit.beam" \
  RABBITMQ_ENABLED_PLUGINS_FILE="$CONF/rabbit-plugins" \
  setsid /usr/lib/rabbitmq/bin/rabbitmq-server </dev/null >"$LOG/rabbit.out" 2>&1 &
echo $! >"$RUN/rabbit.pid"
wait_for 90 bash -c "</dev/tcp/127.0.0.1/$RABBIT_PORT"
