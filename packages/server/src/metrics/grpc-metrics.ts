import { HistogramFamily, labelText } from './histogram-family.ts';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** gRPC calls by method and status. Methods are a fixed table, so the number of series is bounded. */
export class GrpcMetrics {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #latency = new HistogramFamily(
    'rangefinder_grpc_request_seconds',
    'Time from the headers of gRPC calls with one answer to that answer',
    SECONDS,
    ['method', 'code'],
  );
  #open: () => { readonly connections: number; readonly streams: number } = () => ({ connections: 0, streams: 0 });

  /** Where to look for what is open now. */
  watch(open: () => { readonly connections: number; readonly streams: number }): void {
    this.#open = open;
  }

  /** `seconds` is undefined where it says nothing: a stream lasts as long as its client likes. */
  answered(method: string, code: string, seconds: number | undefined): void {
    let codes = this.#counts.get(method);
    if (codes === undefined) this.#counts.set(method, (codes = new Map()));
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (seconds !== undefined) this.#latency.observe(method, code, seconds);
  }

  render(): string {
    const lines = [
      '# HELP rangefinder_grpc_requests_total gRPC calls answered',
      '# TYPE rangefinder_grpc_requests_total counter',
    ];
    for (const [method, codes] of this.#counts) {
      for (const [code, count] of codes)
        lines.push(`rangefinder_grpc_requests_total{${labelText({ method, code })}} ${count}`);
    }
    const { connections, streams } = this.#open();
    lines.push(
      '# HELP rangefinder_grpc_open_connections Open gRPC connections',
      '# TYPE rangefinder_grpc_open_connections gauge',
      `rangefinder_grpc_open_connections ${connections}`,
      '# HELP rangefinder_grpc_open_streams gRPC calls under way',
      '# TYPE rangefinder_grpc_open_streams gauge',
      `rangefinder_grpc_open_streams ${streams}`,
    );
    return `${lines.join('\n')}\n${this.#latency.render()}`;
  }
}
