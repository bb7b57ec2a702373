import { formatConfigPath, RangefinderError, type ConfigPath } from '@rangefinder/base';
import type { ItemsConfig, RankerConfig } from '../config/ranker-config.ts';
import type { CandidatePort, FeaturePort } from '../ports.ts';
import { embeddingOf, SOURCE_INPUTS } from './catalog-sources.ts';

/** What a catalogue is asked for: its declaration, and the kinds of sources that other code brings. */
export interface DeclaredCatalog {
  readonly items: ItemsConfig | undefined;
  readonly ownKinds: ReadonlySet<string>;
}

/** All that is wrong with the declared sources, a line each, with its field. */
export function sourceProblems(
  config: RankerConfig,
  candidates: CandidatePort,
  features: FeaturePort,
  catalog: DeclaredCatalog,
): readonly string[] {
  const lines: string[] = [];
  config.sources.forEach((source, i) => {
    const field = (...path: ConfigPath): string => formatConfigPath(['sources', i, ...path]);
    try {
      candidates.check([source]);
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError) || thrown.code !== 'INVALID_ARGUMENT') throw thrown;
      const named = `sources.${source.name}`;
      lines.push(
        thrown.message.startsWith(named)
          ? field() + thrown.message.slice(named.length)
          : `${field()}: ${thrown.message}`,
      );
      return;
    }
    if (catalog.ownKinds.has(source.kind)) return;
    const wanted = SOURCE_INPUTS[source.kind];
    for (const input of ['query', 'values'] as const) {
      if (wanted === input && source[input] === undefined)
        lines.push(`${field(input)}: required by kind ${source.kind}`);
      if (wanted !== input && source[input] !== undefined)
        lines.push(`${field(input)}: kind ${source.kind} reads none`);
    }
    const width = queryWidth(source.query?.feature, features);
    if (source.kind !== 'ann' || width === undefined || catalog.items === undefined) return;
    const name = embeddingOf(source, Object.keys(catalog.items.embeddings));
    const { dimensions } = catalog.items.embeddings[name]!;
    if (dimensions !== width)
      lines.push(
        `${field('query', 'feature')}: ${source.query?.feature} has ${width} values, embedding ${name} ${dimensions} dimensions`,
      );
  });
  return lines;
}

/** Values of the feature; undefined where it is none that is known. */
function queryWidth(feature: string | undefined, features: FeaturePort): number | undefined {
  const described = feature === undefined ? undefined : features.describe(feature);
  return described === undefined ? undefined : (described.container?.maxLength ?? 1);
}
