/** Names longer than this are not compared: a hint is a courtesy, not worth a quadratic cost that a caller controls. */
const COMPARED_CHARACTERS_MAX = 64;

/**
 * The candidate that a misspelt name most likely meant, or undefined when none is near: at most one edit in three
 * characters, where an edit inserts, deletes, replaces or swaps neighbours. Case, `-` and `_` count for nothing.
 */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > COMPARED_CHARACTERS_MAX) return undefined;
  const wanted = normalised(name);
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const candidate of candidates) {
    if (candidate.length > COMPARED_CHARACTERS_MAX) continue;
    const distance = editDistance(wanted, normalised(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean X?)`, or nothing; made to be appended to a message. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const closest = closestName(name, candidates);
  return closest === undefined ? '' : ` (did you mean ${closest}?)`;
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Optimal string alignment distance, three rows at a time. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
