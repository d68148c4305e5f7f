/**
 * Network prefix translation (RFC 6296): what a router sends to its translator comes back with other prefixes, by flows
 * of a bridge alone; errors of ICMPv6, which have addresses within, by this process.
 *
 * In go the facts of routers' ports; out come patch ports, flows, and the errors that have been translated.
 *
 * Begin with `translation-rules.ts`, the tables of the bridge; `error-translation.ts` has the errors, `nptv6-agent.ts`
 * has the switch follow.
 */
export { Nptv6Agent } from './nptv6-agent.ts';
