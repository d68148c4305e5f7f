import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answered } from '../../client/index.ts';
import { type ServerChoice, serverPlan, tightRoom } from './open-servers.ts';

const reach = (external: boolean) =>
  ({ id: 'n', name: 'outside', 'router:external': external }) as unknown as Answered<'network'>;
const choice = (changes: Partial<ServerChoice>): ServerChoice => ({
  image: { id: 'i', name: 'debian', cores: 0, memory: 0 },
  flavor: { id: 'f', name: 'small', cores: 2, memory: 1024 },
  reach: reach(false),
  room: { servers: Number.POSITIVE_INFINITY, cores: 4, memory: 4096 },
  ...changes,
});

test('a run says which servers it boots, and how it reaches them', () => {
  const plan = serverPlan(choice({}), 2).join('\n');
  assert.match(plan, /image debian and flavor small in each of 2 projects/);
  assert.match(plan, /a port on outside/);
  assert.match(serverPlan(choice({ reach: reach(true) }), 1).join('\n'), /a floating IP on outside/);
});

test('a quota that leaves no room for a server is said', () => {
  assert.deepEqual(tightRoom(choice({})), []);
  assert.deepEqual(tightRoom(choice({ room: { servers: 0, cores: 1, memory: 1024 } })), [
    "The project's quota leaves 0 servers, and a server takes 1: what needs one is unverified.",
    "The project's quota leaves 1 cores, and a server takes 2: what needs one is unverified.",
  ]);
});
