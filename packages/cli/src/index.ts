export { COMMANDS } from './command-table.ts';
export { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts';
export { runCli } from './run-cli.ts';
export type { Terminal, TextSink } from './terminal/terminal.ts';
