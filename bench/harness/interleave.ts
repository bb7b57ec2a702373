import { median } from './statistics.ts';

/**
 * Runs the candidates in turn, A B C A B C …, so that whatever slows the machine down slows all of them. Ratios are taken
 * round by round and then their median, which holds even where the absolute figures drift.
 */
export async function interleave<Name extends string>(
  rounds: number,
  candidates: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Measured<Name>> {
  const names = Object.keys(candidates) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) figures[name].push(await candidates[name]());
  }
  return new Measured(figures);
}

export class Measured<Name extends string> {
  readonly #figures: Readonly<Record<Name, readonly number[]>>;

  constructor(figures: Readonly<Record<Name, readonly number[]>>) {
    this.#figures = figures;
  }

  median(name: Name): number {
    return median(this.#figures[name]);
  }

  range(name: Name): string {
    const values = this.#figures[name];
    return `${format(Math.min(...values))}–${format(Math.max(...values))}`;
  }

  /** Median over the rounds of numerator / denominator within the round. */
  ratio(numerator: Name, denominator: Name): number {
    return median(
      this.#figures[numerator].map((value, round) => value / (this.#figures[denominator][round] ?? Number.NaN)),
    );
  }
}

export function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}
