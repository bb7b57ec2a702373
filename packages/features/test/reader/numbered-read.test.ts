import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@rangefinder/base';
import {
  createFeatureReader,
  type FeatureReadResult,
  type FeatureViewSpec,
  FeatureWriter,
  MemoryRowStore,
  type RowStore,
  TieredRowStore,
  UNNUMBERED,
} from '@rangefinder/features';
import fc from 'fast-check';

const START_MS = 1_700_000_000_000;
const ENTITIES = ['a', 'b', 'c', 'd'];
const FEATURES = ['one:x', 'two:y', 'one:list', 'one:small', 'two:wide', 'one:vector'];

function views(maxAgeMs: number): FeatureViewSpec[] {
  const list = { kind: 'list' as const, maxLength: 3 };
  return [
    {
      name: 'one',
      entity: 'item',
      maxAgeMs,
      features: [
        { name: 'x', dataType: 'FP32', container: undefined },
        { name: 'list', dataType: 'INT64', container: list },
        { name: 'small', dataType: 'UINT8', container: undefined },
        { name: 'vector', dataType: 'FP16', container: { kind: 'vector', maxLength: 3 } },
        { name: 'unread', dataType: 'BYTES', container: undefined },
      ],
    },
    {
      name: 'two',
      entity: 'item',
      maxAgeMs: 0,
      features: [
        { name: 'y', dataType: 'INT32', container: undefined },
        { name: 'wide', dataType: 'FP64', container: undefined },
      ],
    },
  ];
}

