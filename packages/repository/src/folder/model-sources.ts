import { join } from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import type { ReadConfig } from '../written/config-reader.ts';
import { readJsonConfig } from '../written/json-config.ts';
import { readPbtxtConfig } from '../written/pbtxt-config.ts';
import { PlaceIndex } from '../written/written-config.ts';
import { readYamlConfig } from '../written/yaml-config.ts';
import { FileRefused, readBoundedText } from './bounded-file.ts';
import { describeFault, isAbsence } from './file-fault.ts';

export const PBTXT_FILE = 'config.pbtxt';
export const YAML_FILE = 'model.yaml';
/** As messages call the configuration of a load request. */
const OVERRIDE_SOURCE = 'parameters.config';
/** As messages call a configuration that nobody wrote. */
export const NO_FILE = 'model';

/** YAML takes a parser far longer per byte, on the event loop; no model needs more. */
export const YAML_BYTES_MAX = 128 * 1024;

/** Files that look like a configuration and are none. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  'config.pbtext': PBTXT_FILE, 'config.txt': PBTXT_FILE, 'model.pbtxt': PBTXT_FILE,
  'model.yml': YAML_FILE, 'config.yaml': YAML_FILE, 'config.yml': YAML_FILE,
}; // prettier-ignore

/** The configuration in a model's folder; an empty one where there is none. `names` are the entries of the folder. */
export async function readFolderConfig(
  directory: string,
  names: ReadonlySet<string>,
  bytesMax: number,
): Promise<ReadConfig> {
  const hasPbtxt = names.has(PBTXT_FILE);
  const hasYaml = names.has(YAML_FILE);
  if (hasPbtxt && hasYaml) {
    return withoutConfig(NO_FILE, [`${YAML_FILE}: expected one configuration, got ${PBTXT_FILE} as well`]);
  }
  if (hasPbtxt) return readFile(directory, PBTXT_FILE, bytesMax, readPbtxtConfig);
  if (hasYaml) return readFile(directory, YAML_FILE, Math.min(bytesMax, YAML_BYTES_MAX), readYamlConfig);
  const read = withoutConfig(NO_FILE, []);
  const warnings = Object.entries(LOOKALIKES)
    .filter(([name]) => names.has(name))
    .map(([name, meant]) => `${name}: ignored: a configuration is called ${meant}`);
  return { ...read, config: { ...read.config, warnings } };
}

/** The configuration of a load request. Throws PAYLOAD_TOO_LARGE. */
export function readOverrideConfig(text: string, bytesMax: number): ReadConfig {
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) {
    throw new RangefinderError(
      'PAYLOAD_TOO_LARGE',
      `${OVERRIDE_SOURCE}: expected at most ${bytesMax} bytes, got ${bytes}`,
      {
        field: OVERRIDE_SOURCE,
      },
    );
  }
  return readJsonConfig(OVERRIDE_SOURCE, text);
}

async function readFile(
  directory: string,
  name: string,
  bytesMax: number,
  parse: (file: string, text: string) => ReadConfig,
): Promise<ReadConfig> {
  try {
    return parse(name, await readBoundedText(join(directory, name), bytesMax));
  } catch (error) {
    if (error instanceof FileRefused) return withoutConfig(name, [`${name}: ${error.message}`]);
    // It went away between listing and reading: the next look at the folder decides.
    if (isAbsence(error)) return withoutConfig(name, [`${name}: went away while it was read`]);
    return withoutConfig(name, [`${name}: ${describeFault(error)}`]);
  }
}

export function withoutConfig(file: string, problems: readonly string[]): ReadConfig {
  return { config: { file, value: {}, warnings: [], places: new PlaceIndex() }, problems };
}
