/** The API, without an engine, on a database: a process of its own that says where it listens, until it is ended. */
import type { AddressInfo } from 'node:net';
import { startTestApi } from './api.ts';

const api = await startTestApi(process.argv[2]);
await api.app.listen({ host: '::1', port: 0 });
process.stdout.write(`${(api.app.server.address() as AddressInfo).port}\n`);
process.stdin.resume().once('end', async () => {
  await api.close();
  process.exit();
});
