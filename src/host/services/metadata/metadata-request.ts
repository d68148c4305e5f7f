/** What instances may ask of the metadata service. Pure. */

/** What matters of a request. */
export interface AskedFor {
  readonly method: string;
  /** As it stands in the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Judgement =
  | { readonly path: string }
  | { readonly status: 404 | 405 | 413 | 414; readonly reason: string };

const MAX_PATH = 512;
/** What paths of OpenStack's and EC2's layouts are made of; no percent signs, so that nothing is to be decoded. */
const PATH = /^(?:\/[A-Za-z0-9._~:=@-]+)*\/?$/;

/**
 * The path that is asked for, or why there is no answer. Instances read: `PUT` for EC2's session tokens is refused,
 * on which clients go on without, and `POST` of a Windows password is not kept by anybody here.
 */
export function judgeRequest({ method, url, headers }: AskedFor): Judgement {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, reason: 'Only GET and HEAD are served.' };
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
    return { status: 413, reason: 'No request body is taken.' };
  const [asked = ''] = url.split('?', 1);
  if (asked.length > MAX_PATH) return { status: 414, reason: 'The path is too long.' };
  const isPlain = PATH.test(asked) && !asked.split('/').some((part) => part === '.' || part === '..');
  return isPlain ? { path: asked } : { status: 404, reason: 'There is nothing of this name.' };
}
