import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '@rangefinder/base';
import {
  AggregateView,
  type AggregateViewSpec,
  FEATURE_STATUS,
  type FeatureColumn,
  MemoryRowStore,
} from '@rangefinder/features';
import { tensorValues } from '@rangefinder/tensor';
import fc from 'fast-check';

const START_MS = 1_700_000_000_000;
const PANE_MS = 100;
const WINDOW_MS = 450;
const LATENESS_MS = 300;

const FUNCTIONS = ['count', 'sum', 'mean', 'min', 'max', 'last', 'distinct'] as const;

function viewOf(changes: Partial<AggregateViewSpec> = {}): AggregateViewSpec {
  const features = FUNCTIONS.map((name) => ({
    name,
    function: name,
    field: 'amount',
    windowMs: WINDOW_MS,
    size: 3,
    dataType: name === 'count' || name === 'distinct' ? ('INT64' as const) : ('FP64' as const),
  }));
  const events = {
    name: 'events',
    function: 'count' as const,
    field: undefined,
    windowMs: 200,
    size: 1,
    dataType: 'INT64' as const,
  };
  return {
    name: 'clicks',
    entity: 'user',
    paneMs: PANE_MS,
    latenessMs: LATENESS_MS,
    keysMax: 100,
    features: [...features, events],
    ...changes,
  };
}

function clockAt(read: () => number): Clock {
  return { ...systemClock, wallMs: read };
}

interface ModelEvent {
  readonly entity: number;
  readonly eventMs: number;
  readonly amount: number | null;
  readonly arrival: number;
}

function inWindow(eventMs: number, nowMs: number, windowMs: number): boolean {
  const last = Math.floor(nowMs / PANE_MS);
  const pane = Math.floor(eventMs / PANE_MS);
  return pane <= last && pane > last - Math.ceil(windowMs / PANE_MS);
}

/** Each aggregate from the list of all events, as its definition says. */
function naive(events: readonly ModelEvent[], nowMs: number): (number | number[] | null)[] {
  const values = events
    .filter(({ eventMs, amount }) => amount !== null && inWindow(eventMs, nowMs, WINDOW_MS))
    .toSorted((a, b) => b.eventMs - a.eventMs || b.arrival - a.arrival)
    .map(({ amount }) => amount!);
  const sum = values.reduce((total, value) => total + value, 0);
  const some = values.length > 0;
  return [
    values.length,
    sum,
    some ? sum / values.length : null,
    some ? Math.min(...values) : null,
    some ? Math.max(...values) : null,
    values.slice(0, 3),
    new Set(values).size,
    events.filter(({ eventMs }) => inWindow(eventMs, nowMs, 200)).length,
  ];
}

function valueAt(column: FeatureColumn, row: number): number | number[] | null {
  if (column.statuses[row] === FEATURE_STATUS.NULL_VALUE) return null;
  const values = tensorValues({ ...column, shape: [column.bytes.length / 8] }).map(Number);
  const from = row * column.width;
  return column.lengths === undefined ? values[from]! : values.slice(from, from + column.lengths[row]!);
}

const step = fc.record({
  entity: fc.integer({ min: 0, max: 4 }),
  advanceMs: fc.integer({ min: 0, max: 150 }),
  behindMs: fc.oneof(fc.constant(0), fc.integer({ min: -50, max: 600 })),
  amount: fc.option(fc.integer({ min: -5, max: 5 })),
  restart: fc.boolean(),
});

