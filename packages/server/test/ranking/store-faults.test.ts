/** A ranker over an external store that fails: every answer is whole and in time, says what it lacks, and gets well by itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test, type TestContext } from 'node:test';
import {
  GuardedRowStore,
  MemcachedRowStore,
  RedisRowStore,
  TieredRowStore,
  type RowStore,
} from '@rangefinder/features';
import { eventually, FaultProxy, startRealServer, type ProxyFault } from '@rangefinder/testing';
import { RespServer } from '../support/resp-server.ts';
import { eventWorld, FILMS, PAGE, pushCards, pushPlay, type EventWorld, type RankAnswer } from './event-rankers.ts';

const FAULTS: readonly ProxyFault[] = ['slow', 'black-hole', 'reset', 'garbage', 'half-close', 'refuse'];
/** Much more than a load from the store may take, so that a busy machine is not taken for a late answer. */
const DEADLINE_MS = 6_000;
const LOAD_MS = 1_000;

/** A connection that says nothing for so long is made anew. */
const SILENCE_MS = 1_000;

const openRedis = (port: number): RowStore =>
  new RedisRowStore({ url: `redis://127.0.0.1:${port}`, silenceMs: SILENCE_MS });

interface StoreServer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Subject {
  readonly name: string;
  readonly skip: string | false;
  start(): Promise<StoreServer>;
  open(port: number): RowStore;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'an in-process Redis',
    skip: false,
    open: openRedis,
    start: async () => {
      const server = new RespServer();
      await server.listen();
      return server;
    },
  },
  {
    name: 'redis-server',
    skip: missing('redis-server'),
    open: openRedis,
    start: () =>
      startRealServer(async (port, folder) => ({
        program: 'redis-server',
        parameters: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
      })),
  },
  {
    name: 'memcached',
    skip: missing('memcached'),
    open: (port) => new MemcachedRowStore({ url: `memcached://127.0.0.1:${port}`, silenceMs: SILENCE_MS }),
    start: () =>
      startRealServer(async (port) => ({
        program: 'memcached',
        parameters: ['-u', 'nobody', '-l', '127.0.0.1', '-p', String(port), '-U', '0'],
      })),
  },
];

for (const subject of SUBJECTS) {
  describe(`ranking over ${subject.name} behind a faulty connection`, { skip: subject.skip, concurrency: 3 }, () => {
    for (const fault of FAULTS) {
      test(`${fault}: whole pages that say what they lack, and healthy again by itself`, async (t) => {
        const { world, proxy } = await faultyWorld(t, subject);
        const healthy = await rankUntil(world, 'ada', undefined);
        assert.equal(healthy.items[0]!.id, 'f7', 'it was played');

        await proxy.become(fault);
        const stale = await rankUntil(world, 'ada', 'stale_features');
        assert.deepEqual(idsOf(stale), idsOf(healthy), 'the last known features give the same page');
        const strange = await rankUntil(world, 'eve', 'default_features');
        assert.deepEqual(strange.explanation!.user_features['viewer:patience'], { value: 1, status: 'NOT_FOUND' });

        await proxy.become('pass');
        const well = await rankUntil(world, 'ada', undefined);
        assert.deepEqual(idsOf(well), idsOf(healthy));
        await rankUntil(world, 'bob', undefined);
        for (const film of ['f9', 'f9']) await eventually(() => accepted(pushPlay(world, film)));
        assert.equal((await rankUntil(world, 'ada', undefined)).items[0]!.id, 'f9');

        const metrics = await world.metrics();
        for (const kind of ['stale_features', 'default_features']) {
          assert.ok(countOf(metrics, `rangefinder_rank_degradations_total{ranker="evening",kind="${kind}"}`) > 0, kind);
        }
        assert.match(metrics, /rangefinder_rank_latency_seconds_count\{ranker="evening",outcome="degraded"\} \d/);
        assert.equal(countOf(metrics, 'rangefinder_rank_incomplete_pages_total{ranker="evening",page="short"}'), 0);
        assert.doesNotMatch(metrics, /outcome="failed"/);
      });
    }

    test('a store that is gone at the end does not keep the server open', async (t) => {
      const { world, proxy } = await faultyWorld(t, subject);
      await pushPlay(world, 'f1');
      await proxy.become('refuse');
      await world.server.close(0);
      await assert.rejects(fetch(world.url));
      const said = world.logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
      assert.deepEqual(said, ['aggregates of the last moments could not be written to the store']);
    });

    test('requests that arrive together while it is silent are all answered', async (t) => {
      const { world, proxy } = await faultyWorld(t, subject);
      await proxy.become('black-hole');
      const users = Array.from({ length: 20 }, (_, i) => `user${i}`);
      const answers = await Promise.all(users.map((user) => world.rank({ user, deadline_ms: DEADLINE_MS })));
      for (const answer of answers) checkWhole(answer);
      assert.ok(answers.every(({ degradations }) => degradations.length > 0));
    });
  });
}

/** The store behind a breaker and copies, as a server opens it, but with less patience. */
async function faultyWorld(t: TestContext, subject: Subject): Promise<{ world: EventWorld; proxy: FaultProxy }> {
  const server = await subject.start();
  const proxy = new FaultProxy(server.port);
  await proxy.listen();
  const closing = [() => proxy.close(), () => server.stop()];
  t.after(async () => {
    for (const close of closing) await close();
  });
  const guarded = new GuardedRowStore(subject.open(proxy.port), { breaker: { openMinMs: 100, openMaxMs: 500 } });
  const world = await eventWorld(
    t,
    new TieredRowStore(guarded, { freshMs: 300, negativeMs: 300, loadTimeoutMs: LOAD_MS }),
  );
  closing.unshift(() => world.server.close(0));
  await pushCards(world);
  await pushPlay(world, 'f7');
  await rankUntil(world, 'ada', undefined);
  return { world, proxy };
}

/** Asks until a degradation is the answer's only kind, or there is none; every answer on the way has to be whole and in time. */
async function rankUntil(world: EventWorld, user: string, kind: string | undefined): Promise<RankAnswer> {
  let last: RankAnswer | undefined;
  await eventually(async () => {
    last = await world.rank({ user, deadline_ms: DEADLINE_MS });
    checkWhole(last);
    const kinds = last.degradations.map((one) => one.kind);
    return kind === undefined ? kinds.length === 0 : kinds.includes(kind);
  });
  return last!;
}

/** Whether the store took it; the circuit before it may still be open. */
function accepted(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function checkWhole({ items, explanation, degradations }: RankAnswer): void {
  const ids = new Set(items.map(({ id }) => id));
  assert.equal(ids.size, PAGE);
  for (const id of ids) assert.ok(Number(id.slice(1)) < FILMS);
  assert.ok(items.every(({ score }) => score !== null));
  assert.ok(explanation!.total_us <= explanation!.deadline_us, JSON.stringify(explanation));
  for (const { kind, reason } of degradations) {
    assert.ok(kind === 'stale_features' || kind === 'default_features', kind);
    assert.notEqual(reason, '');
  }
}

function idsOf({ items }: RankAnswer): string[] {
  return items.map(({ id }) => id);
}

function countOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** What node:test takes as `skip`: false, or which program is missing. */
function missing(program: string): string | false {
  return spawnSync('which', [program]).status === 0 ? false : `${program} is not installed`;
}
