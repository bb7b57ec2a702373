/** The digit classifier through a server: its stated accuracy is measured again, on the same test set. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imageBytes, IMAGE_SIZE, readTestSet } from '../digits/data-set.ts';
import { float32Of } from '../support/tensors.ts';
import { serveDemoModel } from './support/demo-server.ts';

const DIGITS = join(import.meta.dirname, '..', 'digits');
const stated = JSON.parse(readFileSync(join(DIGITS, 'accuracy.json'), 'utf8')) as { correct: number; count: number };
const { images, labels } = readTestSet();

const imageTensor = (first: number, count: number) => ({
  name: 'image',
  dataType: 'FP32' as const,
  shape: [count, 1, IMAGE_SIZE, IMAGE_SIZE],
  bytes: imageBytes(images, first, count),
});

/** The likeliest class of each row. */
function classesOf(scores: Float32Array): number[] {
  return Array.from({ length: scores.length / 10 }, (_, row) => {
    const rowScores = scores.subarray(row * 10, row * 10 + 10);
    return rowScores.indexOf(Math.max(...rowScores));
  });
}

test('the test set is the one that was held back in training', () => {
  assert.equal(labels.length, stated.count);
});

test('the README and the configuration state what was measured', () => {
  const percent = `${((100 * stated.correct) / stated.count).toFixed(2)}%`;
  assert.ok(
    readFileSync(join(DIGITS, 'README.md'), 'utf8').includes(`${stated.correct} of ${stated.count} = ${percent}`),
  );
  const config = readFileSync(join(DIGITS, '..', 'models', 'digits', 'model.yaml'), 'utf8');
  assert.ok(config.includes(`${stated.correct} of ${stated.count.toLocaleString('en')} = ${percent}`));
});

test('images one by one, all at once: exactly the stated number is right', async (t) => {
  const client = await serveDemoModel(t, 'digits');
  const classes = await Promise.all(
    labels.map(
      async (_, i) =>
        classesOf(float32Of((await client.infer('digits', [imageTensor(i, 1)])).output('probabilities')))[0],
    ),
  );
  assert.equal(classes.filter((found, i) => found === labels[i]).length, stated.correct);

  const [statistics] = (await client.statistics('digits')).model_stats;
  assert.equal(Number(statistics?.inference_count), labels.length);
  assert.ok(Number(statistics?.execution_count) < labels.length, 'requests shared batches');
});

test('the whole test set in one request, larger than the batch limit: the same', async (t) => {
  const client = await serveDemoModel(t, 'digits');
  const result = await client.infer('digits', [imageTensor(0, labels.length)]);
  const classes = classesOf(float32Of(result.output('logits')));
  assert.equal(classes.filter((found, i) => found === labels[i]).length, stated.correct);
});

test('classification names the digit', async (t) => {
  const client = await serveDemoModel(t, 'digits');
  const outputs = [{ name: 'probabilities', binaryData: true, classificationCount: 2 }];
  const [best] = (await client.infer('digits', [imageTensor(0, 1)], { outputs })).strings('probabilities');
  assert.match(best ?? '', /^[01]\.\d+:0:zero$/);
});
