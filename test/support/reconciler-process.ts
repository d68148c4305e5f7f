/** A reconciler of a store and a northbound database, a process of its own, until it is ended. */
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { openStore } from '../../src/service/open-store.ts';
import { log } from './ovsdb-server.ts';

const [url = '', remote = ''] = process.argv.slice(2);
const store = await openStore({ url, log });
const settings = { packetTooBigBelow: 1422 };
const northbound = await Northbound.start({ store, remote, settings, log });
while (!northbound.reconciler.isActing) await new Promise((resolve) => setTimeout(resolve, 10));
process.stdout.write('acting\n');
