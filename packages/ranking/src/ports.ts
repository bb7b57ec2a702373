import type { RangefinderError } from '@rangefinder/base';
import type { DescribedSpec, FeatureReader, FeatureTransform } from '@rangefinder/features';
import type { WrittenFilter } from './config/ranker-schema.ts';
import type { ItemFilter } from '@rangefinder/retrieval';
import type { ModelServer } from '@rangefinder/serving';

/**
 * What the funnel asks of models; the serving layer is one. Inputs may be looked at until the answer: their memory is used again
 * afterwards, so who wants them for longer copies them.
 */
export type ModelPort = Pick<ModelServer, 'infer' | 'metadata'>;

/** What the funnel asks of the feature store. */
export interface FeaturePort {
  /** What is declared of `view:feature`; undefined when there is none. */
  describe(feature: string): DescribedFeature | undefined;
  /** Near names, for messages. */
  names(): readonly string[];
  /** Compiles a reader of these features, all of one entity and none of them computed, in this column order. */
  reader(entity: string, features: readonly string[]): FeatureReader;
}

export interface DescribedFeature extends DescribedSpec {
  /** Whose feature it is; undefined for what a transformation computes. */
  readonly entity: string | undefined;
  /** Computes it at each request, from features that have an entity. */
  readonly transform?: FeatureTransform;
}

/** Items by number: attributes, filters and embeddings. Numbers are unsigned 32-bit and stable while the item exists. */
export interface ItemPort {
  /** Undefined for an item that the catalogue does not know. */
  numberOf(id: string): number | undefined;
  idOf(number: number): string | undefined;
  /** Throws INVALID_ARGUMENT, with the place, for an expression that does not parse or names an unknown attribute. */
  filter(expression: WrittenFilter): ItemFilter;
  /** Writes a code for each item's value of the attribute: equal values have equal codes, −1 is no value. NOT_FOUND when unknown. */
  attributeCodes(attribute: string, numbers: Uint32Array, target: Int32Array): void;
  /** Words for a code, for explanations. */
  attributeValue(attribute: string, code: number): string;
  /** Dimensions of the items' embeddings of this name; undefined where there are none. */
  embeddingDimensions(name: string): number | undefined;
  /** Writes item × dimensions values; zeros where an item has none. Synchronous: embeddings lie in memory. */
  embeddings(name: string, numbers: Uint32Array, target: Float32Array): void;
  /**
   * The embeddings as they lie: item number n has the values from n × dimensions, zeros where it has none or the array is
   * shorter. For those who copy rows out at once. Left out where they do not lie like that.
   */
  embeddingTable?(name: string): Float32Array | undefined;
  /** The most popular items, best first, at most `limit`. Answers from memory: it is the last rung of the ladder. */
  popular(limit: number): Uint32Array;
}

/** An item that the catalogue does not know, as a number. */
export const UNKNOWN_ITEM = 0xffff_ffff;

/** Where candidates come from: several sources, merged. */
export interface CandidatePort {
  /** Throws INVALID_ARGUMENT when a declared source cannot work; called once for each ranker. */
  check(sources: readonly CandidateSourceSpec[]): void;
  /**
   * Candidates of all sources, without duplicates and without what is excluded, best first, sources filled by quota and
   * what one leaves given to the others. A source that fails or is late is reported, not thrown.
   */
  gather(request: GatherRequest): Promise<GatheredCandidates>;
}

export interface CandidateSourceSpec {
  readonly name: string;
  /** `ann`, `popular`, `recent`, `attribute`: what the composition has bound. */
  readonly kind: string;
  readonly quota: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface GatherRequest {
  readonly user: string;
  readonly sources: readonly GatherSource[];
  /** Candidates in all. */
  readonly limit: number;
  readonly filter: ItemFilter | undefined;
  readonly exclude: ReadonlySet<number>;
  /** Monotonic µs by which it should have answered, if only with what it has. */
  readonly deadlineUs: number;
  readonly signal: AbortSignal;
}

export interface GatherSource extends CandidateSourceSpec {
  /** The query vector of a source that searches by one. */
  readonly query: Float32Array | undefined;
  /** Values of the request's context, for sources that read one of them. */
  readonly values: readonly string[];
}

/** As `gatherCandidates` of the retrieval room has them. */
export interface GatheredCandidates {
  /** Item numbers, without duplicates. */
  readonly ids: Uint32Array;
  /** The score that its first source gave; higher is better, comparable within one source only. */
  readonly scores: Float32Array;
  /** Bit i: source i of the request had it. */
  readonly sourceBits: Uint32Array;
  readonly reports: readonly SourceOutcome[];
}

export interface SourceOutcome {
  readonly name: string;
  readonly status: 'ok' | 'failed' | 'late';
  readonly error?: RangefinderError;
}
