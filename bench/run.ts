/**
 * Runs one benchmark by name, or names them all:
 *
 *     npm run bench
 *     npm run bench -- serve-throughput
 */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./', import.meta.url);
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const [, , name] = process.argv;

if (name !== undefined && names.includes(name)) {
  // The benchmark reads its own arguments.
  process.argv.splice(2, 1);
  await import(new URL(`${name}.ts`, FOLDER).href);
} else {
  if (name !== undefined) console.error(`no benchmark '${name}'; there are:`);
  for (const one of names) console.log(`${one.padEnd(20)} ${firstSentence(one)}`);
  process.exitCode = name === undefined ? 0 : 2;
}

/** What the file says of itself. */
function firstSentence(file: string): string {
  const comment = /\/\*\*([\s\S]*?)\*\//.exec(readFileSync(new URL(`${file}.ts`, FOLDER), 'utf8'))?.[1] ?? '';
  const text = comment.replaceAll(/\n \* ?/g, ' ').trim();
  return /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
}
