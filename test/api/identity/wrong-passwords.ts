import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byPassword, type IdentityApi, makeUserIn } from '../../support/identity.ts';

export function describeWrongPasswords(served: () => IdentityApi): void {
  describe('wrong passwords', () => {
    /** Asks to sign in from an address. */
    const from = (address: string, user: object) =>
      served().api.app.inject({
        method: 'POST',
        url: '/identity/v3/auth/tokens',
        remoteAddress: address,
        payload: { auth: { identity: byPassword(user) } },
      });

    it('are limited for each user, there or not, and others sign in meanwhile', async () => {
      const { user, userId } = await makeUserIn(served(), 'besieged', 'member');
      const other = await makeUserIn(served(), 'neighbour', 'member');
      assert.equal((await from('192.0.2.1', user)).statusCode, 201);
      for (const id of [userId, 'nobody-at-all']) {
        const answers = await Promise.all(
          Array.from({ length: 40 }, () => from('192.0.2.2', { id, password: 'guess' })),
        );
        const statuses = answers.map(({ statusCode }) => statusCode);
        assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
        const wrong = statuses.filter((status) => status === 401).length;
        assert.ok(wrong >= 20 && wrong < 30, `${wrong} of 40 were tried`);
        const limited = answers.find(({ statusCode }) => statusCode === 429);
        assert.equal(limited?.headers['retry-after'], '6');
      }
      // Also the right one, from where nobody signed in before; but the user goes on from there.
      assert.equal((await from('192.0.2.2', user)).statusCode, 429);
      assert.equal((await from('192.0.2.1', user)).statusCode, 201);
      assert.equal((await from('192.0.2.2', other.user)).statusCode, 201);
    });

    it('are limited with a token too, also from where the user has signed in', async () => {
      const { user, userId, scope } = await makeUserIn(served(), 'robbed', 'member');
      const ask = served().as(await served().tokenOf(user, scope));
      const guess = { user: { original_password: 'guess', password: 'mine' } };
      const statuses: number[] = [];
      for (let at = 0; at < 30; at++)
        statuses.push((await ask('POST', `/users/${userId}/password`, guess)).status);
      const wrong = statuses.filter((status) => status === 401).length;
      assert.ok(wrong >= 20 && wrong < 30, `${wrong} of 30 were tried: ${statuses}`);
      assert.equal((await served().signIn(byPassword(user))).status, 201, 'sign-in goes on');
    });

    it('are limited for each address, whoever they are for, and other addresses are not held back', async () => {
      const { user } = await makeUserIn(served(), 'bystander', 'member');
      let limited = 0;
      for (let round = 0; limited === 0; round++) {
        assert.ok(round < 20, 'nothing was limited');
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            // Whoever has one address of a /64 has all of them.
            from(`2001:db8:0:3:${round}::${at}`, { id: `nobody-${round}-${at}`, password: 'guess' }),
          ),
        );
        limited = answers.filter(({ statusCode }) => statusCode === 429).length;
      }
      assert.equal((await from('2001:db8:0:3::2', user)).statusCode, 429);
      assert.equal((await from('2001:db8:0:4::1', user)).statusCode, 201);
    });
  });
}
