/** Why a text is refused: a clause that follows a colon. Parsers return it, since most callers only try. */
export type Refusal = string;
