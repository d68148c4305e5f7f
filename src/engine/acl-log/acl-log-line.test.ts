import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAclLogLine } from './acl-log-line.ts';

const line = (what: string, flow: string): string =>
  `2026-11-22T07:18:42.963Z|00007|acl_log(ovn_pinctrl0)|INFO|${what}: ${flow}`;
const udp6 =
  'udp6,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,ipv6_src=fd55::1,ipv6_dst=fd55::2,ipv6_label=0x590e6,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=33017,tp_dst=7777';
const drop = 'name="group-g", verdict=drop, severity=info, direction=to-lport';

test('a datagram that was dropped on its way to a port', () => {
  assert.deepEqual(parseAclLogLine(line(drop, udp6)), {
    time: '2026-11-22T07:18:42.963Z',
    acl: 'group-g',
    verdict: 'DROP',
    direction: 'ingress',
    mac: 'fa:16:3e:00:00:02',
    protocol: 'udp',
    source: 'fd55::1',
    destination: 'fd55::2',
    source_port: 33017,
    destination_port: 7777,
  });
});

test('an echo request over IPv4 that a rule let out', () => {
  const flow =
    'icmp,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0';
  const allow = 'name="rule-r", verdict=allow, severity=info, direction=from-lport';
  assert.deepEqual(parseAclLogLine(line(allow, flow)), {
    time: '2026-11-22T07:18:42.963Z',
    acl: 'rule-r',
    verdict: 'ACCEPT',
    direction: 'egress',
    mac: 'fa:16:3e:00:00:01',
    protocol: 'icmp',
    source: '10.0.0.1',
    destination: '10.0.0.2',
    icmp_type: 8,
    icmp_code: 0,
  });
});

test('a protocol that OVS does not know goes by its number', () => {
  const flow =
    'ipv6,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,ipv6_src=::1,ipv6_dst=::2,nw_proto=112';
  assert.equal(parseAclLogLine(line(drop, flow))?.protocol, '112');
});

test('other lines, and lines that were cut anywhere, are none or make sense', () => {
  const whole = line(drop, udp6);
  assert.equal(parseAclLogLine('2026-11-22T07:18:42.963Z|00007|binding|INFO|Claiming lport'), undefined);
  fc.assert(
    fc.property(fc.nat(whole.length), (length) => {
      const packet = parseAclLogLine(whole.slice(0, length));
      if (packet !== undefined) assert.ok(packet.source && packet.destination && packet.mac);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseAclLogLine(line(drop, text))));
});
