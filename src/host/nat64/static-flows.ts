/**
 * Floating IPs of IPv4 for addresses of IPv6 (RFC 7757): whoever talks to whom, one address stands for the other, and
 * ports stay as they are. There is nothing to remember.
 */
import type { Address } from '../../addressing/index.ts';
import { addressOctets } from '../../packets/index.ts';
import type { AddressMapping } from './address-mapping.ts';
import type { FlowEnds, Flows, OutsideEnds, TranslatedFlow } from './flows.ts';

export interface StaticBinding {
  /** IPv4, as the router has it on the way to the translator, and from it. */
  readonly routed: Address;
  /** IPv6. */
  readonly fixed: Address;
  /** By which those outside are known to it. */
  readonly mapping: AddressMapping;
}

interface KnownBinding {
  readonly inside: string;
  readonly address: number;
  readonly mapping: AddressMapping;
}

export class StaticFlows implements Flows {
  readonly #byInside = new Map<string, KnownBinding>();
  readonly #byRouted = new Map<number, KnownBinding>();

  constructor(bindings: readonly StaticBinding[]) {
    for (const { routed, fixed, mapping } of bindings) {
      const inside = Buffer.from(addressOctets(fixed)).toString('latin1');
      const binding = { inside, address: Number(routed.value), mapping };
      this.#byInside.set(inside, binding);
      this.#byRouted.set(binding.address, binding);
    }
  }

  serves(address: number): boolean {
    return this.#byRouted.has(address);
  }

  fromInside(ends: FlowEnds, mapping: AddressMapping): TranslatedFlow | undefined {
    const binding = this.#byInside.get(ends.inside);
    return binding?.mapping === mapping ? flow(binding, ends, ends.insidePort) : undefined;
  }

  findInside(ends: FlowEnds, mapping: AddressMapping): TranslatedFlow | undefined {
    return this.fromInside(ends, mapping);
  }

  fromOutside(ends: OutsideEnds): TranslatedFlow | undefined {
    const binding = this.#byRouted.get(ends.address);
    return binding && flow(binding, ends, ends.port);
  }

  find(ends: OutsideEnds): TranslatedFlow | undefined {
    return this.fromOutside(ends);
  }
}

const flow = (
  { inside, address, mapping }: KnownBinding,
  { protocol, remote }: Pick<FlowEnds, 'protocol' | 'remote'>,
  port: number,
): TranslatedFlow => ({
  ends: { protocol, inside, remote },
  binding: { insidePort: port, outsidePort: port, address },
  mapping,
});
