import type { Clock, Logger } from '@rangefinder/base';
import type { FeatureService, OnDemandTransform } from '@rangefinder/features';
import type { CandidateSourceSpec, ItemPort, ModelPort, RankerConfig, RankObserver } from '@rangefinder/ranking';
import type { CandidateSource } from '@rangefinder/retrieval';

/**
 * What `ranker.ts` or `ranker.js` beside a `ranker.yaml` exports as `setup`. Called once, before the server listens; what it
 * throws ends the start and is reported with the file's name.
 */
export type RankerSetup = (
  surroundings: RankerFolderSurroundings,
) => RankerPieces | void | Promise<RankerPieces | void>;

/** What `setup` is given. */
export interface RankerFolderSurroundings {
  /** The compiled `ranker.yaml`. */
  readonly config: RankerConfig;
  /** The ranker's folder, absolute. */
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Models are served after all rankers are there, so they answer later, not during `setup`. */
  readonly models: ModelPort;
  /** What `/metrics` counts rankings with. */
  readonly observer: RankObserver;
  /** The server's features, to read and to push; undefined where none are served. */
  readonly features: FeatureService | undefined;
  /** Aborts when the server is told to stop meanwhile. */
  readonly signal: AbortSignal;
}

/** What `setup` may give back. All of it is optional. */
export interface RankerPieces {
  /** Items for an `items` section without a file: one object a row, by column. An embedding's column may be a Float32Array. */
  readonly rows?: Iterable<RankerRow> | AsyncIterable<RankerRow>;
  /** A catalogue of one's own, in place of the `items` section. */
  readonly items?: ItemPort;
  /** Kinds of sources, in addition to the built-in ones or in their place. */
  readonly sources?: Readonly<Record<string, (spec: CandidateSourceSpec, items: ItemPort) => CandidateSource>>;
  /** Called once, when the server closes or does not come to start. */
  readonly close?: () => void | Promise<void>;
}

export type RankerRow = Readonly<Record<string, unknown>>;

/** The exports of a `ranker.ts`. */
export interface RankerModule {
  readonly setup?: RankerSetup;
  /** On-demand transformations of the server's features, which are there before any `setup` is called. */
  readonly transforms?: readonly OnDemandTransform[];
}
