import { TOLERANCES } from './compare.ts';
import type { Verdict } from './served-case.ts';

export interface CaseResult {
  readonly id: string;
  readonly group: string;
  readonly verdict: Verdict;
  /** What ONNX Runtime alone says of a case that differs; empty where it gives what is expected. */
  readonly bareProblem: string;
}

const OUTCOMES = ['passed', 'failed', 'unsupported', 'inexpressible', 'contradictory'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A case that differs is ours to answer for exactly when ONNX Runtime alone passes it. */
export function outcomeOf({ verdict, bareProblem }: CaseResult): Outcome {
  if (verdict.kind !== 'differs') return verdict.kind;
  return bareProblem === '' ? 'failed' : 'unsupported';
}

/** docs/conformance.md. The same results give the same text. */
export function renderReport(results: readonly CaseResult[], runtimeVersion: string): string {
  const groups = [...new Set(results.map(({ group }) => group))].sort();
  const of = (outcome: Outcome, group?: string): CaseResult[] =>
    results.filter((result) => outcomeOf(result) === outcome && (group === undefined || result.group === group));
  const row = (name: string, group?: string): string =>
    `| ${name} | ${OUTCOMES.map((outcome) => of(outcome, group).length).join(' | ')} |`;
  return [
    '# Conformance',
    '',
    '<!-- Written by conformance/run.ts; do not edit. -->',
    '',
    `The test models of ONNX (Debian's \`libonnx-testdata\`), each loaded, asked over HTTP with binary tensors both ways, and`,
    `compared with the outputs that come with it. ONNX Runtime ${runtimeVersion}.`,
    '',
    `A value passes within 1e-7 + 1e-3 × |expected|, as in ONNX's own runner; ${toleranceText()};`,
    'integers, booleans and strings must be equal. Every case that does not pass is given to ONNX Runtime alone (its official binding, in another',
    'process): where that passes, the fault is ours and the case has **failed**; where it does not, ONNX Runtime itself does not',
    'support the case, and its own words are below.',
    '',
    '| cases | passed | failed | not supported by ONNX Runtime | no tensors | contradictory |',
    '|---|---|---|---|---|---|',
    ...groups.map((group) => row(group, group)),
    row('**all**'),
    '',
    ...section('Failed', of('failed'), ({ verdict }) => (verdict.kind === 'differs' ? verdict.problem : '')),
    ...section('Not supported by ONNX Runtime itself', of('unsupported'), ({ bareProblem }) => bareProblem),
    ...section(
      'Inputs or outputs that are no tensors, for which the protocol has no form',
      of('inexpressible'),
      whatOf,
    ),
    ...section('Data that contradicts its own model', of('contradictory'), whatOf),
  ].join('\n');
}

function toleranceText(): string {
  return Object.entries(TOLERANCES)
    .map(([dataType, { relative, absolute }]) => `${dataType} within ${absolute} + ${relative} × |expected|`)
    .join(', ');
}

function section(title: string, results: readonly CaseResult[], reason: (result: CaseResult) => string): string[] {
  if (results.length === 0) return [];
  return [
    `## ${title} (${results.length})`,
    '',
    '| case | reason |',
    '|---|---|',
    ...results.map((result) => `| ${result.id} | ${oneLine(reason(result))} |`),
    '',
  ];
}

/** Reasons may hold anything: newlines, bars, paths of this machine and random numbers' values. */
function oneLine(reason: string): string {
  return reason
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\/[^\s:]*\/(?=[^\s/:]+)/g, '')
    .replaceAll(/\d+ of \d+ differ, element .*?(?=;|$)/g, 'other values than expected')
    .replaceAll('|', '\\|')
    .slice(0, 300);
}

function whatOf({ verdict }: CaseResult): string {
  return 'what' in verdict ? verdict.what : '';
}
