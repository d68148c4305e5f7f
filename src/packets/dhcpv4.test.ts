import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac } from '../addressing/index.ts';
import { type Dhcpv4Message, decodeDhcpv4, encodeDhcpv4 } from './dhcpv4.ts';
import { PacketError } from './wire.ts';

const message: Dhcpv4Message = {
  by: 'client',
  transaction: 0xdeadbeef,
  broadcast: true,
  clientAddress: Address.parse('192.0.2.5'),
  yourAddress: Address.parse('0.0.0.0'),
  relay: Address.parse('0.0.0.0'),
  clientMac: Mac.parse('fa:16:3e:00:00:01'),
  options: new Map([
    [53, Uint8Array.of(1)],
    [121, new Uint8Array(300).fill(7)],
  ]),
};

test('a message comes back as it was written, long options too', () => {
  assert.deepEqual(JSON.stringify(decodeDhcpv4(encodeDhcpv4(message))), JSON.stringify(message));
  assert.deepEqual(decodeDhcpv4(encodeDhcpv4(message)).options, message.options);
  assert.equal(encodeDhcpv4({ ...message, options: new Map() }).length, 300);
});

test('whatever comes is read or refused', () => {
  const good = encodeDhcpv4(message);
  fc.assert(
    fc.property(fc.nat(good.length), fc.uint8Array({ maxLength: 20 }), (keep, rest) => {
      try {
        decodeDhcpv4(Buffer.concat([good.subarray(0, keep), rest]));
      } catch (error) {
        assert.ok(error instanceof PacketError);
      }
    }),
  );
});
