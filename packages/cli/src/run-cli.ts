import { toCommandFailure, type CommandFailure } from './command-failure.ts';
import { COMMANDS } from './command-table.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { runProgram, type CommandHandler } from './program.ts';
import { jsonText } from './terminal/json-text.ts';
import { painterFor, printable, type Terminal } from './terminal/terminal.ts';

/** Each command brings its own code in: completion asks for model names at every Tab, and must not wait for the engines. */
const HANDLERS: Readonly<Record<string, CommandHandler>> = {
  infer: async (invocation) => (await import('./commands/infer.ts')).runInfer(invocation),
  models: async (invocation) => (await import('./commands/models.ts')).runModels(invocation),
  load: async (invocation) => (await import('./commands/model-control.ts')).runLoad(invocation),
  unload: async (invocation) => (await import('./commands/model-control.ts')).runUnload(invocation),
  split: async (invocation) => (await import('./commands/split.ts')).runSplit(invocation),
  import: async (invocation) => (await import('./commands/import.ts')).runImport(invocation),
  check: async (invocation) => (await import('./commands/check.ts')).runCheck(invocation),
  doctor: async (invocation) => (await import('./commands/doctor.ts')).runDoctor(invocation),
  completion: async (invocation) => (await import('./commands/completion.ts')).runCompletion(invocation),
};

/** Runs one command line, reports what went wrong as the person asked for it, and resolves to the exit code. Never rejects. */
export async function runCli(argv: readonly string[], terminal: Terminal, version: string): Promise<ExitCode> {
  try {
    if (argv[0] === 'serve') return await (await import('./commands/serve.ts')).runServe(argv.slice(1));
    return await runProgram(argv, { commands: COMMANDS, handlers: HANDLERS, terminal, version });
  } catch (error) {
    const failure = toCommandFailure(error, terminal.signal);
    report(failure, error, argv, terminal);
    return failure.exitCode;
  }
}

function report(failure: CommandFailure, thrown: unknown, argv: readonly string[], terminal: Terminal): void {
  if (argv.includes('--json')) {
    const field = failure.field === undefined ? {} : { field: failure.field };
    terminal.out.write(jsonText({ error: { code: failure.code, message: failure.message, ...field } }));
  } else if (failure.exitCode !== EXIT.interrupted) {
    const paint = painterFor(terminal.error, terminal.environment);
    terminal.error.write(`${paint('red', 'error:')} ${printable(failure.message)}\n`);
    if (failure.code === 'USAGE') terminal.error.write(paint('dim', `${helpHint(argv)}\n`));
  }
  if (argv.includes('--verbose')) terminal.error.write(`${stackOf(thrown)}\n`);
}

function helpHint(argv: readonly string[]): string {
  const command = COMMANDS.find((spec) => spec.name === argv[0]);
  return `See: rangefinder ${command === undefined ? '' : `${command.name} `}--help`;
}

/** The stack with those of all causes below it. */
function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const below = thrown.cause === undefined ? '' : `\ncaused by ${stackOf(thrown.cause)}`;
  return printable(thrown.stack ?? thrown.message) + below;
}
