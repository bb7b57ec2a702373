import { RangefinderError, invalidArgument, type Clock } from '@rangefinder/base';
import { FEATURE_STATUS, type FeatureColumn, type FeatureReadResult, type FeatureReader } from '@rangefinder/features';
import type { ItemFilter } from '@rangefinder/retrieval';
import type { ModelMetadata, RequestContext } from '@rangefinder/serving';
import {
  bytesOf,
  elementCount,
  encodeStringElements,
  typedView,
  type InferenceRequest,
  type InferenceResponse,
  type TensorSpec,
} from '@rangefinder/tensor';
import { FakeClock } from '@rangefinder/testing';
import type {
  CandidatePort,
  DescribedFeature,
  FeaturePort,
  WrittenFilter,
  GatheredCandidates,
  GatherRequest,
  ItemPort,
  ModelPort,
} from '@rangefinder/ranking';

/** How something fails next; undefined: not at all. */
export interface Trouble {
  delayUs: number;
  failure: 'none' | 'error' | 'never' | 'garbage';
}

export function noTrouble(): Trouble {
  return { delayUs: 0, failure: 'none' };
}

export async function suffer(clock: Clock, { delayUs, failure }: Trouble, what: string): Promise<void> {
  if (failure === 'never') await new Promise(() => {});
  if (delayUs > 0) await new Promise<void>((resolve) => clock.schedule(delayUs, resolve));
  if (failure === 'error') throw new RangefinderError('UNAVAILABLE', `${what} is down`);
}

export const DIMENSIONS = 4;

/** Items `i0` … with numbers 0 …, the attributes `parity` and `decade`, and embeddings from their numbers. */
export class FakeItems implements ItemPort {
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  numberOf(id: string): number | undefined {
    const number = /^i\d+$/.test(id) ? Number(id.slice(1)) : -1;
    return number >= 0 && number < this.count ? number : undefined;
  }

  idOf(number: number): string | undefined {
    return number < this.count ? `i${number}` : undefined;
  }

