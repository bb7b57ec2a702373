import type { FeatureTransform } from '@rangefinder/features';
import type { Place } from '../config/places.ts';
import type { FeaturePort } from '../ports.ts';

/** A transformation and those of its outputs that are read, as `transform:output`. */
export interface PlannedTransform {
  readonly transform: FeatureTransform;
  readonly wanted: readonly string[];
}

/** What one stage reads, and what it computes from that and from what earlier stages have read. */
export interface StageFeatures {
  readonly read: readonly string[];
  readonly transforms: readonly PlannedTransform[];
}

export interface PlannedPlaces {
  /** What sources and filters read: of the user alone. */
  readonly user: readonly Place[];
  readonly light: readonly Place[];
  readonly heavy: readonly Place[];
}

/** Whose a feature is: a transformation that reads none of an item is the user's and is computed once a request. */
export function isOfItems(port: FeaturePort, feature: string, itemEntity: string): boolean {
  const described = port.describe(feature);
  if (described?.transform === undefined) return described?.entity === itemEntity;
  return described.transform.inputs.some((input) => port.describe(input)?.entity === itemEntity);
}

/** Decides at which stage features are read and transformations computed; what no place names is neither. */
export function planFeatures(
  port: FeaturePort,
  { user, light, heavy }: PlannedPlaces,
  entities: { readonly user: string; readonly item: string },
): Readonly<Record<'user' | 'light' | 'heavy', StageFeatures>> {
  const all = featuresIn([...user, ...light, ...heavy]);
  const computed = all.filter((name) => port.describe(name)?.transform !== undefined);
  const ofItems = computed.filter((name) => isOfItems(port, name, entities.item));
  // What the light ranker computes for all candidates is not computed again for those that the heavy one gets.
  const early = new Set(featuresIn(light).map(viewOf));
  const transforms = {
    user: grouped(
      port,
      computed.filter((name) => !ofItems.includes(name)),
    ),
    light: grouped(
      port,
      ofItems.filter((name) => early.has(viewOf(name))),
    ),
    heavy: grouped(
      port,
      ofItems.filter((name) => !early.has(viewOf(name))),
    ),
  };
  const read = (entity: string, named: readonly string[], planned: readonly PlannedTransform[]): string[] =>
    [...new Set([...named, ...planned.flatMap(({ transform }) => transform.inputs)])].filter(
      (name) => port.describe(name)?.entity === entity,
    );
  const lightRead = read(entities.item, featuresIn(light), transforms.light);
  const heavyRead = read(entities.item, featuresIn(heavy), transforms.heavy);
  return {
    user: { read: read(entities.user, all, Object.values(transforms).flat()), transforms: transforms.user },
    light: { read: lightRead, transforms: transforms.light },
    heavy: { read: heavyRead.filter((name) => !lightRead.includes(name)), transforms: transforms.heavy },
  };
}

function featuresIn(places: readonly Place[]): string[] {
  return [...new Set(places.flatMap((place) => (place.kind === 'feature' ? [place.feature] : [])))];
}

/** Each transformation once, with those of its outputs. */
function grouped(port: FeaturePort, outputs: readonly string[]): PlannedTransform[] {
  return [...new Set(outputs.map(viewOf))].map((name) => {
    const wanted = outputs.filter((output) => viewOf(output) === name);
    return { transform: port.describe(wanted[0]!)!.transform!, wanted };
  });
}

function viewOf(feature: string): string {
  return feature.slice(0, feature.indexOf(':'));
}
