/** The open group: the ports that no security group protects. */
import { commonUnit } from '../common-unit.ts';
import { planOpenGroup } from './plan.ts';

export const openGroupUnit = commonUnit('open_group', planOpenGroup);
