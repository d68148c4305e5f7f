/** A program: has a host's certificate renewed now, as the host does by itself when it is due; prints the new one's serial. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ServerChannel } from '../../src/host/server-channel.ts';
import { HOST_API } from '../../src/host-contract/index.ts';
import { requestFor } from '../../src/pki/index.ts';

const [server, host, pki] = process.argv.slice(2) as [string, string, string];
const tls = {
  privateKey: `${pki}/host.key`,
  certificate: `${pki}/host.pem`,
  caCertificate: `${pki}/ca.pem`,
};
const channel = new ServerChannel(server, tls);
const { status, body } = await channel.request({
  method: 'POST',
  path: HOST_API.renew,
  body: { request: await requestFor(tls.privateKey, host) },
});
if (status !== 200) throw new Error(`${status} ${body}`);
const { certificate } = JSON.parse(body.toString()) as { certificate: string };
writeFileSync(`${tls.certificate}.new`, certificate);
renameSync(`${tls.certificate}.new`, tls.certificate);
channel.close();
process.stdout.write(new X509Certificate(readFileSync(tls.certificate)).serialNumber.toLowerCase());
