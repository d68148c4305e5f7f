/**
 * The daemons of two hosts, which agree on keys over a cable. They show each other their certificates on any kernel; ESP
 * itself takes one that has it, as `npm run test:encryption` has.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Address, Mac } from '../../src/addressing/index.ts';
import { IkeDaemon } from '../../src/host/encryption/ike-daemon.ts';
import { connectionName, type IkePeer } from '../../src/host/encryption/ike-settings.ts';
import { whyNotEncrypted } from '../../src/host/encryption/index.ts';
import { Lab } from '../../src/lab/index.ts';
import {
  charonMark,
  processesWithArgument,
  swanctlCommand,
  swanctlEnvironment,
} from '../../src/linux/index.ts';
import { Authority, makeKey, requestFor } from '../../src/pki/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { log } from '../support/ovsdb-server.ts';

const execute = promisify(execFile);
/** A name as hosts may have it. */
const NAMES = ['h1', 'h_2.example'] as const;

async function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-ike-'));
  afterwards(t, async () => rmSync(directory, { recursive: true, force: true }));
  const lab = Lab.open();
  afterwards(t, () => lab[Symbol.asyncDispose]());
  const authority = await Authority.open(join(directory, 'pki'));
  const instances = [await lab.instance('one'), await lab.instance('two')] as const;
  const mac = (last: number) => Mac.parse(`02:00:00:00:0d:0${last}`);
  const cable = instances[0].connect('eth0', mac(1), { instance: instances[1], device: 'eth0', mac: mac(2) });
  const ends = [Address.parse('2001:db8:f::1'), Address.parse('2001:db8:f::2')] as const;
  for (const [index, device] of cable.entries()) {
    device.up();
    device.addAddress(ends[index]!, 64);
  }
  const rundirOf = (at: number) => join(directory, String(at));
  const placeOf = (at: number) => join(rundirOf(at), 'ipsec');
  const tlsOf = (at: number) => ({
    privateKey: join(directory, `${at}.key`),
    certificate: join(directory, `${at}.pem`),
    caCertificate: join(directory, 'pki', 'ca.pem'),
  });
  const certify = async (at: number, by: Authority) => {
    const { privateKey, certificate } = tlsOf(at);
    makeKey(privateKey);
    const candidate = await by.candidate(await requestFor(privateKey, NAMES[at]!), NAMES[at]!);
    by.admit(candidate);
    writeFileSync(certificate, candidate.certificate);
  };
  for (const at of [0, 1]) await certify(at, authority);
  const run = async (at: number) => {
    const options = { directory: placeOf(at), namespace: instances[at]!.namespace, tls: tlsOf(at), log };
    const daemon = await IkeDaemon.start({ ...options, outlive: true });
    afterwards(t, () => daemon.stop());
    return daemon;
  };
  const peer = (at: number): IkePeer => {
    const certificate = authority.hostAuthorities().get(NAMES[at]!)!;
    return { host: NAMES[at]!, end: ends[at]!, authority: certificate };
  };
  const situation = (at: number, ...peers: IkePeer[]) => ({ host: NAMES[at]!, end: ends[at]!, peers });
  const said = async (at: number, ...words: string[]) => {
    const [program, ...args] = swanctlCommand(placeOf(at), ...words);
    return (await execute(program, args, { env: swanctlEnvironment(placeOf(at)) })).stdout;
  };
  const agreed = async (at: number) => (await said(at, '--list-sas')).includes('ESTABLISHED');
  const why = (at: number, rundir = rundirOf(at)) =>
    whyNotEncrypted({ datapath: 'system', namespace: instances[at]!.namespace, rundir });
  return { directory, why, authority, certify, run, peer, situation, said, agreed, placeOf };
}

const pidIn = (place: string): number | undefined =>
  processesWithArgument((argument) => argument === charonMark(place))[0];

test('hosts that are believed agree, a successor goes on with it, and what is ended leaves nothing', async (t) => {
  const { run, peer, situation, agreed, placeOf } = await start(t);
  const [one, two] = [await run(0), await run(1)];
  await one.tell(situation(0, peer(1)));
  await two.tell(situation(1, peer(0)));
  await eventually('they know each other', async () => (await agreed(0)) && (await agreed(1)));

  const pid = pidIn(placeOf(0));
  await one.leave();
  const successor = await run(0);
  assert.equal(pidIn(placeOf(0)), pid);
  await successor.tell(situation(0, peer(1)));
  assert.ok(await agreed(0));

  process.kill(pid!, 'SIGKILL');
  await eventually('it is started again', () => ![undefined, pid].includes(pidIn(placeOf(0))));
  await eventually('it is told again', async () => {
    await successor.tell(situation(0, peer(1)));
    return agreed(0);
  });

  await successor.tell(situation(0));
  await eventually('nothing is left with who is no host any more', async () => !(await agreed(0)));
  await successor.stop();
  assert.equal(pidIn(placeOf(0)), undefined);
  assert.ok(!existsSync(placeOf(0)));
});

test('nobody agrees with a host whose certificate another authority signed', async (t) => {
  const { directory, certify, run, peer, situation, said, agreed } = await start(t);
  const [one, two] = [await run(0), await run(1)];
  await certify(1, await Authority.open(join(directory, 'foreign')));
  await two.tell(situation(1, peer(0)));
  await one.tell(situation(0, peer(1)));
  const initiate = ['--initiate', '--ike', connectionName(peer(1)), '--child', 'geneve-out'];
  const words = await said(0, ...initiate).catch(({ stdout }: { stdout: string }) => stdout);
  assert.match(words, /no issuer certificate found for "CN=h_2.example"/);
  assert.match(words, /no trusted ECDSA public key found/);
  assert.ok(!(await agreed(0)));
});

test('a daemon of the machine’s own is in the way, and that is said; a host’s own is not', async (t) => {
  const { run, why, directory } = await start(t);
  assert.equal(why(0), undefined);
  await run(0);
  await eventually('it has its ports', () => why(0, join(directory, 'of-another')) !== undefined);
  assert.match(
    why(0, join(directory, 'of-another'))!,
    /another program has UDP port 500.*strongswan-starter/,
  );
  assert.equal(why(0), undefined, 'its own');
  assert.equal(why(1), undefined, 'in another namespace');
});
