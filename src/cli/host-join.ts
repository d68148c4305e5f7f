/** `sextant host join`: makes this machine a host of a service. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  engineSockets,
  type HostSwitch,
  hostReadiness,
  hostSwitchFor,
  type MachineSwitch,
  usableDatapath,
} from '../engine/index.ts';
import { enrol, identityFiles, isHostOf, JoinError, whyNotEncrypted } from '../host/index.ts';
import { CAN_ENCRYPT, HOST_NAME, parseJoinToken } from '../host-contract/index.ts';
import { isDue, readCertificate } from '../pki/index.ts';
import { CommandFailure, UsageError } from './errors.ts';
import {
  engineDirectory,
  type HostState,
  identityDirectory,
  readHostState,
  writeHostState,
} from './host-state.ts';
import { installUnit } from './host-unit.ts';
import type { Terminal } from './terminal.ts';

/** The flags of `sextant host join`. */
export interface JoinFlags {
  readonly server: string;
  readonly token: string;
  readonly name?: string;
  readonly state: string;
  readonly tunnelAddress?: string;
  readonly underlay?: string;
  readonly physicalNetwork: readonly string[];
  readonly availabilityZone: readonly string[];
  readonly switchDatabase?: string;
  readonly switchRundir: string;
  readonly service: boolean;
}

const READY_WITHIN_MS = 60_000;
const LOOK_MS = 50;

const PROGRAM = join(import.meta.dirname, '../../bin/sextant');

export async function hostJoin(flags: JoinFlags, terminal: Terminal): Promise<void> {
  const { state: directory, name = hostname() } = flags;
  const wish = wishOf(flags, name);
  const before = readHostState(directory);
  const state = (await hasJoined(directory, before, flags.server, name))
    ? before!
    : await joinAnew(flags, wish, before);
  if (flags.service && installUnit(directory)) terminal.err('It runs as sextant-host.service.\n');
  else runInBackground(directory);
  await ready(directory);
  terminal.out(
    `This machine is the host ${state.name} of ${state.server}. Its tunnels end at ${state.tunnelAddress}.\n`,
  );
}

/** What is asked for, once it is known to make sense. */
interface Wish {
  readonly token: NonNullable<ReturnType<typeof parseJoinToken>>;
  readonly name: string;
  readonly physicalNetworks: Readonly<Record<string, string>>;
}

/** @throws UsageError */
function wishOf({ server, token: text, physicalNetwork }: JoinFlags, name: string): Wish {
  if (!/^https:\/\/\S+:\d+\/?$/.test(server)) {
    throw new UsageError(`--server ${server}: it must be https://ADDRESS:PORT, an IPv6 address in brackets.`);
  }
  const token = parseJoinToken(text);
  if (token === undefined) {
    throw new UsageError(
      '--token: this is no token, or not all of it. "sextant host token create" prints one.',
    );
  }
  if (!HOST_NAME.test(name)) {
    throw new UsageError(
      `--name ${name}: it must have 1 to 63 letters, digits, dots, dashes or underscores.`,
    );
  }
  const pairs = physicalNetwork.map((one) => one.split(':'));
  for (const [network, device, ...more] of pairs) {
    if (network && device && more.length === 0) continue;
    throw new UsageError('--physical-network takes NETWORK:DEVICE, for instance physnet1:eth1.');
  }
  return { token, name, physicalNetworks: Object.fromEntries(pairs) };
}

/** Whether the machine is what it is to be already, for a while to come: then no token is used. */
async function hasJoined(
  directory: string,
  before: HostState | undefined,
  server: string,
  name: string,
): Promise<boolean> {
  if (before?.server !== server || before.name !== name) return false;
  const { certificate } = identityFiles(identityDirectory(directory));
  if (!existsSync(certificate) || isDue(readCertificate(readFileSync(certificate, 'utf8')), new Date()))
    return false;
  return isHostOf(server, identityDirectory(directory));
}

async function joinAnew(
  flags: JoinFlags,
  { token, name, physicalNetworks }: Wish,
  before: HostState | undefined,
): Promise<HostState> {
  const { server, state: directory } = flags;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const place = {
      datapath: await usableDatapath(null, '/usr'),
      namespace: null,
      rundir: before?.machineSwitch?.rundir ?? engineSockets(engineDirectory(directory)),
    };
    const { southbound, localAddress } = await enrol({
      server,
      token,
      host: name,
      ...(flags.availabilityZone.length > 0 && { availabilityZone: flags.availabilityZone.join(',') }),
      ipsec: whyNotEncrypted(place) ?? CAN_ENCRYPT,
      directory: identityDirectory(directory),
    });
    const tunnelAddress = flags.tunnelAddress ?? localAddress;
    const { machineSwitch, underlay } = await switchFor(flags, tunnelAddress);
    const state = {
      name,
      server,
      southbound,
      tunnelAddress,
      physicalNetworks,
      underlay: before?.underlay ?? underlay,
      machineSwitch,
    };
    writeHostState(directory, state);
    return state;
  } catch (error) {
    if (!(error instanceof JoinError)) throw error;
    if (readdirSync(directory).length === 0) rmdirSync(directory);
    throw new CommandFailure(error.message);
  }
}

/** @throws CommandFailure when the device that leads to the others is not found */
function switchFor(
  { switchDatabase, switchRundir, underlay }: JoinFlags,
  tunnelAddress: string,
): Promise<HostSwitch> {
  const named: MachineSwitch | undefined =
    switchDatabase === undefined
      ? undefined
      : { database: switchDatabase.replace(/^unix:/, ''), rundir: switchRundir };
  return hostSwitchFor({ named, tunnelAddress, device: underlay });
}

/** Where there is no systemd: it goes on when this command ends, and ends with the machine. */
function runInBackground(directory: string): void {
  const log = openSync(join(directory, 'host.log'), 'a');
  try {
    spawn(PROGRAM, ['host', 'run', '--state', directory], {
      detached: true,
      stdio: ['ignore', log, log],
    }).unref();
  } finally {
    closeSync(log);
  }
}

/** @throws CommandFailure when what runs on the host does not come up in time */
async function ready(directory: string): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const missing = await hostReadiness(engineDirectory(directory));
    if (missing === undefined) return;
    if (performance.now() > end) throw new CommandFailure(`${missing}.\n${lastWords(directory)}`);
    await delay(LOOK_MS);
  }
}

function lastWords(directory: string): string {
  const log = join(directory, 'host.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n') : '';
}
