import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { networkFacts, portFacts } from '../../../test/support/facts.ts';
import { outcomeOf, type Packet } from '../../../test/support/flow-table.ts';
import { KnownFacts } from '../../../test/support/known-facts.ts';
import { Address, Mac } from '../../addressing/index.ts';
import { Listeners } from '../../base/index.ts';
import type { OverlayFacts } from '../../host-contract/index.ts';
import type { Flow, Learned } from '../../openflow/index.ts';
import type { Places, PlacesChange } from '../facts/index.ts';
import { OverlayPlan } from './overlay-plan.ts';

class KnownPlaces implements Places {
  readonly ends = new Map<string, readonly Address[]>();
  readonly of = new Map<string, string>();
  readonly #listeners = new Listeners<PlacesChange>();

  hostOf(portId: string): string | undefined {
    return this.of.get(portId);
  }
  hosts(): Iterable<readonly [string, readonly Address[]]> {
    return this.ends;
  }
  onMove(listener: (change: PlacesChange) => void): () => void {
    return this.#listeners.add(listener);
  }
}

const [VXLAN, GRE] = [51, 52];
/** Numbers of the networks' patch ports. */
const PATCHES = new Map([
  ['n1', 11],
  ['n2', 12],
]);
const address = (last: number): Address => Address.parse(`fd00:ee::${last}`);
const mac = (last: number): Mac => Mac.parse(`fa:16:3e:00:00:0${last}`);
const BROADCAST: Packet = { ethernetDestination: Mac.parse('ff:ff:ff:ff:ff:ff') };

