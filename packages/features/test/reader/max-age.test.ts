import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@rangefinder/base';
import {
  createFeatureReader,
  FEATURE_STATUS,
  type FeatureViewSpec,
  FeatureWriter,
  MemoryRowStore,
} from '@rangefinder/features';
import fc from 'fast-check';

const START_MS = 1_700_000_000_000;
/** The store forgets rows long past their age by its own clock, which stands still here: only what the reader decides is tested. */
const FROZEN_CLOCK = { ...systemClock, wallMs: () => START_MS };
const { PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE } = FEATURE_STATUS;

const update = fc.record({
  entity: fc.integer({ min: 0, max: 2 }),
  afterMs: fc.integer({ min: 0, max: 3_000 }),
  a: fc.option(fc.option(fc.integer({ min: -9, max: 9 })), { nil: undefined }),
  b: fc.option(fc.option(fc.integer({ min: -9, max: 9 })), { nil: undefined }),
});

interface Known {
  value: number | null;
  eventMs: number;
}

test('every status and value equals a naive model of late, partial and repeated pushes under an age limit', async () => {
  const history = fc.array(update, { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.integer({ min: 0, max: 1_500 }),
      fc.integer({ min: 0, max: 5_000 }),
      async (updates, maxAgeMs, laterMs) => {
        const view: FeatureViewSpec = {
          name: 'v',
          entity: 'user',
          maxAgeMs,
          features: ['a', 'b'].map((name) => ({ name, dataType: 'INT32', container: undefined })),
        };
        const store = new MemoryRowStore({ clock: FROZEN_CLOCK });
        const writer = new FeatureWriter({ store, view, clock: FROZEN_CLOCK });
        const model = new Map<string, Known>();
        for (const { entity, afterMs, a, b } of updates) {
          const eventMs = START_MS + afterMs;
          const values = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
          await writer.push([{ entityId: entity, eventMs, values }]);
          for (const [name, value] of Object.entries(values)) {
            const key = `${entity}:${name}`;
            if (eventMs >= (model.get(key)?.eventMs ?? 0)) model.set(key, { value, eventMs });
          }
        }
        const reader = createFeatureReader({ store, views: [view], features: ['v:a', 'v:b'] });
        const nowMs = START_MS + laterMs;
        const { columns } = await reader.read(['0', '1', '2'], { nowMs, timeoutMs: 1_000, eventTimes: true });
        for (const [f, name] of ['a', 'b'].entries()) {
          const values = new DataView(columns[f]!.bytes.buffer, columns[f]!.bytes.byteOffset);
          for (let entity = 0; entity < 3; entity++) {
            const expected = expectedOf(model, entity, name, nowMs, maxAgeMs);
            assert.equal(columns[f]!.statuses[entity], expected.status);
            assert.equal(values.getInt32(entity * 4, true), expected.status === PRESENT ? expected.value : 0);
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

/** A feature that was never written is as old as the newest thing known of its entity. */
function expectedOf(
  model: Map<string, Known>,
  entity: number,
  name: string,
  nowMs: number,
  maxAgeMs: number,
): { status: number; value: number } {
  const known = ['a', 'b'].flatMap((each) => model.get(`${entity}:${each}`) ?? []);
  if (known.length === 0) return { status: NOT_FOUND, value: 0 };
  const own = model.get(`${entity}:${name}`);
  const eventMs = own?.eventMs ?? Math.max(...known.map((each) => each.eventMs));
  if (maxAgeMs > 0 && nowMs - eventMs > maxAgeMs) return { status: OUTSIDE_MAX_AGE, value: 0 };
  return own === undefined || own.value === null
    ? { status: NULL_VALUE, value: 0 }
    : { status: PRESENT, value: own.value };
}
