import { FRONT_ENDS, ROOMS, type Purity, type Room } from '../rooms.ts';

/**
 * The options of `no-restricted-imports` for one room: whatever of the house it may not import, deep paths into other
 * rooms, and for pure and computing rooms the modules of Node.
 */
export function importRule(room: Room, alsoAllowed: readonly string[], more: readonly ImportPattern[] = []): unknown {
  const isTest = alsoAllowed.length > 0;
  const allowed = new Set([room.name, ...room.imports, ...alsoAllowed]);
  const forbidden = ROOMS.map((other) => other.name).filter((name) => !allowed.has(name));
  const patterns: ImportPattern[] = [
    {
      group: ['@rangefinder/*/**', ...DOORS.map((door) => `!@rangefinder/${door}`)],
      message: 'Import a room by its name; what it does not export is private.',
    },
    {
      regex: `^(\\.\\./)+(${ROOMS.map((other) => other.name).join('|')})/(src|test)/`,
      message: 'Import another room by its package name.',
    },
  ];
  if (forbidden.length > 0) {
    patterns.push({
      group: forbidden.map((name) => `@rangefinder/${name}`),
      message: `Imports run inward: ${room.name} may import ${room.imports.join(', ') || 'no other room'} (scripts/rooms.ts).`,
    });
  }
  if (!isTest) patterns.push(...nodePatterns(room.purity));
  patterns.push(...more);
  return ['error', { patterns }];
}

const DOORS = ROOMS.flatMap(({ name, doors = [] }) => doors.map((door) => `${name}/${door}`));

/** A front end may not import another; `own` is its folder. */
export function frontEndPatterns(own: string): ImportPattern[] {
  return FRONT_ENDS.filter((other) => other !== own).map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `Front ends meet in the handlers: ${own}/ and ${other}/ never import each other.`,
  }));
}

export interface ImportPattern {
  readonly group?: readonly string[];
  readonly regex?: string;
  readonly message: string;
}

function nodePatterns(purity: Purity): ImportPattern[] {
  if (purity === 'free') return [];
  if (purity === 'pure') {
    return [{ group: ['node:*'], message: 'This room is pure: take what you need as an argument.' }];
  }
  const effects = [
    'fs',
    'fs/*',
    'net',
    'http',
    'https',
    'http2',
    'child_process',
    'worker_threads',
    'timers',
    'timers/*',
  ];
  return [
    {
      group: effects.map((name) => `node:${name}`),
      message: 'This room does no I/O of its own: ask for a port (Clock, ModelRepository, Engine) instead.',
    },
  ];
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];

/** Globals that a room may not touch, each with what replaces it. */
export function purityRules(purity: Purity): Readonly<Record<string, unknown>> {
  if (purity === 'free') return {};
  const pure = purity === 'pure';
  const time = pure ? 'take `nowUs` as an argument' : 'use the Clock port of @rangefinder/base';
  const globals = [
    { name: 'performance', message: `No clock here: ${time}.` },
    { name: 'Date', message: `No clock here: ${time}.` },
    ...TIMERS.map((name) => ({
      name,
      message: pure
        ? 'No timers here: say when to be called again with `nextWakeUs`.'
        : 'No timers here: use Clock.schedule.',
    })),
    { name: 'process', message: 'No process state here: take it as an option.' },
    { name: 'fetch', message: 'No I/O here: ask for a port.' },
  ];
  if (pure)
    globals.push({ name: 'Promise', message: 'Nothing waits here: return a decision and let the driver wait.' });
  const random = 'No randomness here: take a Random of @rangefinder/base as an argument.';
  return {
    'no-restricted-globals': ['error', ...globals],
    'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: random }],
    ...(pure ? { 'oxc/no-async-await': 'error' } : {}),
  };
}
