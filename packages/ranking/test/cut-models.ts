import { invalidArgument, RangefinderError, type Clock } from '@rangefinder/base';
import type { ModelPort } from '@rangefinder/ranking';
import type { ModelMetadata, RequestContext } from '@rangefinder/serving';
import {
  bytesOf,
  typedView,
  type InferenceRequest,
  type InferenceResponse,
  type Tensor,
  type TensorSpec,
} from '@rangefinder/tensor';
import { noTrouble, suffer } from './fakes.ts';

/** What is served of one version: the model in one piece, or one of its parts and what tells the cut. */
export interface ServedPart {
  readonly part: 'whole' | 'user' | 'item';
  /** Factor of the user's side: other weights give other scores. */
  readonly weight: number;
  /** Name of the tensor between the parts. */
  readonly between: string;
  readonly maxBatchSize: number;
}

export const CUT = 'user_part_1_0123456789ab';
export const OTHER_CUT = 'user_part_1_ba9876543210';

export function served(part: ServedPart['part'], change: Partial<ServedPart> = {}): ServedPart {
  return { part, weight: 0.25, between: CUT, maxBatchSize: 0, ...change };
}

const spec = (name: string, width: number): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape: [-1, width],
  optional: false,
});

/** SCORE = weight · ΣUSER · HOUR + ITEM[0] + ITEM[1] / 2 + HOUR, where USER and HOUR are the user's and HOUR is read by both parts. */
export class CutModels implements ModelPort {
  readonly userTrouble = noTrouble();
  readonly requests: InferenceRequest[] = [];
  cancelled: string[] = [];
  /** Just before a run finds its version. */
  beforeRun: (request: InferenceRequest) => void = () => {};
  readonly #clock: Clock;
  readonly #served = new Map<string, Map<string, { part: ServedPart; metadata: ModelMetadata }>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Serves this version besides those that are; a version of the same number is replaced. */
  serve(name: string, version: string, part: ServedPart): void {
    const inputs = {
      whole: [spec('USER', 4), spec('HOUR', 1), spec('ITEM', 2)],
      user: [spec('USER', 4), spec('HOUR', 1)],
      item: [spec('HOUR', 1), spec('ITEM', 2), spec(part.between, 1)],
    }[part.part];
    const outputs = [spec(part.part === 'user' ? part.between : 'SCORE', 1)];
    const { maxBatchSize } = part;
    const metadata = { name, versions: [], platform: 'fake', inputs, outputs, maxBatchSize };
    this.#versions(name).set(version, { part, metadata });
  }

  drop(name: string, version: string): void {
    this.#versions(name).delete(version);
  }

  runsOf(name: string): readonly InferenceRequest[] {
    return this.requests.filter(({ modelName }) => modelName === name);
  }

  metadata(name: string, version = ''): ModelMetadata {
    return { ...this.#find(name, version).metadata, versions: [...this.#versions(name).keys()].toSorted() };
  }

  async infer(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse> {
    this.requests.push(request);
    const gone = new Promise<never>((_, reject) =>
      context.onCancellable?.(() => {
        this.cancelled.push(request.modelName);
        reject(new RangefinderError('CANCELLED', 'cancelled'));
      }),
    );
    gone.catch(() => {});
    const response = await Promise.race([this.#run(request), gone]);
    const event = { model: '', version: '', rows: 1, outcome: 'success', queueUs: 0, totalUs: 0 } as const;
    context.onFinished?.({ ...event, computeInputUs: 0, computeInferUs: 40, computeOutputUs: 0 });
    return response;
  }

  async #run(request: InferenceRequest): Promise<InferenceResponse> {
    this.beforeRun(request);
    const { part, metadata } = this.#find(request.modelName, request.modelVersion);
    if (part.part === 'user') await suffer(this.#clock, this.userTrouble, 'the tower');
    const inputs = new Map(metadata.inputs.map(({ name }) => [name, inputOf(request, name)]));
    const strange = request.inputs.find(({ name }) => !inputs.has(name));
    if (strange !== undefined) throw invalidArgument(`input '${strange.name}'`, 'the model has no such input');
    const rows = Math.max(...[...inputs.values()].map(({ shape }) => shape[0]!));
    const spreads = part.part === 'item' && part.maxBatchSize === 0;
    for (const [name, { shape }] of inputs) {
      if (shape[0] !== rows && !(spreads && shape[0] === 1))
        throw invalidArgument(`input '${name}'`, `expected ${rows} rows, got ${shape[0]}`);
    }
    const at = (name: string, row: number): number[] => rowOf(inputs.get(name)!, row);
    const tower = (row: number): number =>
      Math.fround(part.weight * at('USER', row).reduce((sum, one) => sum + one, 0) * at('HOUR', row)[0]!);
    const values = Float32Array.from({ length: rows }, (_, row) => {
      if (part.part === 'user') return tower(row);
      const user = part.part === 'whole' ? tower(row) : at(part.between, row)[0]!;
      const [first, second] = at('ITEM', row);
      return user + first! + second! / 2 + at('HOUR', row)[0]!;
    });
    const [{ name } = { name: '' }] = metadata.outputs;
    const outputs = [{ name, dataType: 'FP32' as const, shape: [rows, 1], bytes: bytesOf(values) }];
    return { modelName: request.modelName, modelVersion: request.modelVersion, id: '', outputs, parameters: {} };
  }

  #find(name: string, version: string) {
    const versions = this.#versions(name);
    const found = versions.get(version === '' ? ([...versions.keys()].toSorted().at(-1) ?? '') : version);
    if (found === undefined)
      throw new RangefinderError('NOT_FOUND', `model '${name}': unknown ${version === '' ? 'model' : 'version'}`);
    return found;
  }

  #versions(name: string) {
    const versions = this.#served.get(name) ?? new Map<string, { part: ServedPart; metadata: ModelMetadata }>();
    this.#served.set(name, versions);
    return versions;
  }
}

function inputOf(request: InferenceRequest, name: string): Tensor {
  const tensor = request.inputs.find((one) => one.name === name);
  if (tensor === undefined) throw invalidArgument(`input '${name}'`, 'missing');
  return tensor;
}

/** The one row where there is but one. */
function rowOf({ shape, bytes }: Tensor, row: number): number[] {
  const width = shape[1]!;
  const values = typedView('FP32', bytes) as Float32Array;
  const from = shape[0] === 1 ? 0 : row * width;
  return [...values.subarray(from, from + width)];
}
