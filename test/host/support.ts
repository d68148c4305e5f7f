/** What the tests of the host share: instances made of namespaces on an embedded engine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Mac } from '../../src/addressing/index.ts';
import { HostFacts } from '../../src/host/facts/host-facts.ts';
import type { AddressServer } from '../../src/host/guard/address-reports.ts';
import { HostAgent } from '../../src/host/host-agent.ts';
import { portsHere } from '../../src/host/ports-here.ts';
import {
  encodeNetworkFacts,
  encodePortFacts,
  FACTS_KEY,
  type PortFacts,
} from '../../src/host-contract/facts.ts';
import { servicePortName } from '../../src/host-contract/service-port.ts';
import { createNamespace, deleteNamespace, inNamespace } from '../../src/linux/namespace.ts';
import { Registry } from '../../src/metrics/index.ts';
import type { Attachment } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { type Scope, silent, tool } from '../engine/embedded/support.ts';
import { networkFacts, portFacts, subnetFacts } from '../support/facts.ts';

const exec = promisify(execFile);
let made = 0;

/** A network namespace that is gone at the end of the scope. */
export function temporaryNamespace(scope: Scope): string {
  const name = `sxt-test-${process.pid}-${++made}`;
  createNamespace(name);
  scope.after(() => deleteNamespace(name));
  return name;
}

/** Runs a program in a namespace; returns what it prints. */
export async function inside(namespace: string, program: string, ...args: string[]): Promise<string> {
  const { stdout } = await inNamespace(namespace, () => exec(program, args, { timeout: 20_000 }));
  return stdout;
}

/** An instance's port as the tests name it: the number makes MAC and addresses. */
export function attachmentOf(portId: string, number: number, namespace: string | null): Attachment {
  return { portId, mac: macOf(number), mtu: 1442, namespace, device: 'eth0', up: true };
}

/** The address fd00::NUMBER and the EUI-64 link-local address of a port. */
export function addressesOf(number: number): { global: string; linkLocal: string } {
  const hex = number.toString(16);
  return { global: `fd00::${hex}`, linkLocal: `fe80::f816:3eff:fe00:${hex}` };
}

/**
 * Makes a logical switch with ports of these ids and numbers, and their facts as the service would write them.
 * @param more what is special about a port
 */
export async function makeNetwork(
  engine: { rundir: string },
  name: string,
  ports: Readonly<Record<string, number>>,
  more: Readonly<Record<string, Partial<PortFacts>>> = {},
): Promise<void> {
  const service = servicePortName(name);
  const facts = encodeNetworkFacts({ ...NETWORK, id: name });
  await tool(
    engine,
    'ovn-nbctl',
    'ls-add',
    name,
    ...['--', 'lsp-add', name, service, '--', 'lsp-set-type', service, 'localport'],
    ...setFacts(service, facts),
    ...Object.entries(ports).flatMap(([id, number]) => portCommands(name, id, number, more[id])),
  );
}

/** Adds a port to a logical switch. */
export async function addPort(
  engine: { rundir: string },
  network: string,
  id: string,
  number: number,
): Promise<void> {
  await tool(engine, 'ovn-nbctl', ...portCommands(network, id, number).slice(1));
}

/** Writes a port's facts anew. */
export async function changeFacts(
  engine: { rundir: string },
  id: string,
  number: number,
  more: Partial<PortFacts>,
): Promise<void> {
  await tool(engine, 'ovn-nbctl', ...setFacts(id, encodePortFacts(factsOf(number, more))).slice(1));
}

function portCommands(network: string, id: string, number: number, more?: Partial<PortFacts>): string[] {
  const { global, linkLocal } = addressesOf(number);
  const addresses = `${macOf(number)} ${global} ${linkLocal}`;
  return [
    ...['--', 'lsp-add', network, id, '--', 'lsp-set-addresses', id, addresses],
    ...setFacts(id, encodePortFacts(factsOf(number, more))),
  ];
}

const macOf = (number: number): Mac => Mac.of(0xfa163e000000n + BigInt(number));

const NETWORK = networkFacts([subnetFacts('fd00::/64'), subnetFacts('10.0.0.0/24')]);

const factsOf = (number: number, more?: Partial<PortFacts>): PortFacts =>
  portFacts(NETWORK, [addressesOf(number).global, `10.0.0.${number}`], { mac: macOf(number), ...more });

/** JSON strings are strings of the tool as well. */
const setFacts = (port: string, facts: string): string[] => {
  const pair = `external_ids:${JSON.stringify(FACTS_KEY)}=${JSON.stringify(facts)}`;
  return ['--', 'set', 'Logical_Switch_Port', port, pair];
};

/** What hosts know of the ports, until the end of the scope. */
export async function openFacts(
  engine: { southbound: string; switchDatabase: string },
  scope: Scope,
): Promise<HostFacts> {
  const database = await SwitchDatabase.open(engine.switchDatabase, silent);
  scope.after(() => database.close());
  const here = portsHere(database);
  const facts = await HostFacts.open({ remote: engine.southbound, here, log: silent });
  scope.after(() => facts.close());
  return facts;
}

/** A server that has nothing against any address, and remembers none. */
export const FORGETFUL: AddressServer = { report: async () => [], remembered: async () => [] };

/** An agent that is stopped at the end of the scope. */
export async function startAgent(
  engine: { switchDatabase: string; rundir: string },
  scope: Scope,
  facts: HostFacts,
  addresses: AddressServer = FORGETFUL,
  metrics = new Registry(),
): Promise<HostAgent> {
  const { switchDatabase, rundir } = engine;
  const agent = await HostAgent.start({
    switchDatabase,
    rundir,
    facts,
    addresses,
    metrics,
    log: silent,
  });
  scope.after(() => agent.stop());
  return agent;
}

/** Waits until OVN says that a port is up. */
export async function untilUp(engine: { rundir: string }, port: string): Promise<void> {
  await tool(engine, 'ovn-nbctl', 'wait-until', 'Logical_Switch_Port', port, 'up=true');
}
