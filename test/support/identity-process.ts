/** The API, whose users sign in, as a process of its own; it says where it listens and a token, until it is ended. */
import type { AddressInfo } from 'node:net';
import { USUAL_COST } from '../../src/identity/index.ts';
import { startIdentityApi } from './identity.ts';

const { api, adminToken, close } = await startIdentityApi(process.argv[2], USUAL_COST);
await api.app.listen({ host: '::1', port: 0 });
process.stdout.write(`${(api.app.server.address() as AddressInfo).port} ${adminToken}\n`);
process.stdin.resume().once('end', async () => {
  await close();
  process.exit();
});
