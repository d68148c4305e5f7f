/** Shell completion: small scripts that ask the hidden command `complete` what may stand next. */
import type { Command, Option } from 'commander';
import type { Terminal } from './terminal.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_sextant() {
  local IFS=$'\\n'
  COMPREPLY=($(sextant complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _sextant sextant
`,
  zsh: `#compdef sextant
_sextant() {
  local -a candidates
  candidates=("\${(@f)$(sextant complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _sextant sextant
`,
  fish: `complete -c sextant -f -a '(sextant complete -- (commandline -opc)[2..] (commandline -ct))'
`,
};

/** Adds `completion SHELL` and the command that its scripts call. */
export function addCompletionCommands(program: Command, terminal: Terminal): void {
  const completion = program
    .command('completion')
    .description('Print a script that completes commands and flags in a shell.')
    .addHelpText('after', '\nExample:\n  sextant completion bash > /etc/bash_completion.d/sextant');
  for (const [shell, script] of Object.entries(SCRIPTS)) {
    completion
      .command(shell)
      .description(`For ${shell}.`)
      .action(() => terminal.out(script));
  }
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      terminal.out(
        candidates(program, words)
          .map((word) => `${word}\n`)
          .join(''),
      );
    });
}

/**
 * What may stand in the place of the last word.
 * @param words those after `sextant`, the last one as far as it was typed
 */
export function candidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  let command = program;
  let awaiting: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    const option = command.options.find(({ long, short }) => long === word || short === word);
    if (option !== undefined) {
      if (option.required) awaiting = option;
      continue;
    }
    command = command.commands.find((child) => child.name() === word) ?? command;
  }
  return followers(command, awaiting, typed)
    .filter((candidate) => candidate.startsWith(typed))
    .sort();
}

function followers(command: Command, awaiting: Option | undefined, typed: string): string[] {
  if (awaiting !== undefined) return [...(awaiting.argChoices ?? [])];
  if (typed.startsWith('-'))
    return command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  const { visibleCommands } = command.createHelp();
  return visibleCommands.call(command.createHelp(), command).map((child) => child.name());
}
