/** What the MovieLens example measures, on figures worked by hand; and its program, on a few films and models made here. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { buildOnnxModel, type OnnxValue } from '@rangefinder/testing';
import { writeNpyHeader } from '@rangefinder/tensor';
import { compared, metricsOf, type OfflineUser, type ServedUser } from '../movielens/evaluation.ts';
import { auc, ndcg, recall } from '../support/ranking-metrics.ts';

const EXAMPLE = join(import.meta.dirname, '..', 'movielens');

/** Three users: one page is perfect, one has its film in the second place, and the third liked nothing. */
const USERS: readonly OfflineUser[] = [
  { user: 1, heldOut: [1, 5], liked: [true, false], retrieved: [5, 4, 3, 2, 1], page: [1, 2, 3, 4, 5] },
  { user: 2, heldOut: [3, 2], liked: [true, false], retrieved: [2, 3, 4, 5, 6], page: [2, 3, 4, 5, 6] },
  { user: 3, heldOut: [4], liked: [false], retrieved: [5, 4, 3, 2, 1], page: [1, 2, 3, 4, 5] },
];
/** `liked` grows with the number of the film: of the six pairs of a liked and another, only 3 before 2 is right. */
const EXPECTED = { auc: 1 / 6, recallAt50: 1, ndcgAt10: (1 + 1 / Math.log2(3)) / 2 };
const SERVED: readonly ServedUser[] = USERS.map(({ heldOut, retrieved, page }) => ({
  retrieved,
  page,
  liking: heldOut.map((film) => film / 10),
}));

test('metrics worked by hand', () => {
  const judged = [0.9, 0.8, 0.5, 0.5].map((score, i) => ({ score, relevant: i % 2 === 0 }));
  assert.equal(auc(judged), 0.625);
  const ordered = [false, true, false].map((relevant) => ({ relevant }));
  assert.ok(Math.abs(ndcg(ordered, 10, 2) - 1 / Math.log2(3) / (1 + 1 / Math.log2(3))) < 1e-15);
  assert.equal(ndcg(ordered, 1), 0);
  assert.equal(recall(new Set([1, 2, 3, 4]), [4, 9, 1]), 0.5);
  assert.deepEqual(metricsOf(USERS, SERVED), EXPECTED);
});

test('retrieval counts the first 50, the funnel the first 10', () => {
  const films = Array.from({ length: 60 }, (_, i) => i + 1);
  const user = { user: 1, heldOut: [11, 51], liked: [true, true], retrieved: films, page: films };
  const { recallAt50, ndcgAt10 } = metricsOf([user], [{ retrieved: films, page: films, liking: [0, 0] }]);
  assert.deepEqual([recallAt50, ndcgAt10], [0.5, 0]);
});

test('a comparison names what differs, NaN too, and whose lists are others', () => {
  assert.deepEqual(compared(EXPECTED, EXPECTED, USERS, SERVED), { differences: [], usersWithOtherLists: [] });
  const rounded = { ...EXPECTED, auc: EXPECTED.auc + 9e-7 };
  assert.deepEqual(compared(EXPECTED, rounded, USERS, SERVED).differences, []);
  const other = { auc: Number.NaN, recallAt50: 1 - 1e-9, ndcgAt10: EXPECTED.ndcgAt10 };
  const swapped = SERVED.with(1, { ...SERVED[1]!, page: [3, 2, 4, 5, 6] });
  const { differences, usersWithOtherLists } = compared(EXPECTED, other, USERS, swapped);
  assert.deepEqual(
    differences.map((difference) => difference.split(':')[0]),
    ['auc', 'recallAt50'],
  );
  assert.deepEqual(usersWithOtherLists, [2]);
});

