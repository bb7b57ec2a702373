/** Metrics of rankings. ranking_metrics.py computes the same at training time. */

export interface Judged {
  readonly score: number;
  readonly relevant: boolean;
}

/** Probability that a relevant one scores above one that is not; ties count half. */
export function auc(judged: readonly Judged[]): number {
  const ordered = judged.toSorted((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let start = 0; start < ordered.length;) {
    let end = start;
    while (end < ordered.length && ordered[end]!.score === ordered[start]!.score) end++;
    const rank = (start + 1 + end) / 2;
    rankSum += rank * ordered.slice(start, end).filter(({ relevant }) => relevant).length;
    start = end;
  }
  const positives = judged.filter(({ relevant }) => relevant).length;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (judged.length - positives));
}

/**
 * Of a list, best first. `total`: how many relevant ones there are, at least one; more than the list has where some were not
 * found.
 */
export function ndcg(
  ordered: readonly { readonly relevant: boolean }[],
  k: number,
  total = ordered.filter(({ relevant }) => relevant).length,
): number {
  const discount = (position: number): number => 1 / Math.log2(position + 2);
  const ideal = Array.from({ length: Math.min(k, total) }, (_, position) => discount(position));
  const found = ordered.slice(0, k).map(({ relevant }, position) => (relevant ? discount(position) : 0));
  return sum(found) / sum(ideal);
}

/** Share of the wanted, of which there is at least one, that was found. */
export function recall<T>(wanted: ReadonlySet<T>, found: readonly T[]): number {
  return found.filter((one) => wanted.has(one)).length / wanted.size;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
