import { buffer } from 'node:stream/consumers';
import packageJson from '../package.json' with { type: 'json' };
import { EXIT } from './exit-codes.ts';
import { runCli } from './run-cli.ts';
import type { TextSink } from './terminal/terminal.ts';

const argv = process.argv.slice(2);
const ending = new AbortController();
const reader = { isGone: false };
// The server drains on Ctrl-C by itself. For everything else the first one ends what is under way, and a second one, which
// finds no listener any more, ends the process.
if (argv[0] !== 'serve') process.once('SIGINT', () => ending.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  // Whoever reads has seen enough (`| head`): no reason to go on, and no error.
  reader.isGone = true;
  ending.abort();
});

const exitCode = await runCli(
  argv,
  {
    out: sink(process.stdout),
    error: sink(process.stderr),
    environment: process.env,
    readInput: () => buffer(process.stdin),
    signal: ending.signal,
  },
  packageJson.version,
);
process.exitCode = reader.isGone ? EXIT.ok : exitCode;

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => {
      if (!reader.isGone) stream.write(text);
    },
    isTerminal: stream.isTTY,
  };
}
