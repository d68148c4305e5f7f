import { after, before, describe } from 'node:test';
import { startTestApi } from '../support/api.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';
import { describeIdentityApi } from './identity/suite.ts';
import { describeApi } from './suite.ts';

describe('on PostgreSQL', () => {
  let postgres: PrivatePostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  describe('the API', () => describeApi(async () => startTestApi(await postgres.newDatabase())));
  describe('the identity API', () => describeIdentityApi(() => postgres.newDatabase()));
});
