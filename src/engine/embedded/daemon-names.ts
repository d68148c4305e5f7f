/** The daemons by name: their files and sockets, how each is ended, and in which order. */
import type { ExitCommands } from './daemon.ts';
import type { EnginePaths } from './state-directory.ts';

export type DatabaseName = 'northbound' | 'southbound' | 'switch';

/** Names of the daemons' pid files, control sockets and logs; the OVS tools know those of OVS and OVN. */
export type DaemonName = DatabaseName | 'ovn-northd' | 'ovs-vswitchd' | 'ovn-view' | 'ovn-controller';

/** What ends a daemon: with `--cleanup` its datapath goes too, with `--restart` its chassis and flows stay. */
const EXITS: Readonly<Partial<Record<string, ExitCommands>>> = {
  northbound: { forGood: ['exit'], forSuccessor: ['exit'] },
  southbound: { forGood: ['exit'], forSuccessor: ['exit'] },
  switch: { forGood: ['exit'], forSuccessor: ['exit'] },
  'ovn-northd': { forGood: ['exit'], forSuccessor: ['exit'] },
  'ovs-vswitchd': { forGood: ['exit', '--cleanup'], forSuccessor: ['exit'] },
  'ovn-controller': { forGood: ['exit'], forSuccessor: ['exit', '--restart'] },
};
/** Whether a process is a program of Sextant's own, not one of OVS or OVN. */
export const isAttendant = (name: string): boolean => !(name in EXITS);

/** A signal is enough. */
const BY_SIGNAL: ExitCommands = { forGood: [], forSuccessor: [] };

/** What ends the process of this name in good order. */
export const exitOf = (name: string): ExitCommands => EXITS[name] ?? BY_SIGNAL;

/** The control socket of the process of this name; those of the tools have the process id in their name. */
export const controlOf =
  (run: string, name: string) =>
  (pid: number): string =>
    ['ovn-northd', 'ovs-vswitchd', 'ovn-controller'].includes(name)
      ? `${run}/${name}.${pid}.ctl`
      : `${run}/${name}.ctl`;

/** Whoever needs another one ends before it; what is not named here, first of all. */
export const STOP_ORDER: readonly (readonly DaemonName[])[] = [
  ['ovn-controller'],
  ['ovs-vswitchd', 'ovn-northd', 'ovn-view'],
  ['northbound', 'southbound', 'switch'],
];

/** The file that a daemon logs to. */
export const daemonLog = ({ logs }: EnginePaths, name: string): string => `${logs}/${name}.log`;
