/** NDP proxies in the API: their attributes. */
import { address, nullable, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const { tags: _, ...rest } = bookkeeping;

export const ndpProxy = define({
  name: 'ndp_proxy',
  collection: 'ndp_proxies',
  path: 'ndp_proxies',
  title: 'NDP proxy',
  command: 'router ndp proxy',
  doc: 'An IPv6 address of an instance that its router answers for on the external network, so that it is reached there as if it were on that link.',
  extensions: [
    {
      alias: 'l3-ndp-proxy',
      name: 'L3 NDP Proxy',
      description: 'Routers answer for addresses of instances on their external network.',
    },
    {
      alias: 'l3-ext-ndp-proxy',
      name: 'Router support to enable NDP proxy',
      description: 'enable_ndp_proxy of routers.',
    },
  ],
  counted: { usual: 500 },
  attributes: {
    ...identity,
    ...ownership,
    router_id: {
      type: uuid,
      doc: 'The router that answers: with enable_ndp_proxy.',
      create: 'member',
      required: true,
      reference: 'router',
      flag: 'router',
      link: true,
      title: 'Router',
    },
    port_id: {
      type: uuid,
      doc: 'The port that has the address.',
      create: 'member',
      required: true,
      reference: 'port',
      flag: 'port',
      link: true,
      title: 'Port',
    },
    ip_address: {
      type: nullable(address),
      doc: 'The address; the first of the port’s that the router reaches when it is left out.',
      create: 'member',
      default: null,
      title: 'IP Address',
    },
    ...rest,
  },
  columns: ['id', 'name', 'router_id', 'port_id', 'ip_address', 'project_id'],
  longColumns: ['id', 'name', 'router_id', 'port_id', 'ip_address', 'project_id', 'description'],
});

export type NdpProxy = ResourceOf<typeof ndpProxy>;
export type NdpProxyCreate = CreateOf<typeof ndpProxy>;
export type NdpProxyUpdate = UpdateOf<typeof ndpProxy>;
