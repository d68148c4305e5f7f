/** The second door of the part: how long tokens live at most, for who reads the configuration and signs nobody in. */
export const LONGEST_TOKEN_MS = 24 * 60 * 60 * 1000;
