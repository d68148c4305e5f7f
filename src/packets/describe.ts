/** Frames in one line, as evidence shows them. */

import { decodeDhcpv6 } from './dhcpv6.ts';
import type { Dhcpv6Option } from './dhcpv6-options.ts';
import type { Frame, NetworkLayer } from './frame.ts';
import type { Icmpv4Message } from './icmpv4.ts';
import type { Icmpv6Message } from './icmpv6.ts';
import type { ExtensionHeader } from './ipv6-extensions.ts';
import { INFINITE_LIFETIME, type NdOption } from './nd-options.ts';
import type { UdpDatagram } from './udp.ts';
import { DHCPV6_PORT } from './udp-ports.ts';
import type { UpperLayer } from './upper-layer.ts';
import { PacketError } from './wire.ts';

/** Addresses, extension headers and what the frame says, in one line of text. */
export function describeFrame(frame: Frame): string {
  const tags = frame.vlans.map((tag) => ` vlan ${tag.id}`).join('');
  return `${frame.source} > ${frame.destination}${tags} ${describeNetwork(frame.network)}`;
}

function describeNetwork(network: NetworkLayer): string {
  switch (network.kind) {
    case 'ipv6': {
      const chain = network.extensions.map((header) => `${describeExtension(header)} `).join('');
      return `${network.source} > ${network.destination} ${chain}${describeUpper(network.upper)}`;
    }
    case 'ipv4':
      return `${network.source} > ${network.destination} ${describeUpper(network.upper)}`;
    case 'arp': {
      const { operation, sender, senderMac, target } = network.message;
      return operation === 'request'
        ? `arp who has ${target}, tell ${sender}`
        : `arp ${sender} is at ${senderMac}`;
    }
    case 'octets':
      return network.malformed ?? `ethertype 0x${network.etherType.toString(16).padStart(4, '0')}`;
  }
}

function describeExtension(header: ExtensionHeader): string {
  if (header.kind !== 'fragment') return header.kind;
  return `fragment ${header.offset}${header.more ? '+' : ''}`;
}

function describeUpper(upper: UpperLayer): string {
  switch (upper.kind) {
    case 'icmpv6':
      return `icmpv6 ${describeIcmpv6(upper.message)}`;
    case 'icmpv4':
      return `icmp ${describeIcmpv4(upper.message)}`;
    case 'udp':
      return `udp ${describeUdp(upper.datagram)}`;
    case 'tcp': {
      const { sourcePort, destinationPort, flags } = upper.segment;
      return `tcp ${sourcePort} > ${destinationPort} ${flags.join('+')}`;
    }
    case 'octets':
      return upper.malformed ?? `protocol ${upper.protocol}, ${upper.octets.length} octets`;
  }
}

function describeIcmpv4(message: Icmpv4Message): string {
  if (message.kind === 'other') return `type ${message.type} code ${message.code}`;
  return `${message.kind} ${message.sequence}`;
}

function describeIcmpv6(message: Icmpv6Message): string {
  switch (message.kind) {
    case 'destination-unreachable':
    case 'time-exceeded':
      return `${message.kind} code ${message.code}`;
    case 'parameter-problem':
      return `${message.kind} code ${message.code} at ${message.parameter}`;
    case 'packet-too-big':
      return `${message.kind} mtu ${message.parameter}`;
    case 'echo-request':
    case 'echo-reply':
      return `${message.kind} ${message.sequence}`;
    case 'router-solicitation':
      return withOptions(message.kind, message.options);
    case 'router-advertisement':
      return withOptions(
        `${message.kind} M=${Number(message.managed)} O=${Number(message.otherConfig)}` +
          ` lifetime ${message.routerLifetime} s`,
        message.options,
      );
    case 'neighbour-solicitation':
      return withOptions(`${message.kind} for ${message.target}`, message.options);
    case 'neighbour-advertisement': {
      const flags = [message.router && 'R', message.solicited && 'S', message.override && 'O'];
      return withOptions(
        `${message.kind} for ${message.target} ${flags.filter(Boolean).join('')}`.trimEnd(),
        message.options,
      );
    }
    case 'redirect':
      return withOptions(`${message.kind} ${message.destination} to ${message.target}`, message.options);
    case 'other':
      return `type ${message.type} code ${message.code}`;
  }
}

const withOptions = (text: string, options: readonly NdOption[]): string =>
  [text, ...options.map(describeNdOption)].join(', ');

const seconds = (lifetime: number): string =>
  lifetime === INFINITE_LIFETIME ? 'for ever' : `for ${lifetime} s`;

function describeNdOption(option: NdOption): string {
  switch (option.kind) {
    case 'source-link-layer-address':
    case 'target-link-layer-address':
      return `${option.kind} ${option.mac}`;
    case 'prefix-information':
      return (
        `prefix ${option.prefix} L=${Number(option.onLink)} A=${Number(option.autonomous)}${option.prefersDelegation ? ' P=1' : ''}` +
        ` ${seconds(option.validLifetime)}`
      );
    case 'mtu':
      return `mtu ${option.mtu}`;
    case 'route-information':
      return `route ${option.prefix} ${option.preference} ${seconds(option.lifetime)}`;
    case 'rdnss':
      return `rdnss ${option.servers.join(' ')} ${seconds(option.lifetime)}`;
    case 'dnssl':
      return `dnssl ${option.domains.join(' ')} ${seconds(option.lifetime)}`;
    case 'pref64':
      return `pref64 ${option.prefix} ${seconds(option.lifetime)}`;
    case 'redirected-header':
    case 'nonce':
      return option.kind;
    case 'other':
      return `option ${option.type}`;
  }
}

function describeUdp({ sourcePort, destinationPort, data }: UdpDatagram): string {
  const ports = `${sourcePort} > ${destinationPort}`;
  const ofDhcpv6 = [DHCPV6_PORT.client, DHCPV6_PORT.server] as readonly number[];
  if (!ofDhcpv6.includes(sourcePort) && !ofDhcpv6.includes(destinationPort)) {
    return `${ports}, ${data.length} octets`;
  }
  try {
    const message = decodeDhcpv6(data);
    return [`${ports} dhcpv6 ${message.type}`, ...message.options.map(describeDhcpv6Option)].join(', ');
  } catch (error) {
    if (error instanceof PacketError) return `${ports} ${error.message}`;
    throw error;
  }
}

function describeDhcpv6Option(option: Dhcpv6Option): string {
  switch (option.kind) {
    case 'ia-na':
    case 'ia-pd':
    case 'ia-ta':
      return `${option.kind} ${option.iaid} (${option.options.map(describeDhcpv6Option).join(', ')})`;
    case 'ia-address':
      return `${option.address} ${seconds(option.validLifetime)}`;
    case 'ia-prefix':
      return `${option.prefix} ${seconds(option.validLifetime)}`;
    case 'status-code':
      return `status ${option.code} ${option.message}`.trimEnd();
    case 'dns-servers':
      return `dns ${option.servers.join(' ')}`;
    case 'domain-search':
      return `search ${option.domains.join(' ')}`;
    case 'other':
      return `option ${option.code}`;
    default:
      return option.kind;
  }
}