  filter(expression: WrittenFilter): ItemFilter {
    const bits = new Uint32Array(Math.ceil(this.count / 32));
    let count = 0;
    for (let number = 0; number < this.count; number++) {
      if (!this.#passes(expression, number)) continue;
      bits[number >>> 5]! |= 1 << (number & 31);
      count += 1;
    }
    return { bits, count };
  }

  attributeCodes(attribute: string, numbers: Uint32Array, target: Int32Array): void {
    numbers.forEach((number, i) => (target[i] = number >= this.count ? -1 : this.#value(attribute, number)));
  }

  attributeValue(_attribute: string, code: number): string {
    return String(code);
  }

  embeddingDimensions(name: string): number | undefined {
    return name === 'plot' ? DIMENSIONS : undefined;
  }

  embeddings(_name: string, numbers: Uint32Array, target: Float32Array): void {
    numbers.forEach((number, i) => target.set(embeddingOf(number), i * DIMENSIONS));
  }

  popular(limit: number): Uint32Array {
    return Uint32Array.from({ length: Math.min(limit, this.count) }, (_, i) => this.count - 1 - i);
  }

  #passes(expression: WrittenFilter, number: number): boolean {
    const [[operator, operand] = ['', undefined]] = Object.entries(expression);
    if (operator === 'and') return (operand as WrittenFilter[]).every((one) => this.#passes(one, number));
    if (operator === 'not') return !this.#passes(operand as WrittenFilter, number);
    if (operator !== 'eq') throw invalidArgument(operator, 'expected and, not or eq');
    return Object.entries(operand as Record<string, number>).every(
      ([name, value]) => this.#value(name, number) === value,
    );
  }

  #value(attribute: string, number: number): number {
    if (attribute === 'parity') return number % 2;
    if (attribute === 'decade') return Math.floor(number / 10);
    throw invalidArgument(attribute, 'no such attribute');
  }
}

export function embeddingOf(number: number): number[] {
  return [Math.sin(number), Math.cos(number), Math.sin(number * 1.7), Math.cos(number * 0.3)];
}

const SPECS: readonly DescribedFeature[] = [
  { name: 'user_stats:age', entity: 'user', dataType: 'FP32', container: undefined },
  { name: 'user_stats:vector', entity: 'user', dataType: 'FP32', container: { kind: 'vector', maxLength: DIMENSIONS } },
  { name: 'user_stats:seen', entity: 'user', dataType: 'BYTES', container: { kind: 'list', maxLength: 2 } },
  { name: 'item_stats:clicks', entity: 'item', dataType: 'INT64', container: undefined },
  { name: 'item_stats:quality', entity: 'item', dataType: 'FP32', container: undefined },
];

/** Features computed from ids. Counts what is read. */
export class FakeFeatures implements FeaturePort {
  readonly trouble = noTrouble();
  readonly reads: { entity: string; features: readonly string[]; ids: number }[] = [];
  staleRows = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  describe(feature: string): DescribedFeature | undefined {
    return SPECS.find(({ name }) => name === feature);
  }

  names(): readonly string[] {
    return SPECS.map(({ name }) => name);
  }

  reader(entity: string, features: readonly string[]): FeatureReader {
    return { features, read: (ids) => this.#read(entity, features, ids) };
  }

  async #read(entity: string, features: readonly string[], ids: readonly string[]): Promise<FeatureReadResult> {
    this.reads.push({ entity, features, ids: ids.length });
    await suffer(this.#clock, this.trouble, 'the store');
    const columns = features.map((feature) => columnOf(this.describe(feature)!, ids));
    if (this.trouble.failure === 'garbage') columns.pop();
    return { columns, oldestEventMs: 0, staleRows: this.staleRows };
  }
}

export function numberIn(id: string): number {
  return Number(/\d+/.exec(id)?.[0] ?? 0);
}

function columnOf(spec: DescribedFeature, ids: readonly string[]): FeatureColumn {
  const width = spec.container?.maxLength ?? 1;
  const values =
    spec.dataType === 'INT64' ? new BigInt64Array(ids.length * width) : new Float32Array(ids.length * width);
  ids.forEach((id, i) => {
    for (let j = 0; j < width; j++) {
      const value = spec.name === 'user_stats:vector' ? embeddingOf(numberIn(id))[j]! : numberIn(id) + j;
      values[i * width + j] = values instanceof BigInt64Array ? BigInt(Math.trunc(value)) : value;
    }
  });
  return {
    name: spec.name,
    dataType: spec.dataType,
    width,
    bytes:
      spec.dataType === 'BYTES'
        ? encodeStringElements(ids.flatMap((id) => [0, 1].map((j) => `i${numberIn(id) + j}`)))
        : bytesOf(values),
    statuses: new Uint8Array(ids.length).fill(FEATURE_STATUS.PRESENT),
    lengths: spec.container?.kind === 'list' ? new Uint32Array(ids.length).fill(2) : undefined,
  };
}

/** Models that add their inputs up, `sum`; `half` gives half of that. */
export class FakeModels implements ModelPort {
  readonly trouble = noTrouble();
  rowUs = 0;
  /** Scores of these rows of each request come out as NaN. */
  poison: (row: number) => boolean = () => false;
  readonly requests: InferenceRequest[] = [];
  cancelled = 0;
  readonly #clock: Clock;
  readonly #inputs: readonly TensorSpec[] = [{ name: 'X', dataType: 'FP32', shape: [-1, 3], optional: false }];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  metadata(name: string): ModelMetadata {
    if (!['sum', 'half'].includes(name)) throw new RangefinderError('NOT_FOUND', `model '${name}': unknown model`);
    const outputs: TensorSpec[] = [{ name: 'Y', dataType: 'FP32', shape: [-1, 1], optional: false }];
    return { name, versions: ['1'], platform: 'fake', inputs: this.#inputs, outputs, maxBatchSize: 64 };
  }

  async infer(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse> {
    this.requests.push(request);
    const gone = new Promise<never>((_, reject) =>
      context.onCancellable?.(() => {
        this.cancelled += 1;
        reject(new RangefinderError('CANCELLED', 'cancelled'));
      }),
    );
    gone.catch(() => {});
    return Promise.race([this.#run(request), gone]);
  }

  async #run(request: InferenceRequest): Promise<InferenceResponse> {
    const [input] = request.inputs;
    const rows = input!.shape[0]!;
    await suffer(this.#clock, { ...this.trouble, delayUs: this.trouble.delayUs + this.rowUs * rows }, 'the model');
    const values = typedView('FP32', input!.bytes) as Float32Array;
    const width = elementCount(input!.shape) / rows;
    const scores = Float32Array.from({ length: rows }, (_, row) => {
      if (this.poison(row)) return Number.NaN;
      const sum = values.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
      return request.modelName === 'half' ? sum / 2 : sum;
    });
    const shape = this.trouble.failure === 'garbage' ? [1, 1] : [rows, 1];
    const outputs = [{ name: 'Y', dataType: 'FP32' as const, shape, bytes: bytesOf(scores) }];
    return { modelName: request.modelName, modelVersion: '1', id: '', outputs, parameters: {} };
  }
}

/** Gives the items after the user's number, best first; does not filter unless told to, as a careless source might. */
export class FakeCandidates implements CandidatePort {
  readonly trouble = noTrouble();
  readonly requests: GatherRequest[] = [];
  available = 500;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  check(): void {}

  async gather(request: GatherRequest): Promise<GatheredCandidates> {
    this.requests.push(request);
    await suffer(this.#clock, this.trouble, 'the index');
    const count = Math.min(request.limit, this.available);
    const garbage = this.trouble.failure === 'garbage';
    return {
      ids: Uint32Array.from({ length: count }, (_, i) => (garbage ? 4_000_000_000 + (i % 3) : i)),
      scores: Float32Array.from({ length: count }, (_, i) => count - i),
      sourceBits: new Uint32Array(count).fill(1),
      reports: request.sources.map(({ name }) => ({ name, status: 'ok' as const })),
    };
  }
}

/** Everything that a ranker is bound to, on one clock. */
export class FakeWorld {
  readonly clock = new FakeClock();
  readonly items = new FakeItems(1_000);
  readonly features = new FakeFeatures(this.clock);
  readonly models = new FakeModels(this.clock);
  readonly candidates = new FakeCandidates(this.clock);

  /** Moves time on until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const mark = (): void => void (state.settled = true);
    promise.then(mark, mark);
    for (let turns = 0; turns < 10_000; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (state.settled) return promise;
      this.clock.advanceToNextTimer();
    }
    throw new Error('nothing left to wait for');
  }
}
