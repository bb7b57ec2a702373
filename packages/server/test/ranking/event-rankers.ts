import type { TestContext } from 'node:test';
import { systemClock } from '@rangefinder/base';
import {
  columnNumbers,
  createFeatureService,
  parseFeatureDeclarations,
  type FeatureService,
  type OnDemandTransform,
  type RowStore,
} from '@rangefinder/features';
import { BoundSources, createRanker, ItemCatalog, readRankerYaml, ServiceFeatures } from '@rangefinder/ranking';
import { ask, type Answer } from '../support/http-client.ts';
import { testServer, type TestServer } from '../support/test-server.ts';

export const FILMS = 40;
export const PAGE = 10;

const FEATURES_YAML = `
entities:
  - { name: user, joinKey: user_id }
  - { name: film, joinKey: film_id }
views:
  - name: viewer
    entity: user
    features:
      - { name: patience, dataType: FP32, default: 1 }
      - { name: taste, dataType: FP32, vector: 3 }
  - name: card
    entity: film
    features:
      - { name: minutes, dataType: FP32, default: 90 }
aggregates:
  - name: plays
    entity: film
    features:
      - { name: hour, function: count, windowMs: 3600000 }
`;

/** Of equal plays the shorter film is better; one play outdoes all lengths. */
const RANKER_YAML = `
name: evening
deadline_ms: 30000
item_entity: film
heavy:
  score: 1000 * plays:hour - fit:minutes * viewer:patience
page: { size: ${PAGE} }
`;

/** Minutes that the evening has no room for count twice. */
const fit: OnDemandTransform = {
  name: 'fit',
  inputs: ['card:minutes'],
  context: [{ name: 'free_minutes', dataType: 'FP32', container: undefined }],
  outputs: [{ name: 'minutes', dataType: 'FP32', container: undefined }],
  run: ({ rows, columns }) => {
    const minutes = columnNumbers(columns.get('card:minutes')!, rows);
    const free = columnNumbers(columns.get('free_minutes')!, rows);
    const over = (value: number, row: number): number | null =>
      Number.isNaN(value) ? null : value + Math.max(0, value - free[row]!);
    return { minutes: Array.from(minutes, over) };
  },
};

export interface RankAnswer {
  readonly items: readonly {
    readonly id: string;
    readonly score: number | null;
    readonly explanation?: { readonly features: Readonly<Record<string, { value: unknown; status: string }>> };
  }[];
  readonly degradations: readonly { readonly kind: string; readonly stage: string; readonly reason: string }[];
  readonly explanation?: {
    readonly total_us: number;
    readonly deadline_us: number;
    readonly user_features: Readonly<Record<string, { value: unknown; status: string }>>;
  };
}

export interface EventWorld extends TestServer {
  readonly service: FeatureService;
  readonly post: (path: string, body: unknown) => Promise<Answer>;
  readonly rank: (body?: object) => Promise<RankAnswer>;
  readonly metrics: () => Promise<string>;
}

/** A server with one ranker over a view of users, a view of films, an aggregate and a transformation, all in this store. */
export async function eventWorld(t: TestContext, store: RowStore): Promise<EventWorld> {
  const service = createFeatureService({
    store,
    declarations: parseFeatureDeclarations(FEATURES_YAML, 'features.yaml'),
    transforms: [fit],
    flushIntervalMs: 0,
  });
  const items = new ItemCatalog({ attributes: { kind: 'keyword' } });
  for (let i = 0; i < FILMS; i++) items.set(`f${i}`, { kind: 'film' });
  const test = await testServer(
    t,
    { metrics: true },
    {
      features: service,
      rankers: ({ models, clock, observer }) => {
        const features = new ServiceFeatures(service);
        const candidates = new BoundSources({}, clock);
        const config = readRankerYaml('ranker.yaml', RANKER_YAML);
        const ranker = createRanker(config, { models, features, items, candidates, clock: systemClock, observer });
        return new Map([[ranker.name, ranker]]);
      },
    },
  );
  const post = (path: string, body: unknown): Promise<Answer> =>
    ask(`${test.url}${path}`, { body: typeof body === 'string' ? body : JSON.stringify(body) });
  return {
    ...test,
    service,
    post,
    rank: async (body) => {
      const answer = await post('/v1/rankers/evening/rank', { ...EVENING, explain: true, ...body });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text) as RankAnswer;
    },
    metrics: async () => (await ask(test.server.metricsUrl)).text,
  };
}

export const EVENING = {
  user: 'ada',
  candidates: Array.from({ length: FILMS }, (_, i) => `f${i}`),
  context: { free_minutes: 500 },
};

/** Lengths of films and the patience of two users, pushed as clients push them. */
export async function pushCards({ post }: EventWorld): Promise<void> {
  const time = new Date().toISOString();
  const films = Array.from({ length: FILMS }, (_, i) => i);
  await pushed(post, 'card', {
    film_id: films.map((i) => `f${i}`),
    event_timestamp: films.map(() => time),
    minutes: films.map((i) => 60 + i),
  });
  await pushed(post, 'viewer', { user_id: ['ada', 'bob'], event_timestamp: [time, time], patience: [2, 3] });
}

/** One play of a film, as an event. */
export async function pushPlay({ post }: Pick<EventWorld, 'post'>, film: string): Promise<void> {
  await pushed(post, 'plays', { film_id: [film], event_timestamp: [new Date().toISOString()] });
}

async function pushed(post: EventWorld['post'], source: string, df: Record<string, unknown[]>): Promise<void> {
  const answer = await post('/push', { push_source_name: source, df });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
}