test('aggregates equal a naive model: out of order, late, evicted to the store, restarted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), async (steps, keysMax) => {
      let nowMs = START_MS;
      const clock = clockAt(() => nowMs);
      const store = new MemoryRowStore({ clock });
      const view = viewOf({ keysMax });
      const open = (): AggregateView => new AggregateView({ store, view, clock });
      let aggregates = open();
      const model: ModelEvent[] = [];
      for (const [arrival, { entity, advanceMs, behindMs, amount, restart }] of steps.entries()) {
        nowMs += advanceMs;
        const eventMs = nowMs - behindMs;
        const newestMs = Math.max(0, ...model.filter((event) => event.entity === entity).map((event) => event.eventMs));
        const late = eventMs < Math.min(newestMs, nowMs) - LATENESS_MS;
        const result = await aggregates.push([
          { entityId: entity, eventMs, values: amount === null ? {} : { amount } },
        ]);
        assert.deepEqual(result, late ? { applied: 0, late: 1 } : { applied: 1, late: 0 });
        if (!late) model.push({ entity, eventMs, amount, arrival });
        assert.ok(aggregates.cachedEntities <= keysMax);
        if (restart) {
          await aggregates.flush();
          aggregates = open();
        }
        const ids = ['0', '1', '2', '3', '4'];
        const features = view.features.map(({ name }) => name);
        const { columns } = await aggregates.read(ids, features, { nowMs, timeoutMs: 1_000 });
        for (const id of ids) {
          const events = model.filter((event) => String(event.entity) === id);
          const row = Number(id);
          // After two windows the store may have forgotten a state that says nothing any more.
          const old = events.every(({ eventMs }) => eventMs + 2 * WINDOW_MS <= nowMs);
          if (old && (events.length === 0 || columns[0]!.statuses[row] === FEATURE_STATUS.NOT_FOUND)) {
            assert.ok(columns.every(({ statuses }) => statuses[row] === FEATURE_STATUS.NOT_FOUND));
            continue;
          }
          assert.deepEqual(
            columns.map((column) => valueAt(column, row)),
            naive(events, nowMs),
          );
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('distinct is exact when small and close when large, also over panes and after a restart', async () => {
  let nowMs = START_MS;
  const clock = clockAt(() => nowMs);
  const store = new MemoryRowStore({ clock });
  const distinct = {
    name: 'distinct',
    function: 'distinct' as const,
    field: 'item',
    windowMs: 1_000,
    size: 1,
    dataType: 'INT64' as const,
  };
  const view = viewOf({ features: [distinct] });
  const open = (): AggregateView => new AggregateView({ store, view, clock });
  const aggregates = open();
  const count = async (from: AggregateView): Promise<number> =>
    Number(valueAt((await from.read(['u'], ['distinct'], { nowMs, timeoutMs: 1_000 })).columns[0]!, 0));
  const push = async (from: number, to: number): Promise<void> => {
    nowMs += 20;
    const rows = Array.from({ length: to - from }, (_, i) => ({
      entityId: 'u',
      eventMs: nowMs,
      values: { item: `item-${from + i}` },
    }));
    await aggregates.push(rows);
  };
  await push(0, 200);
  await push(100, 250);
  assert.equal(await count(aggregates), 250);
  for (let from = 0; from < 20_000; from += 2_000) await push(from, from + 2_000);
  const estimate = await count(aggregates);
  assert.ok(Math.abs(estimate - 20_000) < 20_000 * 0.1, `${estimate} for 20000`);
  await aggregates.flush();
  assert.equal(await count(open()), estimate);
});

test('values of the wrong type are refused before any event counts', async () => {
  const aggregates = new AggregateView({ store: new MemoryRowStore(), view: viewOf(), clock: clockAt(() => START_MS) });
  const good = { entityId: 1, eventMs: START_MS, values: { amount: 1 } };
  const bad = { ...good, values: { amount: 'much' } };
  await assert.rejects(aggregates.push([good, bad]), /rows\[1\]\.amount: expected a finite number, got "much"/);
  const { columns } = await aggregates.read(['1'], ['count'], { nowMs: START_MS, timeoutMs: 1_000 });
  assert.equal(columns[0]!.statuses[0], FEATURE_STATUS.NOT_FOUND);
  await assert.rejects(aggregates.read(['1'], ['cuont'], { nowMs: START_MS, timeoutMs: 1 }), /did you mean count/);
});

test('a damaged state is counted and begun anew', async () => {
  const store = new MemoryRowStore();
  await store.writeMany([{ view: 'clicks#state', entityId: '1', row: Uint8Array.of(1, 2, 3, 4, 5), expireMs: 0 }]);
  const aggregates = new AggregateView({ store, view: viewOf(), clock: clockAt(() => START_MS) });
  await aggregates.push([{ entityId: 1, eventMs: START_MS, values: { amount: 4 } }]);
  assert.equal(aggregates.unreadableRows, 1);
  const { columns } = await aggregates.read(['1'], ['sum'], { nowMs: START_MS, timeoutMs: 1_000 });
  assert.equal(valueAt(columns[0]!, 0), 4);
});
