import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { defineRanker, readRankerYaml } from '@rangefinder/ranking';

describe('ranker.yaml', () => {
  it('is complete with a name and the rest by default, and the same as the TypeScript form', () => {
    assert.deepEqual(
      readRankerYaml('ranker.yaml', 'name: films\npage: { size: 5 }'),
      defineRanker({ name: 'films', page: { size: 5 } }),
    );
    assert.equal(defineRanker({ name: 'films' }).page.size, 20);
  });

  it('reports all problems at once, with file and field', () => {
    const text = `
name: films
sources:
  - { name: a, kind: ann, quota: 10, query: {} }
  - { name: a, kind: popular, quota: 10 }
light: { keep: 5 }
heavy:
  models:
    - { name: ctr, model: m, inputs: { X: nonsense here } }
  score: ctx * 2
calibration:
  - { of: ctr, kind: platt, a: 1 }
rerank:
  rules:
    - { name: r, where: { eq: { a: 1 } } }
page: { size: 50, size_max: 10 }
`;
    const expected = [
      'ranker.yaml: sources[0].query: expected a feature or a model',
      'ranker.yaml: sources[1].name: expected a name of its own, got a again',
      'ranker.yaml: light.keep: expected a model, a score or both beside it',
      /ranker\.yaml: heavy\.models\[0\]\.inputs\.X: expected view:feature/,
      'ranker.yaml: heavy.score: no output is called ctx (did you mean ctr?)',
      'ranker.yaml: calibration[0]: platt: expected a and b',
      'ranker.yaml: rerank.rules[0]: expected boost, multiply, block or pin',
      'ranker.yaml: page.size: expected at most size_max (10), got 50',
    ];
    assert.throws(
      () => readRankerYaml('ranker.yaml', text),
      (error) => {
        assert.ok(error instanceof RangefinderError);
        for (const line of expected)
          assert.ok(
            typeof line === 'string' ? error.message.includes(line) : line.test(error.message),
            `${String(line)} in ${error.message}`,
          );
        return true;
      },
    );
  });

  it('refuses what is not YAML, keys that nobody knows and types that do not fit', () => {
    assert.throws(() => readRankerYaml('r.yaml', 'name: [x'), /^RangefinderError: r\.yaml: /);
    assert.throws(
      () => readRankerYaml('r.yaml', 'name: x\nsourcs: []'),
      /r\.yaml: sourcs: unknown key \(did you mean sources\?\)/,
    );
    assert.throws(() => readRankerYaml('r.yaml', 'name: x\ndeadline_ms: soon'), /deadline_ms: expected a number/);
    assert.throws(() => readRankerYaml('r.yaml', ''), /name: required/);
  });
});
