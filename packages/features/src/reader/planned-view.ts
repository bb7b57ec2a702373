import { didYouMean, invalidArgument } from '@rangefinder/base';
import type { PlannedColumn } from '../columns/column-plan.ts';
import type { FeatureViewSpec } from '../feature-reader.ts';
import { rowLayout, type RowLayout } from '../rows/row-layout.ts';
import { encodeValue } from '../values/value-encoder.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { splitFeatureName } from './feature-name.ts';

/** What a reader takes of one view. */
export interface PlannedView {
  readonly layout: RowLayout;
  readonly maxAgeMs: number;
  /** `at`: which of the reader's columns it is. */
  readonly columns: readonly { readonly planned: PlannedColumn; readonly at: number }[];
}

export interface WantedFeatures {
  readonly views: readonly FeatureViewSpec[];
  readonly features: readonly string[];
  readonly defaults?: Readonly<Record<string, FeatureValue>>;
}

/** INVALID_ARGUMENT names a feature that is unknown, asked for twice or of another entity. */
export function planViews({ views, features, defaults }: WantedFeatures): PlannedView[] {
  const planned = new Map<
    string,
    { layout: RowLayout; maxAgeMs: number; entity: string; columns: PlannedView['columns'][number][] }
  >();
  for (const [at, name] of features.entries()) {
    if (features.indexOf(name) !== at) throw invalidArgument(`features[${at}]`, `${name} is asked for twice`);
    const { view: viewName, feature } = splitFeatureName(name, `features[${at}]`);
    const view = views.find((candidate) => candidate.name === viewName);
    if (view === undefined) {
      throw invalidArgument(
        `features[${at}]`,
        `there is no view ${viewName}${didYouMean(
          viewName,
          views.map((each) => each.name),
        )}`,
      );
    }
    const entry = planned.get(viewName) ?? {
      layout: rowLayout(view),
      maxAgeMs: view.maxAgeMs,
      entity: view.entity,
      columns: [],
    };
    const slot = entry.layout.slots.find(({ spec }) => spec.name === feature);
    if (slot === undefined) {
      const hint = didYouMean(
        feature,
        view.features.map((each) => each.name),
      );
      throw invalidArgument(`features[${at}]`, `view ${viewName} has no feature ${feature}${hint}`);
    }
    const first = planned.values().next().value ?? entry;
    if (first.entity !== entry.entity) {
      throw invalidArgument(`features[${at}]`, `is of entity ${entry.entity}, but this reader is for ${first.entity}`);
    }
    const value = Object.hasOwn(defaults ?? {}, name) ? defaults?.[name] : undefined;
    const whenAbsent = value === undefined ? undefined : encodeValue(slot.spec, value, `defaults.${name}`);
    entry.columns.push({ planned: { name, slot, whenAbsent }, at });
    planned.set(viewName, entry);
  }
  return [...planned.values()];
}
