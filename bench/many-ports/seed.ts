/** Writes ports into a SQLite store past the API, as copies of one that the API made. */
import { randomUUID } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Address, eui64Address, Mac, Prefix } from '../../src/addressing/index.ts';

/** The first MAC address of the copies; those that the API draws begin otherwise. */
const FIRST_MAC = 0x02_5e_ed_00_00_00n;

type SqlRow = Record<string, SQLInputValue>;

/**
 * Copies a port with its addresses (EUI-64 ones, of a subnet with SLAAC) and groups, in one transaction.
 * @param file the database, of a service that does not run
 * @param portId the port to copy
 * @param from counts the copies of all calls: no two ports get the same MAC address
 */
export function copyPort(file: string, portId: string, from: number, count: number): void {
  const db = new DatabaseSync(file);
  const rowsOf = (table: string, column: string): SqlRow[] =>
    db.prepare(`select * from ${table} where ${column} = ?`).all(portId);
  const inserter = (table: string, sample: SqlRow) => {
    const columns = Object.keys(sample);
    const statement = db.prepare(
      `insert into ${table} (${columns.join()}) values (${columns.map(() => '?').join()})`,
    );
    return (row: SqlRow) => statement.run(...columns.map((column) => row[column] ?? null));
  };
  try {
    const [port] = rowsOf('ports', 'id');
    const [allocation] = rowsOf('ip_allocations', 'port_id');
    const groups = rowsOf('port_security_groups', 'port_id');
    if (port === undefined || allocation === undefined || groups[0] === undefined)
      throw new Error(`port ${portId} has no address or no group`);
    const prefix = Prefix.of(Address.parse(String(allocation.ip_address)), 64);
    const [insertPort, insertAllocation, insertGroup] = [
      inserter('ports', port),
      inserter('ip_allocations', allocation),
      inserter('port_security_groups', groups[0]),
    ];
    db.exec('begin');
    for (let index = from; index < from + count; index++) {
      const id = randomUUID();
      const mac = Mac.of(FIRST_MAC + BigInt(index));
      const address = eui64Address(prefix, mac);
      insertPort({ ...port, id, mac_address: `${mac}` });
      insertAllocation({ ...allocation, port_id: id, address: address.sortKey, ip_address: `${address}` });
      for (const group of groups) insertGroup({ ...group, port_id: id });
    }
    db.exec('commit');
  } finally {
    db.close();
  }
}
