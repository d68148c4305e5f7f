/** How long it takes until a switch has the guard's flows of very many ports. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { eui64Address, LINK_LOCAL_SUBNET, Mac, Prefix } from '../src/addressing/index.ts';
import { type Facts, GuardPlan } from '../src/host/index.ts';
import type { NetworkFacts, PortFacts } from '../src/host-contract/index.ts';
import { BridgeFlows, INSTANCE_BRIDGE, type Wiring } from '../src/switch/index.ts';
import type { TargetHost } from './first-ping.ts';
import { type Summary, summarise } from './statistics.ts';

const PREFIX = Prefix.parse('fd5e:c7a9:7e57:3::/64');
const PREFIX4 = Prefix.parse('10.64.0.0/16');
const FIRST_MAC = 0xfa163e000000n;
/** OpenFlow numbers of the patch ports follow those of the instances' devices. */
const FIRST_PORT = 1;

const execute = promisify(execFile);

/**
 * Milliseconds from the facts about dual-stack ports of one network to their flows in an empty bridge of the switch.
 * The bridge has none of the ports: to flows that makes no difference.
 */
export async function installGuard(host: TargetHost, ports: number, repeats: number): Promise<Summary> {
  const { facts, plugged } = manyPorts(ports);
  const samples: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const bridge = `bench-${randomBytes(3).toString('hex')}`;
    const vsctl = (...words: string[]) => execute('ovs-vsctl', [`--db=${host.switchDatabase}`, ...words]);
    const { stdout } = await vsctl('get', 'bridge', INSTANCE_BRIDGE, 'datapath_type');
    const settings = ['set', 'bridge', bridge, `datapath_type=${stdout.trim()}`, 'fail_mode=secure'];
    await vsctl('add-br', bridge, '--', ...settings);
    const flows = new BridgeFlows({
      path: join(host.rundir, `${bridge}.mgmt`),
      onReport: () => {},
      log: pino({ level: 'silent' }),
    });
    try {
      await flows.change([]);
      const began = performance.now();
      await flows.change(new GuardPlan(facts, () => []).update(plugged));
      samples.push(performance.now() - began);
    } finally {
      await flows.stop();
      await vsctl('del-br', bridge);
    }
  }
  return summarise(samples);
}

function manyPorts(count: number): { facts: Facts; plugged: Map<string, Wiring> } {
  const ports = new Map(Array.from({ length: count }, (_, index) => [`port ${index}`, portFacts(index)]));
  const facts: Facts = {
    port: (id) => ports.get(id),
    networkOfPort: () => NETWORK,
    network: () => NETWORK,
    *portsOn() {
      for (const [id, one] of ports) yield { id, facts: one };
    },
    portByMac: () => undefined,
    onChange: () => () => {},
  };
  const plugged = new Map(
    [...ports.keys()].map((id, index) => {
      const instance = FIRST_PORT + index;
      return [id, { instance, patch: instance + count }];
    }),
  );
  return { facts, plugged };
}

const NETWORK: NetworkFacts = {
  id: 'network',
  mac: Mac.of(FIRST_MAC - 1n),
  mtu: 1442,
  isPhysical: false,
  overlay: null,
  vlanTransparent: false,
  dnsDomain: '',
  dnsForwarders: [],
  nat64Prefix: undefined,
  subnets: [],
  retiredPrefixes: [],
  retiredRouters: [],
};

function portFacts(index: number): PortFacts {
  const mac = Mac.of(FIRST_MAC + BigInt(index));
  return {
    mac,
    fixedIps: [eui64Address(PREFIX, mac), PREFIX4.at(BigInt(index + 2))].map((address) => {
      return { address, subnetId: 'subnet' };
    }),
    projectId: 'project',
    deviceId: '',
    isRouterPort: false,
    advertiser: null,
    role: 'host',
    portSecurity: true,
    openPrefixes: [PREFIX, LINK_LOCAL_SUBNET],
    allowedAddressPairs: [],
    learnedReset: null,
    delegatedPrefixes: [],
    healthChecks: [],
    nat64Prefixes: [],
    translatedFloatingIps: [],
    gatewayHosts: [],
    prefixTranslations: [],
    delegation: null,
    egressOnly: null,
    exposed: [],
    announced: [],
    hostname: '',
    domain: '',
    subports: [],
    packetLimits: {},
    dhcpOptions: [],
  };
}
