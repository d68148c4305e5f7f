import { after, before, describe } from 'node:test';
import { startTestApi } from '../support/api.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';
import { describeApi } from './suite.ts';

describe('the API on PostgreSQL', () => {
  let postgres: PrivatePostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  describeApi(async () => startTestApi(await postgres.newDatabase()));
});
