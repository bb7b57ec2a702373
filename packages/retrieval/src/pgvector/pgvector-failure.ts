import { RangefinderError, reasonOf } from '@rangefinder/base';
import type { CompiledPgvectorOptions } from './pgvector-options.ts';

/** What the SQLSTATEs mean that people can do something about. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const ADVICE: Readonly<Record<string, string>> = {
  '28000': 'the user may not sign in: see pg_hba.conf and the URL',
  '28P01': 'the password is wrong: see the URL',
  '3D000': 'create the database or name another in the URL',
  '3F000': 'create the schema or name another with schema',
  '42501': 'the user lacks a right: GRANT it, or open with another user',
  '42P01': 'the table is missing: open with create: true, or create it',
  '42703': 'a column is missing: see idColumn and vectorColumn',
  '25006': 'this server takes no changes: name the primary in the URL',
  '53300': 'all connections of the server are taken: lower connectionsMax, or raise max_connections',
  '23502': 'the table has a column that must have a value and has no default',
};

/** A failure of this server, in the catalogue's words. Never with the URL, which may carry a password. */
export function pgvectorFailure(options: CompiledPgvectorOptions, thrown: unknown): RangefinderError {
  if (thrown instanceof RangefinderError) return thrown;
  const state = sqlState(thrown);
  const advice = ADVICE[state];
  const text = `${options.name}: Postgres: ${reasonOf(thrown)}${advice === undefined ? '' : ` (${advice})`}`;
  return new RangefinderError(codeOf(state), text, { cause: thrown });
}

/** Five characters for what Postgres itself said, '' for what went wrong on the way. */
export function sqlState(thrown: unknown): string {
  const code = thrown instanceof Error ? (thrown as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

function codeOf(state: string): 'DEADLINE_EXCEEDED' | 'RESOURCE_EXHAUSTED' | 'INVALID_ARGUMENT' | 'UNAVAILABLE' {
  if (state === '57014') return 'DEADLINE_EXCEEDED';
  if (state === '53100' || state === '53200' || state.startsWith('54')) return 'RESOURCE_EXHAUSTED';
  // Out of range for the column, or against a constraint of the table.
  if (state === '22003' || state.startsWith('23')) return 'INVALID_ARGUMENT';
  return 'UNAVAILABLE';
}
