import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../addressing/index.ts';
import { decodeFrame, describeFrame, encodeFrame } from '../../packets/index.ts';
import { announcement } from './address-announcer.ts';

const said = (address: string, vlan: number | null): string =>
  describeFrame(
    decodeFrame(
      encodeFrame(
        announcement({
          address: Address.parse(address),
          mac: Mac.parse('fa:16:3e:00:00:09'),
          networkId: 'n1',
          physicalNetwork: 'physnet1',
          vlan,
          isProxied: false,
        }),
      ),
    ),
  );

test('a floating IP is announced to all on its VLAN, as its family has it', () => {
  assert.match(said('2001:db8::9', 7), /vlan 7.*2001:db8::9/);
  assert.match(said('203.0.113.9', null), /203\.0\.113\.9/);
});
