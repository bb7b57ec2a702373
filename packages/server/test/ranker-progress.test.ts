import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RankerLoadProgress } from '../src/console/ranker-progress.ts';

test('says nothing of what is quick; then what is done, every five seconds or when that changes, and the end', () => {
  let nowMs = 0;
  const lines: string[] = [];
  const progress = new RankerLoadProgress({ write: (text) => lines.push(text.trimEnd()) }, () => nowMs);
  const at = (ms: number, doing: string, done: number, total?: number): void => {
    nowMs = ms;
    progress.onProgress({ ranker: 'films', doing, done, total });
  };
  at(500, 'items', 1_000);
  progress.onOpened('books');
  at(1_200, 'items', 1_000);
  assert.deepEqual(lines, []);
  at(1_600, 'items', 2_000);
  at(3_000, 'items', 3_000);
  at(3_500, 'index plot', 10, 3_000);
  at(8_600, 'index plot', 2_000, 3_000);
  nowMs = 9_500;
  progress.onOpened('films');
  nowMs = 9_600;
  progress.onOpened('more');
  assert.deepEqual(lines, [
    'ranker films: items, 2000 …',
    'ranker films: index plot, 10 of 3000 …',
    'ranker films: index plot, 2000 of 3000 …',
    'ranker films is loaded after 9.0 s',
  ]);
});
