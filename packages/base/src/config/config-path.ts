/** Where a value is in a configuration: object keys and array indexes, outermost first. */
export type ConfigPath = readonly (string | number)[];

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
const SHOWN_CHARACTERS_MAX = 64;

/** `http.maxBodyBytes`, `instance_group[1].count`, `parameters["a b"]`; the root is the empty string. */
export function formatConfigPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!PLAIN_KEY.test(part)) text += `[${JSON.stringify(part.slice(0, SHOWN_CHARACTERS_MAX))}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
