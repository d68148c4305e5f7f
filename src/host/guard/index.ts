/**
 * The guard: the rules of the bridge that instances are plugged into. What an instance must not send is dropped
 * there, because OVN's pipeline lets neighbour discovery, router advertisements and MLD through ahead of every ACL,
 * and knows too little of who may use which address.
 *
 * In go facts about ports, where they are plugged in, and what the guard held back; out come flows and meters, what
 * goes on of that after all, answers to who asks for another's address, and reports of the addresses that instances
 * take.
 *
 * Begin with `pipeline.ts`, the tables that a packet goes through; `guard-plan.ts` tells when which rules change, and
 * `address-binder.ts` who gets an address.
 */
export { AddressBinder } from './address-binder.ts';
export { type AddressServer, addressServerBy } from './address-reports.ts';
export { GuardDrops } from './guard-drops.ts';
export { GuardPlan } from './guard-plan.ts';
export { boundSourceFlow } from './owner-rules.ts';
export { zoneOf } from './pipeline.ts';
