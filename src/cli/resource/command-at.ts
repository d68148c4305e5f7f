/** Commands of several words. */
import type { Command } from 'commander';

/** The command at the end of these words, made where it is missing: `security`, `group`, `rule`. */
export function commandAt(program: Command, words: readonly string[]): Command {
  return words.reduce(
    (parent, word) => parent.commands.find((command) => command.name() === word) ?? parent.command(word),
    program,
  );
}
