/** What the API refuses, as evidence. */
import { NeutronApiError } from '../../client/index.ts';
import type { Evidence } from './evidence.ts';
import type { Trial } from './trial.ts';

/** A request that must be answered with one of these statuses. */
export async function apiRefuses(
  purpose: { readonly what: string; readonly core?: boolean },
  request: () => Promise<unknown>,
  ...statuses: readonly number[]
): Promise<Evidence> {
  const { status, seen } = await requestOutcome(request);
  return { ...purpose, expected: `status ${statuses.join(' or ')}`, seen, ok: statuses.includes(status) };
}

/** The status of an answer, and what it says when it is a refusal; 0 when there is no answer. */
async function requestOutcome(request: () => Promise<unknown>): Promise<{ status: number; seen: string }> {
  try {
    await request();
    return { status: 200, seen: 'success' };
  } catch (error) {
    if (!(error instanceof NeutronApiError)) throw error;
    return { status: error.status, seen: `status ${error.status} ${error.type}` };
  }
}

/**
 * What a request makes, that a use case begins with. Where the API refuses it, that is the evidence.
 * @returns undefined when it is refused
 */
export async function madeUnlessRefused<T>(
  trial: Pick<Trial, 'show'>,
  purpose: { readonly what: string; readonly core?: boolean },
  request: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof NeutronApiError) || error.status >= 500) throw error;
    const seen = `status ${error.status} ${error.type}: ${error.message}`;
    trial.show({ ...purpose, expected: 'it is made', seen, ok: false });
    return undefined;
  }
}
