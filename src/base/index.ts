/**
 * What programs that run for a long time are made of, whatever they do: loops, limits, listeners, processes under
 * supervision, and an order in which things end. Every part may use it, and it uses none.
 *
 * In go functions; out comes when they are called.
 *
 * Begin with `loop.ts`, the loop that most of what follows the state of something else runs in.
 */
export { Allowance } from './allowance.ts';
export { Backoff } from './backoff.ts';
export { CleanupStack } from './cleanup-stack.ts';
export { BusyError, FairQueue } from './fair-queue.ts';
export { Listeners } from './listeners.ts';
export { type FollowOptions, LogFollower } from './log-follower.ts';
export { Loop } from './loop.ts';
export { ownCode } from './own-code.ts';
export { Repeated } from './repeated.ts';
export {
  childProcess,
  endProcess,
  type ProcessDefinition,
  ProcessError,
  type RunningProcess,
  SupervisedProcess,
  type SupervisedState,
} from './supervised-process.ts';
export { TokenBucket } from './token-bucket.ts';