const entity = fc.constantFrom(...ENTITIES);
const number = fc.integer({ min: 0, max: 100 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof({ weight: 4, arbitrary: value }, fc.constantFrom(null, undefined));

const step = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    entity,
    afterMs: fc.integer({ min: 0, max: 3_000 }),
    one: fc.record({
      x: maybe(number),
      list: maybe(fc.array(number, { maxLength: 3 })),
      small: maybe(number),
      vector: maybe(fc.array(number, { minLength: 3, maxLength: 3 })),
      unread: maybe(fc.string()),
    }),
    two: fc.record({ y: maybe(number), wide: maybe(number) }),
  }),
  fc.record({ kind: fc.constant('delete' as const), entity, view: fc.constantFrom('one', 'two') }),
  fc.record({ kind: fc.constant('damage' as const), entity, byte: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
  fc.record({
    kind: fc.constant('read' as const),
    // With repetitions, with numbers that go from one entity to another, and with entities that have none.
    asked: fc.array(
      fc.record({ entity: fc.constantFrom(...ENTITIES, 'nobody'), shift: fc.constantFrom(0, 0, 0, 1, 99) }),
      {
        maxLength: 6,
      },
    ),
  }),
);

/** The columns as everybody sees them. */
function seen({ columns, oldestEventMs, staleRows }: FeatureReadResult): unknown {
  return {
    oldestEventMs,
    staleRows,
    columns: columns.map(({ name, dataType, width, bytes, statuses, lengths }) => ({
      name,
      dataType,
      width,
      bytes: [...bytes],
      statuses: [...statuses],
      lengths: lengths === undefined ? undefined : [...lengths],
    })),
  };
}

const STORES: readonly [string, (clock: typeof systemClock) => { store: RowStore; inner: RowStore }][] = [
  ['in place', (clock) => sameStore(new MemoryRowStore({ clock }))],
  ['through a store that evicts', (clock) => sameStore(new MemoryRowStore({ clock, whenFull: 'evict' }))],
  [
    'through a cache',
    (clock) => {
      const inner = new MemoryRowStore({ clock });
      return { store: new TieredRowStore(inner, { clock, freshMs: 1e9, negativeMs: 1e9 }), inner };
    },
  ],
];

function sameStore(store: RowStore): { store: RowStore; inner: RowStore } {
  return { store, inner: store };
}

for (const [name, storeOf] of STORES) {
  test(`a numbered read, ${name}, equals the plain one whatever was pushed, deleted, damaged and too old`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.constantFrom(0, 700, 2_000),
        fc.constantFrom(undefined, 600),
        async (steps, maxAgeMs, recordBytesKept) => {
          let nowMs = START_MS;
          const clock = { ...systemClock, wallMs: () => nowMs };
          const { store } = storeOf(clock);
          const specs = views(maxAgeMs);
          const [one, two] = specs.map((view) => new FeatureWriter({ store, view, clock }));
          const limits = recordBytesKept === undefined ? {} : { recordBytesKept };
          const defaults = { 'one:x': 7, 'one:list': [1, 2], 'two:wide': 0.5 };
          const reader = createFeatureReader({ store, views: specs, features: FEATURES, defaults, limits });
          for (const one_ of [
            ...steps,
            { kind: 'read' as const, asked: ENTITIES.map((entity) => ({ entity, shift: 0 })) },
          ]) {
            if (one_.kind === 'wait') nowMs += one_.ms;
            else if (one_.kind === 'delete') await store.deleteMany([{ view: one_.view, entityId: one_.entity }]);
            else if (one_.kind === 'damage') await damage(store, one_.entity, one_.byte);
            else if (one_.kind === 'push') {
              const row = { entityId: one_.entity, eventMs: START_MS + one_.afterMs };
              await one!.push([{ ...row, values: given(one_.one) }]);
              await two!.push([{ ...row, values: given(one_.two) }]);
            } else {
              const ids = one_.asked.map(({ entity }) => entity);
              const numbers = Uint32Array.from(one_.asked, ({ entity, shift }) =>
                shift === 99 || entity === 'nobody' ? UNNUMBERED : ENTITIES.indexOf(entity) + shift,
              );
              const options = { nowMs, timeoutMs: 1_000 };
              const expected = seen(await reader.read(ids, options));
              const found = await reader.readNumbered!({ ids, numbers }, options);
              assert.deepEqual(seen(found), expected);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
}

function given(values: Record<string, unknown>): Record<string, never> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, never>;
}

/** A damaged copy in the row's place, as a store with a fault would give it. */
async function damage(store: RowStore, entityId: string, byte: number): Promise<void> {
  const [row] = await store.readMany([{ view: 'one', entityId }], { timeoutMs: 1_000 });
  if (row === undefined) return;
  const damaged = Uint8Array.from(row);
  damaged[byte % damaged.length]! ^= 0x10;
  await store.writeMany([{ view: 'one', entityId, row: damaged, expireMs: 0 }]);
}

test('what was answered does not change when the row does', async () => {
  const store = new MemoryRowStore();
  const [view] = views(0);
  const writer = new FeatureWriter({ store, view: view! });
  await writer.push([{ entityId: 'a', eventMs: START_MS, values: { x: 1 } }]);
  const reader = createFeatureReader({ store, views: [view!], features: ['one:x'] });
  const entities = { ids: ['a'], numbers: Uint32Array.of(0) };
  const options = { nowMs: START_MS, timeoutMs: 1_000 };
  const before = await reader.readNumbered!(entities, options);
  await writer.push([{ entityId: 'a', eventMs: START_MS + 1, values: { x: 2 } }]);
  const after = await reader.readNumbered!(entities, options);
  const first = (result: FeatureReadResult): number => new Float32Array(result.columns[0]!.bytes.buffer, 0, 1)[0]!;
  assert.deepEqual([first(before), first(after)], [1, 2]);
});

test('a closed store and a read without time fail as plain reads do', async () => {
  const store = new MemoryRowStore();
  const [view] = views(0);
  const reader = createFeatureReader({ store, views: [view!], features: ['one:x'] });
  const read = (timeoutMs: number) => async () =>
    reader.readNumbered!({ ids: ['a'], numbers: Uint32Array.of(0) }, { nowMs: START_MS, timeoutMs });
  await assert.rejects(read(0), { code: 'DEADLINE_EXCEEDED' });
  await assert.rejects(
    async () => reader.readNumbered!({ ids: [''], numbers: Uint32Array.of(0) }, { nowMs: 0, timeoutMs: 9 }),
    {
      code: 'INVALID_ARGUMENT',
    },
  );
  await store.close();
  await assert.rejects(read(9), { code: 'UNAVAILABLE' });
});
