/** The daemons of FRR that a host has run, and a real one as their peer: over a cable, without OVN. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { Mac, Prefix } from '../../src/addressing/index.ts';
import { BgpDaemons, daemonsIn } from '../../src/host/bgp/bgp-daemons.ts';
import type { SpeakerConfiguration } from '../../src/host/bgp/configuration.ts';
import { BgpRouter, Lab } from '../../src/lab/index.ts';
import { FRR_DAEMONS } from '../../src/linux/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { log } from '../support/ovsdb-server.ts';

const LINK = Prefix.parse('2001:db8:f::/64');
const PASSWORD = 'between-friends';
const [SPEAKER, UPSTREAM] = [LINK.at(2n), LINK.at(1n)];
const peer = { id: 'p', address: `${UPSTREAM}`, remote_as: 64_513, password: PASSWORD, bfd: true };
const FIRST = { destination: '2001:db8:1::/64', nextHop: '2001:db8:f::9', linkLocal: 'fe80::9' };
const SECOND = { destination: '2001:db8:2::/64', nextHop: '2001:db8:f::a', linkLocal: 'fe80::a' };

const speaker = (...routes: SpeakerConfiguration['routes']): SpeakerConfiguration => ({
  ...{ localAs: 64_512, family: 6, routerId: '10.0.0.1', peers: [peer], routes },
});

async function start(t: TestContext) {
  const lab = Lab.open();
  afterwards(t, () => lab[Symbol.asyncDispose]());
  const [host, upstream] = [await lab.instance('host'), await lab.instance('upstream')];
  const mac = (last: number) => Mac.parse(`02:00:00:00:0b:0${last}`);
  const cable = upstream.connect('eth0', mac(1), { instance: host, device: 'eth0', mac: mac(2) });
  for (const [index, device] of cable.entries()) {
    device.up();
    device.addAddress(index === 0 ? UPSTREAM : SPEAKER, LINK.length);
  }
  const frr = await BgpRouter.start(upstream, {
    ...{ as: 64_513, id: '10.0.0.9', from: LINK, peersAs: 64_512, password: PASSWORD, bfd: true },
  });
  afterwards(t, () => frr.stop());
  // The daemons are another user's, who must get there.
  const directory = mkdtempSync('/run/sextant-bgp-');
  afterwards(t, async () => rmSync(directory, { recursive: true, force: true }));
  const options = { directory, namespace: host.namespace, outlive: true, log };
  return { frr, upstream, options };
}

const shown = async (frr: BgpRouter): Promise<string> =>
  Array.from(await frr.heard(), ([prefix, hops]) => `${prefix} ${hops}`)
    .sort()
    .join(', ');

test('peers hear of routes with the routers’ addresses, keep them whatever dies, and forget them when told', async (t) => {
  const { frr, upstream, options } = await start(t);
  const first = await BgpDaemons.start(options);
  let running = first;
  afterwards(t, async () => {
    await running.leave();
    for (const name of FRR_DAEMONS)
      for (const pid of daemonsIn(options.directory, name)) process.kill(pid, 'SIGKILL');
  });
  await first.speak(speaker(FIRST));
  await eventually('the peer hears', async () => (await shown(frr)) === '2001:db8:1::/64 2001:db8:f::9');
  const lead = () => upstream.routes().find(({ destination }) => `${destination}` === FIRST.destination);
  await eventually('the kernel has it', () => lead() !== undefined);
  // FRR would have it lead to the speaker, by its link-local address.
  assert.equal(`${lead()?.gateway}`, FIRST.linkLocal);
  assert.equal((await first.states(6)).get(peer.address)?.state, 'Established');

  await first.speak(speaker(FIRST, SECOND));
  await eventually('it hears of more', async () =>
    (await shown(frr)).includes('2001:db8:2::/64 2001:db8:f::a'),
  );

  // Nothing that is told here is kept.
  await frr.flood(
    Array.from({ length: 500 }, (_, index) => Prefix.parse(`2001:db8:${(index + 256).toString(16)}::/48`)),
  );
  const sent = async () => (await frr.ask('show bgp ipv6 unicast summary json')).includes('"pfxSnt":50');
  await eventually('the peer has told of its routes', sent);
  assert.equal((await first.states(6)).get(peer.address)?.state, 'Established');

  // The process ends, and another goes on with what runs.
  const [before] = daemonsIn(options.directory, 'bgpd');
  await first.leave();
  const second = await BgpDaemons.start(options);
  running = second;
  assert.deepEqual(daemonsIn(options.directory, 'bgpd'), [before]);
  await second.speak(speaker(FIRST));
  await eventually('one is withdrawn', async () => (await shown(frr)) === '2001:db8:1::/64 2001:db8:f::9');

  // bgpd dies: the peer keeps what it heard until it hears it again.
  let lost = 0;
  const looking = setInterval(() => {
    if (lead() === undefined) lost++;
  }, 20);
  process.kill(before!, 'SIGKILL');
  await eventually('another bgpd runs', async () => {
    const [now] = daemonsIn(options.directory, 'bgpd');
    return now !== undefined && now !== before;
  });
  await eventually('it speaks', async () => {
    await second.speak(speaker(FIRST));
    return (await second.states(6)).get(peer.address)?.state === 'Established';
  });
  await eventually('it is told again', async () => !(await frr.ask('show bgp ipv6 unicast')).includes('S>'));
  clearInterval(looking);
  assert.equal(lost, 0, 'the route was gone for a while');

  await second.silence();
  await eventually('all is withdrawn', async () => (await shown(frr)) === '');
  assert.deepEqual(daemonsIn(options.directory, 'bgpd'), []);

  // IPv4, over a session of IPv6.
  running = await BgpDaemons.start(options);
  const four = { destination: '100.64.0.0/26', nextHop: '198.51.100.9', linkLocal: 'fe80::9' };
  await running.speak({ ...speaker(four), family: 4 });
  await eventually('the peer hears of IPv4', async () => {
    const hops = (await frr.heard(4)).get(four.destination);
    return hops?.join() === four.nextHop;
  });
  await running.silence();
});
