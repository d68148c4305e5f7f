/** JSON bodies. */
import { errors } from '../errors/index.ts';

/** No request has more than a handful of levels; a thousand would exhaust the stack of whoever walks through them. */
const MAX_DEPTH = 32;

function checkDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw errors.request.tooDeep({ maximum: MAX_DEPTH });
  for (const member of Object.values(value)) checkDepth(member, left - 1);
}

/** @throws RequestError 400 for what is not JSON, or nested too deeply */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw errors.request.notJson({ reason: error instanceof Error ? error.message : String(error) });
  }
  checkDepth(value, MAX_DEPTH);
  return value;
}
