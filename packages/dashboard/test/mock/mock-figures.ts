/** Figures that move as those of a working server do: waves, noise, a burst now and then. Same second, same figures. */
import type { BatchRecord, History, ModelOverview, Overview } from '../../src/app/state/api-types.ts';
import type { MockModel } from './mock-models.ts';

const NO_TOTALS = { requests: 0, inferences: 0, executions: 0, failures: 0, rejected: 0, cancelled: 0 };

/** A repeatable number in [0, 1) for a second and a purpose. */
function noise(second: number, purpose: number): number {
  const mixed = Math.sin(second * 12.9898 + purpose * 78.233) * 43758.5453;
  return mixed - Math.floor(mixed);
}

function pressure(second: number, seed: number): number {
  const burst =
    noise(Math.floor(second / 45), seed) > 0.6 ? 0.5 * Math.max(0, Math.sin(((second % 45) / 45) * Math.PI)) : 0;
  return 0.75 + 0.2 * Math.sin(second / 37 + seed) + 0.12 * noise(second, seed) + burst;
}

export function modelFigures(model: MockModel, seed: number, atMs: number, startedAtMs: number): ModelOverview {
  const second = Math.floor(atMs / 1000);
  const busy = model.state === 'READY' && model.load > 0;
  const p = pressure(second, seed);
  const latency = model.latencyMs * (0.8 + 0.4 * p);
  const requests = busy ? model.load * p : 0;
  const age = Math.max(1, (atMs - startedAtMs) / 1000);
  return {
    name: model.name,
    version: model.version,
    state: model.state,
    reason: model.reason,
    platform: model.version === '' ? '' : 'onnxruntime_onnx',
    memoryBytes: model.state === 'READY' ? model.memoryBytes : 0,
    loadedAtMs: model.state === 'READY' ? startedAtMs + 1210 : 0,
    loadDurationMs: model.state === 'READY' ? model.loadDurationMs : 0,
    maxBatchSize: model.maxBatchSize,
    requestsPerSecond: requests,
    inferencesPerSecond: model.maxBatchSize > 0 ? requests * 2.5 : requests,
    failuresPerSecond: busy && noise(second, seed + 9) > 0.86 ? noise(second, 4) * 2 : 0,
    latencyMs: busy
      ? { p50: latency, p90: latency * (1.7 + 0.3 * p), p99: latency * (2.6 + noise(second, seed + 3)) }
      : { p50: null, p90: null, p99: null },
    queueMs: busy
      ? { p50: latency * 0.3, p99: latency * (1 + noise(second, seed + 5) * 0.6) }
      : { p50: null, p99: null },
    batchSizes: busy ? batchSizes(model, p, second) : [],
    pendingRequests: busy ? Math.floor((requests * latency * 2) / 1000) : 0,
    queuedRows: busy ? Math.floor((requests * latency * 3.6) / 1000) : 0,
    totals: busy
      ? {
          requests: Math.floor(model.load * age),
          inferences: Math.floor(model.load * age * 2.5),
          executions: Math.floor(model.load * age * 0.12),
          failures: 61,
          rejected: 40,
          cancelled: 12,
        }
      : NO_TOTALS,
  };
}

function batchSizes(model: MockModel, p: number, second: number): ModelOverview['batchSizes'] {
  if (model.maxBatchSize === 0) return [{ size: 1, count: Math.round(model.load * p * 10) }];
  return [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].map((size, i) => ({
    size,
    count:
      Math.round(model.load * Math.exp(-(((i - 4.2 * p) / 2.4) ** 2)) * (0.8 + 0.4 * noise(second, i))) +
      (size === 64 ? 12 : 0),
  }));
}

export interface FigureOptions {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly modelControl: 'none' | 'poll' | 'explicit';
}

