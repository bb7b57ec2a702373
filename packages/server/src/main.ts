import { RangefinderError, renderConfig, toRangefinderError } from '@rangefinder/base';
import { banner } from './console/banner.ts';
import { LoadProgress } from './console/load-progress.ts';
import { RankerLoadProgress } from './console/ranker-progress.ts';
import { stopSignals } from './console/stop-signals.ts';
import { helpText } from './options/help-text.ts';
import { parseCommandLine, readOptions, type CommandLine } from './options/option-sources.ts';
import { SERVER_OPTIONS, type ServerOptions } from './options/server-options.ts';
import { SERVER_NAME, SERVER_VERSION } from './server-version.ts';
import { startServer, type RunningServer, type ServerParts } from './server.ts';

export const EXIT_CODES = Object.freeze({
  stopped: 0,
  /** A port in use, a repository that cannot be read, a model that must load and does not. */
  failed: 1,
  /** The command line, the environment or the configuration file. */
  misconfigured: 2,
  /** A second signal. */
  interrupted: 130,
});

/**
 * Reads the options, serves until a signal says stop, and ends the process with one of EXIT_CODES. Logs go to standard error,
 * what was asked for to standard output.
 */
export async function main(args: readonly string[], parts: MainParts = {}): Promise<void> {
  process.exitCode = await run(args, parts);
}

/** What a program that starts a server brings along. */
export type MainParts = Pick<ServerParts, 'features' | 'rankers'>;

async function run(args: readonly string[], parts: MainParts): Promise<number> {
  try {
    const commandLine = parseCommandLine(args);
    if (commandLine.help) return print(helpText());
    if (commandLine.version) return print(`${SERVER_NAME} ${SERVER_VERSION}\n`);
    const { config, origins } = await readOptions(commandLine, process.env);
    if (commandLine.printConfig) return print(renderConfig(SERVER_OPTIONS, config, origins));
    return await serve(config, commandLine, parts);
  } catch (thrown) {
    const error = toRangefinderError(thrown);
    process.stderr.write(
      `${SERVER_NAME}: ${error.cause !== undefined && error.code === 'INTERNAL' ? stackOf(thrown) : error.message}\n`,
    );
    return error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT'
      ? EXIT_CODES.misconfigured
      : EXIT_CODES.failed;
  }
}

async function serve(options: ServerOptions, commandLine: CommandLine, parts: MainParts): Promise<number> {
  const startedMs = performance.now();
  const stop = stopSignals();
  let listening: RunningServer | undefined;
  const progress = new LoadProgress(process.stderr);
  const stopping = new AbortController();
  const starting = startServer(options, {
    ...parts,
    rankerProgress: new RankerLoadProgress(process.stderr, () => performance.now()),
    stopping: stopping.signal,
    onListening: (server) => {
      listening = server;
      progress.watch(server.modelServer);
    },
  });
  starting.catch(() => {});
  try {
    const first = await Promise.race([starting, stop.first]);
    progress.stop();
    if (typeof first !== 'string') {
      // Not the process's start but this function's: what came before is the runtime's and the installer's.
      const readyMs = Math.round(performance.now() - startedMs);
      if (commandLine.banner) process.stdout.write(await banner(first, options.host));
      process.stdout.write(`Rangefinder is ready in ${readyMs} ms\n`);
    }
    const signal = await stop.first;
    stopping.abort();
    process.stderr.write(
      `${signal}: finishing what is in flight, ${options.shutdownGraceSeconds} s at most; once more ends at once\n`,
    );
    // A signal may come before there is anything to close; then there soon is.
    const server = listening ?? (await starting.catch(() => undefined));
    await server?.close(options.shutdownGraceSeconds * 1000);
    return EXIT_CODES.stopped;
  } finally {
    progress.stop();
    stop.release();
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT_CODES.stopped;
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

if (import.meta.main) await main(process.argv.slice(2));
