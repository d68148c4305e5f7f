/** SSH public keys as `authorized_keys` holds them (sshd(8), RFC 4253 section 6.6). Pure. */
import { errors } from '../../errors/index.ts';
import type { AttributeType } from '../definition/attribute-types.ts';

/** Characters of the longest key taken: 16,384 bits of RSA make 2,800. */
const MAX_LENGTH = 8192;

const ALGORITHMS: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/**
 * A key on one line: algorithm, base64 and perhaps a comment. Options before it are refused: they are no part of a
 * public key, and would say what whoever logs in may run.
 */
export const sshPublicKey: AttributeType<string> = {
  label: 'KEY',
  schema: { type: 'string', maxLength: MAX_LENGTH },
  storedAs: 'plain',
  parse(value, field) {
    if (typeof value !== 'string') throw errors.instance.keyNotText({ field });
    if (value.length > MAX_LENGTH) throw errors.instance.keyTooLong({ field, maximum: MAX_LENGTH });
    const line = value.trim();
    if (/\p{Cc}/u.test(line)) throw errors.instance.keyOfSeveralLines({ field });
    const [algorithm = '', base64 = ''] = line.split(/ +/);
    if (!ALGORITHMS.has(algorithm)) {
      throw errors.instance.keyAlgorithm({
        field,
        algorithm: algorithm.slice(0, 40),
        known: [...ALGORITHMS],
      });
    }
    if (!isKeyOf(algorithm, base64)) throw errors.instance.keyCut({ field, algorithm });
    return line;
  },
};

/** Whatever follows algorithm and key in its line; empty for nothing. */
export const commentOf = (key: string): string => key.split(/ +/).slice(2).join(' ');

/** The octets begin with the algorithm's name, and consist of strings with their lengths (RFC 4251 section 5). */
function isKeyOf(algorithm: string, base64: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const octets = Buffer.from(base64, 'base64');
  const strings: Buffer[] = [];
  for (let at = 0; at < octets.length; ) {
    if (at + 4 > octets.length) return false;
    const end = at + 4 + octets.readUInt32BE(at);
    if (end > octets.length) return false;
    strings.push(octets.subarray(at + 4, end));
    at = end;
  }
  return strings.length > 1 && strings[0]?.toString('latin1') === algorithm;
}