export function overview(models: readonly MockModel[], { atMs, startedAtMs, modelControl }: FigureOptions): Overview {
  const second = Math.floor(atMs / 1000);
  return {
    atMs,
    windowSeconds: 10,
    server: {
      name: 'rangefinder',
      version: '0.1.0',
      startedAtMs,
      live: true,
      ready: models.every((model) => model.state !== 'LOADING'),
      cores: 2,
      hostMemoryBytes: 25_769_803_776,
      modelControl,
      metricsUrl: 'http://127.0.0.1:8002/metrics',
      engines: [
        {
          name: 'onnx',
          library: '/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
          version: '1.30.0',
          executionProviders: [
            { name: 'cpu', available: true, reason: '' },
            { name: 'webgpu', available: true, reason: '' },
            { name: 'cuda', available: false, reason: 'libonnxruntime_providers_cuda.so is not beside the library' },
          ],
        },
        {
          name: 'builtin',
          library: '',
          version: '0.1.0',
          executionProviders: [{ name: 'cpu', available: true, reason: '' }],
        },
      ],
    },
    process: {
      rssBytes: 182_452_224 + Math.round(6e6 * Math.sin(second / 50) + 2e6 * noise(second, 1)),
      heapUsedBytes: 24_117_248 + Math.round(4e6 * noise(second, 2)),
      externalBytes: 9_437_184,
      cpuPercent: 84 * pressure(second, 0),
      eventLoopDelayMs: { p50: 0.11, p99: 1.4 + 1.8 * noise(second, 7), max: 3.7 + noise(second, 8) },
      openConnections: 16 + Math.round(6 * noise(Math.floor(second / 7), 3)),
      bodyBytesInFlight: 16_384,
      bodyBytesInFlightMax: 1_073_741_824,
    },
    models: models.map((model, i) => modelFigures(model, i, atMs, startedAtMs)),
  };
}

export function history(models: readonly MockModel[], options: FigureOptions, seconds: number): History {
  const end = Math.floor(options.atMs / 1000) - 1;
  const snapshots = Array.from({ length: seconds }, (_, i) =>
    overview(models, { ...options, atMs: (end - seconds + 1 + i) * 1000 }),
  );
  return {
    stepSeconds: 1,
    atSeconds: snapshots.map(({ atMs }) => atMs / 1000),
    process: {
      rssBytes: snapshots.map((snapshot) => snapshot.process.rssBytes),
      cpuPercent: snapshots.map((snapshot) => snapshot.process.cpuPercent),
      eventLoopDelayP99Ms: snapshots.map((snapshot) => snapshot.process.eventLoopDelayMs.p99),
    },
    models: models.flatMap((model, i) => {
      if (model.load === 0) return [];
      const course = snapshots.map((snapshot) => snapshot.models[i]!);
      return [
        {
          name: model.name,
          version: model.version,
          requestsPerSecond: course.map((figures) => figures.requestsPerSecond),
          inferencesPerSecond: course.map((figures) => figures.inferencesPerSecond),
          failuresPerSecond: course.map((figures) => figures.failuresPerSecond),
          latencyP50Ms: course.map((figures) => figures.latencyMs.p50),
          latencyP99Ms: course.map((figures) => figures.latencyMs.p99),
          queueP99Ms: course.map((figures) => figures.queueMs.p99),
          meanBatchSize: course.map((figures) =>
            figures.batchSizes.length === 0 ? null : 7 + 3 * pressure(figures.requestsPerSecond, 2),
          ),
        },
      ];
    }),
  };
}

export function batches(model: MockModel, atMs: number): readonly BatchRecord[] {
  if (model.load === 0) return [];
  const cuts =
    model.maxBatchSize === 0
      ? ['unbatched']
      : ['no_delay', 'full', 'queue_delay', 'preferred_size', 'no_delay', 'no_delay', 'unbatchable_next', 'deadline'];
  return Array.from({ length: 64 }, (_, i) => {
    const wallMs = atMs - i * 37;
    const draw = noise(Math.floor(wallMs / 37), 1);
    const cut = cuts[Math.floor(draw * cuts.length)]!;
    const rows =
      model.maxBatchSize === 0 ? 1 : cut === 'full' ? model.maxBatchSize : 1 + Math.floor(noise(wallMs, 2) * 24);
    return {
      wallMs,
      rows,
      requests: Math.max(1, Math.floor(rows / 2)),
      cut,
      oldestWaitedUs: Math.floor(noise(wallMs, 3) * model.latencyMs * 900),
      queuedRequestsBefore: Math.floor(rows / 2),
      computeUs: Math.floor(model.latencyMs * 500 * (0.5 + rows / 24)),
      outcome: draw > 0.985 ? 'failed' : 'succeeded',
    };
  });
}
