/** Where OVN's and Open vSwitch's programs are: the system's, or those of another release under a prefix. */

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The PATH by which programs of a prefix are found, and others of the system's. */
export const searchPath = (prefix: string): string =>
  [`${prefix}/sbin`, `${prefix}/bin`, SYSTEM_PATH].join(':');
