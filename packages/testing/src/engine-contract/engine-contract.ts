import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import type { Engine } from '@rangefinder/engines';
import { registerConcurrencyCases } from './concurrency-cases.ts';
import type { EngineSubject } from './engine-subject.ts';
import { registerFuzzCases } from './fuzz-cases.ts';
import { registerLoadingCases } from './loading-cases.ts';
import { registerRunCases } from './run-cases.ts';
import { registerSoakCase } from './soak-cases.ts';

/** What the cases share: one engine for all of them, and folders that are removed afterwards. */
export interface ContractFixture {
  readonly subject: EngineSubject;
  readonly engine: Engine;
  newFolder(): Promise<string>;
}

const SOAK_SEEDS = [1, 2];
const SOAK_STEPS = 250;

/** Registers, with node:test, every case that an implementation of the Engine port must pass. */
export function describeEngineContract(subject: EngineSubject): void {
  describe(`engine contract: ${subject.name}`, () => {
    const fixture = new Fixture(subject);
    before(() => fixture.open());
    after(() => fixture.close());
    registerLoadingCases(fixture);
    registerRunCases(fixture);
    registerConcurrencyCases(fixture);
    registerFuzzCases(fixture);
    for (const seed of SOAK_SEEDS) registerSoakCase(fixture, { seed, steps: SOAK_STEPS });
  });
}

class Fixture implements ContractFixture {
  readonly subject: EngineSubject;
  #engine: Engine | undefined;
  #folder = '';

  constructor(subject: EngineSubject) {
    this.subject = subject;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('the suite has not begun');
    return this.#engine;
  }

  newFolder(): Promise<string> {
    return mkdtemp(path.join(this.#folder, 'case-'));
  }

  async open(): Promise<void> {
    this.#engine = this.subject.createEngine();
    this.#folder = await mkdtemp(path.join(tmpdir(), `rangefinder-${this.subject.name}-`));
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
