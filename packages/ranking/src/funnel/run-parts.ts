import type { RankerParts } from '../ranker.ts';
import type { RankRequest } from '../rank-request.ts';
import type { Adjustment } from '../rank-response.ts';
import type { AskedPage } from '../request-checks.ts';
import type { Cancellation } from './cancellation.ts';
import type { CandidateTable } from './candidate-table.ts';
import type { Exclusion } from './exclusion.ts';
import type { FeatureColumns } from './feature-set.ts';
import type { StageScores } from './model-stage.ts';
import type { Declaration, Plan } from './plan.ts';
import type { RankedOrder } from './ranking-order.ts';
import type { RequestMemory } from './request-memory.ts';
import type { RowCost } from './row-cost.ts';
import type { StageLog } from './stage-log.ts';

/** What a request takes through the funnel. */
export interface RankRunParts {
  readonly ranker: RankerParts;
  readonly declaration: Declaration;
  readonly plan: Plan;
  readonly request: RankRequest;
  readonly page: AskedPage;
  readonly deadlineUs: number;
  readonly signal: Cancellation;
  readonly memory: RequestMemory;
  readonly log: StageLog;
  readonly rowCost: RowCost;
  /** Whether the user has an earlier order that fills the page when no candidates can be had. */
  readonly hasCachedPage: (exclusion: Exclusion) => boolean;
}

/** What the stages have made of a request; `order` is undefined when there were no candidates and the cached page must do. */
export interface RankOutcome {
  readonly order: RankedOrder | undefined;
  readonly table: CandidateTable;
  readonly exclusion: Exclusion;
  readonly keptRows: Uint32Array;
  readonly heavy: StageScores | undefined;
  readonly lightScores: Float64Array | undefined;
  readonly candidates: number;
  readonly duplicates: number;
  readonly userFound: boolean;
  readonly userColumns: FeatureColumns;
  readonly itemColumns: FeatureColumns;
  readonly rowColumns: FeatureColumns;
  readonly adjustments: ReadonlyMap<number, readonly Adjustment[]>;
}
