import { stat } from 'node:fs/promises';
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { BuiltinEngine, OnnxEngine, type Engine } from '@rangefinder/engines';
import { FolderRepository } from '@rangefinder/repository';
import { isRankerRepository } from '@rangefinder/server';
import { checkSummary, modelJson, modelText } from '../check/check-text.ts';
import { checkModel, type CheckedModel } from '../check/model-check.ts';
import { runRankerCheck } from '../check/ranker-check.ts';
import { usageFailure } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { painterFor, type Terminal } from '../terminal/terminal.ts';

export async function runCheck({ arguments: [directory = ''], options, terminal }: Invocation): Promise<ExitCode> {
  await requireFolder(directory);
  if (await isRankerRepository(directory)) return runRankerCheck(directory, { options, terminal });
  if (options.text('--feature-repository') !== undefined)
    throw usageFailure(`--feature-repository: ${directory} has no rankers that read features`, '--feature-repository');
  const repository = new FolderRepository({ root: directory, limits: DEFAULT_LIMITS });
  const engines = options.isOn('--no-load') ? undefined : openEngines();
  try {
    const names = selectModels(await repository.list(), options.list('--model'));
    const asJson = options.isOn('--json');
    const parts = { repository, engines, signal: terminal.signal };
    const checked: CheckedModel[] = [];
    for (const name of names) {
      terminal.signal.throwIfAborted();
      const model = await checkModel(name, parts);
      checked.push(model);
      if (!asJson) terminal.out.write(modelText(model, painterFor(terminal.out, terminal.environment)));
    }
    return report(directory, checked, asJson, terminal);
  } finally {
    await Promise.all(Array.from(engines?.values() ?? [], (engine) => engine.close()));
    await repository.close();
  }
}

function report(directory: string, checked: readonly CheckedModel[], asJson: boolean, terminal: Terminal): ExitCode {
  // An empty repository is almost always a wrong path, so it is a problem too.
  const isSound = checked.length > 0 && checked.every((model) => model.problems.length === 0);
  if (asJson) {
    terminal.out.write(jsonText({ ok: isSound, directory, models: checked.map(modelJson) }));
  } else {
    const summary =
      checked.length === 0
        ? `${directory} has no models in it`
        : checkSummary(checked, painterFor(terminal.out, terminal.environment));
    terminal.out.write(`${checked.length === 0 ? '' : '\n'}${summary}\n`);
  }
  return isSound ? EXIT.ok : EXIT.failure;
}

function openEngines(): ReadonlyMap<string, Engine> {
  return new Map<string, Engine>([new OnnxEngine(), new BuiltinEngine()].map((engine) => [engine.name, engine]));
}

function selectModels(all: readonly string[], wanted: readonly string[]): readonly string[] {
  const missing = wanted.find((name) => !all.includes(name));
  if (missing !== undefined)
    throw usageFailure(
      `--model: ${JSON.stringify(missing)} is not in the repository; it has ${all.join(', ') || 'no models'}`,
      '--model',
    );
  return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
}

async function requireFolder(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() !== true) throw usageFailure(`DIR: ${directory} is not a folder`, 'DIR');
}
