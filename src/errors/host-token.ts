/** Why a machine may not join as a host. */
import { catalogue } from './entry.ts';

const REFUSED = { type: 'HostTokenRefused', status: 403, operations: [] } as const;
const ANOTHER = 'Have an administrator make another: `sextant host token create`.';

export const hostTokenErrors = catalogue({
  noHosts: {
    type: 'HostsNotListenedFor',
    status: 409,
    message: 'No host can join: the service does not listen for any. Set hosts.listen in its configuration.',
    when: 'The service is the only host, or its engine is somebody else’s.',
    wayOut: 'Set `hosts.listen` in the service’s configuration, and start it again.',
    operations: ['create_host_token'],
  },
  unknown: {
    ...REFUSED,
    message: 'The token is not known: it is not whole, or was deleted, or is another service’s.',
    when: 'No token has this id and secret.',
    wayOut: ANOTHER,
  },
  expired: {
    ...REFUSED,
    message: 'The token ended at {end}.',
    when: 'The time of the token is over.',
    wayOut: ANOTHER,
  },
  usedUp: {
    ...REFUSED,
    message: 'The token has been used as many times as it can be: {uses}.',
    when: 'As many hosts as the token is for have joined by it.',
    wayOut: ANOTHER,
  },
  forAnother: {
    ...REFUSED,
    message: 'The token is for the host {only}, not for {host}.',
    when: 'The token is for one host alone, and another joins by it.',
    wayOut: 'Give the host its name (`--name`), or have a token made for it.',
  },
  nameTaken: {
    type: 'HostNameTaken',
    status: 409,
    message:
      'There is a host {host} already. If this machine is to take its place, have a token made for it (sextant host token create --host {host}); else give it another name (--name).',
    when: 'A machine joins by the name of another, and the token is not for this host alone.',
    wayOut: 'Have a token made for the host that was installed anew, or give the new one another name.',
    operations: [],
  },
  chassisName: {
    type: 'HostNameInvalid',
    status: 400,
    message:
      "'{host}' cannot be the name of a host: it must have 1 to 63 letters, digits, dots, dashes or underscores.",
    when: 'The name cannot stand in a certificate and in OVN’s databases.',
    wayOut: 'Give the machine another name (`--name`).',
    operations: [],
  },
  cannotEncrypt: {
    type: 'HostCannotEncrypt',
    status: 409,
    message:
      'Tunnels between hosts are encrypted (engine.encryption), and host {host} cannot have its own so: {reason}.',
    when: 'A machine joins whose kernel, switch or programs cannot encrypt tunnels, while the service has them encrypted.',
    wayOut:
      'Give the machine what it lacks: a kernel with Open vSwitch and IPsec, and strongSwan; or set `engine.encryption: none`.',
    operations: [],
  },
  request: {
    type: 'CertificateRequestRefused',
    status: 400,
    message: 'The certificate request cannot be signed: {reason}',
    when: 'What came is no certificate request, or not signed with its own key.',
    wayOut: 'Join with `sextant host join`.',
    operations: [],
  },
  notTheHosts: {
    type: 'HostForbidden',
    status: 403,
    message: 'Port {port} is not on host {host}.',
    when: 'A host asks, or tells, about a port that is bound to another.',
    wayOut: 'None: hosts learn of their own ports alone.',
    operations: [],
  },
  notDue: {
    type: 'HostCertificateNotDue',
    status: 409,
    message: 'The certificate of host {host} is not due to be renewed yet.',
    when: 'A host asks for another certificate before two thirds of the life of its own are over.',
    wayOut: 'Wait, or join again.',
    operations: [],
  },
  noCertificate: {
    type: 'HostNotKnown',
    status: 401,
    message: 'This needs the certificate of a host that has joined, and was not removed since.',
    when: 'Whoever asks has no certificate, or one that does not count any more.',
    wayOut: 'Join (again) with `sextant host join`.',
    operations: [],
  },
});
