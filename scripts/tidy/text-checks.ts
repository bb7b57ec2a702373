import { posix } from 'node:path';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly where: string;
  readonly problem: string;
}

const LINES_MAX = 600;
const LINES_LONG = 400;

const REGISTRY_HOSTS = /registry\.npmjs|pypi\.org|files\.pythonhosted|deb\.debian|crates\.io|proxy\.golang/;
const MACHINE_PATHS = /(?<![\w.$}*])\/(?:root\/|home\/\w|Users\/\w|work\/)|[A-Z]:\\Users/;
const NOTES_TO_SELF = /\b(?:TODO|FIXME|XXX|HACK)\b/;
/** These spell out what is forbidden, in order to find it. */
const SPELLS_IT_OUT = new Set(['scripts/tidy/text-checks.ts', 'scripts/test/tidy.test.ts']);
const RELATIVE_IMPORT = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** All findings in one file; `path` is relative to the root, with forward slashes. */
export function checkText(path: string, text: string): Finding[] {
  if (SPELLS_IT_OUT.has(path)) return checkLength(path, text);
  return [...checkLength(path, text), ...checkLines(path, text), ...checkRelativeImports(path, text)];
}

function checkLength(path: string, text: string): Finding[] {
  if (!/\.(ts|tsx|mjs|js|py)$/.test(path)) return [];
  const lines = text.split('\n').length - 1;
  if (lines <= LINES_LONG) return [];
  const severity = lines > LINES_MAX ? 'error' : 'warning';
  return [
    {
      severity,
      where: path,
      problem: `${lines} lines; more than ${LINES_LONG} need a reason, ${LINES_MAX} is the limit`,
    },
  ];
}

function checkLines(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  text.split('\n').forEach((line, i) => {
    const found = (problem: string): void => {
      findings.push({ severity: 'error', where: `${path}:${i + 1}`, problem });
    };
    if (REGISTRY_HOSTS.test(line)) found('names the host of a package registry');
    if (MACHINE_PATHS.test(line)) found('names a path of one machine');
    if (NOTES_TO_SELF.test(line)) found('a note to self: do it, or file an issue');
  });
  return findings;
}

/** A relative import in a package stays inside that package; its tests may also use the tools in scripts/. */
function checkRelativeImports(path: string, text: string): Finding[] {
  const home = /^packages\/[^/]+/.exec(path)?.[0];
  if (home === undefined || !/\.tsx?$/.test(path)) return [];
  return [...text.matchAll(RELATIVE_IMPORT)].flatMap(([, specifier]) => {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier ?? ''));
    if (target.startsWith(`${home}/`) || (path.startsWith(`${home}/test/`) && target.startsWith('scripts/'))) return [];
    return [{ severity: 'error' as const, where: path, problem: `imports ${specifier}, which lies outside ${home}` }];
  });
}
