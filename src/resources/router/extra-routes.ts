/** Static routes that come and go one by one, whatever others there are. Pure. */
import { object } from '../definition/attribute-types.ts';
import { type Router, router } from './definition.ts';

type Routes = Router['routes'];

const requestBody = object({ router: object({ routes: router.attributes.routes.type }, {}) }, {});

const key = ({ destination, nexthop }: Routes[number]): string => `${destination} ${nexthop}`;

const routesIn = (body: unknown): Routes => requestBody.parse(body, 'body').router.routes;

/** The routes of a router with those that a request names: one that is there already stays. */
export function routesWith({ routes }: Pick<Router, 'routes'>, body: unknown): Routes {
  return [...new Map([...routes, ...routesIn(body)].map((route) => [key(route), route])).values()];
}

/** Without those that it names; one that is not there is as good as gone. */
export function routesWithout({ routes }: Pick<Router, 'routes'>, body: unknown): Routes {
  const leaving = new Set(routesIn(body).map(key));
  return routes.filter((route) => !leaving.has(key(route)));
}
