import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { parseFeatureDeclarations } from '@rangefinder/features';
import { DATA_TYPES } from '@rangefinder/tensor';

const GOOD = `
entities:
  - { name: user, joinKey: user_id }
  - { name: item }
views:
  - name: user_profile
    entity: user
    maxAgeMs: 86400000
    features:
      - { name: age, dataType: INT32, default: -1 }
      - { name: taste, dataType: FP32, vector: 64 }
      - { name: watched, dataType: INT64, list: 50 }
aggregates:
  - name: item_clicks
    entity: item
    features:
      - { name: clicks_1h, function: count, windowMs: 3600000 }
      - { name: users_1h, function: distinct, field: user, windowMs: 3600000 }
`;

function linesOf(text: string): string[] {
  try {
    parseFeatureDeclarations(text, 'features.yaml');
  } catch (thrown) {
    assert.ok(thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT');
    return thrown.message.split('\n');
  }
  return [];
}

test('entities, views and aggregates with their defaults', () => {
  const { entities, views, aggregates, defaults } = parseFeatureDeclarations(GOOD, 'features.yaml');
  assert.deepEqual(entities, [
    { name: 'user', joinKey: 'user_id' },
    { name: 'item', joinKey: 'item' },
  ]);
  assert.deepEqual(views[0]!.features, [
    { name: 'age', dataType: 'INT32', container: undefined },
    { name: 'taste', dataType: 'FP32', container: { kind: 'vector', maxLength: 64 } },
    { name: 'watched', dataType: 'INT64', container: { kind: 'list', maxLength: 50 } },
  ]);
  assert.equal(views[0]!.maxAgeMs, 86_400_000);
  assert.equal(aggregates[0]!.paneMs, 60_000);
  assert.equal(aggregates[0]!.features[1]!.dataType, 'INT64');
  assert.deepEqual(defaults, { 'user_profile:age': -1 });
});

test('JSON and every data type are understood; entities need not be listed', () => {
  const features = Object.keys(DATA_TYPES).map((dataType) => ({ name: dataType, dataType }));
  const text = JSON.stringify({ views: [{ name: 'v', entity: 'user', features }] });
  const { entities, views } = parseFeatureDeclarations(text, 'features.json');
  assert.deepEqual(entities, [{ name: 'user', joinKey: 'user' }]);
  assert.equal(views[0]!.features.length, features.length);
});

test('all problems of the shape are reported at once, each with file and field', () => {
  const lines = linesOf(`
views:
  - name: a view
    entity: user
    maxAge: 5
    features:
      - { name: age, dataType: INT33 }
      - { name: taste, dataType: FP32, vector: 0 }
`);
  const text = lines.join('\n');
  for (const wanted of ['views[0].name', 'views[0].maxAge', 'features[0].dataType', 'features[1].vector']) {
    assert.ok(text.includes(`features.yaml: `) && text.includes(wanted), `${wanted} in ${text}`);
  }
});

test('so are names that meet, unknown entities, containers that exclude each other and defaults of another type', () => {
  const text = linesOf(`
entities: [{ name: user }]
views:
  - name: v
    entity: usr
    features:
      - { name: age, dataType: INT8, default: 300 }
      - { name: age, dataType: INT8 }
      - { name: both, dataType: INT8, list: 2, vector: 2 }
  - name: v
    entity: user
    features: [{ name: x, dataType: INT8 }]
aggregates:
  - name: v
    entity: user
    features:
      - { name: total, function: sum, windowMs: 1000 }
      - { name: long, function: count, windowMs: 31536000000, }
`).join('\n');
  for (const wanted of [
    'views[0].entity: expected one of the entities user, got "usr"',
    'views[0].features[0].default: 300 is outside the range of INT8',
    'views[0].features[1].name: expected a name not used before',
    'views[0].features[2].vector: expected either list or vector',
    'views[1].name: expected a name not used before',
    'aggregates[0].name: expected a name that no view has',
    'aggregates[0].features[0].field: expected the event',
    'aggregates[0].features[1].windowMs: expected at most 1000 panes',
  ]) {
    assert.ok(text.includes(`features.yaml: ${wanted}`), `${wanted} in\n${text}`);
  }
});

test('what is no YAML, or no object, is refused with the file named', () => {
  assert.match(linesOf('views: [')[0]!, /^features\.yaml: not valid YAML or JSON/);
  assert.match(linesOf('7').join('\n'), /features\.yaml/);
});
