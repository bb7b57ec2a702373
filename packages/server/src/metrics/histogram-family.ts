/**
 * A Prometheus histogram with two labels, model and version unless said otherwise, and fixed buckets. prom-client's own hashes labels at every observation; here
 * the series is looked up by the two labels and an observation is a search in a short array.
 */
export class HistogramFamily {
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #labels: readonly [string, string];
  readonly #series = new Map<string, Map<string, Series>>();

  constructor(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly [string, string] = ['model', 'version'],
  ) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#labels = labels;
  }

  observe(model: string, version: string, value: number): void {
    let versions = this.#series.get(model);
    if (versions === undefined) this.#series.set(model, (versions = new Map()));
    let series = versions.get(version);
    if (series === undefined)
      versions.set(version, (series = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 }));
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    series.counts[bucket] = series.counts[bucket]! + 1;
    series.sum += value;
  }

  forget(model: string, version: string): void {
    const versions = this.#series.get(model);
    versions?.delete(version);
    if (versions?.size === 0) this.#series.delete(model);
  }

  render(): string {
    const lines = [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} histogram`];
    for (const [model, versions] of this.#series) {
      for (const [version, series] of versions) {
        this.#renderSeries(lines, labelText({ [this.#labels[0]]: model, [this.#labels[1]]: version }), series);
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #renderSeries(lines: string[], labels: string, { counts, sum }: Series): void {
    let cumulative = 0;
    for (let i = 0; i <= this.#bounds.length; i++) {
      cumulative += counts[i]!;
      const bound = i < this.#bounds.length ? String(this.#bounds[i]) : '+Inf';
      lines.push(`${this.name}_bucket{${labels},le="${bound}"} ${cumulative}`);
    }
    lines.push(`${this.name}_sum{${labels}} ${sum}`, `${this.name}_count{${labels}} ${cumulative}`);
  }
}

interface Series {
  readonly counts: Float64Array;
  sum: number;
}

/** `model="digits",version="1"`, escaped as the text format asks. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
}
