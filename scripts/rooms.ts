/**
 * The house as one table: what each room under `packages/` may import. The linter's configuration is generated from it,
 * the manifests are checked against it, and the picture in docs/ARCHITECTURE.md is drawn after it.
 *
 *     base ← tensor ← scheduling, protocol, engines, repository, features, retrieval ← serving ← ranking ← server ← cli
 *     base ← redis ← features, retrieval
 */
export interface Room {
  readonly name: string;
  /** Rooms that its sources may import, by package name and never deeper than a door of theirs. */
  readonly imports: readonly string[];
  /** What is imported beside the package's name, as `@rangefinder/protocol/grpc`: loaded only by those who need it. */
  readonly doors?: readonly string[];
  /** How much of the outside world its sources may touch. */
  readonly purity: Purity;
}

/**
 * - `pure`: no clock, timer, promise, randomness or I/O: time and events are arguments.
 * - `computing`: no clock, timer, randomness or I/O of its own; what it needs comes through a port.
 * - `free`: the edge of the house, and the implementations of ports.
 */
export type Purity = 'pure' | 'computing' | 'free';

const INNER = ['base', 'tensor'];

export const ROOMS: readonly Room[] = [
  { name: 'base', imports: [], purity: 'computing' },
  { name: 'tensor', imports: ['base'], purity: 'computing' },
  { name: 'redis', imports: ['base'], purity: 'free' },
  { name: 'scheduling', imports: INNER, purity: 'pure' },
  { name: 'protocol', imports: INNER, doors: ['grpc'], purity: 'computing' },
  { name: 'engines', imports: INNER, purity: 'free' },
  { name: 'repository', imports: INNER, purity: 'free' },
  { name: 'features', imports: [...INNER, 'redis'], purity: 'free' },
  { name: 'retrieval', imports: [...INNER, 'redis'], purity: 'free' },
  { name: 'serving', imports: [...INNER, 'scheduling', 'engines', 'repository'], purity: 'computing' },
  { name: 'ranking', imports: [...INNER, 'repository', 'features', 'retrieval', 'serving'], purity: 'computing' },
  {
    name: 'server',
    imports: [
      ...INNER,
      'scheduling',
      'protocol',
      'engines',
      'repository',
      'features',
      'retrieval',
      'serving',
      'ranking',
      'dashboard',
    ],
    purity: 'free',
  },
  { name: 'client', imports: [...INNER, 'protocol'], purity: 'free' },
  { name: 'cli', imports: [...INNER, 'client', 'engines', 'repository', 'server'], purity: 'free' },
  { name: 'dashboard', imports: [], purity: 'free' },
  {
    name: 'testing',
    imports: [
      ...INNER,
      'scheduling',
      'protocol',
      'engines',
      'repository',
      'features',
      'retrieval',
      'serving',
      'ranking',
    ],
    purity: 'free',
  },
];

/** Folders of the server that never import each other: front ends meet in the handlers. */
export const FRONT_ENDS = ['http', 'grpc'];

/** Sources that implement a port for the whole house, and so may touch what it wraps. */
export const PORT_IMPLEMENTATIONS = ['packages/base/src/clock.ts', 'packages/base/src/random.ts'];

/** What a room's tests may import besides: they stand at the room's door, with the fakes in hand. */
export const TEST_IMPORTS = ['testing'];
