/** A router's external port has a double in OVN's southbound database, which is where the host is that has the gateway. */

const PREFIX = 'cr-lrp-';

/** The double's name. */
export const residentName = (portId: string): string => `${PREFIX}${portId}`;

/** The port that a logical port is the double of; undefined when it is none. */
export const portOfResident = (logicalPort: string): string | undefined =>
  logicalPort.startsWith(PREFIX) ? logicalPort.slice(PREFIX.length) : undefined;
