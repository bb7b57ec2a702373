import { printable, type Painter, type Style } from '../terminal/terminal.ts';
import type { Finding } from './finding.ts';

const MARKS: Readonly<Record<Finding['status'], readonly [mark: string, style: Style]>> = {
  ok: ['✓', 'green'],
  note: ['·', 'dim'],
  problem: ['✗', 'red'],
};

/** Findings under the headings of their sections, advice below each, and the number of problems last. */
export function doctorText(findings: readonly Finding[], paint: Painter): string {
  const width = Math.max(0, ...findings.map((finding) => finding.name.length));
  const sections = Map.groupBy(findings, (finding) => finding.section);
  const blocks = Array.from(
    sections,
    ([section, own]) =>
      `${paint('bold', section)}\n${own.map((finding) => findingText(finding, width, paint)).join('')}`,
  );
  const problems = findings.filter((finding) => finding.status === 'problem').length;
  const verdict =
    problems === 0
      ? paint('green', 'no problems')
      : paint('red', `${problems} ${problems === 1 ? 'problem' : 'problems'}`);
  return `${blocks.join('\n')}\n${verdict}\n`;
}

function findingText(finding: Finding, width: number, paint: Painter): string {
  const [mark, style] = MARKS[finding.status];
  const line = `  ${paint(style, mark)} ${finding.name.padEnd(width)}  ${printable(finding.summary)}\n`;
  return finding.advice === '' ? line : `${line}${' '.repeat(width + 6)}${paint('dim', printable(finding.advice))}\n`;
}
