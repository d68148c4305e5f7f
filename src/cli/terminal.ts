/** What a command can see and say: the process's own streams and environment, or a test's. */
export interface Terminal {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Whether colours may go to standard output. */
  readonly color: boolean;
  /** Columns of standard output, when it is a terminal. */
  readonly width?: number | undefined;
  /** Columns of standard error, when it is a terminal. */
  readonly errWidth?: number | undefined;
  out(text: string): void;
  err(text: string): void;
}
