import { availableParallelism, cpus, totalmem } from 'node:os';

/** A Markdown table, so that what a benchmark prints can be pasted where it is quoted. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function machineLine(): string {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, ${memoryGiB} GiB, Node ${process.version}`;
}
