/**
 * What a host tells routers outside by BGP: what is behind the routers of tenants whose gateways it has. In go orders of
 * the service, and where OVN has the gateways; out come routes that FRR advertises, and reports of how it stands.
 *
 * Begin with `bgp-service.ts`; `configuration.ts` is what FRR is told, `bgp-daemons.ts` who is.
 */
export { BgpService } from './bgp-service.ts';
