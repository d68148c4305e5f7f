/** A process of its own with an engine, for tests that kill it: prints the engine as JSON when it is up. */
import { EmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { silent } from './support.ts';

const engine = await EmbeddedEngine.start({
  stateDir: process.argv[2] as string,
  physicalNetworks: [],
  namespace: 'own',
  log: silent,
});
process.stdout.write(`${JSON.stringify(engine)}\n`);
