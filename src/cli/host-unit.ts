/** The systemd unit of a host, where the machine has systemd. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEMD = '/run/systemd/system';
const UNIT = '/etc/systemd/system/sextant-host.service';

const PROGRAM = join(import.meta.dirname, '../../bin/sextant');

/** Pure: what the unit says. What carries packets does not end with it, so that it can be upgraded. */
export const unitText = (directory: string): string => `[Unit]
Description=Sextant host: switch, OVN's controller, guard and services of instances
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${PROGRAM} host run --state ${directory}
KillMode=process
Restart=always

[Install]
WantedBy=multi-user.target
`;

/**
 * Installs the unit, and starts it.
 * @returns false where there is no systemd
 */
export function installUnit(directory: string): boolean {
  if (!existsSync(SYSTEMD)) return false;
  const text = unitText(directory);
  if (!existsSync(UNIT) || readFileSync(UNIT, 'utf8') !== text) {
    writeFileSync(UNIT, text);
    execFileSync('systemctl', ['daemon-reload']);
  }
  execFileSync('systemctl', ['enable', '--now', 'sextant-host.service']);
  return true;
}
