/** Entry of the `sextant` command. */
import { run } from './program.ts';

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  color: process.stdout.isTTY && process.stdout.hasColors(),
  width: process.stdout.columns,
  errWidth: process.stderr.columns,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
