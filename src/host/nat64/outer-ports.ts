/** Ports of the one address outside, and what each of them stands for (RFC 6146 section 3.5.1.1: endpoint-independent). */
import { randomInt } from 'node:crypto';
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { FlowEnds } from './flows.ts';
import type { OuterPort } from './nat64-session.ts';

/** Random places that are looked at for a free port, of the same parity and of any. */
const [LIKE_PLACES, ANY_PLACES] = [32, 256];
/** From here on ports are anybody's. */
const FIRST_HIGH = 1_024;
const ALL_PORTS = 0x1_0000;

/** A port of an address inside. */
type EndInside = Pick<FlowEnds, 'protocol' | 'inside' | 'insidePort'>;

const keyInside = ({ protocol, inside, insidePort }: EndInside): string =>
  `${inside}${protocol},${insidePort}`;
const keyOutside = (protocol: number, port: number): number => protocol * ALL_PORTS + port;

export class OuterPorts {
  readonly #address: number;
  readonly #byInside = new Map<string, OuterPort>();
  readonly #byOutside = new Map<number, OuterPort>();

  constructor(address: number) {
    this.#address = address;
  }

  /** What stands for an end inside. */
  of(end: EndInside): OuterPort | undefined {
    return this.#byInside.get(keyInside(end));
  }

  /** What a port outside stands for. */
  at(protocol: number, port: number): OuterPort | undefined {
    return this.#byOutside.get(keyOutside(protocol, port));
  }

  /** What stands for an end inside from now on; undefined when no port was found. */
  bind(end: EndInside): OuterPort | undefined {
    const known = this.of(end);
    if (known !== undefined) return known;
    const outsidePort = this.#freePort(end.protocol, end.insidePort);
    return outsidePort === undefined ? undefined : this.put(end, outsidePort);
  }

  /** Has a port that is free stand for an end inside that none stands for. */
  put(end: EndInside, outsidePort: number): OuterPort {
    const { protocol, inside, insidePort } = end;
    const [key, outsideKey] = [keyInside(end), keyOutside(protocol, outsidePort)];
    const own = { inside, insidePort, outsidePort, address: this.#address };
    const binding: OuterPort = { ...own, key, outsideKey, sessions: 0, seen: Number.NEGATIVE_INFINITY };
    this.#byInside.set(key, binding);
    this.#byOutside.set(outsideKey, binding);
    return binding;
  }

  release({ key, outsideKey }: OuterPort): void {
    this.#byInside.delete(key);
    this.#byOutside.delete(outsideKey);
  }

  /**
   * The same port if it is free, else one at a random place: of the same range and parity, if one is found soon (section
   * 3.5.1.1), as whoever is inside chooses which of these are taken.
   */
  #freePort(protocol: number, wish: number): number | undefined {
    const isFree = (port: number) => port !== 0 && this.at(protocol, port) === undefined;
    const lookAt = (places: number, choose: () => number): number | undefined => {
      for (let place = 0; place < places; place++) {
        const port = choose();
        if (isFree(port)) return port;
      }
      return undefined;
    };
    if (isFree(wish)) return wish;
    if (protocol === IP_PROTOCOL.icmp) return lookAt(ANY_PLACES, () => randomInt(ALL_PORTS));
    const [first, end] = wish < FIRST_HIGH ? [0, FIRST_HIGH] : [FIRST_HIGH, ALL_PORTS];
    return (
      lookAt(LIKE_PLACES, () => (randomInt(first, end) & ~1) | (wish & 1)) ??
      lookAt(ANY_PLACES, () => randomInt(FIRST_HIGH, ALL_PORTS))
    );
  }
}
