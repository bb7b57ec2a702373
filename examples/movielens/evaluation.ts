/** The metrics of what a server answered, and how they compare with those that were computed without one. */
import { auc, mean, ndcg, recall } from '../support/ranking-metrics.ts';

/** metrics.json, as far as a server is asked for it. */
export interface Metrics {
  /** Of `liked`, over the ratings held out: 4 stars and more against fewer. */
  readonly auc: number;
  /** Of retrieval alone: films liked later among the first RETRIEVED. */
  readonly recallAt50: number;
  /** Of the whole funnel, over the whole catalogue. */
  readonly ndcgAt10: number;
}

export const RETRIEVED = 50;
export const PAGE = 10;
/** Sums of millions of pairs, of scores that two builds of an engine round differently. */
const AUC_TOLERANCE = 1e-6;
/** The same lists give the same metrics but for the last digit of a sum. */
const LIST_TOLERANCE = 1e-12;

/** A line of evaluation.jsonl: what the user rated later, and what the exported models gave offline. */
export interface OfflineUser extends RankedLists {
  readonly user: number;
  readonly heldOut: readonly number[];
  /** Of each held-out film. */
  readonly liked: readonly boolean[];
}

export interface RankedLists {
  /** The first RETRIEVED of the candidates, best first. */
  readonly retrieved: readonly number[];
  /** The first PAGE of the funnel. */
  readonly page: readonly number[];
}

export interface ServedUser extends RankedLists {
  /** The ranker's `liked` for each held-out film. */
  readonly liking: readonly number[];
}

/** `served` in the order of `users`. Users who liked nothing of what was held out count for the AUC only. */
export function metricsOf(users: readonly OfflineUser[], served: readonly ServedUser[]): Metrics {
  const judged = users.flatMap(({ liked }, i) =>
    liked.map((relevant, j) => ({ relevant, score: served[i]!.liking[j]! })),
  );
  const counted = users.flatMap((user, i) => {
    const wanted = new Set(user.heldOut.filter((_, j) => user.liked[j]));
    return wanted.size === 0 ? [] : [{ wanted, ...served[i]! }];
  });
  return {
    auc: auc(judged),
    recallAt50: mean(counted.map(({ wanted, retrieved }) => recall(wanted, retrieved.slice(0, RETRIEVED)))),
    ndcgAt10: mean(
      counted.map(({ wanted, page }) =>
        ndcg(
          page.map((film) => ({ relevant: wanted.has(film) })),
          PAGE,
          wanted.size,
        ),
      ),
    ),
  };
}

export interface Comparison {
  /** What differs by more than is allowed, in words; empty when all is equal. */
  readonly differences: readonly string[];
  /** Users whose list of RETRIEVED films, or page, is not the offline one. */
  readonly usersWithOtherLists: readonly number[];
}

export function compared(
  offline: Metrics,
  found: Metrics,
  users: readonly OfflineUser[],
  served: readonly ServedUser[],
): Comparison {
  const tolerances = { auc: AUC_TOLERANCE, recallAt50: LIST_TOLERANCE, ndcgAt10: LIST_TOLERANCE };
  const differences = Object.entries(tolerances).flatMap(([name, tolerance]) => {
    const [expected, got] = [offline[name as keyof Metrics], found[name as keyof Metrics]];
    // Not `>`: NaN differs too.
    return Math.abs(got - expected) <= tolerance ? [] : [`${name}: ${got} through the server, ${expected} offline`];
  });
  const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
  const other = users.filter(
    ({ retrieved, page }, i) => !same(retrieved, served[i]!.retrieved) || !same(page, served[i]!.page),
  );
  return { differences, usersWithOtherLists: other.map(({ user }) => user) };
}