describe('the plan of the bridge for overlays', () => {
  let facts: KnownFacts;
  let places: KnownPlaces;
  let plan: OverlayPlan;
  let rules: Map<string, readonly Flow[]>;
  let forgotten: Learned[];

  /** On hosts h1 to h3, of which h1 is this one: n1 has a port on each, n2 on none but this one. */
  beforeEach(() => {
    [facts, places, rules] = [new KnownFacts(), new KnownPlaces(), new Map()];
    plan = new OverlayPlan(facts, places);
    facts.onChange(({ networks, portsOf }) => plan.note({ networks, portsOf }));
    for (const number of [1, 2, 3]) {
      places.ends.set(`h${number}`, [address(number), Address.parse(`198.51.100.${number}`)]);
      places.of.set(`p${number}`, `h${number}`);
    }
    carry('n1', { kind: 'vxlan', key: 5001 });
    carry('n2', { kind: 'gre', key: 5001 });
    for (const number of [1, 2, 3]) put(`p${number}`, 'n1', number);
    places.of.set('p4', 'h1');
    put('p4', 'n2', 4);
    update();
  });

  function carry(id: string, overlay: OverlayFacts | null): void {
    facts.setNetwork(id, networkFacts([], { id, overlay }));
  }

  function put(id: string, network: string, last: number): void {
    facts.setPort(id, network, portFacts(networkFacts([]), [], { mac: mac(last) }));
  }

  function move(id: string, network: string, host: string): void {
    places.of.set(id, host);
    plan.note({ portsOf: new Map([[network, new Set([id])]]) });
    update();
  }

  function update(patches: ReadonlyMap<string, number> = PATCHES, end = address(1)): string[] {
    const tunnels = new Map([
      ['vxlan', VXLAN],
      ['gre', GRE],
    ] as const);
    const changes = plan.update({ host: 'h1', end, tunnels, patches });
    for (const [name, changed] of changes.rules) {
      if (changed === undefined) rules.delete(name);
      else rules.set(name, changed.flows);
    }
    forgotten = changes.forget;
    return [...changes.rules.keys()].sort();
  }

  const sent = (inPort: number, packet: Packet) => outcomeOf([...rules.values()].flat(), inPort, packet);
  const to = (...ends: number[]) => ends.map((end) => String(address(end)));

  it('sends what is for a port to the host of the port, and floods the rest to hosts with ports of the network', () => {
    assert.deepEqual(sent(11, { ethernetDestination: mac(3) }).tunnels, { by: VXLAN, key: 5001, to: to(3) });
    assert.deepEqual(sent(11, BROADCAST).tunnels, { by: VXLAN, key: 5001, to: to(2, 3) });
    assert.deepEqual(sent(12, BROADCAST).tunnels, { by: GRE, key: 5001, to: [] });
  });

  it('delivers what comes from a host by the kind of tunnel and the key, and nothing from tunnel to tunnel', () => {
    const from = (inPort: number, tunnelSource: Address, tunnelKey: number) =>
      sent(inPort, { tunnelSource: String(tunnelSource), tunnelKey, ...BROADCAST });
    assert.equal(from(VXLAN, address(2), 5001).output, 11);
    assert.equal(from(GRE, address(2), 5001).output, 12);
    assert.equal(from(VXLAN, address(2), 5002).output, undefined);
    assert.equal(from(VXLAN, address(9), 5001).output, undefined, 'nobody that is known');
    for (const inPort of [VXLAN, GRE]) assert.equal(from(inPort, address(2), 5001).tunnels, undefined);
  });

  it('learns where stations are that are no ports, and nothing of ports', () => {
    const delivering = (source: Mac) =>
      rules
        .values()
        .toArray()
        .flat()
        .filter(({ match: { tunnelKey: key, ethernetSource }, verdict }) =>
          key === 5001 && 'output' in verdict && verdict.output === 11
            ? ethernetSource === undefined || ethernetSource.equals(source)
            : false,
        )
        .sort((one, other) => other.priority - one.priority)[0]?.verdict;
    assert.deepEqual(delivering(mac(2)), { output: 11 });
    const learn = { table: 1, priority: 20, family: 6, key: 5001, seconds: 300, most: 4096 };
    assert.deepEqual(delivering(mac(9)), { output: 11, learn });
  });

  it('follows a port that moves, and forgets what was learned where no port is left', () => {
    move('p2', 'n1', 'h3');
    assert.deepEqual(sent(11, { ethernetDestination: mac(2) }).tunnels?.to, to(3));
    assert.deepEqual(sent(11, BROADCAST).tunnels?.to, to(3));
    assert.deepEqual(forgotten, [{ table: 1, key: 5001 }]);
    move('p2', 'n1', 'h1');
    assert.deepEqual(sent(11, { ethernetDestination: mac(2) }).tunnels?.to, to(3), 'it is here: flooded');
    assert.deepEqual(forgotten, []);
  });

  it('follows the address of a host, and one that comes or goes', () => {
    places.ends.set('h2', [address(7)]);
    plan.note({ hosts: true });
    update();
    assert.deepEqual(sent(11, { ethernetDestination: mac(2) }).tunnels?.to, to(7));
    assert.deepEqual(forgotten, [{ table: 1, key: 5001 }]);
    places.ends.delete('h3');
    plan.note({ hosts: true });
    update();
    assert.deepEqual(sent(11, BROADCAST).tunnels?.to, to(7));
    assert.equal(rules.has('host h3'), false);
    assert.deepEqual(sent(11, { ethernetDestination: mac(3) }).tunnels?.to, to(7), 'flooded');
  });

  it('has nothing to do with a host whose tunnels nobody reaches', () => {
    places.ends.set('h4', [Address.parse('::1')]);
    plan.note({ hosts: true });
    update();
    assert.ok(!rules.has('host h4') && rules.has('host h3'));
    update(PATCHES, Address.parse('::1'));
    assert.deepEqual(sent(11, BROADCAST).tunnels?.to, [], 'it is alone itself');
  });

  it('goes over to the other family when its own address is of it', () => {
    update(PATCHES, Address.parse('198.51.100.1'));
    assert.deepEqual(sent(11, BROADCAST).tunnels?.to, ['198.51.100.2', '198.51.100.3']);
  });

  it('has nothing of a network that is not here, or has no tunnels of its own', () => {
    update(new Map([['n2', 12]]));
    assert.equal(sent(11, BROADCAST).tunnels, undefined);
    assert.deepEqual([...rules.keys()].sort(), ['host h2', 'host h3', 'network n2', 'port p4']);
    carry('n2', null);
    update(new Map([['n2', 12]]));
    assert.ok(!rules.has('network n2'));
  });

  it('changes what is another and no more', () => {
    assert.deepEqual(update(), []);
    places.of.set('p5', 'h2');
    put('p5', 'n1', 5);
    assert.deepEqual(update(), ['network n1', 'port p5']);
    facts.setPort('p5', 'n1', undefined);
    assert.deepEqual(update(), ['network n1', 'port p5']);
    assert.ok(!rules.has('port p5'));
  });

  it('gives a network another key when it has one', () => {
    carry('n1', { kind: 'gre', key: 77 });
    update();
    assert.deepEqual(sent(11, { ethernetDestination: mac(3) }).tunnels, { by: GRE, key: 77, to: to(3) });
    assert.deepEqual(forgotten, [{ table: 1, key: 5001 }]);
  });
});
