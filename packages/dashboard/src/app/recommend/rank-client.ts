import { getJson, postJson } from '../state/api-client.ts';
import type { ItemCard, Presentation, RankAnswer, RankQuestion } from './rank-types.ts';

/** Names of the rankers; none where the server has no such route. */
export async function fetchRankers(): Promise<readonly string[]> {
  try {
    return (await getJson<{ readonly rankers: readonly string[] }>('v1/rankers')).rankers;
  } catch {
    return [];
  }
}

export function rank(ranker: string, question: RankQuestion, signal: AbortSignal): Promise<RankAnswer> {
  const { user, context, diversity, size } = question;
  const path = `v1/rankers/${encodeURIComponent(ranker)}/rank`;
  // Relevance spreads wider than similarity does, so most of lambda's range changes little; squaring evens that out.
  const rerank = { mmr_lambda: (1 - diversity) ** 2 };
  const body = { user, context, page: { size }, explain: true, rerank };
  return postJson<RankAnswer>(path, body, signal);
}

/** How the ranker wants to be shown; undefined where the feature store does not tell. */
export async function fetchPresentation(ranker: string): Promise<Presentation | undefined> {
  try {
    const rows = await fetchFeatures('ranker', [ranker], ['recommend_page:document']);
    const [document] = rows[0] ?? [];
    return typeof document === 'string' ? (JSON.parse(document) as Presentation) : undefined;
  } catch {
    return undefined;
  }
}

export async function fetchHistory({ userEntity, history }: Presentation, user: string): Promise<readonly string[]> {
  const rows = await fetchFeatures(userEntity, [user], [history]);
  const ids = rows[0]?.[0];
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Cards of items, in their order; the id stands where there is no title. */
export async function fetchCards({ item }: Presentation, ids: readonly string[]): Promise<readonly ItemCard[]> {
  if (ids.length === 0) return [];
  const rows = await fetchFeatures(item.entity, ids, [item.title, ...item.details]);
  return ids.map((id, index) => {
    const [title, ...details] = (rows[index] ?? []).map((value) => (value === null ? '' : cardText(value)));
    return { title: title ?? id, details: details.filter((detail) => detail !== '') };
  });
}

function cardText(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toFixed(1))) : String(value);
}

interface OnlineFeatures {
  readonly metadata: { readonly feature_names: readonly string[] | { readonly val: readonly string[] } };
  readonly results: readonly { readonly values: readonly unknown[] }[];
}

/** Rows of values in the order of the entities and features asked for: the feature server's columns, turned. */
async function fetchFeatures(
  entity: string,
  ids: readonly string[],
  features: readonly string[],
): Promise<readonly (readonly unknown[])[]> {
  const body = { features, entities: { [entity]: ids } };
  const { metadata, results } = await postJson<OnlineFeatures>('get-online-features', body);
  const names = 'val' in metadata.feature_names ? metadata.feature_names.val : metadata.feature_names;
  const columns = features.map((feature) => {
    const [view = '', name = ''] = feature.split(':');
    const place = names.findIndex((found) => found === feature || found === name || found === `${view}__${name}`);
    return results[place]?.values ?? [];
  });
  return ids.map((_, row) => columns.map((values) => unwrap(values[row])));
}

/** Feast's own server writes bare values or, in older versions, `{"int64_val": 1}`. */
function unwrap(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value ?? null;
  const [inner] = Object.values(value);
  return inner !== null && typeof inner === 'object' && 'val' in inner ? inner.val : inner;
}
