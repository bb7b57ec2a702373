import { didYouMean, RangefinderError, toRangefinderError } from '@rangefinder/base';
import { cutOf, userPartName } from '@rangefinder/repository';
import type { ModelMetadata } from '@rangefinder/serving';
import type { TensorSpec } from '@rangefinder/tensor';
import { readPlace, type Place } from '../config/places.ts';
import type { ModelPort } from '../ports.ts';
import { misfit, type BoundInput, type DeclaredModel, type Witness } from './declared-model.ts';

/** The part of a cut model that runs once a request, met with the served one. */
export interface BoundUserPart {
  readonly model: string;
  /** The one that serves now: both parts of a request are of one cut. */
  readonly version: string;
  readonly inputs: readonly BoundInput[];
  readonly feeds: readonly Feed[];
}

/** An input of the items' part that is an output of the user's part, or an input of both. */
export interface Feed {
  readonly name: string;
  /** The items' part spreads one row over the candidates by itself; otherwise it wants the row once for each. */
  readonly oneRow: boolean;
}

/** A user part for a version of the items' part, or why none is served that fits. */
interface Match {
  readonly userPart: BoundUserPart | RangefinderError;
  /** What the answer rests on. */
  readonly witnesses: readonly Witness[];
}

/** Whether a place has the same value for all candidates, known once the user's features are. */
export type IsOfUser = (place: Place) => boolean;

/** Whether inputs of this version have to come from a user part. */
export function wantsUserPart(declared: DeclaredModel, { inputs }: ModelMetadata): boolean {
  return inputs.some(
    ({ name, optional }) =>
      declared.inputs[name] === undefined &&
      (cutOf(name) !== undefined || (declared.user_part !== undefined && !optional)),
  );
}

/**
 * Finds a version of the user's part for a version of the items' part: of the same cut, as the names of their tensors tell;
 * where a pair was made by hand, of the same version number. Throws MODEL_INVALID when an input has no place that is the
 * user's.
 */
export function matchUserPart(
  models: ModelPort,
  declared: DeclaredModel,
  item: ModelMetadata,
  itemVersion: string,
  isOfUser: IsOfUser,
): Match {
  const model = declared.user_part?.model ?? userPartName(declared.model);
  const asked = declared.user_part?.version ?? '';
  const newest = served(models, declared, model, asked);
  const witness = { model, version: asked, inputs: newest instanceof RangefinderError ? undefined : newest.inputs };
  if (newest instanceof RangefinderError) return { userPart: newest, witnesses: [witness] };
  const open = item.inputs.filter(({ name }) => declared.inputs[name] === undefined);
  const cut = open.map(({ name }) => cutOf(name)).find((one) => one !== undefined);
  const versions = asked !== '' ? [asked] : cut === undefined ? [itemVersion] : newest.versions.toReversed();
  for (const version of versions.filter((one) => newest.versions.includes(one))) {
    const user = served(models, declared, model, version);
    if (user instanceof RangefinderError) continue;
    const given = new Set([...user.outputs, ...user.inputs].map(({ name }) => name));
    if (!open.every(({ name, optional }) => optional || given.has(name))) continue;
    const userPart: BoundUserPart = {
      model,
      version,
      inputs: boundInputs(declared, user, model, isOfUser),
      feeds: feeds(declared, item, user, cut !== undefined),
    };
    return { userPart, witnesses: [witness, { model, version, inputs: user.inputs }] };
  }
  return { userPart: noMatch(declared, { model, newest, asked, cut, itemVersion, open }), witnesses: [witness] };
}

function served(
  models: ModelPort,
  declared: DeclaredModel,
  model: string,
  version: string,
): ModelMetadata | RangefinderError {
  try {
    return models.metadata(model, version);
  } catch (thrown) {
    const { code, message } = toRangefinderError(thrown);
    return new RangefinderError(code, `model ${declared.name} (${declared.model}): its user part: ${message}`);
  }
}

function boundInputs(declared: DeclaredModel, user: ModelMetadata, model: string, isOfUser: IsOfUser): BoundInput[] {
  return user.inputs.flatMap((spec) => {
    const written = declared.user_part?.inputs[spec.name] ?? declared.inputs[spec.name];
    if (written === undefined) {
      if (spec.optional) return [];
      throw misfit(declared, `input ${spec.name} of its user part ${model} has no place; give it one in inputs`);
    }
    const places = [written].flat().map((text) => {
      const place = readPlace(text, `inputs.${spec.name}`);
      if (!isOfUser(place))
        throw misfit(declared, `input ${spec.name} of its user part ${model}: ${text} is not the same for all items`);
      return place;
    });
    return [{ spec, places }];
  });
}

function feeds(declared: DeclaredModel, item: ModelMetadata, user: ModelMetadata, isCut: boolean): Feed[] {
  const outputs = new Set(user.outputs.map(({ name }) => name));
  return item.inputs.flatMap((spec): Feed[] => {
    const shared = user.inputs.find(({ name }) => name === spec.name);
    const isPlaced = declared.inputs[spec.name] !== undefined;
    const isFed = isPlaced
      ? isCut && shared !== undefined && alike(spec, shared) && declared.user_part?.inputs[spec.name] === undefined
      : outputs.has(spec.name) || shared !== undefined;
    if (!isFed) return [];
    return [{ name: spec.name, oneRow: item.maxBatchSize === 0 && (isCut || spec.shape?.[0] === 1) }];
  });
}

function alike(a: TensorSpec, b: TensorSpec): boolean {
  return a.dataType === b.dataType && String(a.shape?.slice(1)) === String(b.shape?.slice(1));
}

function noMatch(
  declared: DeclaredModel,
  found: {
    readonly model: string;
    readonly newest: ModelMetadata;
    readonly asked: string;
    readonly cut: string | undefined;
    readonly itemVersion: string;
    readonly open: readonly TensorSpec[];
  },
): RangefinderError {
  const { model, newest, asked, cut, itemVersion, open } = found;
  const serves = `${model} serves ${newest.versions.join(', ')}`;
  if (cut !== undefined) {
    const other = newest.outputs.map(({ name }) => cutOf(name)).find((one) => one !== undefined);
    const has = other === undefined ? 'no part of a cut' : `cut ${other}`;
    return misfit(
      declared,
      `version ${itemVersion} is of cut ${cut} and its user part of another: ${serves}, ${asked || 'the newest'} being ${has}`,
    );
  }
  const gives = newest.outputs.map(({ name }) => name);
  const lacking = open.find(({ name, optional }) => !optional && !gives.includes(name));
  if (lacking === undefined)
    return misfit(declared, `its user part has no version ${itemVersion}: ${serves}; name one in user_part.version`);
  return misfit(
    declared,
    `input ${lacking.name} has no place and is no output of its user part ${model}${didYouMean(lacking.name, gives)}`,
  );
}