test('evaluate.ts: a server gives what was computed offline, or the exit code is 1', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rangefinder-movielens-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeExport(folder);
  const same = await evaluate(folder);
  assert.equal(same.code, 0, same.output);
  assert.match(same.output, /same films in the same order for every user/);

  write(folder, 'metrics.json', JSON.stringify({ ...EXPECTED, ndcgAt10: 0.8 }));
  const differs = await evaluate(folder);
  assert.equal(differs.code, 1);
  assert.match(differs.output, /differs: ndcgAt10: 0\.815\d+ through the server, 0\.8 offline/);

  const missing = await evaluate(join(folder, 'nothing'));
  assert.equal(missing.code, 1);
  assert.match(missing.output, /expected what examples\/movielens\/train\.py --out writes/);
});

function evaluate(folder: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(EXAMPLE, 'evaluate.ts'), '--data', folder]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** What train.py would write: six films whose vectors and numbers follow theirs, and users who look along the first axis. */
function writeExport(folder: string): void {
  cpSync(join(EXAMPLE, 'models'), join(folder, 'models'), { recursive: true });
  cpSync(join(EXAMPLE, 'ranker'), join(folder, 'rankers', 'movielens'), { recursive: true });
  const films = [1, 2, 3, 4, 5, 6];
  const zeros = (count: number): number[] => Array.from<number>({ length: count }).fill(0);
  const ranker = (name: string): string => join('rankers', 'movielens', name);
  write(folder, 'metrics.json', JSON.stringify(EXPECTED));
  write(folder, 'evaluation.jsonl', lines(USERS));
  write(folder, ranker('films.jsonl'), lines(films.map((id) => ({ id, year: 1990, genres: ['Drama'], ratings: id }))));
  const vectors = Float32Array.from(films.flatMap((film) => [film / 10, ...zeros(63)]));
  const npy = Buffer.concat([writeNpyHeader('<f4', [films.length, 64]), new Uint8Array(vectors.buffer)]);
  write(folder, ranker('taste.npy'), npy);
  const features = films.map((id) => ({ id, film_genres: zeros(19), film_numbers: [id, 0, 0, 0] }));
  write(folder, ranker('film-features.jsonl'), lines(features));
  const viewers = USERS.map(({ user }) => ({
    id: user,
    seen: user === 2 ? [1] : [6],
    history: zeros(100),
    history_stars: zeros(100),
    genres: zeros(19),
    liked_genres: zeros(19),
    profile: [user === 2 ? -1 : 1, ...zeros(5)],
    occupation: 0,
  }));
  write(folder, ranker('viewers.jsonl'), lines(viewers));
  write(folder, 'models/movielens-user-tower/1/model.onnx', linearModel('profile', { embedding: [6, 64, 1] }));
  write(
    folder,
    'models/movielens-ranker/1/model.onnx',
    linearModel('film_numbers', { preference: [4, 1, -1], liked: [4, 1, 1] }),
  );
}

/** Outputs [rows, columns] that have `factor` times the first number of the input in their first column. */
function linearModel(input: string, outputs: Readonly<Record<string, readonly [number, number, number]>>): Uint8Array {
  const integers = (name: string, width: number): OnnxValue => ({ name, dataType: 'INT64', shape: ['batch', width] });
  const floats = (name: string, width: number): OnnxValue => ({ name, dataType: 'FP32', shape: ['batch', width] });
  const ofUser = [integers('history', 100), integers('history_stars', 100), floats('genres', 19)];
  ofUser.push(floats('liked_genres', 19), floats('profile', 6), integers('occupation', 1));
  const ofFilm = [integers('film', 1), floats('film_genres', 19), floats('film_numbers', 4)];
  const entries = Object.entries(outputs);
  return buildOnnxModel({
    inputs: input === 'profile' ? ofUser : [...ofUser, ...ofFilm],
    outputs: entries.map(([name, [, columns]]) => floats(name, columns)),
    initializers: entries.map(([name, [rows, columns, factor]]) => {
      const weights = new Float32Array(rows * columns);
      weights[0] = factor;
      return {
        name: `${name}_weights`,
        dataType: 'FP32',
        shape: [rows, columns],
        bytes: new Uint8Array(weights.buffer),
      };
    }),
    nodes: entries.map(([name]) => ({ operator: 'MatMul', inputs: [input, `${name}_weights`], outputs: [name] })),
  });
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function write(folder: string, path: string, content: string | Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
