import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { RankerConfig } from './config/ranker-config.ts';
import type { Declaration } from './funnel/plan.ts';
import type { ContextValue, RankLimits, RankRequest } from './rank-request.ts';

/** The page that a request asks for, once it has been checked. */
export interface AskedPage {
  readonly size: number;
  readonly offset: number;
}

/** Throws INVALID_ARGUMENT or PAYLOAD_TOO_LARGE, naming the field. */
export function checkRankRequest(
  config: RankerConfig,
  request: RankRequest,
  declaration: Pick<Declaration, 'contextKeys' | 'contextNumbers'>,
  limits: RankLimits,
): AskedPage {
  checkName('user', request.user, limits.nameCharacters);
  if (request.requestId !== undefined && request.requestId.length > limits.nameCharacters) {
    throw invalidArgument('request_id', `expected at most ${limits.nameCharacters} characters`);
  }
  checkItems('candidates', request.candidates, limits.rankCandidates, limits.nameCharacters);
  checkItems('exclude', request.exclude, limits.rankExcludedItems, limits.nameCharacters);
  if (request.candidates === undefined && config.sources.length === 0) {
    throw invalidArgument('candidates', `expected items to rank: ranker '${config.name}' declares no sources`);
  }
  checkContext(request.context ?? {}, declaration, config.name, limits);
  checkOverrides(config, request);
  return checkPage(config, request);
}

function checkPage({ page }: RankerConfig, { page: asked }: RankRequest): AskedPage {
  const size = asked?.size ?? page.size;
  const offset = asked?.offset ?? 0;
  if (!Number.isInteger(size) || size < 1 || size > page.size_max) {
    throw invalidArgument('page.size', `expected an integer from 1 to ${page.size_max}, got ${size}`);
  }
  if (!Number.isInteger(offset) || offset < 0 || offset > 1_000_000) {
    throw invalidArgument('page.offset', `expected an integer from 0 to 1000000, got ${offset}`);
  }
  return { size, offset };
}

function checkItems(field: string, items: readonly string[] | undefined, max: number, characters: number): void {
  if (items === undefined) return;
  if (items.length > max) {
    throw new RangefinderError('PAYLOAD_TOO_LARGE', `${field}: expected at most ${max} items, got ${items.length}`, {
      field,
    });
  }
  if (field === 'candidates' && items.length === 0)
    throw invalidArgument(field, 'expected at least one item, or none of this field');
  for (let i = 0; i < items.length; i++) {
    // The field's name is only made for what is wrong with it: there may be thousands of items.
    if (!isName(items[i], characters)) checkName(`${field}[${i}]`, items[i], characters);
  }
}

function isName(name: unknown, characters: number): name is string {
  return typeof name === 'string' && name.length > 0 && name.length <= characters;
}

function checkName(field: string, name: unknown, characters: number): void {
  if (isName(name, characters)) return;
  const got = typeof name === 'string' ? `${name.length} characters` : name === null ? 'null' : typeof name;
  throw invalidArgument(field, `expected a string of 1 to ${characters} characters, got ${got}`);
}

function checkContext(
  context: Readonly<Record<string, ContextValue>>,
  { contextKeys, contextNumbers }: Pick<Declaration, 'contextKeys' | 'contextNumbers'>,
  ranker: string,
  limits: RankLimits,
): void {
  let values = 0;
  for (const [key, value] of Object.entries(context)) {
    if (key.length > limits.nameCharacters)
      throw invalidArgument(
        'context',
        `expected names of at most ${limits.nameCharacters} characters, got ${key.length}`,
      );
    values += Array.isArray(value) ? value.length : 1;
    if (values > limits.rankContextValues) {
      throw new RangefinderError('PAYLOAD_TOO_LARGE', `context: expected at most ${limits.rankContextValues} values`, {
        field: 'context',
      });
    }
    const numbers = Array.isArray(value) ? value : [value];
    if (
      !numbers.every(
        (one) => typeof one === 'boolean' || (typeof one === 'string' && !Array.isArray(value)) || Number.isFinite(one),
      )
    ) {
      throw invalidArgument(
        `context.${key}`,
        'expected a finite number, true or false, a string or a list of finite numbers',
      );
    }
  }
  for (const key of contextKeys) {
    if (!Object.hasOwn(context, key)) throw invalidArgument(`context.${key}`, `missing; ranker '${ranker}' reads it`);
    const isNumber = typeof context[key] === 'number' || typeof context[key] === 'boolean';
    if (contextNumbers.has(key) && !isNumber) {
      throw invalidArgument(
        `context.${key}`,
        `expected a number, or true or false: a formula of ranker '${ranker}' reads it`,
      );
    }
  }
}

function checkOverrides({ rerank }: RankerConfig, { rerank: override }: RankRequest): void {
  const lambda = override?.mmrLambda;
  if (lambda !== undefined && !(lambda >= 0 && lambda <= 1))
    throw invalidArgument('rerank.mmr_lambda', `expected a number from 0 to 1, got ${lambda}`);
  if (lambda !== undefined && rerank.mmr === undefined)
    throw invalidArgument('rerank.mmr_lambda', 'the ranker declares no mmr');
  for (const [attribute, max] of Object.entries(override?.maxPerValue ?? {})) {
    const declared = rerank.max_per_value.map((one) => one.attribute);
    if (!declared.includes(attribute)) {
      throw invalidArgument(
        `rerank.max_per_value.${attribute}`,
        `expected an attribute that the ranker limits (${declared.join(', ') || 'none'})`,
      );
    }
    if (!Number.isInteger(max) || max < 1)
      throw invalidArgument(`rerank.max_per_value.${attribute}`, `expected an integer of at least 1, got ${max}`);
  }
}
