import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { benchRepository } from '../harness/bench-repository.ts';
import { interleave } from '../harness/interleave.ts';
import { generateLoad } from '../harness/processes.ts';
import { median, quantile } from '../harness/statistics.ts';

describe('the bench harness', () => {
  it('takes quantiles by nearest rank and the median between the middle two', () => {
    const ascending = Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual(
      [0.5, 0.9, 0.99, 1].map((q) => quantile(ascending, q)),
      [50, 90, 99, 100],
    );
    assert.equal(quantile([], 0.5), Number.NaN);
    assert.equal(median([4, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('runs candidates in turn, and takes ratios within a round', async () => {
    const order: string[] = [];
    const figures = { fast: [10, 100, 1000], slow: [5, 50, 250] };
    const candidate = (name: 'fast' | 'slow') => (): Promise<number> => {
      order.push(name);
      return Promise.resolve(figures[name].shift()!);
    };
    const measured = await interleave(3, { fast: candidate('fast'), slow: candidate('slow') });
    assert.deepEqual(order, ['fast', 'slow', 'fast', 'slow', 'fast', 'slow']);
    assert.equal(measured.ratio('fast', 'slow'), 2);
    assert.equal(measured.median('slow'), 50);
  });

  for (const load of [
    { kind: 'closed', connections: 2 },
    { kind: 'open', connections: 4, requestsPerSecond: 200 },
  ] as const) {
    it(`counts answers and failures of a real server, ${load.kind} loop`, async () => {
      let requests = 0;
      const server = createServer((request, response) => {
        request.resume();
        requests += 1;
        response.writeHead(requests % 10 === 0 ? 503 : 200, { 'Content-Length': '2' }).end('ok');
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await using repository = await benchRepository({});
      const bodyFile = join(repository.root, 'body');
      await writeFile(bodyFile, 'body');
      const { port } = server.address() as AddressInfo;
      const plan = { port, path: '/', headers: {}, bodyFile, load, warmupMs: 0, durationMs: 300 };
      const report = await generateLoad(plan);
      server.close();
      assert.ok(report.requests > 0 && report.failures > 0, JSON.stringify(report));
      assert.ok(report.requests + report.failures <= requests);
      assert.ok(report.latencyMs.p50 <= report.latencyMs.p99 && report.latencyMs.p99 <= report.latencyMs.max);
    });
  }
});
