/**
 * `npm start`: builds the dashboard when it is stale, lays out the demo models and the recommender of films unless a repository
 * is named, and becomes the server, all in one process.
 */
import { join } from 'node:path';
import { assembleDemoRepository } from './demo-repository.ts';
import { listenForStops } from './stop-signals.ts';
import { buildDashboard } from './build-dashboard.ts';

const ROOT = join(import.meta.dirname, '..');

async function start(args: readonly string[]): Promise<void> {
  listenForStops();
  const asksOnly = args.some((arg) => ['--help', '-h', '--version', '--print-config'].includes(arg));
  if (!asksOnly) await buildDashboard();
  const { main } = await import('../packages/server/src/main.ts');
  if (asksOnly || hasFlag(args, 'model-repository')) return main(['--banner', ...args]);
  await main(['--banner', ...(await demoFlags(args)), ...args]);
}

/** The demo models, all loaded, with loading and unloading from the dashboard switched on, and their recommender. */
async function demoFlags(args: readonly string[]): Promise<string[]> {
  const repository = await assembleDemoRepository(ROOT);
  const flags = ['--model-repository', repository];
  if (!hasFlag(args, 'model-control-mode')) flags.push('--model-control-mode', 'explicit');
  if (!hasFlag(args, 'load-model')) flags.push('--load-model', '*');
  // Rankers or features of one's own take the place of the recommender, which brings its features along.
  if (!hasFlag(args, 'ranker-repository') && !hasFlag(args, 'feature-repository')) {
    flags.push('--ranker-repository', join(ROOT, 'examples', 'rankers'));
    if (!hasFlag(args, 'feature-store')) flags.push('--feature-store', 'memory');
  }
  return flags;
}

function hasFlag(args: readonly string[], name: string): boolean {
  return args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
}

await start(process.argv.slice(2));
