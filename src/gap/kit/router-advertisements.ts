/** Router advertisements as evidence. */

const icmpv6In = ({ network }: Frame): Icmpv6Message | undefined =>
  network.kind === 'ipv6' && network.upper.kind === 'icmpv6' ? network.upper.message : undefined;

/** The router advertisement in a frame, if it is one. */
import type { Frame, Icmpv6Message, NdOption, RouterAdvertisement } from '../../packets/index.ts';
export function advertisementIn(frame: Frame): RouterAdvertisement | undefined {
  const message = icmpv6In(frame);
  return message?.kind === 'router-advertisement' ? message : undefined;
}

/**
 * Whether a frame is the advertisement of a router. With a lifetime of 0 it says that its sender is none: a service
 * that makes known what is on-link.
 */
export const isAdvertisement = (frame: Frame): boolean => (advertisementIn(frame)?.routerLifetime ?? 0) > 0;

/** Whether a frame is a router solicitation. */
export const isRouterSolicitation = (frame: Frame): boolean =>
  icmpv6In(frame)?.kind === 'router-solicitation';

/** The options of one kind, in their order. */
export const optionsOf = <K extends NdOption['kind']>(
  { options }: RouterAdvertisement,
  kind: K,
): Extract<NdOption, { kind: K }>[] =>
  options.filter((option): option is Extract<NdOption, { kind: K }> => option.kind === kind);

/** Flags, prefixes and MTU in a line: `M=0 O=1, fd00::/64 A=1, mtu 1422`. */
export function describeAdvertisement(advertisement: RouterAdvertisement): string {
  const { managed, otherConfig } = advertisement;
  return [
    `M=${Number(managed)} O=${Number(otherConfig)}`,
    ...optionsOf(advertisement, 'prefix-information').map(
      ({ prefix, autonomous }) => `${prefix} A=${Number(autonomous)}`,
    ),
    ...optionsOf(advertisement, 'mtu').map(({ mtu }) => `mtu ${mtu}`),
  ].join(', ');
}
