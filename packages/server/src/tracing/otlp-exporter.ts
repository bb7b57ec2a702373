import type { Logger } from '@rangefinder/base';

/** A finished span. Times are nanoseconds since the epoch, as decimal text: they are past what a number holds. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** 1 internal, 2 server. */
  readonly kind: 1 | 2;
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Message of a failure; undefined for a span that went well. */
  readonly error: string | undefined;
}

export interface OtlpExporterOptions {
  /** Where to post, path included: `http://collector:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly logger: Logger;
}

const BATCH_SPANS = 512;
const QUEUE_SPANS = 4096;
const FLUSH_MS = 1_000;
const POST_MS = 10_000;

/**
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP in its JSON encoding. The protocol is one request shape, so it is
 * written here and not taken from the SDK, which would be most of an installation's size. When the collector is slow or away,
 * the oldest stay, the newest are dropped and counted: tracing never holds a request up.
 * Source: https://opentelemetry.io/docs/specs/otlp/
 */
export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  #queue: Span[] = [];
  #dropped = 0;
  #failing = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  #sending: Promise<void> | undefined = undefined;

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
  }

  export(span: Span): void {
    if (this.#queue.length >= QUEUE_SPANS) {
      this.#dropped++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= BATCH_SPANS) void this.flush();
    else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => void this.flush(), FLUSH_MS);
      this.#timer.unref();
    }
  }

  /** Sends what is queued; resolves when the collector has it or it is lost. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#drain().finally(() => (this.#sending = undefined));
    await this.#sending;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_SPANS);
      const problem = await this.#post(batch);
      if (problem !== undefined) this.#dropped += batch.length;
      this.#report(problem);
    }
  }

  async #post(batch: readonly Span[]): Promise<string | undefined> {
    const { url, headers, serviceName, serviceVersion } = this.#options;
    const body = JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: attributeList({ 'service.name': serviceName, 'service.version': serviceVersion }) },
          scopeSpans: [{ scope: { name: 'rangefinder', version: serviceVersion }, spans: batch.map(spanBody) }],
        },
      ],
    });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body,
        signal: AbortSignal.timeout(POST_MS),
      });
      await response.arrayBuffer();
      return response.ok ? undefined : `the collector answered ${response.status}`;
    } catch (thrown) {
      const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
      return cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** One line when it starts to fail and one when it works again, not one per batch. */
  #report(problem: string | undefined): void {
    const failing = problem !== undefined;
    if (failing === this.#failing) return;
    this.#failing = failing;
    const { logger, url } = this.#options;
    if (failing) logger.warn({ url, problem }, 'traces cannot be sent; spans are dropped until they can');
    else logger.info({ url, droppedSpans: this.#dropped }, 'traces can be sent again');
  }
}

function spanBody(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.startUnixNano,
    endTimeUnixNano: span.endUnixNano,
    attributes: attributeList(span.attributes),
    status: span.error === undefined ? {} : { code: 2, message: span.error },
  };
}

function attributeList(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: attributeValue(value) }));
}

/** 64-bit integers travel as text in OTLP's JSON. */
function attributeValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
