import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, RangefinderError, seededRandom } from '@rangefinder/base';
import type { Engine, LoadedModel, RunHandle } from '@rangefinder/engines';
import type { ContractFixture } from './engine-contract.ts';
import { checkIdentity, randomBytes } from './engine-requests.ts';
import { loadRequest, type SlowModel } from './engine-subject.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly steps: number;
}

/** Loads, runs, cancels and unloads in a random order, all overlapping; then everything must have ended well. */
export function registerSoakCase(fixture: ContractFixture, options: SoakOptions): void {
  test(`soak: ${options.steps} overlapping steps, seed ${options.seed}`, async () => {
    const { subject, engine } = fixture;
    const identityPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', ['n', -1]);
    const slow = await subject.writeSlow(await fixture.newFolder());
    const soak = new Soak(engine, { identityPath, slow }, seededRandom(options.seed));
    for (let step = 0; step < options.steps; step += 1) await soak.step();
    await soak.finish();
  });
}

/** Models that are in use at one time. */
const MODELS_MAX = 6;
const PENDING_MAX = 200;

class Soak {
  readonly #engine: Engine;
  readonly #paths: { readonly identityPath: string; readonly slow: SlowModel };
  readonly #random: Random;
  readonly #identities: LoadedModel[] = [];
  readonly #slows: LoadedModel[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #handles: RunHandle[] = [];
  #failures: unknown[] = [];

  constructor(engine: Engine, paths: { readonly identityPath: string; readonly slow: SlowModel }, random: Random) {
    this.#engine = engine;
    this.#paths = paths;
    this.#random = random;
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 5 || this.#identities.length === 0) await this.#load();
    else if (dice < 8) this.#unload();
    else if (dice < 20) this.#runSlow(this.#random.below(3) === 0);
    else if (dice < 30) this.#handles.splice(this.#random.below(this.#handles.length + 1), 1)[0]?.cancel();
    else this.#runIdentity();
    if (this.#pending.size > PENDING_MAX) {
      this.#cancelAll();
      await Promise.all(this.#pending);
    } else if (this.#random.below(4) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async finish(): Promise<void> {
    this.#cancelAll();
    await Promise.all(this.#pending);
    await Promise.all([...this.#identities, ...this.#slows].map((model) => model.unload()));
    assert.deepEqual(this.#failures, []);
  }

  async #load(): Promise<void> {
    const isSlow = this.#random.below(2) === 0;
    const models = isSlow ? this.#slows : this.#identities;
    if (models.length >= MODELS_MAX) return;
    const modelPath = isSlow ? this.#paths.slow.modelPath : this.#paths.identityPath;
    models.push(await this.#engine.load(loadRequest(modelPath, { instances: 1 + this.#random.below(3) })));
  }

  #unload(): void {
    const models = this.#random.below(2) === 0 ? this.#slows : this.#identities;
    const model = models.splice(this.#random.below(models.length + 1), 1)[0];
    if (model === undefined) return;
    // Endless runs would be waited for.
    this.#cancelAll();
    this.#track(model.unload());
  }

  #runIdentity(): void {
    const model = this.#identities[this.#random.below(this.#identities.length)];
    if (model === undefined) return;
    const shape = [this.#random.below(20), 1 + this.#random.below(300)];
    this.#track(checkIdentity(model, 'FP32', shape, randomBytes('UINT8', [shape[0]! * shape[1]! * 4], this.#random)));
  }

  #runSlow(isEndless: boolean): void {
    const model = this.#slows[this.#random.below(this.#slows.length)];
    if (model === undefined) return;
    const run = model.run(isEndless ? this.#paths.slow.endless : this.#paths.slow.short);
    this.#handles.push(run);
    this.#track(
      run.result.then(
        (result) => result.release(),
        (error: unknown) => {
          if (!(error instanceof RangefinderError && error.code === 'CANCELLED')) throw error;
        },
      ),
    );
  }

  #cancelAll(): void {
    for (const run of this.#handles.splice(0)) run.cancel();
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => void this.#failures.push(error))
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}
