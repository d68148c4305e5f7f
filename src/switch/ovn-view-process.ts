/** The relay as a process of its own: OVN keeps its switch whatever becomes of the service. */
import { OvnView } from './ovn-view.ts';

const [database, view] = process.argv.slice(2);
if (database === undefined || view === undefined) throw new Error('usage: DATABASE VIEW, two unix sockets');
await OvnView.start(database, view);
