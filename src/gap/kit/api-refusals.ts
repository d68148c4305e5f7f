/** What the API refuses, as evidence. */
import { NeutronApiError } from '../../client/index.ts';
import type { Evidence } from './evidence.ts';
import type { Trial } from './trial.ts';

/** Credentials that are not valid any more, time that ran out, a body too large for a proxy, too many requests. */
const CIRCUMSTANCES: readonly number[] = [401, 408, 413, 429];
const NOT_IMPLEMENTED = 501;

/**
 * Whether an answer is about the moment or about who asks, and so says nothing of what was asked: a fault of the server's,
 * a quota, a limit of requests. An answer that there is no such thing (501) is about what was asked.
 */
export const isCircumstance = ({ status, type }: NeutronApiError): boolean =>
  (status >= 500 && status !== NOT_IMPLEMENTED) || CIRCUMSTANCES.includes(status) || type === 'OverQuota';

/**
 * A request that must be answered with one of these statuses.
 * @throws what says nothing of the request
 */
export async function apiRefuses(
  purpose: { readonly what: string; readonly core?: boolean },
  request: () => Promise<unknown>,
  ...statuses: readonly number[]
): Promise<Evidence> {
  const { status, seen } = await requestOutcome(request);
  return { ...purpose, expected: `status ${statuses.join(' or ')}`, seen, ok: statuses.includes(status) };
}

/**
 * The status of an answer, and what it says when it is a refusal.
 * @throws what says nothing of the request
 */
export async function requestOutcome(
  request: () => Promise<unknown>,
): Promise<{ status: number; seen: string }> {
  try {
    await request();
    return { status: 200, seen: 'success' };
  } catch (error) {
    if (!(error instanceof NeutronApiError) || isCircumstance(error)) throw error;
    return { status: error.status, seen: `status ${error.status} ${error.type}` };
  }
}

/**
 * What a request makes, that a use case begins with. Where the API refuses it, that is the evidence.
 * @returns undefined when it is refused
 * @throws what says nothing of the request: nor does it that a policy forbids it to who asks
 */
export async function madeUnlessRefused<T>(
  trial: Pick<Trial, 'show'>,
  purpose: { readonly what: string; readonly core?: boolean },
  request: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof NeutronApiError) || isCircumstance(error) || error.status === 403) throw error;
    const seen = `status ${error.status} ${error.type}: ${error.message}`;
    trial.show({ ...purpose, expected: 'it is made', seen, ok: false });
    return undefined;
  }
}
