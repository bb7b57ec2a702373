import { pathToFileURL } from 'node:url';
import { didYouMean, RangefinderError } from '@rangefinder/base';
import type { OnDemandTransform } from '@rangefinder/features';
import type { RankerFolder } from './ranker-folder.ts';
import type { RankerModule, RankerPieces, RankerFolderSurroundings } from './ranker-setup.ts';

const EXPORTS = ['setup', 'transforms'];
const PIECES = ['rows', 'items', 'sources', 'close'];

/** The code beside a `ranker.yaml`; nothing where there is none. Throws an error that names the file. */
export async function importCode({ codeFile }: RankerFolder): Promise<RankerModule> {
  if (codeFile === undefined) return {};
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(codeFile).href)) as Record<string, unknown>;
  } catch (thrown) {
    throw codeError(codeFile, 'cannot be imported', thrown);
  }
  const { setup, transforms } = module;
  const expected = (what: string): Error => new RangefinderError('INVALID_ARGUMENT', `${codeFile}: expected ${what}`);
  if (setup === undefined && transforms === undefined) {
    const hint = didYouMean(Object.keys(module)[0] ?? '', EXPORTS);
    throw expected(`an export named ${EXPORTS.join(' or ')}${'default' in module ? ', not a default one' : hint}`);
  }
  if (setup !== undefined && typeof setup !== 'function') throw expected('setup to be a function');
  if (transforms !== undefined && !Array.isArray(transforms)) throw expected('transforms to be an array');
  const odd = transforms?.findIndex((transform: unknown) => !isTransform(transform)) ?? -1;
  if (odd >= 0) throw expected(`transforms[${odd}] to have name, inputs, context, outputs and run`);
  return module;
}

function isTransform(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, inputs, context, outputs, run } = value as Partial<OnDemandTransform>;
  return typeof name === 'string' && [inputs, context, outputs].every(Array.isArray) && typeof run === 'function';
}

/** What `setup` gives, checked as far as its type says. Throws an error that names the file. */
export async function runSetup(
  { codeFile = '' }: RankerFolder,
  { setup }: RankerModule,
  surroundings: RankerFolderSurroundings,
): Promise<RankerPieces> {
  if (setup === undefined) return {};
  let pieces: unknown;
  try {
    pieces = await setup(surroundings);
  } catch (thrown) {
    throw codeError(codeFile, 'setup', thrown);
  }
  if (pieces === undefined) return {};
  if (typeof pieces !== 'object' || pieces === null)
    throw new RangefinderError('INVALID_ARGUMENT', `${codeFile}: setup: expected an object or nothing`);
  const unknown = Object.keys(pieces).find((name) => !PIECES.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, PIECES) || `; known are ${PIECES.join(', ')}`;
    throw new RangefinderError('INVALID_ARGUMENT', `${codeFile}: setup: nobody takes ${unknown}${hint}`);
  }
  return pieces;
}

/** An error of ours keeps its code; anything else is a defect of the code, and the message says where it was thrown. */
export function codeError(file: string, what: string, thrown: unknown): RangefinderError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = thrown instanceof RangefinderError ? thrown.code : 'MODEL_INVALID';
  return new RangefinderError(code, `${file}: ${what}: ${message}${placeIn(file, thrown)}`, { cause: thrown });
}

function placeIn(file: string, thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const url = pathToFileURL(file).href;
  const at = stack.indexOf(`${url}:`);
  const place = at < 0 ? undefined : /^\d+:\d+/.exec(stack.slice(at + url.length + 1))?.[0];
  return place === undefined ? '' : ` (at ${place})`;
}
