/** What rules let through comes before what the drop group drops, and in between what is dropped and logged. */
export const allowPriority = 1_002;
export const loggedDropPriority = 1_001;
export const dropPriority = 1_000;
