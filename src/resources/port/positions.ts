/** The place of an address that came by itself, behind all that a request can ask for (at most 100). */
export const AFTER_ALL_WISHES = 1000;
