/** What `POST /v1/rankers/{name}/rank` answers, as far as this page shows it. Times are in µs. */
export interface RankAnswer {
  readonly items: readonly RankedItem[];
  readonly degradations: readonly { readonly kind: string; readonly stage: string; readonly reason: string }[];
  readonly counts: { readonly candidates: number };
  readonly explanation?: RankExplanation | null;
}

export interface RankedItem {
  readonly id: string;
  readonly score: number | null;
  readonly scored_by: string;
  readonly explanation?: ItemExplanation | null;
}

export interface ItemExplanation {
  readonly sources: readonly string[];
  readonly source_score: number | null;
  readonly light_score: number | null;
  readonly outputs: Readonly<Record<string, number | null>>;
  readonly heavy_score: number | null;
  readonly adjustments: readonly { readonly kind: string; readonly detail: string }[];
}

export interface RankExplanation {
  readonly stages: readonly StageFigures[];
  readonly total_us: number;
  readonly deadline_us: number | null;
  readonly cost_us: number;
}

export interface StageFigures {
  readonly stage: string;
  readonly in: number;
  readonly out: number;
  readonly duration_us: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface RankQuestion {
  readonly user: string;
  readonly context: Readonly<Record<string, number>>;
  /** 0: relevance alone, 1: difference alone. */
  readonly diversity: number;
  readonly size: number;
}

/**
 * How a ranker wants to be shown. Lies in the feature store, as JSON in `recommend_page:document` of the entity `ranker`, so
 * that the page knows nothing of films.
 */
export interface Presentation {
  readonly title: string;
  readonly note: string;
  readonly users: readonly PresentedUser[];
  readonly context: readonly ContextSlider[];
  /** `view:feature` of the user: a list of item ids, the newest last. */
  readonly history: string;
  readonly item: {
    /** Name of the entity of items in the feature store. */
    readonly entity: string;
    readonly title: string;
    /** Shown behind the title, in this order. */
    readonly details: readonly string[];
  };
  readonly userEntity: string;
  readonly diversity: number;
}

export interface PresentedUser {
  readonly id: string;
  readonly label: string;
}

export interface ContextSlider {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** What the value means: words by the value from which on they hold. */
  readonly words: readonly { readonly from: number; readonly word: string }[];
}

/** Title and details of an item, in words. */
export interface ItemCard {
  readonly title: string;
  readonly details: readonly string[];
}
