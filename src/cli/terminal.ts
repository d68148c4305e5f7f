/** What a command can see and say: the process's own streams and environment, or a test's. */
export interface Terminal {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  out(text: string): void;
  err(text: string): void;
}
