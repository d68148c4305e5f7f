import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libvirtInterface, qemuWords } from './hypervisor-words.ts';

const port = {
  id: '0a1b2c3d-0000-4000-8000-000000000001',
  mac: 'fa:16:3e:00:00:01',
  mtu: 1442,
  device: 'tap0a1b2c3d-00',
  completesChecksums: false,
};

test('QEMU is told device, MAC address and MTU', () => {
  assert.equal(
    qemuWords(port),
    '-netdev tap,id=tap0a1b2c3d-00,ifname=tap0a1b2c3d-00,script=no,downscript=no ' +
      '-device virtio-net-pci,netdev=tap0a1b2c3d-00,mac=fa:16:3e:00:00:01,host_mtu=1442',
  );
});

test('libvirt is told the port, as Nova tells it', () => {
  const told = libvirtInterface(port);
  for (const what of [
    "interfaceid='0a1b2c3d-0000-4000-8000-000000000001'",
    "<mac address='fa:16:3e:00:00:01'/>",
    "<target dev='tap0a1b2c3d-00'/>",
    "<mtu size='1442'/>",
  ])
    assert.ok(told.includes(what), what);
  assert.doesNotMatch(told, /csum/);
});

test('where nobody completes checksums after it, the machine does', () => {
  const machine = { ...port, completesChecksums: true };
  assert.match(qemuWords(machine), /,csum=off$/);
  assert.match(libvirtInterface(machine), /<host csum='off'\/>/);
});
