/**
 * The guard: the rules of the bridge that instances are plugged into. What an instance must not send is dropped
 * there, because OVN's pipeline lets neighbour discovery, router advertisements and MLD through ahead of every ACL,
 * and knows too little of who may use which address.
 *
 * In go facts about ports, and where they are plugged in; out come flows and meters, what an instance hears that asks
 * for another's address, and reports of the addresses that instances take.
 *
 * Begin with `pipeline.ts`, the tables that a packet goes through; `guard-plan.ts` tells when which rules change.
 */
export { AddressLearner, type ReportAddresses, reportsTo } from './address-learner.ts';
export { GuardPlan } from './guard-plan.ts';
