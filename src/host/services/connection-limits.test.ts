import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { ConnectionLimits } from './connection-limits.ts';

const limits = { total: 20, each: 3, strangers: 2, idleMs: 1_000, lifetimeMs: 1_000 };

/** As much of a connection as is counted. */
class Connection extends EventEmitter {
  isReset = false;

  setTimeout(): void {}

  resetAndDestroy(): void {
    this.isReset = true;
    this.emit('close');
  }
}

test('a port has its share, and all who are none have one together', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const connections = new ConnectionLimits(limits);
  const admit = (whose: string | undefined) => {
    const connection = new Connection();
    return connections.admit(whose, connection as unknown as Socket) ? connection : undefined;
  };
  const strangers = Array.from({ length: 10 }, () => admit(undefined));
  assert.equal(strangers.filter((one) => one !== undefined).length, 2);
  const own = Array.from({ length: 5 }, () => admit('port'));
  assert.equal(own.filter((one) => one !== undefined).length, 3);
  assert(admit('another'));
  own[0]?.resetAndDestroy();
  assert(admit('port'), 'one that ended makes room');
  t.mock.timers.tick(1_000);
  assert(
    own.every((one) => one === undefined || one.isReset),
    'none lasts for ever',
  );
});
