import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { Lab, UdpEcho } from '../../src/lab/index.ts';
import { udpPortIsTaken } from '../../src/linux/index.ts';
import { afterwards } from '../support/afterwards.ts';

for (const text of ['2001:db8:f::1', '198.51.100.1'])
  test(`a UDP port that somebody has on ${text} is taken there, and nowhere else`, async (t) => {
    const lab = Lab.open();
    afterwards(t, () => lab[Symbol.asyncDispose]());
    const [one, two] = [await lab.instance('one'), await lab.instance('two')];
    const [device] = one.connect('eth0', Mac.parse('02:00:00:00:0e:01'), {
      ...{ instance: two, device: 'eth0', mac: Mac.parse('02:00:00:00:0e:02') },
    });
    const address = Address.parse(text);
    device.up();
    device.addAddress(address, address.family === 6 ? 64 : 24);
    assert.equal(udpPortIsTaken(one.namespace, 500), false);
    UdpEcho.start(one, 500, address);
    assert.deepEqual(
      [500, 4500].map((port) => udpPortIsTaken(one.namespace, port)),
      [true, false],
    );
    assert.equal(udpPortIsTaken(two.namespace, 500), false);
  });
