import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Address } from '../../addressing/index.ts';
import { authorityFile, connectionName, connectionSettings, requestIdsOf } from './ike-settings.ts';

const end = (last: number): Address => Address.parse(`fd00:ee::${last}`);
const peer = (host: string, last: number, authority = `that of ${host}`) => ({
  ...{ host, end: end(last), authority },
});

/** What a block of the settings has, and the blocks in it by their names. */
interface Block {
  readonly lines: string[];
  readonly blocks: Map<string, Block>;
}

function parse(text: string): Block {
  const root: Block = { lines: [], blocks: new Map() };
  const open = [root];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const name = /^(\S+) \{$/.exec(line)?.[1];
    if (name !== undefined) {
      const block: Block = { lines: [], blocks: new Map() };
      open.at(-1)!.blocks.set(name, block);
      open.push(block);
    } else if (line === '}') open.pop();
    else if (line !== '') open.at(-1)!.lines.push(line);
  }
  assert.equal(open.length, 1, 'every block ends');
  return root;
}

const connectionsWith = (...peers: readonly ReturnType<typeof peer>[]) =>
  parse(connectionSettings({ host: 'h1', end: end(1), peers }, 'host.pem')).blocks.get('connections')!.blocks;

describe('what the daemon of IKE is told', () => {
  it('names each host by its certificate, and believes its own authority alone', () => {
    const [two, three] = [peer('h2', 2), peer('h_3.example', 3)];
    const connections = connectionsWith(two, three);
    assert.deepEqual([...connections.keys()], [connectionName(two), connectionName(three)]);
    const { lines, blocks } = connections.get(connectionName(three))!;
    assert.ok(lines.includes('local_addrs = fd00:ee::1') && lines.includes('remote_addrs = fd00:ee::3'));
    assert.deepEqual(blocks.get('local')!.lines, ['auth = pubkey', 'certs = host.pem', 'id = "CN=h1"']);
    assert.deepEqual(blocks.get('remote')!.lines, [
      'auth = pubkey',
      `cacerts = ${authorityFile('that of h_3.example')}`,
      'id = "CN=h_3.example"',
    ]);
  });

  it('protects what tunnels send, each way, and nothing that keys are agreed on by, or neighbours are found by', () => {
    const protectedOver = (...ends: [Address, Address]) => {
      const two = { ...peer('h2', 2), end: ends[1] };
      const settings = connectionSettings({ host: 'h1', end: ends[0], peers: [two] }, 'host.pem');
      const connection = parse(settings).blocks.get('connections')!.blocks.get(connectionName(two))!;
      return Array.from(connection.blocks.get('children')!.blocks.values(), ({ lines }) =>
        lines.filter((line) => line.includes('_ts')).join(', '),
      ).sort();
    };
    const inUdp = [
      'local_ts = dynamic[udp/4789], remote_ts = dynamic[udp]',
      'local_ts = dynamic[udp/6081], remote_ts = dynamic[udp]',
      'local_ts = dynamic[udp], remote_ts = dynamic[udp/4789]',
      'local_ts = dynamic[udp], remote_ts = dynamic[udp/6081]',
    ];
    assert.deepEqual(protectedOver(end(1), end(2)), inUdp);
    const overIpv4 = protectedOver(Address.parse('192.0.2.1'), Address.parse('192.0.2.2'));
    assert.deepEqual(overIpv4, ['local_ts = dynamic[gre], remote_ts = dynamic[gre]', ...inUdp]);
  });

  it('knows what was agreed on again, whoever else is a host by then', () => {
    const idsOf = (...peers: readonly ReturnType<typeof peer>[]) => {
      const { blocks } = connectionsWith(...peers).get(connectionName(peers.at(-1)!))!;
      return [...blocks.get('children')!.blocks.values()].map(
        ({ lines }) => lines.find((line) => line.startsWith('reqid'))!,
      );
    };
    const ids = idsOf(peer('h3', 3));
    assert.equal(new Set(ids).size, 4);
    assert.deepEqual(idsOf(peer('h2', 2), peer('h3', 3)), ids);
    assert.deepEqual(new Set(ids).intersection(new Set(idsOf(peer('h2', 2)))), new Set());
  });

  it('has nothing wait for keys while hosts change over', () => {
    const actionsOf = (isChangingOver: boolean) => {
      const situation = { host: 'h1', end: end(1), peers: [peer('h2', 2)], isChangingOver };
      return [...new Set(connectionSettings(situation, 'host.pem').match(/\w+_action = .*/g))].sort();
    };
    assert.deepEqual(actionsOf(false), [
      ...['close_action = trap', 'dpd_action = restart', 'start_action = trap|start'],
    ]);
    assert.deepEqual(actionsOf(true), [
      ...['close_action = none', 'dpd_action = clear', 'start_action = start'],
    ]);
  });

  it('takes a host that was installed anew for another', () => {
    assert.notEqual(connectionName(peer('h2', 2)), connectionName(peer('h2', 2, 'another')));
    assert.equal(connectionName(peer('h2', 2)), connectionName(peer('h2', 7)));
    const ids = requestIdsOf(connectionName(peer('h2', 2)));
    const anew = requestIdsOf(connectionName(peer('h2', 2, 'another')));
    assert.deepEqual(new Set(ids).intersection(new Set(anew)), new Set(), 'nor has it its keys');
  });
});
