import type { TSchema } from 'typebox';
import { didYouMean } from './closest-name.ts';
import type { ConfigLayer } from './config-layer.ts';
import { configOptions, type ConfigOption } from './config-option.ts';
import { formatConfigPath, type ConfigPath } from './config-path.ts';
import { valueOfText } from './config-text.ts';

/**
 * The layer that environment variables `PREFIX_…` make. One that starts with the prefix and means nothing is a problem: it
 * is a typing error more often than not. Kubernetes sets some of its own for a Service of the same name; those are ignored.
 */
export function environmentLayer(
  schema: TSchema,
  prefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigLayer {
  const byVariable = new Map(configOptions(schema).map((option) => [`${prefix}_${option.variable}`, option]));
  const given: GivenText[] = [];
  const problems: string[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(`${prefix}_`)) continue;
    const option = byVariable.get(variable);
    if (option !== undefined) given.push({ option, texts: [text], source: `environment ${variable}` });
    else if (!isKubernetesServiceLink(variable, text)) {
      problems.push(`environment ${variable}: unknown variable${didYouMean(variable, byVariable.keys())}`);
    }
  }
  return textLayer('environment', given, problems);
}

/** The layer that command-line flags make, by their names without dashes. A flag without value is `true`; a list may repeat its flag. */
export function flagLayer(
  schema: TSchema,
  flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>,
): ConfigLayer {
  const byFlag = new Map(configOptions(schema).map((option) => [option.flag, option]));
  const given: GivenText[] = [];
  const problems: string[] = [];
  for (const [flag, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const option = byFlag.get(flag);
    const texts = Array.isArray(value) ? value.map(String) : [String(value)];
    if (option !== undefined) given.push({ option, texts, source: `flag --${flag}` });
    else problems.push(`flag --${flag}: unknown flag${didYouMean(flag, byFlag.keys())}`);
  }
  return textLayer('command line', given, problems);
}

interface GivenText {
  readonly option: ConfigOption;
  readonly texts: readonly string[];
  readonly source: string;
}

function textLayer(source: string, given: readonly GivenText[], problems: readonly string[]): ConfigLayer {
  const value: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const { option, texts, source: exactSource } of given) {
    setAt(value, option.path, valueOfTexts(option, texts));
    sources.set(formatConfigPath(option.path), exactSource);
  }
  const sourceOf = (path: ConfigPath): string | undefined => {
    for (let length = path.length; length > 0; length--) {
      const found = sources.get(formatConfigPath(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return { source, value, sourceOf, problems };
}

function valueOfTexts(option: ConfigOption, texts: readonly string[]): unknown {
  if (option.schema.type !== 'array' || texts.length === 1) return valueOfText(option.schema, texts.at(-1) ?? '');
  return texts.flatMap((text) => valueOfText(option.schema, text));
}

/** The path comes from a schema, never from the outside, so that plain assignment is safe. */
function setAt(root: Record<string, unknown>, path: ConfigPath, value: unknown): void {
  let target = root;
  for (const part of path.slice(0, -1)) target = (target[part] ??= {}) as Record<string, unknown>;
  target[path.at(-1)!] = value;
}

function isKubernetesServiceLink(variable: string, text: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)/.test(variable) ||
    /_PORT(_\d+_(TCP|UDP|SCTP)(_|$))/.test(variable) ||
    /^(tcp|udp|sctp):\/\//.test(text)
  );
}
