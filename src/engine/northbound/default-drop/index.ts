/** What no security group lets through is dropped: ACLs of the open group, which hold for all ports that are not in it. */
import { commonUnit } from '../common-unit.ts';
import { planDefaultDrop } from './plan.ts';

export const defaultDropUnit = commonUnit('default_drop', planDefaultDrop);
