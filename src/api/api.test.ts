import { describe } from 'node:test';
import { describeApi } from '../../test/api/suite.ts';
import { startTestApi } from '../../test/support/api.ts';

describe('the API on SQLite', () => describeApi(() => startTestApi()));
