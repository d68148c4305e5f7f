/**
 * Rounds of random faults, while clients make, change and delete what they like. After each round everything that was
 * answered must be so, OVN must have it, and instances must reach each other. For some seconds on each database, or as
 * long as `npm run test:chaos` is told to. What one run found, the next is likely to find again with the same seed:
 * `SEXTANT_SEED=7 SEXTANT_CHAOS_SECONDS=60 npm run test:chaos`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { randomOf, SEED } from '../support/random.ts';
import { ChaosClient, type Tally } from './clients.ts';
import { drawFaults } from './faults.ts';
import { inspect } from './inspection.ts';
import { Ledger } from './ledger.ts';
import { type Dialect, World } from './world.ts';

const SECONDS = Number(process.env.SEXTANT_CHAOS_SECONDS ?? 20);
const CLIENTS = 4;
/** Changes that are acknowledged in each round before and after the faults. */
const CHANGES = 30;

for (const dialect of ['sqlite', 'postgres'] satisfies Dialect[])
  describe(`rounds of faults (${dialect})`, () => {
    let world: World;
    before(async () => {
      world = await World.make(dialect);
    });
    after(() => world?.end());

    it(`lose nothing, bring nothing twice or back; SEXTANT_SEED=${SEED}`, async (t) => {
      console.log(`SEXTANT_SEED=${SEED} SEXTANT_CHAOS_SECONDS=${SECONDS}`);
      const random = randomOf(SEED);
      const ledger = new Ledger();
      const tally: Tally = { acknowledged: 0, refused: 0, unanswered: 0, faults: [] };
      const clients = Array.from({ length: CLIENTS }, (_, index) => {
        const own = randomOf(SEED + index + 1);
        return new ChaosClient(`c${index}`, () => own.oneOf(world.servers).client, ledger, own, tally);
      });
      const acknowledges = (count: number) => {
        const wanted = tally.acknowledged + count;
        return eventually('changes are acknowledged', () => tally.acknowledged >= wanted);
      };
      const began = performance.now();
      let rounds = 0;
      while (performance.now() - began < SECONDS * 1_000) {
        const faults = drawFaults(world, random);
        const title = faults.map((fault) => fault.title).join('; ');
        console.log(`round ${++rounds}: ${title}`);
        const quiet = new AbortController();
        const working = Promise.all(clients.map((client) => client.run(quiet.signal)));
        try {
          await acknowledges(CHANGES);
          await Promise.all(faults.map((fault) => fault.happen()));
          await acknowledges(CHANGES);
        } finally {
          quiet.abort();
          await working;
        }
        await inspect(world, ledger);
        assert.deepEqual(tally.faults, [], `after: ${title}`);
      }
      const { acknowledged, refused, unanswered } = tally;
      t.diagnostic(
        `${rounds} rounds: ${acknowledged} acknowledged, ${refused} refused, ${unanswered} unanswered`,
      );
    });
  });
