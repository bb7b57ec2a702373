import { FEATURE_STATUS, type FeatureColumn } from '@rangefinder/features';
import { decodeStringElements } from '@rangefinder/tensor';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { FeatureExplanation, ItemExplanation } from '../rank-response.ts';
import type { FeatureColumns } from './feature-set.ts';
import type { RankOutcome } from './run-parts.ts';
import { numbersOf } from './values.ts';

/** Why a candidate is where it is. `row` is its row in the table. */
export function explainItem(config: RankerConfig, outcome: RankOutcome, row: number): ItemExplanation {
  const { table, lightScores, heavy, keptRows, adjustments } = outcome;
  const position = keptRows.indexOf(row);
  const scored = heavy !== undefined && position >= 0 && position < heavy.rows;
  const bits = table.sourceBits[row]!;
  return {
    sources: config.sources.filter((_, i) => ((bits >>> i) & 1) === 1).map(({ name }) => name),
    sourceScore: finite(table.sourceScores[row]),
    lightScore: finite(lightScores?.[row]),
    outputs: scored
      ? Object.fromEntries([...heavy.outputs].map(([name, column]) => [name, finite(column[position])]))
      : {},
    heavyScore: scored ? finite(heavy.scores[position]) : null,
    features: {
      ...explainFeatures(outcome.itemColumns, row),
      ...(position >= 0 ? explainFeatures(outcome.rowColumns, position) : {}),
    },
    adjustments: adjustments.get(row) ?? [],
  };
}

export function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Values and statuses of one row. */
export function explainFeatures(columns: FeatureColumns, row: number): Record<string, FeatureExplanation> {
  return Object.fromEntries([...columns].map(([name, column]) => [name, explainFeature(column, row)]));
}

const STATUS_NAMES = new Map<number, FeatureExplanation['status']>(
  Object.entries(FEATURE_STATUS).map(([name, number]) => [number, name as FeatureExplanation['status']]),
);

function explainFeature(column: FeatureColumn, row: number): FeatureExplanation {
  const { dataType, bytes, width, lengths, statuses } = column;
  const status = STATUS_NAMES.get(statuses[row]!) ?? 'NOT_FOUND';
  const count = lengths?.[row] ?? width;
  if (dataType === 'BYTES') {
    return {
      value: decodeStringElements(bytes, statuses.length * width)
        .slice(row * width, row * width + count)
        .join(', '),
      status,
    };
  }
  const rowBytes = bytes.length / statuses.length;
  const numbers = Array.from(
    numbersOf({ dataType, bytes: bytes.subarray(row * rowBytes, (row + 1) * rowBytes) }, column.name),
  );
  return { value: width === 1 ? (numbers[0] ?? 0) : numbers.slice(0, count), status };
}
