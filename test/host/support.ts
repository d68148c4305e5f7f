/** What the tests of the host share: instances made of namespaces on an embedded engine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Mac } from '../../src/addressing/index.ts';
import type { Attachment } from '../../src/host/attach.ts';
import { createNamespace, deleteNamespace, inNamespace } from '../../src/host/namespace.ts';
import { type Scope, tool } from '../engine/embedded/support.ts';

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
  const mac = Mac.of(0xfa163e000000n + BigInt(number));
  return { portId, mac, mtu: 1442, namespace, device: 'eth0', up: true };
}

/** The address fd00::NUMBER and the EUI-64 link-local address of a port. */
export function addressesOf(number: number): { global: string; linkLocal: string } {
  const hex = number.toString(16);
  return { global: `fd00::${hex}`, linkLocal: `fe80::f816:3eff:fe00:${hex}` };
}

/** Makes a logical switch with ports of these ids and numbers. */
export async function makeNetwork(
  engine: { rundir: string },
  name: string,
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  const rows = Object.entries(ports).flatMap(([id, number]) => {
    const { global, linkLocal } = addressesOf(number);
    const addresses = `${Mac.of(0xfa163e000000n + BigInt(number))} ${global} ${linkLocal}`;
    return ['--', 'lsp-add', name, id, '--', 'lsp-set-addresses', id, addresses];
  });
  await tool(engine, 'ovn-nbctl', 'ls-add', name, ...rows);
}

/** Waits until OVN says that a port is up. */
export async function untilUp(engine: { rundir: string }, port: string): Promise<void> {
  await tool(engine, 'ovn-nbctl', 'wait-until', 'Logical_Switch_Port', port, 'up=true');
}
