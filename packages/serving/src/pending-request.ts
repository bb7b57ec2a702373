import type { RangefinderError } from '@rangefinder/base';
import type { InferenceRequest, InferenceResponse } from '@rangefinder/tensor';
import type { RequestContext, RequestFinished } from './model-server.ts';
import { OutputAssembly } from './output-assembly.ts';
import type { AcceptedRequest } from './request-intake.ts';

/** A request between its acceptance and its one end. */
export class PendingRequest {
  readonly id: number;
  readonly request: InferenceRequest;
  readonly accepted: AcceptedRequest;
  readonly context: RequestContext;
  readonly assembly: OutputAssembly;
  readonly promise: Promise<InferenceResponse>;
  resolve!: (response: InferenceResponse) => void;
  reject!: (error: RangefinderError) => void;
  readonly #enqueuedUs: number;
  /** Of a split request: the wait of its first part, and the sums over its parts. */
  #queueUs = -1;
  #computeInputUs = 0;
  #computeInferUs = 0;
  #computeOutputUs = 0;

  constructor(
    id: number,
    request: InferenceRequest,
    accepted: AcceptedRequest,
    context: RequestContext,
    enqueuedUs: number,
  ) {
    this.id = id;
    this.request = request;
    this.accepted = accepted;
    this.context = context;
    this.assembly = new OutputAssembly(accepted.rows);
    this.#enqueuedUs = enqueuedUs;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  started(waitedUs: number): void {
    if (this.#queueUs < 0) this.#queueUs = waitedUs;
  }

  computed(inputUs: number, inferUs: number, outputUs: number): void {
    this.#computeInputUs += inputUs;
    this.#computeInferUs += inferUs;
    this.#computeOutputUs += outputUs;
  }

  finished(model: string, version: string, outcome: RequestFinished['outcome'], nowUs: number): RequestFinished {
    const totalUs = nowUs - this.#enqueuedUs;
    return {
      model,
      version,
      rows: this.accepted.rows,
      outcome,
      totalUs,
      queueUs: this.#queueUs < 0 ? totalUs : this.#queueUs,
      computeInputUs: this.#computeInputUs,
      computeInferUs: this.#computeInferUs,
      computeOutputUs: this.#computeOutputUs,
    };
  }
}
