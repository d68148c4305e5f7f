/** Static routes as the store keeps them. */
import { Address, Prefix } from '../../../addressing/index.ts';
import { listIn } from './columns.ts';

/** A static route, of a router or told to a subnet's instances. */
export interface Route {
  readonly destination: Prefix;
  readonly nexthop: Address;
}

/** The routes in a column. */
export const routesIn = (json: string): Route[] =>
  listIn<{ destination: string; nexthop: string }>(json).map(({ destination, nexthop }) => ({
    destination: Prefix.parse(destination),
    nexthop: Address.parse(nexthop),
  }));
