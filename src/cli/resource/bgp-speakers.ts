/** `bgp speaker add peer`, `bgp speaker list advertised routes` and so on, as the `openstack` command has them. */
import type { Command } from 'commander';
import type { ResourceName } from '../../resources/index.ts';
import { titledColumns } from '../output/columns.ts';
import { renderList } from '../output/render.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { isObject } from './flag.ts';
import { addListFlags, type ListFlags } from './output-flags.ts';
import { act } from './session.ts';

const THINGS = [
  { word: 'peer', name: 'bgp_peer', key: 'bgp_peer_id', action: 'bgp_peer', example: 'outside upstream' },
  {
    word: 'network',
    name: 'network',
    key: 'network_id',
    action: 'gateway_network',
    example: 'outside internet',
  },
] as const satisfies readonly {
  word: string;
  name: ResourceName;
  key: string;
  action: string;
  example: string;
}[];

const VERBS = {
  add: { peer: 'Have a speaker tell a peer.', network: 'Have a speaker speak for gateways on a network.' },
  remove: { peer: 'Have a speaker tell a peer no more.', network: 'Have it speak for them no more.' },
} as const;

const ROUTES = { destination: 'Destination', next_hop: 'Nexthop' };

/** Hangs the commands on `bgp speaker`. */
export function addBgpSpeakerCommands(program: Command, terminal: Terminal): void {
  const speaker = commandAt(program, ['bgp', 'speaker']);
  for (const verb of ['add', 'remove'] as const) {
    const parent = speaker.command(verb).description(`${VERBS[verb].peer} Or a network.`);
    for (const { word, name, key, action, example } of THINGS) {
      const command = parent
        .command(word)
        .description(VERBS[verb][word])
        .argument('<bgp-speaker>')
        .argument(`<${name.replace('_', '-')}>`)
        .addHelpText('after', `\nExample:\n  sextant bgp speaker ${verb} ${word} ${example}`);
      act(terminal, command, async ({ client, lookup }, [speakerText = '', text = '']) => {
        const id = await lookup.idOf('bgp_speaker', speakerText);
        await client.act('bgp_speaker', id, `${verb}_${action}`, { [key]: await lookup.idOf(name, text) });
      });
    }
  }
  const routes = commandAt(speaker, ['list', 'advertised', 'routes'])
    .description('List what a speaker advertises.')
    .argument('<bgp-speaker>')
    .addHelpText('after', '\nExample:\n  sextant bgp speaker list advertised routes outside');
  commandAt(speaker, ['list', 'advertised']).description('What a speaker advertises.');
  addListFlags(routes);
  act(terminal, routes, async ({ client, lookup }, [text = '']) => {
    const { format, column } = routes.opts<ListFlags>();
    const id = await lookup.idOf('bgp_speaker', text);
    const answer = await client.request('GET', `/v2.0/bgp-speakers/${id}/get_advertised_routes`);
    const all = isObject(answer) && Array.isArray(answer.advertised_routes) ? answer.advertised_routes : [];
    terminal.out(renderList(format, titledColumns(ROUTES, column), all.filter(isObject)));
  });
}
