import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  compileConfig,
  compileConfigWithOrigins,
  configOptions,
  environmentLayer,
  flagLayer,
  invalidArgument,
  type CompiledConfig,
  type ConfigLayer,
} from '@rangefinder/base';
import { parse } from 'yaml';
import { checkServerOptions, SERVER_OPTIONS, type ServerOptions } from './server-options.ts';

/** Read from the working folder when it is there and no other file is named. */
const DEFAULT_FILE = 'rangefinder.yaml';
const FILE_MAX_BYTES = 1024 * 1024;
/** Variables with our prefix that say nothing about the server. */
const OTHER_VARIABLES = /^RANGEFINDER_(CONFIG|URL|TEST_.*|BENCH_.*)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that ask for something else than serving, beside the options themselves. */
export interface CommandLine {
  readonly help: boolean;
  readonly version: boolean;
  readonly printConfig: boolean;
  readonly banner: boolean;
  /** Empty: the default file, if it exists. */
  readonly configFile: string;
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** Throws INVALID_ARGUMENT for words that belong to no flag; unknown flags are left for `readOptions` to report with the rest. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const known = new Map(
    configOptions(SERVER_OPTIONS).map(({ flag, schema }) => [
      flag,
      {
        type: schema.type === 'boolean' ? ('boolean' as const) : ('string' as const),
        multiple: schema.type === 'array',
      },
    ]),
  );
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(known),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      'print-config': { type: 'boolean' },
      banner: { type: 'boolean' },
      config: { type: 'string' },
    },
    strict: false,
    allowNegative: true,
    allowPositionals: true,
  });
  const { help, version, 'print-config': printConfig, banner, config, ...flags } = values;
  const unknown = Object.keys(flags).some((flag) => !known.has(flag));
  if (positionals.length > 0 && !unknown) {
    throw invalidArgument('command line', `expected flags only, got "${positionals[0]}"; --help lists them`);
  }
  return {
    help: help === true,
    version: version === true,
    printConfig: printConfig === true,
    banner: banner === true,
    configFile: typeof config === 'string' ? config : '',
    flags,
  };
}

/** Defaults < file < environment < flags, all problems at once, with where each value came from. */
export async function readOptions(
  commandLine: CommandLine,
  environment: Environment,
): Promise<CompiledConfig<typeof SERVER_OPTIONS>> {
  const ours = Object.fromEntries(Object.entries(environment).filter(([name]) => !OTHER_VARIABLES.test(name)));
  const layers = [
    await fileLayer(commandLine.configFile || environment['RANGEFINDER_CONFIG'] || ''),
    openTelemetryLayer(environment),
    environmentLayer(SERVER_OPTIONS, 'RANGEFINDER', ours),
    flagLayer(SERVER_OPTIONS, commandLine.flags),
  ];
  return compileConfigWithOrigins({ schema: SERVER_OPTIONS, layers, check: checkServerOptions });
}

/** Options given by a program: defaults for the rest, checked the same way. */
export function serverOptions(given: unknown): ServerOptions {
  return compileConfig({
    schema: SERVER_OPTIONS,
    layers: [{ source: 'options', value: given }],
    check: checkServerOptions,
  });
}

async function fileLayer(named: string): Promise<ConfigLayer> {
  const file = named === '' ? DEFAULT_FILE : named;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const absent = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (absent && named === '') return { source: file, value: undefined };
    throw invalidArgument(
      `--config ${file}`,
      `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  if (text.length > FILE_MAX_BYTES)
    throw invalidArgument(`--config ${file}`, `expected at most ${FILE_MAX_BYTES} bytes`);
  try {
    return { source: file, value: (parse(text, { maxAliasCount: 0 }) as unknown) ?? {} };
  } catch (thrown) {
    throw invalidArgument(file, `not valid YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** OpenTelemetry's own variables, which every service of a cluster is usually given. Ours and the flags win. */
function openTelemetryLayer(environment: Environment): ConfigLayer {
  const value: Record<string, unknown> = {};
  const traces = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const endpoint = environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (environment['OTEL_SDK_DISABLED'] === 'true') return { source: 'environment', value };
  if (traces !== undefined && traces !== '') value['otelEndpoint'] = traces;
  else if (endpoint !== undefined && endpoint !== '') value['otelEndpoint'] = endpoint;
  const headers = environment['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? environment['OTEL_EXPORTER_OTLP_HEADERS'];
  if (headers !== undefined && headers !== '') value['otelHeaders'] = headerPairs(headers);
  const serviceName = environment['OTEL_SERVICE_NAME'];
  if (serviceName !== undefined && serviceName !== '') value['otelServiceName'] = serviceName;
  return { source: 'environment OTEL_*', value };
}

/** `name=value,name=value`, values percent-encoded. */
function headerPairs(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, Math.max(0, equals)).trim(), safeDecode(pair.slice(equals + 1).trim())];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
