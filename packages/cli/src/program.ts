import { Argument, Command, CommanderError, Option } from 'commander';
import { CommandFailure } from './command-failure.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts';
import { OptionValues } from './option-values.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Invocation {
  readonly arguments: readonly (string | undefined)[];
  readonly options: OptionValues;
  readonly terminal: Terminal;
}

export type CommandHandler = (invocation: Invocation) => Promise<ExitCode>;

export interface ProgramParts {
  readonly commands: readonly CommandSpec[];
  readonly handlers: Readonly<Record<string, CommandHandler>>;
  readonly terminal: Terminal;
  readonly version: string;
}

/**
 * Parses `argv` (without node and script) by the command table and runs the handler. Help and version resolve to 0.
 *
 * @throws CommandFailure with exit 2 for a command line that the table does not allow.
 */
export async function runProgram(argv: readonly string[], parts: ProgramParts): Promise<ExitCode> {
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT.ok };
  const program = new Command('rangefinder')
    .description('Serve models, ask them, and look after them.')
    .version(parts.version, '-V, --version', 'Show the version.')
    .helpOption('-h, --help', 'Show help.')
    .helpCommand(false);
  configure(program, parts.terminal);
  program.addHelpText('after', `\n${exitCodeHelp()}\n\nrangefinder COMMAND --help tells more.`);
  for (const spec of parts.commands) {
    const command = buildCommand(spec, parts.terminal);
    command.action(async () => {
      const invocation = {
        arguments: command.processedArgs as (string | undefined)[],
        options: valuesOf(command, spec),
        terminal: parts.terminal,
      };
      const handler = parts.handlers[spec.name];
      if (handler === undefined) throw new TypeError(`command ${spec.name} has no handler`);
      outcome.exitCode = await handler(invocation);
    });
    program.addCommand(command);
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    const message = error.code === 'commander.help' ? 'which command?' : error.message.replace(/^error: /, '');
    throw new CommandFailure(EXIT.usage, 'USAGE', message, { cause: error });
  }
}

function buildCommand(spec: CommandSpec, terminal: Terminal): Command {
  const command = new Command(spec.name)
    .summary(spec.summary)
    .description([spec.summary, ...spec.details].join('\n\n'))
    .helpOption('-h, --help', 'Show help.');
  configure(command, terminal);
  for (const argument of spec.arguments) {
    command.addArgument(
      new Argument(argument.required ? `<${argument.name}>` : `[${argument.name}]`, argument.summary),
    );
  }
  for (const option of spec.options) command.addOption(buildOption(option));
  const examples = spec.examples.map((example) => `  # ${example.summary}\n  ${example.command}`).join('\n\n');
  command.addHelpText('after', `\nExamples:\n${examples}\n\n${exitCodeHelp()}`);
  return command;
}

function configure(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out.write(text),
    writeErr: () => {},
    outputError: () => {},
    getOutHasColors: () => false,
  });
}

function buildOption(spec: OptionSpec): Option {
  const flags = `${spec.short === undefined ? '' : `${spec.short}, `}${spec.flag}${spec.value === undefined ? '' : ` <${spec.value.name}>`}`;
  const notes = [
    ...(spec.environment === undefined ? [] : [`env: ${spec.environment}`]),
    ...(spec.defaultText === undefined ? [] : [`default: ${spec.defaultText}`]),
  ];
  const option = new Option(flags, `${spec.summary}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`);
  if (Array.isArray(spec.value?.completion)) option.choices(spec.value.completion as readonly string[]);
  if (spec.repeatable === true) option.argParser<string[]>((value, previous) => [...(previous ?? []), value]);
  return option;
}

function valuesOf(command: Command, spec: CommandSpec): OptionValues {
  const parsed = command.opts<Record<string, unknown>>();
  const values = spec.options.map((option): [string, unknown] => {
    const attribute = command.options.find((candidate) => candidate.long === option.flag)?.attributeName() ?? '';
    // commander stores a --no-x switch as x, which is then false.
    const value = option.flag.startsWith('--no-') ? parsed[attribute] === false : parsed[attribute];
    return [option.flag, value];
  });
  return new OptionValues(Object.fromEntries(values));
}

function exitCodeHelp(): string {
  return `Exit codes:\n${Object.entries(EXIT_MEANINGS)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join('\n')}`;
}
