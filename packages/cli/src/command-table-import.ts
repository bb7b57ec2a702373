import type { CommandSpec } from './command-spec.ts';
import { COMMON_OPTIONS } from './common-options.ts';

export const IMPORT_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

export const IMPORT_COMMAND: CommandSpec = {
  name: 'import',
  summary: 'Write a file of features into the online store.',
  details: [
    'Reads CSV, JSON lines or Parquet a piece at a time and writes 1,000 rows at once. Columns that are no feature of the view are left alone. Needs no server; one that serves from the same store sees the rows at its next read.',
    'A value replaces one with an older event time and gives way to one with a newer, so importing a file again is harmless. At an error the rows before it are written; mend the file and import it again.',
  ],
  arguments: [
    { name: 'VIEW', required: true, summary: 'Feature view that the rows are of.', completion: 'none' },
    { name: 'FILE', required: true, summary: 'The rows, a column for each feature.', completion: 'file' },
  ],
  options: [
    {
      flag: '--feature-repository',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Folder with features.yaml.',
      defaultText: 'the working folder',
      environment: 'RANGEFINDER_FEATURE_REPOSITORY',
    },
    {
      flag: '--feature-store',
      value: { name: 'STORE', completion: 'none' },
      summary: 'Where the rows go: embedded, or the URL of a store, as the server has it.',
      defaultText: 'embedded',
      environment: 'RANGEFINDER_FEATURE_STORE',
    },
    {
      flag: '--feature-store-dir',
      value: { name: 'DIR', completion: 'directory' },
      summary: 'Folder of the embedded store.',
      defaultText: 'the feature repository',
      environment: 'RANGEFINDER_FEATURE_STORE_DIR',
    },
    {
      flag: '--format',
      value: { name: 'FORMAT', completion: IMPORT_FORMATS },
      summary: 'Format of the file.',
      defaultText: 'by its ending',
    },
    {
      flag: '--entity-column',
      value: { name: 'COLUMN', completion: 'none' },
      summary: 'Column with the ids.',
      defaultText: 'named like the entity',
    },
    {
      flag: '--event-time-column',
      value: { name: 'COLUMN', completion: 'none' },
      summary: 'Column with the event times: ISO 8601, dates, or milliseconds since 1970.',
    },
    {
      flag: '--event-time',
      value: { name: 'TIME', completion: 'none' },
      summary: 'Event time of all rows: ISO 8601, or milliseconds since 1970.',
      defaultText: 'now, where there is no column',
    },
    {
      flag: '--rename',
      value: { name: 'COLUMN=FEATURE', completion: 'none' },
      repeatable: true,
      summary: 'A column that has another name than its feature. May be given several times.',
    },
    ...COMMON_OPTIONS,
  ],
  examples: [
    {
      command:
        'rangefinder import user_profile users.parquet --feature-repository features/ --event-time-column updated',
      summary: 'A table of users, each row with the time of its last change.',
    },
    {
      command: 'rangefinder import item_stats items.csv --feature-store redis://localhost:6379 --rename id=item',
      summary: 'Into Redis, features.yaml in the working folder.',
    },
  ],
};
