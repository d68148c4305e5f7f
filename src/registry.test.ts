import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startTestApi, type TestApi } from '../test/support/api.ts';
import { buildProgram } from './cli/program.ts';
import type { Terminal } from './cli/terminal.ts';
import { identityPage } from './identity/page.ts';
import {
  columnOf,
  type Definition,
  isCreatable,
  storedAttributes,
} from './resources/definition/definition.ts';
import { resourcesPage } from './resources/page.ts';
import { definitions } from './resources/registry.ts';

const all: readonly Definition[] = Object.values(definitions);
const folders = join(import.meta.dirname, 'resources');

describe('the registry of resources', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('has every folder that holds a definition, under the name of its resource', () => {
    const found = readdirSync(folders, { withFileTypes: true })
      .map(({ name }) => name)
      .filter((name) => name !== 'definition' && existsSync(join(folders, name, 'definition.ts')));
    assert.deepEqual(found.sort(), all.map(({ name }) => name.replaceAll('_', '-')).sort());
    for (const [name, definition] of Object.entries(definitions)) assert.equal(definition.name, name);
  });

  it('has what the database has: a column for each stored attribute, and none that nobody knows', async () => {
    const tables = await api.store.read.introspection.getTables();
    /** Columns that are no attributes. */
    const further: Record<string, readonly string[]> = {
      ports: ['binding_refused', 'learned_reset', 'past_guard_on'],
      routers: ['enable_snat', 'external_network_id', 'gateway_port_id'],
      security_group_rules: ['meaning'],
      default_security_group_rules: ['meaning', 'project_id'],
      agents: ['certificate_serial', 'next_certificate_serial', 'chassis', 'project_id'],
      floatingips: ['floating_port_id'],
      bgp_peers: ['password'],
      host_tokens: ['secret_hash'],
    };
    for (const definition of all) {
      const table = tables.find(({ name }) => name === definition.collection);
      assert.deepEqual(
        table?.columns.map(({ name }) => name).sort(),
        [
          ...storedAttributes(definition).map(([attribute]) => columnOf(attribute)),
          ...(further[definition.collection] ?? []),
        ].sort(),
        definition.collection,
      );
    }
  });

  it('is what the API serves, and says that it does', async () => {
    const { body: root } = await api.call('GET', '/v2.0');
    assert.deepEqual(
      root.resources?.map(({ name }) => String(name)),
      all.map(({ name }) => name),
    );
    const { body: openapi } = await api.call('GET', '/openapi.json');
    for (const { collection, path, attributes } of all) {
      const { status, body } = await api.call('GET', `/v2.0/${path}`);
      assert.equal(status, 200, path);
      assert.ok(Array.isArray(body[collection]), path);
      assert.ok(openapi.paths?.[`/v2.0/${path}`], `${path} in OpenAPI`);
      // Every attribute by which a list may be filtered or sorted has a column behind it.
      const sorted = Object.entries(attributes)
        .filter(
          ([, { stored, filter, type }]) => stored !== false && filter !== false && type.storedAs !== 'json',
        )
        .map(([name]) => api.call('GET', `/v2.0/${path}?sort_key=${name}&sort_dir=asc`));
      for (const answer of await Promise.all(sorted)) assert.equal(answer.status, 200, path);
    }
  });

  it('is what the command line offers', () => {
    const program = buildProgram({ out() {}, err() {} } as unknown as Terminal);
    for (const { name, command = name.replaceAll('_', ' ') } of all) {
      let at = program;
      for (const word of command.split(' ')) {
        const next = at.commands.find((one) => one.name() === word);
        assert.ok(next, `sextant ${command}`);
        at = next;
      }
      const verbs = at.commands.map((one) => one.name());
      for (const verb of ['list', 'show', 'delete']) assert.ok(verbs.includes(verb), `${command} ${verb}`);
      assert.equal(verbs.includes('create'), isCreatable(definitions[name]), command);
    }
  });

  it('is what the docs say', () => {
    const page = readFileSync(new URL('../docs/reference/resources.md', import.meta.url), 'utf8');
    assert.equal(page, resourcesPage(), 'run: npm run docs');
    const identity = readFileSync(new URL('../docs/reference/identity.md', import.meta.url), 'utf8');
    assert.equal(identity, identityPage(), 'run: npm run docs');
  });
});
