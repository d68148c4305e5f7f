/** A program: asks the hosts' API for a port's metadata, with the certificate of a directory or none; prints the answer. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { PORT_HEADER } from '../../src/host-contract/index.ts';

const [url, portId, pki] = process.argv.slice(2);
const certificate = pki
  ? {
      key: readFileSync(`${pki}/host.key`),
      cert: readFileSync(`${pki}/host.pem`),
      ca: readFileSync(`${pki}/ca.pem`),
    }
  : {};
const options = { ...certificate, rejectUnauthorized: false, headers: { [PORT_HEADER]: portId } };
request(new URL(url as string), options, async (answer) => {
  const body = (await answer.setEncoding('utf8').toArray()).join('');
  process.stdout.write(`${answer.statusCode} ${body}`);
}).end();
