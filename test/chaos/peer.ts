/** A second process of the API and the reconciler, on the store and the OVN of a service, until it is ended. */
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { northboundCheck } from '../../src/service/watched-parts.ts';
import { startTestApi } from '../support/api.ts';
import { log } from '../support/ovsdb-server.ts';

const [url = '', remote = '', settings = '', port = ''] = process.argv.slice(2);
let northbound: Northbound | undefined;
const healthChecks = [
  northboundCheck({
    status: async () => {
      if (northbound) return northbound.status();
      throw new Error('it is starting');
    },
  }),
];
const api = await startTestApi(url, { healthChecks });
await api.app.listen({ host: '::1', port: Number(port) });
northbound = await Northbound.start({ store: api.store, remote, settings: JSON.parse(settings), log });
process.on('SIGTERM', async () => {
  await api.app.close();
  await northbound?.stop();
  await api.close();
  process.exit();
});
