/** User data: what cloud-init or the like is to do in an instance. Pure. */
import { errors } from '../../errors/index.ts';

/** Octets that an instance may get. Nova takes 64 KiB as well, but of base64. */
export const MAX_USER_DATA = 64 * 1024;

/** Characters of that much in base64. */
export const maxEncoded = 4 * Math.ceil(MAX_USER_DATA / 3);

/** How `user_data` is written: as the text that it is, or, for what is no text (gzip), in base64 (RFC 4648). */
export const USER_DATA_ENCODINGS = ['text', 'base64'] as const;
type UserDataEncoding = (typeof USER_DATA_ENCODINGS)[number];

/** The octets that an instance gets. */
export const userDataOctets = (userData: string, encoding: UserDataEncoding): Buffer =>
  Buffer.from(userData, encoding === 'base64' ? 'base64' : 'utf8');

/** @throws RequestError 400 for what is no base64, or too much */
export function checkUserData(userData: string, encoding: UserDataEncoding): void {
  if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData)) {
    throw errors.instance.userDataNotBase64();
  }
  const { length } = userDataOctets(userData, encoding);
  if (length <= MAX_USER_DATA) return;
  throw errors.instance.userDataTooLong({ length, maximum: MAX_USER_DATA });
}
