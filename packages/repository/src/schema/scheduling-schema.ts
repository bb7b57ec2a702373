import Type from 'typebox';
import { closed } from './schema-parts.ts';

/** More levels than this are a mistake; each costs a queue. */
const PRIORITY_LEVELS_MAX = 1000;
/** Instances of one model, all groups together. */
export const INSTANCES_MAX = 1024;

const queuePolicy = {
  timeout_action: Type.Enum(['REJECT', 'DELAY'], {
    default: 'REJECT',
    description: 'What happens to a request that waited too long: it is refused, or served after all that did not.',
  }),
  default_timeout_microseconds: Type.Integer({
    default: 0,
    minimum: 0,
    unit: 'µs',
    description: 'How long a request may wait; 0 is for ever.',
  }),
  allow_timeout_override: Type.Boolean({
    default: false,
    description: 'Requests may ask for a shorter timeout than the default.',
  }),
  max_queue_size: Type.Integer({
    default: 0,
    minimum: 0,
    unit: 'requests',
    description: 'More are refused; 0 leaves it to the limits of the server.',
  }),
};

export const dynamicBatchingSchema = closed(
  {
    preferred_batch_size: Type.Array(Type.Integer({ minimum: 1 }), {
      default: [],
      maxItems: 1024,
      description: 'Sizes at which a batch is cut at once, before the queue delay is over.',
    }),
    max_queue_delay_microseconds: Type.Integer({
      default: 0,
      minimum: 0,
      unit: 'µs',
      description: 'How long a request may be held back so that others join its batch. 0 never holds a request back.',
    }),
    preserve_ordering: Type.Boolean({ default: false, description: 'Responses leave in the order of their requests.' }),
    priority_levels: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: PRIORITY_LEVELS_MAX,
      description: 'Levels 1 (highest) to this; 0 for no priorities.',
    }),
    default_priority_level: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: PRIORITY_LEVELS_MAX,
      description: 'The level of requests that do not say; required with `priority_levels`.',
    }),
    default_queue_policy: closed(queuePolicy, { description: 'For requests whose level has no policy of its own.' }),
    priority_queue_policy: Type.Record(Type.String({ pattern: '^[1-9][0-9]{0,3}$' }), closed(queuePolicy), {
      default: {},
      description: 'Policies by priority level.',
    }),
  },
  { description: 'Requests that arrive together run together. Completed together with `max_batch_size`.' },
);

export const instanceGroupSchema = closed({
  name: Type.String({ default: '', description: 'Completed as `<model>_<index>`.' }),
  kind: Type.Enum(['KIND_AUTO', 'KIND_CPU', 'KIND_GPU', 'KIND_MODEL'], {
    default: 'KIND_AUTO',
    description: 'Where the instances run. `KIND_AUTO` takes a GPU when the engine has one.',
  }),
  count: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: INSTANCES_MAX,
    description: 'Runs at one time; 0 lets the server choose, as does no `instance_group` at all.',
  }),
  gpus: Type.Array(Type.Integer({ minimum: 0 }), {
    default: [],
    maxItems: 64,
    uniqueItems: true,
    description: 'Devices by number; empty for all.',
  }),
});

const latest = closed({
  latest: closed(
    { num_versions: Type.Integer({ default: 1, minimum: 1, description: 'How many of the highest versions.' }) },
    { description: 'The highest versions.' },
  ),
});
const all = closed({ all: Type.Unsafe<Record<string, never>>(closed({}, { description: 'All versions.' })) });
const specific = closed({
  specific: closed(
    {
      versions: Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 1,
        maxItems: 1024,
        uniqueItems: true,
        description: 'Exactly these.',
      }),
    },
    { description: 'The named versions.' },
  ),
});

export const versionPolicySchema = Type.Union([latest, all, specific], {
  title: 'exactly one of latest, all and specific',
  description: 'Which versions are served.',
});
