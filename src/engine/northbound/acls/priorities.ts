/** What nobody's rules let through. */
export const STRICT_DROP_PRIORITY = 1_003;
/** What rules let through comes before what is dropped else, and in between what is dropped and logged. */
export const ALLOW_PRIORITY = 1_002;
export const LOGGED_DROP_PRIORITY = 1_001;
export const DROP_PRIORITY = 1_000;
