import { configOptions } from '@rangefinder/base';
import { SERVER_OPTIONS } from './server-options.ts';

/** `--help`, from the schema, so that it cannot forget an option. */
export function helpText(): string {
  const options = configOptions(SERVER_OPTIONS);
  const rows = options
    .filter(({ path }) => path[0] !== 'limits')
    .map(({ flag, schema, description }) =>
      row(`--${flag}${schema.type === 'boolean' ? '' : ` ${placeholder(schema)}`}`, description, schema.default),
    );
  const limits = options
    .filter(({ path }) => path[0] === 'limits')
    .map(({ flag, schema, description }) => row(`--${flag} N`, description, schema.default));
  return `Serves models over HTTP, and rankers over gRPC too.

Usage: rangefinder serve [flags]

${rows.join('\n')}

Limits
${limits.join('\n')}

Other
${row('--config FILE', 'Options from a YAML file; ./rangefinder.yaml is read when it is there')}
${row('--banner', 'Print where everything is, and commands to try')}
${row('--print-config', 'Print every option with its value and where that came from')}
${row('--version', 'Print the version')}
${row('--help', 'Print this')}

Each flag is also an environment variable: --http-port is RANGEFINDER_HTTP_PORT. Flags win over variables, variables over
the file. Browsers are let in from this machine only, unless --host, --allowed-host or --cors-origin say otherwise.
`;
}

const COLUMN = 42;

function row(left: string, description: string, value?: unknown): string {
  const worthShowing = typeof value === 'number' || value === true || (typeof value === 'string' && value !== '');
  const text = worthShowing ? `${description} [${value}]` : description;
  return left.length > COLUMN - 4 ? `  ${left}\n${' '.repeat(COLUMN)}${text}` : `  ${left.padEnd(COLUMN - 2)}${text}`;
}

function placeholder(schema: {
  readonly type?: string;
  readonly anyOf?: readonly { readonly const?: unknown }[];
}): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((member) => String(member.const)).join('|');
  return schema.type === 'integer' || schema.type === 'number' ? 'N' : schema.type === 'array' ? 'VALUE …' : 'VALUE';
}
