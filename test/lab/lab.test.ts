import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { pino } from 'pino';
import { Address, eui64Address, Mac, Prefix } from '../../src/addressing/index.ts';
import { Lab } from '../../src/lab/lab.ts';
import { RouterAdvertiser } from '../../src/lab/upstream/router-advertiser.ts';
import { waitUntil } from '../../src/lab/wait.ts';
import { namespacesNamed } from '../../src/linux/namespace.ts';
import { INFINITE_LIFETIME } from '../../src/packets/nd-options.ts';

const log = pino({ level: 'silent' });
const PREFIX = Prefix.parse('2001:db8:7::/64');
const macs = { vm: Mac.parse('fa:16:3e:00:00:01'), router: Mac.parse('fa:16:3e:00:00:02') };

test('what an instance writes to /etc, and its name, are its own', async () => {
  await using lab = Lab.open();
  const resolver = await readFile('/etc/resolv.conf', 'utf8');
  const name = hostname();
  const vm = await lab.instance('vm');
  await vm.run(
    'sh',
    '-c',
    'echo nameserver ::1 >/etc/resolv.conf; echo x >/etc/sextant-lab-test; hostname changed',
  );
  assert.equal(await vm.readFile('/etc/resolv.conf'), 'nameserver ::1\n');
  assert.equal(await vm.run('hostname'), 'changed\n');
  assert.equal(await readFile('/etc/resolv.conf', 'utf8'), resolver);
  assert.equal(hostname(), name);
  await assert.rejects(readFile('/etc/sextant-lab-test'), /ENOENT/);
});

test('a command that fails says what it said', async () => {
  await using lab = Lab.open();
  const vm = await lab.instance('vm');
  await assert.rejects(vm.run('sh', '-c', 'echo no luck >&2; exit 3'), /no luck \(status 3\)/);
  assert.equal((await vm.tryRun(['sleep', '600'], 50)).status, null);
});

test('the kernel of an instance learns address, route and MTU from a router advertisement', async () => {
  await using lab = Lab.open();
  const [vm, router] = await Promise.all([lab.instance('vm'), lab.instance('router')]);
  const [eth0, port] = vm.connect('eth0', macs.vm, { instance: router, device: 'eth0', mac: macs.router });
  port.up();
  eth0.up();
  const advertiser = RouterAdvertiser.start(port, {
    routerLifetime: 1800,
    options: [
      {
        kind: 'prefix-information',
        prefix: PREFIX,
        onLink: true,
        autonomous: true,
        prefersDelegation: false,
        validLifetime: INFINITE_LIFETIME,
        preferredLifetime: 600,
      },
      { kind: 'mtu', mtu: 1400 },
    ],
  });
  const address = eui64Address(PREFIX, macs.vm);
  assert(await eth0.has(address, 10_000));
  const lifetimes = eth0.addresses().find((own) => own.address.equals(address));
  assert.equal(lifetimes?.validLifetime, Number.POSITIVE_INFINITY);
  assert.equal(eth0.ipv6Mtu(), 1400);
  const route = eth0.routes().find(({ destination }) => destination.length === 0);
  assert.equal(route?.gateway?.toString(), 'fe80::f816:3eff:fe00:2');

  await vm.run('ip', 'token', 'set', '::7', 'dev', 'eth0');
  assert(await eth0.has(PREFIX.at(7n), 10_000), 'a tokenised interface identifier');
  await advertiser.stop();
});

test('two labs side by side have different namespaces for instances of the same name', async () => {
  await using one = Lab.open();
  await using other = Lab.open();
  const instances = await Promise.all([one.instance('vm'), other.instance('vm'), other.instance('vm')]);
  assert.equal(new Set(instances.map(({ namespace }) => namespace)).size, 3);
});

test('closing a lab leaves nothing', async () => {
  const lab = Lab.open();
  const vm = await lab.instance('vm');
  const sleeper = vm.spawn(['sleep', '600']);
  await once(sleeper, 'spawn');
  const ended = once(sleeper, 'exit');
  await lab.close();
  await ended;
  assert.deepEqual(namespacesNamed(`sxt-${lab.id}-`), []);
});

test('what a crashed lab leaves is removed, a living lab is left alone', async () => {
  await using living = Lab.open();
  const vm = await living.instance('vm');
  const program = `
    import { Lab } from ${JSON.stringify(new URL('../../src/lab/lab.ts', import.meta.url).href)};
    const lab = Lab.open();
    const vm = await lab.instance('vm');
    const sleeper = vm.spawn(['sleep', '600']);
    console.log(lab.id);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const dead = String(line).trim();
  assert.equal(namespacesNamed(`sxt-${dead}-`).length, 1);

  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  const cleaned = await waitUntil(async () => {
    const cleaned = await Lab.clean(log);
    return cleaned.labs.includes(dead) && cleaned;
  }, 30_000);
  assert.equal(cleaned?.namespaces.filter((name) => name.startsWith(`sxt-${dead}-`)).length, 1);
  assert(!cleaned.labs.includes(living.id));
  assert.deepEqual(namespacesNamed(`sxt-${dead}-`), []);
  assert.equal(await vm.run('echo', 'alive'), 'alive\n');
});

test('an address that is not there is not waited for beyond the given time', async () => {
  await using lab = Lab.open();
  const [a, b] = await Promise.all([lab.instance('a'), lab.instance('b')]);
  const [eth0] = a.connect('eth0', macs.vm, { instance: b, device: 'eth0', mac: macs.router });
  eth0.up();
  assert.equal(await eth0.has(Address.parse('2001:db8::1'), 30), false);
  assert.throws(() => a.interface('eth9'), /instance a has no device eth9/);
});
