import { describe } from 'node:test';
import { describeIdentityApi } from '../../../test/api/identity/suite.ts';

describe('the identity API on SQLite', () => describeIdentityApi(async () => undefined));
