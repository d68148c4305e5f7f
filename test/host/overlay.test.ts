/** The bridge for overlays of a switch that runs: what the agent has it do, and that it has nothing to do again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pino from 'pino';
import { OverlayAgent } from '../../src/host/overlay/index.ts';
import { encodeNetworkFacts, FACTS_KEY } from '../../src/host-contract/facts.ts';
import { servicePortName } from '../../src/host-contract/service-port.ts';
import { attach } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import { networkFacts } from '../support/facts.ts';
import { attachmentOf, makeNetwork, openFacts, startAgent, temporaryNamespace } from './support.ts';

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());

const flows = async (): Promise<string> =>
  tool(engine, 'ovs-ofctl', '-O', 'OpenFlow15', '--names', 'dump-flows', 'br-overlay');
const facing = (key: number) =>
  `external_ids:"${FACTS_KEY}"=${JSON.stringify(
    encodeNetworkFacts(networkFacts([], { id: 'n1', overlay: { kind: 'gre', key } })),
  )}`;

function startOverlay(log = silent): OverlayAgent {
  const { rundir } = engine;
  const agent = new OverlayAgent({ database, rundir, facts, places: facts, log });
  after(() => agent.stop());
  return agent;
}

test('a network gets its key, and the host of a port what is for it; a second agent has nothing to do', async () => {
  await makeNetwork(engine, 'n1', { p1: 1, p2: 2 });
  await tool(
    engine,
    'ovn-nbctl',
    ...['lsp-add', 'n1', 'provnet-n1', '--', 'lsp-set-type', 'provnet-n1', 'localnet'],
    ...['--', 'lsp-set-addresses', 'provnet-n1', 'unknown'],
    ...['--', 'lsp-set-options', 'provnet-n1', 'network_name=sextant-overlay'],
    ...['--', 'set', 'Logical_Switch_Port', servicePortName('n1'), facing(5001)],
  );
  const agent = startOverlay();
  await attach(
    { database, namespace: engine.namespace },
    attachmentOf('p1', 1, temporaryNamespace({ after })),
  );
  assert.deepEqual(database.interface('sxt-gre'), undefined, 'a host that is alone has no tunnels');

  await tool(engine, 'ovs-vsctl', 'set', 'open_vswitch', '.', 'external_ids:ovn-encap-ip=fd00:ee::1');
  await tool(engine, 'ovn-sbctl', 'chassis-add', 'other', 'geneve', 'fd00:ee::2');
  await eventually('the other port is there', () =>
    tool(engine, 'ovn-sbctl', 'lsp-bind', 'p2', 'other').then(() => true),
  );
  await eventually('frames for the port go to its host', async () =>
    /tun_id=0x1389,dl_dst=fa:16:3e:00:00:02 actions=.*fd00:ee::2->tun_ipv6_dst,output:"?sxt-gre/.test(
      await flows(),
    ),
  );
  const text = await flows();
  assert.match(text, /tun_ipv6_src=fd00:ee::2,in_port="?sxt-gre"? actions=goto_table:5/);
  assert.match(text, /in_port="?patch-provnet-\S* actions=set_field:0x1389->tun_id,goto_table:2/);
  assert.match(text, /tun_id=0x1389 actions=learn\(table=2,.*limit=4096/);

  await agent.stop();
  const lines: { msg: string; added?: number; removed?: number }[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const successor = startOverlay(log);
  await eventually('it has looked', () => lines.some(({ msg }) => msg === 'flows changed'));
  assert.deepEqual(
    lines.filter(({ msg }) => msg === 'flows changed').map(({ added, removed }) => [added, removed]),
    [[0, 0]],
  );

  await tool(engine, 'ovn-sbctl', 'chassis-del', 'other');
  await eventually(
    'the tunnels of a host that is alone are gone',
    () => database.interface('sxt-gre') === undefined,
  );
  await eventually('nothing is sent to it', async () => !(await flows()).includes('fd00:ee::2'));
  await successor.stop();
});
