import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { silentLogger, type Clock } from '@rangefinder/base';
import type { RepositoryChange } from '@rangefinder/repository';
import { temporaryRepository, type TemporaryRepository } from '../temporary-repository.ts';

/** A clock whose one timer is fired by hand; `armed` is emitted whenever the watcher has finished a scan and waits. */
class HandClock extends EventEmitter implements Clock {
  #fire: (() => void) | undefined;
  cancelled = 0;

  nowUs = (): number => 0;
  wallMs = (): number => 0;

  schedule = (_delayUs: number, fire: () => void): { cancel: () => void } => {
    this.#fire = fire;
    this.emit('armed');
    return { cancel: () => void this.cancelled++ };
  };

  async scan(): Promise<void> {
    const armed = once(this, 'armed');
    this.#fire!();
    await armed;
  }
}

interface Watched extends TemporaryRepository {
  readonly changes: RepositoryChange[];
  readonly clock: HandClock;
  readonly warnings: string[];
  readonly stop: () => void;
}

async function watched(t: TestContext, files: Readonly<Record<string, string>>): Promise<Watched> {
  const clock = new HandClock();
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message) };
  const temporary = await temporaryRepository(t, files, { clock, logger });
  const changes: RepositoryChange[] = [];
  const armed = once(clock, 'armed');
  const stop = temporary.repository.watch(1000, (change) => changes.push(change));
  await armed;
  return { ...temporary, changes, clock, warnings, stop };
}

test('a change is reported once two scans agree, and only once', async (t) => {
  const { write, clock, changes } = await watched(t, { 'a/1/model.onnx': 'x', 'b/1/model.onnx': 'x' });
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, []);
  await write({ 'a/1/model.onnx': 'longer', 'c/1/model.onnx': 'x' });
  await clock.scan();
  assert.deepEqual(changes, []);
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, [{ added: ['c'], changed: ['a'], removed: [] }]);
});

test('a file that is still growing is left alone', async (t) => {
  const { write, clock, changes } = await watched(t, { 'a/1/model.onnx': '' });
  for (const content of ['1', '12', '123', '1234']) {
    await write({ 'a/1/model.onnx': content });
    await clock.scan();
  }
  assert.deepEqual(changes, []);
  await clock.scan();
  assert.deepEqual(changes, [{ added: [], changed: ['a'], removed: [] }]);
});

test('a folder that is gone for one scan was only being replaced', async (t) => {
  const { clock, changes, root } = await watched(t, { 'a/1/model.onnx': 'x' });
  await rename(join(root, 'a'), join(root, '.a'));
  await clock.scan();
  await rename(join(root, '.a'), join(root, 'a'));
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, []);
  await rm(join(root, 'a'), { recursive: true });
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, [{ added: [], changed: [], removed: ['a'] }]);
});

test('a renamed model is one removed and one added', async (t) => {
  const { clock, changes, root } = await watched(t, { 'a/1/model.onnx': 'x' });
  await rename(join(root, 'a'), join(root, 'b'));
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, [{ added: ['b'], changed: [], removed: ['a'] }]);
});

test('a link that is switched to a copy of equal size and time is a change', async (t) => {
  const { clock, changes, root } = await watched(t, {
    '.store/v1/model.onnx': 'one',
    '.store/v2/model.onnx': 'two',
    'a/readme': '',
  });
  await symlink(join(root, '.store/v1'), join(root, 'a/1'));
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes.pop(), { added: [], changed: ['a'], removed: [] });
  await symlink(join(root, '.store/v2'), join(root, 'a/.next'));
  await rename(join(root, 'a/.next'), join(root, 'a/1'));
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes.pop(), { added: [], changed: ['a'], removed: [] });
});

test('a repository that cannot be read for a while loses no model', async (t) => {
  const { clock, changes, root, warnings } = await watched(t, { 'a/1/model.onnx': 'x' });
  await rename(root, `${root}-away`);
  await clock.scan();
  await clock.scan();
  await clock.scan();
  assert.equal(warnings.length, 1);
  await rename(`${root}-away`, root);
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, []);
});

test('a model that cannot be scanned keeps no other from being seen', async (t) => {
  const { clock, changes, root, write } = await watched(t, { 'a/1/model.onnx': 'x', 'b/1/model.onnx': 'x' });
  await symlink(join(root, 'a'), join(root, 'a/circle'));
  await write({ 'b/1/model.onnx': 'longer' });
  await clock.scan();
  await clock.scan();
  assert.deepEqual(changes, [{ added: [], changed: ['a', 'b'], removed: [] }]);
});

test('stopping cancels the timer, and nothing is reported any more', async (t) => {
  const { clock, changes, root, stop } = await watched(t, { 'a/1/model.onnx': 'x' });
  await writeFile(join(root, 'a/1/model.onnx'), 'longer');
  await clock.scan();
  stop();
  assert.equal(clock.cancelled, 1);
  assert.deepEqual(changes, []);
});
