/** Every resource's definition, by its name in the API. */
import { addressGroup } from './address-group/definition.ts';
import { anycastAddress } from './anycast-address/definition.ts';
import { instance } from './instance/definition.ts';
import { log } from './log/definition.ts';
import { network } from './network/definition.ts';
import { port } from './port/definition.ts';
import { router } from './router/definition.ts';
import { defaultSecurityGroupRule } from './security-group/default-rule-definition.ts';
import { securityGroup, securityGroupRule } from './security-group/definition.ts';
import { subnet } from './subnet/definition.ts';

export const definitions = {
  network,
  subnet,
  port,
  router,
  address_group: addressGroup,
  security_group: securityGroup,
  security_group_rule: securityGroupRule,
  default_security_group_rule: defaultSecurityGroupRule,
  log,
  instance,
  anycast_address: anycastAddress,
} as const;

export type ResourceName = keyof typeof definitions;
