/** Writes the features of viewers and films at every start; all else is declared in ranker.yaml. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FeatureService, PushRow } from '@rangefinder/features';
import type { RankerSetup } from '@rangefinder/server';

/** When the last rating was made. */
const EVENT_MS = Date.UTC(1998, 3, 23);
const ROWS_AT_ONCE = 1_000;
const FILES = { viewer_features: 'viewers.jsonl', film_features: 'film-features.jsonl' };

export const setup: RankerSetup = async ({ features, directory }) => {
  if (features === undefined) throw new Error('expected the features of features.yaml');
  for (const [view, file] of Object.entries(FILES)) await pushFile(features, view, join(directory, file));
};

/** A row a line: the entity's `id`, and its features. */
async function pushFile(features: FeatureService, view: string, file: string): Promise<void> {
  const rows: PushRow[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { id, ...values } = JSON.parse(line) as PushRow['values'] & { readonly id: number };
    rows.push({ entityId: id, eventMs: EVENT_MS, values });
    if (rows.length === ROWS_AT_ONCE) await features.push({ view, rows: rows.splice(0) });
  }
  if (rows.length > 0) await features.push({ view, rows });
}
