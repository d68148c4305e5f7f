import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parse } from 'yaml';
import { definitions } from '../../resources/registry.ts';
import { UsageError } from '../errors.ts';
import { sorted } from '../resource/order-flags.ts';
import { cellText, plainText } from './cell.ts';
import { listColumns, shownFields } from './columns.ts';
import { renderItem, renderList } from './render.ts';
import { drawTable } from './table.ts';

const { network, security_group_rule: rule } = definitions;
const usual = { long: false, known: [], chosen: [] };

const blue = {
  id: 'n1',
  name: 'blue',
  subnets: ['s1', 's2'],
  admin_state_up: true,
  'router:external': false,
  mtu: 1422,
  description: null,
};

test('a table: widths fit, cells have lines, letters with accents count once', () => {
  assert.equal(
    drawTable(
      ['ID', 'Name'],
      [
        ['1', 'café'.normalize('NFD')],
        ['22', 'a\nlonger'],
      ],
    ),
    [
      '+----+--------+',
      '| ID | Name   |',
      '+----+--------+',
      `| 1  | ${'café'.normalize('NFD')}   |`,
      '| 22 | a      |',
      '|    | longer |',
      '+----+--------+',
      '',
    ].join('\n'),
  );
  assert.equal(drawTable(['ID'], []), '+----+\n| ID |\n+----+\n');
});

test('values as the openstack command writes them', () => {
  assert.equal(cellText(['a', 'b']), 'a, b');
  assert.equal(cellText([{ start: '::1', end: '::9' }]), '::1-::9');
  assert.equal(cellText([{ b: 1, a: 'x' }, { a: null }]), "a='x', b='1'\na='None'");
  assert.deepEqual([null, undefined, true, false, 0, ''].map(cellText), [
    'None',
    'None',
    'True',
    'False',
    '0',
    '',
  ]);
  assert.equal(plainText(['a']), '["a"]');
  assert.equal(plainText(false), 'False');
});

test('a name cannot move the cursor or break the table', () => {
  assert.equal(cellText('\u001b[2Jevil\nname\u009b'), '\\x1b[2Jevil\\x0aname\\x9b');
});

test('a list in every format', () => {
  const columns = listColumns('network', network, usual);
  assert.equal(
    renderList('table', columns, [blue]),
    '+----+------+---------+\n| ID | Name | Subnets |\n+----+------+---------+\n| n1 | blue | s1, s2  |\n+----+------+---------+\n',
  );
  const data = [{ ID: 'n1', Name: 'blue', Subnets: ['s1', 's2'] }];
  assert.deepEqual(JSON.parse(renderList('json', columns, [blue])), data);
  assert.deepEqual(parse(renderList('yaml', columns, [blue])), data);
  assert.equal(renderList('value', columns, [blue]), 'n1 blue ["s1","s2"]\n');
  assert.equal(renderList('json', columns, []), '[]\n');
});

test('an item in every format, in the order of names', () => {
  const fields = shownFields({ ...blue, tenant_id: 'p' }, []);
  assert.deepEqual(
    fields.map(({ title }) => title),
    ['admin_state_up', 'description', 'id', 'mtu', 'name', 'router:external', 'subnets'],
  );
  assert.match(renderItem('table', fields, blue), /\| admin_state_up {2}\| UP {7}\|\n/);
  assert.deepEqual(JSON.parse(renderItem('json', fields, blue)), blue);
  assert.equal(renderItem('value', shownFields(blue, ['mtu', 'name']), blue), '1422\nblue\n');
});

test('-c chooses by title or attribute, also what is not usually shown', () => {
  const titles = (chosen: string[]) =>
    listColumns('network', network, { ...usual, chosen }).map(({ title }) => title);
  assert.deepEqual(titles(['name', 'ID']), ['ID', 'Name']);
  assert.deepEqual(titles(['mtu', 'router:external']), ['Router Type', 'MTU']);
  assert.throws(
    () => titles(['Nome']),
    (error) => error instanceof UsageError && /no column Nome. There are: ID, Name/.test(error.message),
  );
});

test('rules: ports and prefixes in words', () => {
  const columns = listColumns('security_group_rule', rule, { ...usual, known: ['security_group_id'] });
  assert.deepEqual(
    columns.map(({ title }) => title),
    [
      'ID',
      'IP Protocol',
      'Ethertype',
      'IP Range',
      'Port Range',
      'Direction',
      'Remote Security Group',
      'Remote Address Group',
    ],
  );
  const text = (title: string, item: Record<string, unknown>) =>
    columns.find((column) => column.title === title)?.text(item);
  const ports = (protocol: string | null, port_range_min: number | null, port_range_max: number | null) =>
    text('Port Range', { protocol, port_range_min, port_range_max });
  assert.equal(ports('tcp', 80, 443), '80:443');
  assert.equal(ports('udp', 0, 0), '0:0');
  assert.equal(ports(null, null, null), '');
  assert.equal(ports('ipv6-icmp', 128, 0), 'type=128:code=0');
  assert.equal(ports('icmp', 8, null), 'type=8');
  assert.equal(ports('58', null, null), '');
  assert.equal(text('IP Range', { ethertype: 'IPv6', remote_ip_prefix: null }), '::/0');
  assert.equal(text('IP Range', { ethertype: 'IPv4' }), '0.0.0.0/0');
  assert.equal(text('IP Range', { ethertype: 'IPv6', remote_ip_prefix: '2001:db8::/32' }), '2001:db8::/32');
});

test('csv: quotes around all but numbers, and in them', () => {
  const columns = listColumns('network', network, { ...usual, chosen: ['name', 'mtu', 'description'] });
  assert.equal(
    renderList('csv', columns, [{ ...blue, name: 'a "b", c' }]),
    '"Name","MTU","Description"\n"a ""b"", c",1422,"None"\n',
  );
});

test('shell: what a shell reads back, and runs nothing of', () => {
  const fields = shownFields({ name: '', 'router:external': false }, []);
  const text = renderItem('shell', fields, { name: '$(id) `id` "\\', 'router:external': true });
  const read = execFileSync('sh', ['-c', `${text}printf '%s %s' "$name" "$router_external"`], {
    encoding: 'utf8',
  });
  assert.equal(read, '$(id) `id` "\\ True');
});

test('lists are sorted by what is shown, numbers as numbers', () => {
  const columns = listColumns('network', network, { ...usual, chosen: ['name', 'mtu'] });
  const items = [
    { name: 'b', mtu: 1500 },
    { name: 'a', mtu: 900 },
    { name: 'c', mtu: 1500 },
  ];
  const by = (sortColumn: string[], more: { sortDescending?: true } = {}) =>
    sorted(items, columns, { sortColumn, ...more })
      .map(({ name }) => name)
      .join('');
  assert.equal(by([]), 'bac');
  assert.equal(by(['mtu']), 'abc');
  assert.equal(by(['MTU', 'name'], { sortDescending: true }), 'cba');
  assert.throws(() => by(['colour']), UsageError);
});
