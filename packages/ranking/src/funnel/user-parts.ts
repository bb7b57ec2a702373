import { RangefinderError, type Clock } from '@rangefinder/base';
import { formatShape, type InferenceResponse, type Tensor } from '@rangefinder/tensor';
import type { ModelPort } from '../ports.ts';
import type { UserPartRun } from '../rank-response.ts';
import type { Cancellation } from './cancellation.ts';
import type { PlaceValues } from './place-values.ts';
import { settle } from './settle.ts';
import type { BoundUserPart } from './user-part-binding.ts';

export interface UserPartsOptions {
  readonly models: ModelPort;
  readonly clock: Clock;
  /** Of the request. The stage that waits for a part has its own limit for that. */
  readonly deadlineUs: number;
  readonly requestId: string;
  readonly signal: Cancellation;
}

interface Run {
  readonly startUs: number;
  endUs: number | undefined;
  /** Time on the main thread and in the engine, µs. */
  costUs: number;
  cancel: () => void;
}

/** One row each, by the name of the input that it is for. */
export type UserRows = ReadonlyMap<string, Tensor>;

/** What a part gave: its rows, or why there are none. */
export interface TakenPart {
  readonly rows: UserRows | RangefinderError;
  readonly run: UserPartRun;
}

/**
 * The user parts of one request's cut models. Each runs once, on one row, from the moment the user's features are known, beside
 * retrieval and the reading of item features; the stage that scores with it waits for what is left.
 */
export class UserParts {
  readonly #options: UserPartsOptions;
  readonly #runs = new Map<BoundUserPart, { readonly run: Run; readonly rows: Promise<UserRows> }>();
  readonly #onAbort = (): void => this.end();

  constructor(options: UserPartsOptions) {
    this.#options = options;
    options.signal.add(this.#onAbort);
  }

  /** `values`: those of the user. Never throws: what goes wrong is told to who takes the part. */
  start(part: BoundUserPart, values: PlaceValues): void {
    const run: Run = { startUs: this.#options.clock.nowUs(), endUs: undefined, costUs: 0, cancel: () => {} };
    const rows = this.#infer(part, values, run);
    rows.catch(() => {});
    this.#runs.set(part, { run, rows });
  }

  /** By the limit at the latest; a part that is late by then is cancelled. Rejects with CANCELLED alone. */
  async take(part: BoundUserPart, limitUs: number): Promise<TakenPart> {
    const started = this.#runs.get(part);
    if (started === undefined) throw new RangefinderError('INTERNAL', `user part ${part.model} was not started`);
    const { clock, signal } = this.#options;
    const { run, rows } = started;
    const waitUs = clock.nowUs();
    const settled = await settle(clock, rows, limitUs, signal);
    if (settled.kind === 'late') run.cancel();
    const endUs = clock.nowUs();
    const { model, version } = part;
    return {
      rows:
        settled.kind === 'done' ? settled.value : failureOf(part, settled.kind === 'late' ? undefined : settled.error),
      run: {
        model,
        version,
        outcome: settled.kind,
        durationUs: (run.endUs ?? endUs) - run.startUs,
        waitedUs: endUs - waitUs,
        costUs: run.costUs,
      },
    };
  }

  /** Cancels what still runs: nobody waits for it any more. */
  end(): void {
    this.#options.signal.remove(this.#onAbort);
    for (const { run } of this.#runs.values()) if (run.endUs === undefined) run.cancel();
  }

  async #infer(part: BoundUserPart, values: PlaceValues, run: Run): Promise<UserRows> {
    const { models, clock, deadlineUs, requestId } = this.#options;
    try {
      const inputs = values.inputs(part).map((input) => ownRow(input.slice(0, 1)));
      run.costUs = clock.nowUs() - run.startUs;
      const own = new Set(part.inputs.map(({ spec }) => spec.name));
      const wanted = part.feeds.filter(({ name }) => !own.has(name));
      const response = await models.infer(
        {
          modelName: part.model,
          modelVersion: part.version,
          id: requestId,
          inputs,
          outputs: wanted.map(({ name }) => ({ name, binaryData: undefined, classificationCount: 0 })),
          parameters: { priority: 0, timeoutUs: 0, other: {} },
        },
        {
          deadlineUs,
          onCancellable: (cancel) => (run.cancel = cancel),
          onFinished: ({ computeInferUs }) => (run.costUs += computeInferUs),
        },
      );
      return rowsOf(part, [...inputs, ...response.outputs]);
    } finally {
      run.endUs = clock.nowUs();
    }
  }
}

/** The request may be over, and its memory the next one's, before a run that was given up is. */
function ownRow({ name, dataType, shape, bytes }: Tensor): Tensor {
  return { name, dataType, shape, bytes: bytes.slice() };
}

function rowsOf({ feeds }: BoundUserPart, tensors: InferenceResponse['outputs']): UserRows {
  return new Map(
    feeds.map(({ name }) => {
      const tensor = tensors.find((one) => one.name === name);
      if (tensor?.shape[0] !== 1) {
        const got = tensor === undefined ? 'nothing' : formatShape(tensor.shape);
        throw new RangefinderError('INTERNAL', `output ${name}: expected one row, got ${got}`);
      }
      return [name, tensor];
    }),
  );
}

/** Without an error the part was late. */
function failureOf({ model }: BoundUserPart, error: RangefinderError | undefined): RangefinderError {
  return error === undefined
    ? new RangefinderError('DEADLINE_EXCEEDED', `user part ${model}: late`)
    : new RangefinderError(error.code, `user part ${model}: ${error.message}`);
}
