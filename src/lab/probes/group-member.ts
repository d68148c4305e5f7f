/** Members of multicast groups: a socket of this process, opened in an instance, for which its kernel reports by MLD. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Address } from '../../addressing/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';

export class GroupMember {
  readonly #device: InstanceInterface;
  readonly #group: Address;
  readonly #socket: Socket;

  private constructor(device: InstanceInterface, group: Address, socket: Socket) {
    this.#device = device;
    this.#group = group;
    this.#socket = socket;
  }

  /** Joins a group of IPv6 on a device, until `stop` or the end of the instance. */
  static async join(on: InstanceInterface, group: Address): Promise<GroupMember> {
    const socket = createSocket({
      type: 'udp6',
      // It answers at once, so that the socket is made at once, hence in the namespace.
      lookup: (name, _options, callback) => callback(null, name, 6),
    });
    const listening = once(socket, 'listening');
    on.instance.inside(() => socket.bind(0, '::'));
    await listening;
    const member = new GroupMember(on, group, socket);
    member.#inside((name, device) => socket.addMembership(name, device));
    on.instance.atStop(() => member.stop());
    return member;
  }

  /** Leaves the group: the kernel says so. */
  leave(): void {
    this.#inside((name, device) => this.#socket.dropMembership(name, device));
  }

  /** Ends the member; a group that it has not left, it leaves. */
  stop(): void {
    try {
      this.#socket.close();
    } catch {
      // it was closed before
    }
  }

  /** Device names mean something in the instance's namespace alone. */
  #inside(act: (group: string, device: string) => void): void {
    this.#device.instance.inside(() => act(this.#group.toString(), `::%${this.#device.device}`));
  }
}
