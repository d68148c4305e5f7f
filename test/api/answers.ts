import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { definitions } from '../../src/resources/registry.ts';
import type { Body } from '../support/api.ts';
import { api } from './harness.ts';

/** What other suites left, asked for one by one and as lists. */
export function describeAnswers(): void {
  describe('lists and looks at one', () => {
    for (const { path, collection, name } of Object.values(definitions)) {
      for (const roles of ['admin', 'member']) {
        it(`say the same of ${collection}, in the same order, to one with the role ${roles}`, async () => {
          const headers = { 'x-roles': roles };
          const { body } = await api.call('GET', `/v2.0/${path}`, undefined, headers);
          const listed = (body[collection] ?? []) as Body[];
          for (const item of listed) {
            const shown = await api.call('GET', `/v2.0/${path}/${item.id}`, undefined, headers);
            assert.equal(JSON.stringify(item), JSON.stringify(shown.body[name]));
          }
          const fields = ['id', Object.keys(listed[0] ?? { id: '' }).at(-1)!, 'tenant_id'];
          const query = fields.map((field) => `fields=${field}`).join('&');
          const { body: cut } = await api.call('GET', `/v2.0/${path}?${query}`, undefined, headers);
          assert.equal(
            JSON.stringify(cut[collection]),
            JSON.stringify(
              listed.map((item) =>
                Object.fromEntries(Object.entries(item).filter(([attribute]) => fields.includes(attribute))),
              ),
            ),
          );
        });
      }
    }
  });
}
