import { checkRankers } from '@rangefinder/server';
import { usageFailure } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { painterFor, printable, type Painter } from '../terminal/terminal.ts';

/** Checks a folder of rankers and tells of each what is wrong with it. */
export async function runRankerCheck(
  directory: string,
  { options, terminal }: Pick<Invocation, 'options' | 'terminal'>,
): Promise<ExitCode> {
  if (options.list('--model').length > 0)
    throw usageFailure(`--model: ${directory} has rankers, not models`, '--model');
  const { rankers, problems, hasFeatures } = await checkRankers(directory, {
    featureRepository: options.text('--feature-repository') ?? '',
    load: !options.isOn('--no-load'),
    signal: terminal.signal,
  });
  const broken = rankers.filter((ranker) => ranker.problems.length > 0).length;
  const isSound = broken === 0 && problems.length === 0;
  if (options.isOn('--json')) {
    const listed = rankers.map((ranker) => ({ ...ranker, ok: ranker.problems.length === 0 }));
    terminal.out.write(jsonText({ ok: isSound, directory, rankers: listed, problems, features_checked: hasFeatures }));
    return isSound ? EXIT.ok : EXIT.failure;
  }
  const paint = painterFor(terminal.out, terminal.environment);
  for (const { name, problems: own } of rankers) {
    const mark = own.length === 0 ? paint('green', '✓') : paint('red', '✗');
    terminal.out.write(`${mark} ${paint('bold', printable(name))}\n${indented(own)}`);
  }
  terminal.out.write(indented(problems));
  if (!hasFeatures)
    terminal.out.write(paint('dim', 'features were not checked; --feature-repository DIR names them') + '\n');
  terminal.out.write(`\n${summary(rankers.length, broken, isSound, paint)}\n`);
  return isSound ? EXIT.ok : EXIT.failure;
}

function indented(problems: readonly string[]): string {
  return problems.map((line) => `    ${printable(line)}\n`).join('');
}

function summary(count: number, broken: number, isSound: boolean, paint: Painter): string {
  const total = `${count} ${count === 1 ? 'ranker' : 'rankers'}`;
  if (isSound) return paint('green', `${total}, no problems`);
  return paint('red', broken === 0 ? `${total}, with problems around them` : `${broken} of ${total} with problems`);
}
