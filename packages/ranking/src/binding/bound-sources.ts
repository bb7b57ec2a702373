import { didYouMean, invalidArgument, type Clock } from '@rangefinder/base';
import { gatherCandidates, type CandidateSource } from '@rangefinder/retrieval';
import type { CandidatePort, CandidateSourceSpec, GatheredCandidates, GatherRequest } from '../ports.ts';

/** Makes a source of one kind from its declaration. Throws INVALID_ARGUMENT for parameters that it cannot work with. */
export type SourceBinder = (spec: CandidateSourceSpec) => CandidateSource;

/** Of what time there is, sources get this much, so that what did arrive can still be merged. */
const SHARE_FOR_SOURCES = 0.9;

/** Candidates from the sources of the retrieval room, by kind: `{ ann: () => vectorSource('ann', index) }`. */
export class BoundSources implements CandidatePort {
  readonly #binders: Readonly<Record<string, SourceBinder>>;
  readonly #clock: Clock;
  /** By declaration: rankers may use one name for different things. */
  readonly #sources = new Map<string, CandidateSource>();

  constructor(binders: Readonly<Record<string, SourceBinder>>, clock: Clock) {
    this.#binders = binders;
    this.#clock = clock;
  }

  check(sources: readonly CandidateSourceSpec[]): void {
    for (const spec of sources) this.#source(spec);
  }

  gather(request: GatherRequest): Promise<GatheredCandidates> {
    const { sources, limit, filter, exclude, deadlineUs, signal } = request;
    const leftMs = (Math.max(1, deadlineUs - this.#clock.nowUs()) / 1000) * SHARE_FOR_SOURCES;
    return gatherCandidates({
      sources: sources.map((asked) => ({
        source: this.#source(asked),
        quota: asked.quota,
        deadlineMs: Number.isFinite(leftMs) ? leftMs : MAX_MS,
        inputs: { ...(asked.query === undefined ? {} : { query: asked.query }), terms: asked.values },
      })),
      limit,
      filter,
      exclude,
      clock: this.#clock,
      signal,
    });
  }

  #source({ name, kind, quota, parameters }: CandidateSourceSpec): CandidateSource {
    const key = JSON.stringify([name, kind, parameters]);
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.#binders, kind)) {
      const kinds = Object.keys(this.#binders);
      throw invalidArgument(
        `sources.${name}.kind`,
        `no source of kind ${kind}${didYouMean(kind, kinds)}; there are ${kinds.join(', ') || 'none'}`,
      );
    }
    const source = this.#binders[kind]!({ name, kind, quota, parameters });
    this.#sources.set(key, source);
    return source;
  }
}

/** Without a deadline a source may take a day, which a timer can hold. */
const MAX_MS = 86_400_000;
