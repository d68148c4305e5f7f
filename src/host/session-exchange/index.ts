/**
 * Sessions of a router's translator on the hosts that stand by for it: its connections go on where its gateway goes.
 *
 * In go what becomes of sessions here, and which hosts stand by for which routers; out come those of others. Begin with
 * `session-exchange.ts`; `exchange-frames.ts` has what goes over a connection.
 */
export { SessionExchange, type SessionExchangeOptions } from './session-exchange.ts';
