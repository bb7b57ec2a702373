import type { Clock } from '@rangefinder/base';
import type { RequestFinished } from '@rangefinder/serving';
import type { HttpObserver } from '../http/dispatcher.ts';
import type { Exchange } from '../http/exchange.ts';
import type { OtlpExporter, Span } from './otlp-exporter.ts';
import { newSpanId, newTraceId, parseTraceParent } from './trace-context.ts';
import type { TraceSampler } from './trace-sampler.ts';

interface OpenTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}

/**
 * Writes a span per traced inference request and, below it, how long it waited in the queue and was computed:
 *
 *     POST /v2/models/{model}/infer   ├──────────────────────────────────────┤
 *       queue                             ├──────────┤
 *       compute                                       ├──────────────┤
 *
 * A caller's `traceparent` decides whether to trace where there is one; the sampler does otherwise.
 */
export class RequestTracer implements HttpObserver {
  readonly #exporter: OtlpExporter;
  readonly #sampler: TraceSampler;
  readonly #clock: Clock;
  readonly #open = new WeakMap<Exchange, OpenTrace>();

  constructor(exporter: OtlpExporter, sampler: TraceSampler, clock: Clock) {
    this.#exporter = exporter;
    this.#sampler = sampler;
    this.#clock = clock;
  }

  began(exchange: Exchange): void {
    if (exchange.route.group !== 'inference') return;
    const parent = parseTraceParent(exchange.header('traceparent'));
    if (parent === undefined ? !this.#sampler.sample(exchange.param(0)) : !parent.sampled) return;
    this.#open.set(exchange, {
      traceId: parent?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      parentSpanId: parent?.spanId,
    });
  }

  answered(_operationId: string, status: number, durationUs: number, exchange: Exchange | undefined): void {
    const trace = exchange === undefined ? undefined : this.#open.get(exchange);
    if (exchange === undefined || trace === undefined) return;
    const endMs = this.#clock.wallMs();
    const startMs = endMs - durationUs / 1000;
    const { route, request, timings } = exchange;
    this.#exporter.export({
      ...trace,
      name: `${route.method} ${route.path}`,
      kind: 2,
      startUnixNano: unixNano(startMs),
      endUnixNano: unixNano(endMs),
      attributes: {
        'http.request.method': request.method ?? '',
        'http.route': route.path,
        'url.path': (request.url ?? '').split('?', 1)[0] ?? '',
        'http.response.status_code': status,
        'rangefinder.model.name': exchange.param(0),
        'rangefinder.request.id': exchange.requestId,
        ...(timings === undefined
          ? {}
          : { 'rangefinder.model.version': timings.version, 'rangefinder.rows': timings.rows }),
      },
      error: status >= 500 ? `HTTP ${status}` : undefined,
    });
    if (timings !== undefined)
      this.#exportParts(trace, timings, exchange.finishedUs, startMs - exchange.startedUs / 1000);
  }

  /** `offsetMs`: wall-clock minus monotonic milliseconds. */
  #exportParts(trace: OpenTrace, timings: RequestFinished, finishedUs: number, offsetMs: number): void {
    const enqueuedUs = finishedUs - timings.totalUs;
    const dequeuedUs = enqueuedUs + timings.queueUs;
    const part = (name: string, startUs: number, endUs: number, attributes: Span['attributes']): void =>
      this.#exporter.export({
        traceId: trace.traceId,
        spanId: newSpanId(),
        parentSpanId: trace.spanId,
        name,
        kind: 1,
        startUnixNano: unixNano(startUs / 1000 + offsetMs),
        endUnixNano: unixNano(endUs / 1000 + offsetMs),
        attributes,
        error: undefined,
      });
    part('queue', enqueuedUs, dequeuedUs, {});
    if (timings.outcome === 'rejected') return;
    part('compute', dequeuedUs, finishedUs, {
      'rangefinder.compute.input_us': timings.computeInputUs,
      'rangefinder.compute.infer_us': timings.computeInferUs,
      'rangefinder.compute.output_us': timings.computeOutputUs,
    });
  }
}

function unixNano(ms: number): string {
  const wholeMs = Math.floor(ms);
  return String(BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((ms - wholeMs) * 1e6)));
}
