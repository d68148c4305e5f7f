import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestError } from '../errors/index.ts';
import { definitions } from '../resources/registry.ts';
import { parseListQuery, type QueryString } from './list-query.ts';

const parse = (query: QueryString, isAdmin = true) =>
  parseListQuery(definitions.port, ['fixed_ips'], query, {
    projectId: 'p',
    isAdmin,
    canWrite: true,
    canRead: true,
    requestId: 'r',
  });

describe('the query of a list', () => {
  it('turns attributes into conditions on columns, in canonical form', () => {
    const { equals } = parse({ mac_address: 'FA-16-3E-00-00-01', admin_state_up: 'True', name: ['a', 'b'] });
    assert.deepEqual(equals, [
      { column: 'mac_address', values: ['fa:16:3e:00:00:01'] },
      { column: 'admin_state_up', values: [1] },
      { column: 'name', values: ['a', 'b'] },
    ]);
  });
  it('takes tenant_id for project_id, and the resource’s own filters as they are', () => {
    const { equals, special } = parse({ tenant_id: 'p', fixed_ips: 'ip_address=fd00::1' });
    assert.deepEqual(equals, [{ column: 'project_id', values: ['p'] }]);
    assert.deepEqual(special, [{ name: 'fixed_ips', values: ['ip_address=fd00::1'] }]);
  });
  it('drops a value that the type refuses: nothing has it', () => {
    assert.deepEqual(parse({ mac_address: 'x' }).equals, [{ column: 'mac_address', values: [] }]);
  });
  it('takes a sort key once', () => {
    const names = Array.from({ length: 2100 }, () => 'name');
    assert.equal(parse({ sort_key: names }).sort.length, 2);
  });
  for (const query of [{ 'binding:host_id': 'x' }, { sort_key: 'binding:host_id' }]) {
    it(`lets administrators alone ask for ${JSON.stringify(query)}`, () => {
      parse(query);
      assert.throws(() => parse(query, false), RequestError);
    });
  }
  it('orders by id last, so that pages never overlap', () => {
    assert.deepEqual(parse({ sort_key: ['name'], sort_dir: ['desc'] }).sort, [
      { column: 'name', direction: 'desc' },
      { column: 'id', direction: 'asc' },
    ]);
  });
  for (const [what, query] of [
    ['an unknown filter', { nme: 'x' }],
    ['a filter that every object has', { constructor: 'x' }],
    ['a sort key that every object has', { sort_key: 'constructor' }],
    ['a filter on a list', { allowed_address_pairs: 'x' }],
    ['a sort key that is none', { sort_key: 'fixed_ips' }],
    ['sort directions without keys', { sort_dir: 'asc' }],
    ['an unknown direction', { sort_key: 'name', sort_dir: 'up' }],
    ['a limit that is no number', { limit: 'ten' }],
    ['a negative limit', { limit: '-1' }],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parse(query as QueryString),
        (error) => error instanceof RequestError && error.status === 400,
      );
    });
  }
});
