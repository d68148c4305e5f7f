/**
 * What OVN is shown of the switch's database: the patch ports of instances look like ordinary devices, a device that was
 * plugged into OVN's bridge past the guard is no port's, and the datapath cannot translate sources to all zeros.
 *
 * When a patch port changes, ovn-controller computes everything anew, which takes the longer the more ports there
 * are (0.2 s with 1,000 of them); for a device it computes only what that changes. It tells them apart by the
 * interface's type alone, and treats them alike in all else. So it gets these rows with another type, and
 * everything else passes through as it is.
 *
 * Where a datapath can translate sources to all zeros, OVN has it do so with every connection that a security group
 * lets through, though nothing is changed by that. In the userspace datapath each then has a twin for the way back,
 * and when ports of closed connections are used again, Open vSwitch 3.1 finds the twin and aborts ("assertion
 * conn->conn_type == CT_CONN_TYPE_DEFAULT failed in conn_update_state()"): any instance could end its host's switch
 * with a few attempts to connect to a closed port.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { isJsonObject, type Json, JsonFraming } from '../ovsdb/index.ts';
import { InterfaceView } from './interface-view.ts';

/** The relay as a program: `node PROGRAM DATABASE VIEW`, both unix sockets. What stands behind them is not looked at. */
export const OVN_VIEW_PROGRAM = join(import.meta.dirname, 'ovn-view-process.ts');

const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

/** One session's view: messages go through it in their order, and are changed in place. */
export class SessionView {
  readonly #interfaces = new InterfaceView();

  /** Changes a message of the database server to what OVN is to see. */
  asOvnSees(message: Json): Json {
    if (!isJsonObject(message)) return message;
    const { method, params, result } = message;
    if (typeof method === 'string' && Array.isArray(params)) this.#disguise(params.at(-1));
    // The contents at the beginning of a monitor are the result itself, or with monitor_cond_since its last part.
    this.#disguise(Array.isArray(result) ? result.at(-1) : result);
    return message;
  }

  /** Changes a message of OVN's: a session begins with all rows, whatever an earlier one had. */
  asDatabaseSees(message: Json): Json {
    if (!isJsonObject(message) || message.method !== 'monitor_cond_since') return message;
    if (Array.isArray(message.params)) message.params[3] = NO_TRANSACTION;
    return message;
  }

  #disguise(updates: Json | undefined): void {
    if (!isJsonObject(updates)) return;
    if (isJsonObject(updates.Interface)) this.#interfaces.disguise(updates.Interface);
    disguiseDatapaths(updates.Datapath);
  }
}

/** A relay between a database's socket and the one that OVN is given. */
export class OvnView {
  readonly #server: Server;

  private constructor(database: string) {
    this.#server = createServer((client) => this.#relay(client, connect({ path: database })));
  }

  /**
   * @param database unix socket of the switch's database; it need not be there yet
   * @param path unix socket to listen on; one that is left of a dead process is replaced
   */
  static async start(database: string, path: string): Promise<OvnView> {
    const view = new OvnView(database);
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => view.#server.listen(path, resolve).once('error', reject));
    return view;
  }

  #relay(client: Socket, server: Socket): void {
    const view = new SessionView();
    const [up, down] = [new JsonFraming(), new JsonFraming()];
    client.on('data', (data: Buffer) => {
      for (const message of up.push(data)) server.write(JSON.stringify(view.asDatabaseSees(message)));
    });
    server.on('data', (data: Buffer) => {
      for (const message of down.push(data)) client.write(JSON.stringify(view.asOvnSees(message)));
    });
    for (const [side, other] of [
      [client, server],
      [server, client],
    ] as const) {
      side.on('error', () => {}); // 'close' follows
      side.on('close', () => other.destroy());
    }
  }
}

function disguiseDatapaths(rows: Json | undefined): void {
  if (!isJsonObject(rows)) return;
  for (const row of Object.values(rows)) {
    if (!isJsonObject(row)) continue;
    for (const columns of Object.values(row)) {
      if (isJsonObject(columns)) for (const pair of pairsOf(columns.capabilities)) deny(pair);
    }
  }
}

/** Has a capability that OVN shall not use be none. */
function deny(pair: Json): void {
  if (Array.isArray(pair) && pair[0] === 'ct_zero_snat') pair[1] = 'false';
}

/** The pairs of a map (RFC 7047 section 5.1). */
function pairsOf(map: Json | undefined): readonly Json[] {
  const pairs = Array.isArray(map) ? map[1] : undefined;
  return Array.isArray(pairs) ? pairs : [];
}
