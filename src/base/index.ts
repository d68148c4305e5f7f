/**
 * What programs that run for a long time are made of, whatever they do: every part may use it, and it uses none.
 *
 * Begin with `loop.ts`, the loop that most of what follows the state of something else runs in.
 */
export { Allowance } from './allowance.ts';
export { CleanupStack } from './cleanup-stack.ts';
export { Listeners } from './listeners.ts';
export { Loop } from './loop.ts';
export {
  type ProcessDefinition,
  ProcessError,
  restartDelay,
  SupervisedProcess,
} from './supervised-process.ts';
export { TokenBucket } from './token-bucket.ts';
