/**
 * One line for each test file, every failure in full at the end, and `N passed, N failed`. With
 * RANGEFINDER_TEST_SUMMARY=FILE the counts are also written there as JSON.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';
import type { TestEvent } from 'node:test/reporters';

type EventOf<Type extends TestEvent['type']> = Extract<TestEvent, { type: Type }>['data'];

// node:test takes a reporter as a default export.
// oxlint-disable-next-line import/no-default-export
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: EventOf<'test:fail'>[] = [];
  let skippedSuites = 0;
  for await (const event of source) {
    if (event.type === 'test:fail' && isOwnFailure(event.data)) failures.push(event.data);
    else if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    else if (event.type === 'test:pass' && isSkippedSuite(event.data)) {
      skippedSuites++;
      yield `- ${event.data.name} is skipped: ${event.data.skip}\n`;
    } else if (event.type === 'test:summary') {
      if (event.data.file !== undefined) yield fileLine(event.data);
      else yield `${failures.map(describeFailure).join('')}\n${totals(event.data, skippedSuites)}\n`;
    }
  }
}

function fileLine({ file, counts, duration_ms: durationMs, success }: EventOf<'test:summary'>): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  const outcome = success ? `${counts.passed} passed${skipped}` : `${failedOf(counts)} FAILED of ${counts.tests}`;
  return `${success ? '✔' : '✖'} ${relative(process.cwd(), file ?? '')}: ${outcome} (${(durationMs / 1000).toFixed(1)} s)\n`;
}

function totals({ counts, duration_ms: durationMs }: EventOf<'test:summary'>, skippedSuites: number): string {
  const failed = failedOf(counts);
  const skips = counts.skipped + skippedSuites;
  const summaryFile = process.env['RANGEFINDER_TEST_SUMMARY'];
  if (summaryFile !== undefined) {
    writeFileSync(summaryFile, JSON.stringify({ passed: counts.passed, failed, skipped: skips }));
  }
  const skipped = skips > 0 ? `, ${skips} skipped` : '';
  return `${counts.topLevel} tests in ${(durationMs / 1000).toFixed(1)} s\n${counts.passed} passed, ${failed} failed${skipped}`;
}

/** node:test counts tests only, so a suite that a missing program skips would go unseen. */
function isSkippedSuite({ skip, details }: EventOf<'test:pass'>): boolean {
  return details.type === 'suite' && skip !== undefined && skip !== false;
}

/** Failed or never finished. */
function failedOf({ tests, passed, skipped, todo }: EventOf<'test:summary'>['counts']): number {
  return tests - passed - skipped - todo;
}

/** A test that failed only because one inside it did says nothing new. */
function isOwnFailure(data: EventOf<'test:fail'>): boolean {
  const error: unknown = data.details.error;
  return !(error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed');
}

function describeFailure(data: EventOf<'test:fail'>): string {
  const where =
    data.file === undefined ? data.name : `${relative(process.cwd(), data.file)}:${data.line ?? 1} ${data.name}`;
  const cause = data.details.error.cause ?? data.details.error;
  return `\n✖ ${where}\n${inspect(cause).replaceAll(/^/gm, '    ')}\n`;
}
