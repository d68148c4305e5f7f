/** What the identity API does, whatever database is behind it. */
import { after, before } from 'node:test';
import { type IdentityApi, startIdentityApi } from '../../support/identity.ts';
import { describeCredentials } from './credentials.ts';
import { describeDirectory } from './directory.ts';
import { describeLostRights } from './lost-rights.ts';
import { describeSignIn } from './sign-in.ts';
import { describeWrongPasswords } from './wrong-passwords.ts';

/** The one of this process; there once the suite's tests run. */
export type Served = () => IdentityApi;

/** @param newDatabase the URL of an empty one; a SQLite file when left out */
export function describeIdentityApi(newDatabase: () => Promise<string | undefined>): void {
  let served: IdentityApi;
  before(async () => {
    served = await startIdentityApi(await newDatabase());
  });
  after(() => served.close());
  for (const describeOne of [
    describeSignIn,
    describeDirectory,
    describeLostRights,
    describeCredentials,
    describeWrongPasswords,
  ])
    describeOne(() => served);
}
