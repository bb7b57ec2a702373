import type { HttpObserver } from '../http/dispatcher.ts';
import { labelText } from './histogram-family.ts';

/** HTTP answers by route and status. Routes are the fixed table of operations, so the number of series is bounded. */
export class HttpCounters implements HttpObserver {
  readonly #counts = new Map<string, Map<number, { count: number; sumUs: number }>>();

  answered(operationId: string, status: number, durationUs: number): void {
    let statuses = this.#counts.get(operationId);
    if (statuses === undefined) this.#counts.set(operationId, (statuses = new Map()));
    const cell = statuses.get(status);
    if (cell === undefined) statuses.set(status, { count: 1, sumUs: durationUs });
    else {
      cell.count++;
      cell.sumUs += durationUs;
    }
  }

  render(): string {
    const counts = [
      '# HELP rangefinder_http_requests_total HTTP requests answered',
      '# TYPE rangefinder_http_requests_total counter',
    ];
    const sums = [
      '# HELP rangefinder_http_request_duration_seconds_total Time from the headers of requests to their answers, summed',
      '# TYPE rangefinder_http_request_duration_seconds_total counter',
    ];
    for (const [route, statuses] of this.#counts) {
      for (const [status, { count, sumUs }] of statuses) {
        const labels = labelText({ route, status: String(status) });
        counts.push(`rangefinder_http_requests_total{${labels}} ${count}`);
        sums.push(`rangefinder_http_request_duration_seconds_total{${labels}} ${sumUs / 1e6}`);
      }
    }
    return `${[...counts, ...sums].join('\n')}\n`;
  }
}
