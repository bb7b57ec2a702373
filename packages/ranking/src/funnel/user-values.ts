import type { FeatureColumn } from '@rangefinder/features';
import { RangefinderError, type Clock } from '@rangefinder/base';
import { decodeStringElements, elementCount } from '@rangefinder/tensor';
import { readPlace } from '../config/places.ts';
import type { ModelPort } from '../ports.ts';
import type { ContextValue } from '../rank-request.ts';
import type { Cancellation } from './cancellation.ts';
import { isPresent, type FeatureColumns } from './feature-set.ts';
import type { BoundModel } from './model-binding.ts';
import type { PlaceValues } from './place-values.ts';
import { cancelled } from './settle.ts';
import { numbersOf } from './values.ts';

/** The words of a user's list feature: item ids, genres. Empty where the user has none; numbers as decimal text. */
export function textsOf(column: FeatureColumn | undefined): readonly string[] {
  if (!isPresent(column)) return [];
  const { dataType, bytes, width, lengths, name } = column;
  const count = lengths?.[0] ?? width;
  if (dataType === 'BYTES') return decodeStringElements(bytes, width).slice(0, count);
  return Array.from(numbersOf({ dataType, bytes }, name)).slice(0, count).map(String);
}

/** What a source looks up: a user's feature or a value of the context. */
export function wordsOf(
  place: string,
  user: FeatureColumns,
  context: Readonly<Record<string, ContextValue>>,
): readonly string[] {
  const read = readPlace(place, place);
  if (read.kind === 'feature') return textsOf(user.get(read.feature));
  const value = read.kind === 'context' ? context[read.key] : undefined;
  if (value === undefined) return [];
  return typeof value === 'object' ? value.map(String) : [String(value)];
}

/** A user's vector feature as a query; undefined where the user has none, or one that is no vector of finite numbers. */
export function featureVector(column: FeatureColumn | undefined): Float32Array | undefined {
  return isPresent(column) ? finiteVector(Float32Array.from(numbersOf(column, column.name))) : undefined;
}

/** Runs a model over the user alone. Rejects as `infer` does, CANCELLED included. */
export async function modelVector(
  models: ModelPort,
  model: BoundModel,
  values: PlaceValues,
  run: { readonly limitUs: number; readonly requestId: string; readonly signal: Cancellation; readonly clock: Clock },
): Promise<Float32Array> {
  const [output] = model.outputs;
  let cancel: (() => void) | undefined;
  const onAbort = (): void => cancel?.();
  run.signal.add(onAbort);
  const timer =
    run.limitUs === Infinity ? undefined : run.clock.schedule(Math.max(0, run.limitUs - run.clock.nowUs()), onAbort);
  try {
    const response = await models.infer(
      {
        modelName: model.declared.model,
        modelVersion: model.version,
        id: run.requestId,
        inputs: values.inputs(model).map((input) => input.slice(0, 1)),
        outputs: [{ name: output!.tensor, binaryData: undefined, classificationCount: 0 }],
        parameters: { priority: 0, timeoutUs: 0, other: {} },
      },
      { deadlineUs: run.limitUs, onCancellable: (one) => (cancel = one) },
    );
    const tensor = response.outputs.find((one) => one.name === output!.tensor);
    const vector = tensor === undefined ? undefined : finiteVector(Float32Array.from(numbersOf(tensor, tensor.name)));
    if (vector === undefined || vector.length !== elementCount(tensor!.shape)) {
      throw new RangefinderError('INTERNAL', `model ${model.declared.model}: no finite vector came out`);
    }
    return vector;
  } catch (thrown) {
    if (run.signal.aborted) throw cancelled();
    throw thrown;
  } finally {
    timer?.cancel();
    run.signal.remove(onAbort);
  }
}

function finiteVector(vector: Float32Array): Float32Array | undefined {
  return vector.length > 0 && vector.every((value) => Number.isFinite(value)) ? vector : undefined;
}
