/** From what somebody wishes servers to be to a site on which use cases have their instances. */
import {
  type Answered,
  type Capabilities,
  type Cloud,
  ComputeClient,
  type NeutronClient,
  type ServerPart,
  type ServerRoom,
} from '../../client/index.ts';
import type { Project } from '../kit/index.ts';
import { findReach } from './reach.ts';
import { ServerSite } from './server-site.ts';

/** Names or ids: what servers are booted of, and the network by which they are reached from here. */
export interface ServerWish {
  readonly image: string;
  readonly flavor: string;
  readonly reach: string;
}

/** The same, found in the cloud. */
export interface ServerChoice {
  readonly image: ServerPart;
  readonly flavor: ServerPart;
  readonly reach: Answered<'network'>;
  /** What our own project may still have. */
  readonly room: ServerRoom;
}

/** The cloud has no such image or flavor. */
export class ServerChoiceError extends Error {
  override readonly name = 'ServerChoiceError';
}

/**
 * Looks for it; nothing is made.
 * @throws ServerChoiceError, UnreachableError, CloudError
 */
export async function chooseServers(
  entry: Cloud,
  client: NeutronClient,
  wish: ServerWish,
): Promise<ServerChoice> {
  const compute = ComputeClient.ofCloud(entry);
  try {
    const image = await compute.findImage(wish.image);
    if (image === undefined) throw new ServerChoiceError(`There is no image ${wish.image}.`);
    const flavors = await compute.flavors();
    const flavor = flavors.find(({ id, name }) => name === wish.flavor || id === wish.flavor);
    if (flavor === undefined) {
      const known = flavors.map(({ name }) => name).join(', ');
      throw new ServerChoiceError(`There is no flavor ${wish.flavor}. There are: ${known || 'none'}.`);
    }
    return { image, flavor, reach: await findReach(client, wish.reach), room: await compute.room() };
  } finally {
    compute.close();
  }
}

/** What servers a run makes, a sentence each, for whoever has to agree. Pure. */
export function serverPlan({ image, flavor, reach }: ServerChoice, projects: number): string[] {
  const external = reach['router:external'] === true;
  const way = external
    ? `a floating IP on ${reach.name}, behind a network and a router of its own`
    : `a port on ${reach.name}`;
  return [
    `It boots a server of image ${image.name} and flavor ${flavor.name} in ${projects === 1 ? 'the project' : `each of ${projects} projects`}, and up to three more where one has no room for another port.`,
    `Each has ${way}: this machine must reach it there by TCP.`,
    'Instances are here; each of their devices is joined to one of a server.',
  ];
}

/** Where the room for servers of a project may not do, a sentence each. Pure. */
export function tightRoom({ flavor, room }: ServerChoice): string[] {
  const needs = [
    ['servers', room.servers, 1],
    ['cores', room.cores, flavor.cores],
    ['MiB of memory', room.memory, flavor.memory],
  ] as const;
  return needs
    .filter(([, left, needed]) => left < needed)
    .map(
      ([what, left, needed]) =>
        `The project's quota leaves ${left} ${what}, and a server takes ${needed}: what needs one is unverified.`,
    );
}

/** A site with a server in each project; it closes what it opened. */
export async function openServers(
  projects: readonly Project[],
  { image, flavor, reach }: ServerChoice,
  capabilities: Capabilities,
  run: string,
  signal: AbortSignal,
): Promise<ServerSite> {
  const carrying = projects.flatMap(({ id, client, entry }) =>
    entry === undefined ? [] : [{ id, client, compute: ComputeClient.ofCloud(entry) }],
  );
  return ServerSite.open({
    projects: carrying,
    choice: { imageId: image.id, flavorId: flavor.id, reach },
    capabilities,
    run,
    signal,
  });
}
