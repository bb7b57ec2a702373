import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidArgument } from '@rangefinder/base';
import { parseFeatureDeclarations, type FeatureDeclarations } from '@rangefinder/features';

/** What a feature repository is: a folder with this file. */
const DECLARATIONS_FILE = 'features.yaml';

/** What the feature repository declares. Rejects with INVALID_ARGUMENT, all problems at once, each with file and field. */
export async function readFeatureRepository(folder: string): Promise<FeatureDeclarations> {
  const file = join(folder, DECLARATIONS_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    throw invalidArgument('featureRepository', thrown instanceof Error ? thrown.message : String(thrown));
  }
  return parseFeatureDeclarations(text, file);
}
