/** What there is to know of a cloud that is tried, beyond where its API is. */
import type { Capabilities, Cloud, NeutronClient } from '../../client/index.ts';

/** A project that tenants play, and who acts in it. */
export interface Project {
  readonly id: string;
  /** Acts as a member of the project. */
  readonly client: NeutronClient;
  /** Variables by which the `openstack` command does so too. */
  readonly environment: Readonly<Record<string, string>>;
  /** By which the cloud's other services are reached as somebody of the project, where it has such. */
  readonly entry?: Cloud;
}

/** A cloud, as it was found. */
export interface TriedCloud {
  readonly capabilities: Capabilities;
  /** What the API says to any IPv6 subnet, where it makes none: then none of the use cases works. */
  readonly ipv6Refusal?: string | undefined;
  /**
   * The projects that there are to be played, where an identity service knows who asks: the second sees nothing of the
   * first. Without one, projects are mere names, and everybody is an administrator.
   */
  readonly projects?: readonly [Project, Project?] | undefined;
  /** An administrator, where there are projects and an administrator's rights. */
  readonly admin?: NeutronClient | undefined;
}
