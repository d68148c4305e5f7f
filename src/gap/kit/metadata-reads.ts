/** Requests of instances to their metadata service, as evidence. */
import type { Address } from '../../addressing/index.ts';
import { type HttpOutcome, type HttpProbe, httpProbe, type InstanceInterface } from '../../lab/index.ts';
import type { Evidence } from './evidence.ts';

/** Milliseconds after which silence is silence. */
const SILENCE_MS = 1_500;

/** The document at a path; empty for none. */
export async function metadataOf(device: InstanceInterface, to: Address, path: string): Promise<string> {
  const outcome = await httpProbe(device.instance, { to, device: device.device, path });
  return outcome.outcome === 'answered' && outcome.status === 200 ? outcome.body : '';
}

/**
 * A request, and what it must come to.
 * @param expected the document, a status, a refusal of whatever kind, or no answer at all
 */
export async function readsMetadata(
  purpose: Pick<Evidence, 'what' | 'core'>,
  device: InstanceInterface,
  request: Omit<HttpProbe, 'device'>,
  expected: string | number,
): Promise<Evidence> {
  const patienceMs = expected === 'silence' ? SILENCE_MS : undefined;
  const outcome = await httpProbe(device.instance, { ...request, device: device.device }, patienceMs);
  const ok = isAsExpected(outcome, expected);
  return { ...purpose, expected: String(expected).trim(), seen: describeHttp(outcome), ok };
}

function isAsExpected(outcome: HttpOutcome, expected: string | number): boolean {
  if (expected === 'silence') return outcome.outcome !== 'answered';
  if (outcome.outcome !== 'answered') return expected === 'refusal' && outcome.outcome === 'refused';
  if (expected === 'refusal') return outcome.status >= 400;
  return typeof expected === 'number' ? outcome.status === expected : outcome.body === expected;
}

/** An outcome in a few words. */
export function describeHttp(outcome: HttpOutcome): string {
  if (outcome.outcome === 'silence') return 'silence';
  if (outcome.outcome === 'refused') return outcome.code;
  return outcome.status === 200 ? outcome.body.trim().slice(0, 120) : String(outcome.status);
}
