import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './text-checks.ts';

const PERMISSIVE = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

/** Packages outside that list, each with why it may stay. */
const EXCEPTIONS: readonly { readonly name: RegExp; readonly licence: string; readonly reason: string }[] = [
  {
    name: /^@img\/sharp-libvips-/,
    licence: 'LGPL-3.0-or-later',
    reason: 'a shared library that users may replace, loaded by sharp for images in the CLI and the examples only',
  },
];

export interface Manifest {
  readonly name?: string;
  readonly license?: string | { readonly type?: string };
}

/** Every installed package has a permissive licence, or a named exception. */
export function checkLicences(modulesDir: string): Finding[] {
  const manifests = globSync(['*/package.json', '@*/*/package.json', '**/node_modules/{*,@*/*}/package.json'], {
    cwd: modulesDir,
    exclude: (path) => path.startsWith('@rangefinder'),
  });
  return manifests.flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(modulesDir, path), 'utf8')) as Manifest;
    return manifest.name === undefined ? [] : checkLicence(manifest.name, manifest);
  });
}

export function checkLicence(name: string, manifest: Manifest): Finding[] {
  const licence = typeof manifest.license === 'string' ? manifest.license : (manifest.license?.type ?? 'none stated');
  if (isPermissive(licence)) return [];
  if (EXCEPTIONS.some((exception) => exception.name.test(name) && exception.licence === licence)) return [];
  return [
    {
      severity: 'error',
      where: `node_modules/${name}`,
      problem: `licence ${licence} is not on the list of permissive ones`,
    },
  ];
}

/** `(MIT OR GPL-2.0)` will do, `MIT AND GPL-2.0` will not. */
function isPermissive(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some((part) => isPermissive(part.trim()));
  return bare.split(' AND ').every((part) => PERMISSIVE.has(part.trim().replace(/^Apache 2\.0$/, 'Apache-2.0')));
}
