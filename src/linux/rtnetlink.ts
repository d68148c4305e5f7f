/** Numbers of rtnetlink(7) by which addresses, routes and neighbours are both asked for and changed. */

export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;

export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RT_TABLE_MAIN = 254;
export const RTN_UNICAST = 1;

export const RTM_GETNEIGH = 30;
export const NDMSG_LENGTH = 12;
export const NDA_DST = 1;
export const NDA_LLADDR = 2;
