/** A unix socket before another one, which counts, and can be cut as a network is: nothing gets through, and nobody is told. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Gate {
  /** How often a client has spoken after the server had, on all connections: round trips. */
  readonly turns: number;
  /** From now on nothing gets through. */
  cut(): void;
  close(): Promise<void>;
}

/** Opens a gate at `path` that leads to the socket `target`. */
export async function openGate(path: string, target: string): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let turns = 0;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk) => {
      if (!isCut) to.write(chunk);
    });
    from.on('close', () => {
      if (!isCut) to.destroy();
    });
    from.on('error', () => {});
  };
  const server = createServer((client) => {
    const behind = connect(target);
    let mayTurn = true;
    client.on('data', () => {
      if (mayTurn) turns++;
      mayTurn = false;
    });
    behind.on('data', () => {
      mayTurn = true;
    });
    pass(client, behind);
    pass(behind, client);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    get turns() {
      return turns;
    },
    cut() {
      isCut = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
