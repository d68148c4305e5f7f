/** What holds for any ports of a network, by the flows alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { outcomeOf, type Packet } from '../../../test/support/flow-table.ts';
import { Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { PortFacts } from '../../host-contract/facts.ts';
import { ETHER_TYPE } from '../../packets/ethernet.ts';
import { IP_PROTOCOL } from '../../packets/ip-protocol.ts';
import { sharedRules } from './message-rules.ts';
import { networkRules, ownerRules } from './owner-rules.ts';
import { portRules } from './port-rules.ts';

const SUBNET = Prefix.parse('fd00::/64');
const network = networkFacts([subnetFacts(SUBNET.toString())]);
const NONE = Mac.of(0n);

/** Few addresses, so that ports get in each other's way. */
const address = fc.integer({ min: 2, max: 12 }).map((number) => SUBNET.at(BigInt(number)));
const prefix = fc
  .tuple(address, fc.constantFrom(0, 64, 126, 128))
  .map(([within, length]) => Prefix.of(within, length));
/** A port and what its instance took. */
type TestPort = PortFacts & { readonly taken: readonly Address[] };
const facts = (number: number): fc.Arbitrary<TestPort> =>
  fc
    .record({
      fixed: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
      taken: fc.uniqueArray(address, { maxLength: 2, selector: String }),
      policy: fc.boolean(),
      role: fc.constantFrom('host' as const, 'router' as const),
      pairs: fc.array(fc.record({ mac: fc.constantFrom(undefined, Mac.of(0x5e000201n)), prefix }), {
        maxLength: 2,
      }),
    })
    .map(({ fixed, taken, policy, role, pairs }) => ({
      taken: policy ? taken : [],
      // Fixed addresses are given once: each port has three of its own to choose from.
      ...portFacts(
        network,
        fixed.map((one) => SUBNET.at(BigInt(2 + 3 * number + one)).toString()),
        {
          mac: macOf(number),
          role,
          allowedAddressPairs: pairs,
          openPrefixes: policy ? [Prefix.parse('fe80::/64'), SUBNET] : [],
        },
      ),
    }));
const macOf = (number: number) => Mac.of(0x020000000000n + BigInt(number));
const ports = fc.tuple(facts(0), facts(1), facts(2));

const PATCH = 100;
const bound = (address: Address) => ({ address, isWatched: false });
const flowsOf = (all: readonly TestPort[]) =>
  [
    sharedRules(),
    networkRules(network),
    ...all.flatMap((one, index) => [
      portRules(one, { instance: index + 1, patch: index + 1 + PATCH }, network),
      ownerRules(one, one.taken.map(bound), network.id, {
        instance: index + 1,
        patch: index + 1 + PATCH,
      }),
    ]),
  ].flatMap(({ flows }) => flows);

const datagram = (source: Address): Packet => {
  return {
    etherType: ETHER_TYPE.ipv6,
    ipProtocol: IP_PROTOCOL.udp,
    udpSource: 1,
    udpDestination: 2,
    ipv6Source: `${source}`,
  };
};
const message = (type: number, rest: Packet): Packet => {
  return {
    etherType: ETHER_TYPE.ipv6,
    ipProtocol: IP_PROTOCOL.icmpv6,
    icmpv6Type: type,
    icmpv6Code: 0,
    hopLimit: 255,
    ...rest,
  };
};
const solicitation = (source: Address) =>
  message(135, { ipv6Source: `${source}`, ndTarget: 'fd00::beef', ndSource: NONE });
const advertisement = (source: Address, target: Address) =>
  message(136, { ipv6Source: `${source}`, ndTarget: `${target}`, ndTargetMac: NONE });

const has = ({ mac, fixedIps }: PortFacts, one: Address) =>
  linkLocalAddress(mac).equals(one) || fixedIps.some(({ address }) => address.equals(one));
const hasPair = ({ allowedAddressPairs }: PortFacts, one: Address) =>
  allowedAddressPairs.some((pair) => pair.prefix.length === 128 && pair.prefix.contains(one));
const mayForge = (port: PortFacts, one: Address) =>
  port.role === 'router' || port.allowedAddressPairs.some((pair) => pair.prefix.contains(one));

test("a port's own addresses always pass, from its own MAC address", () => {
  fc.assert(
    fc.property(ports, (all) => {
      const flows = flowsOf(all);
      for (const [index, port] of all.entries()) {
        for (const own of [linkLocalAddress(port.mac), ...port.fixedIps.map(({ address }) => address)]) {
          for (const packet of [datagram(own), solicitation(own), advertisement(own, own)]) {
            const sent = { ethernetSource: port.mac, ...packet };
            assert.equal(outcomeOf(flows, index + 1, sent).output, index + 1 + PATCH);
          }
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("another port's fixed and link-local addresses never pass but by an allowed address pair, and a router's data", () => {
  fc.assert(
    fc.property(ports, (all) => {
      const flows = flowsOf(all);
      for (const [index, port] of all.entries()) {
        const passes = (packet: Packet) =>
          outcomeOf(flows, index + 1, { ethernetSource: port.mac, ...packet }).output !== undefined;
        const foreign = all
          .filter((other) => other !== port)
          .flatMap(({ mac, fixedIps }) => [linkLocalAddress(mac), ...fixedIps.map(({ address }) => address)])
          .concat(Address.parse('fe80::a9fe:a9fe'));
        for (const one of foreign.filter((one) => !has(port, one) && !hasPair(port, one))) {
          if (!mayForge(port, one)) assert.equal(passes(datagram(one)), false, `${one}`);
          assert.equal(passes(solicitation(one)), false, `${one}`);
          for (const packet of [advertisement(one, one), advertisement(linkLocalAddress(port.mac), one)])
            assert.equal(passes(packet), false, `${one}`);
          const probe = {
            ...solicitation(Address.parse('::')),
            ndTarget: `${one}`,
            ipv6Destination: 'ff02::1',
          };
          assert.equal(passes(probe), false, `${one}`);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('nothing passes from a MAC address that is neither the port’s nor one of its pairs’', () => {
  fc.assert(
    fc.property(ports, address, (all, source) => {
      const flows = flowsOf(all);
      for (const [index, port] of all.entries()) {
        for (const other of all) {
          if (other === port) continue;
          for (const packet of [datagram(source), solicitation(source), advertisement(source, source)]) {
            const sent = { ethernetSource: other.mac, ...packet };
            assert.equal(outcomeOf(flows, index + 1, sent).output, undefined);
          }
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('what a port without pairs may send is from its own, or from what no other port has been given', () => {
  fc.assert(
    fc.property(ports, address, (all, source) => {
      const plain = all.map((port) => ({ ...port, role: 'host' as const, allowedAddressPairs: [] }));
      const flows = flowsOf(plain);
      for (const [index, port] of plain.entries()) {
        const others = plain.filter((other) => other !== port);
        const isOpen = port.openPrefixes.some((prefix) => prefix.contains(source));
        const isGiven = others.some((other) => has(other, source));
        const took = port.taken.some((one) => one.equals(source));
        const wanted = has(port, source) || (isOpen && !isGiven && took);
        const { output } = outcomeOf(flows, index + 1, { ethernetSource: port.mac, ...datagram(source) });
        assert.equal(output !== undefined, wanted, `${source}`);
      }
    }),
    { numRuns: 200 },
  );
});
