import { deepFreeze, schemaNode, withDefaults, type ConfigCheckProblem } from '@rangefinder/base';
import type { DynamicBatching, InstanceGroup, ModelConfig, Optimization, VersionPolicy } from '../model-config.ts';
import type { ModelSignature } from '../model-signature.ts';
import { modelConfigSchema } from '../schema/model-config-schema.ts';
import { dynamicBatchingSchema } from '../schema/scheduling-schema.ts';
import type { Backend } from './backend-name.ts';
import { batchingObstacles, COMPLETED_MAX_BATCH_SIZE, hasBatchDimension } from './batch-dimension.ts';
import { schedulingProblems } from './scheduling-checks.ts';
import { completeTensors } from './tensor-completion.ts';
import { completeWarmup } from './warmup-completion.ts';
import type { WrittenFields } from './written-fields.ts';

/** What the folder says of a model beyond its configuration. */
export interface ModelFacts {
  readonly name: string;
  readonly backend: Backend;
  readonly modelFilename: string;
}

export interface CompletedConfig {
  /** Frozen; meaningful only when there are no problems. */
  readonly config: ModelConfig;
  readonly problems: readonly ConfigCheckProblem[];
}

/**
 * Fills in what was not written: from the model where only the model knows, from the defaults for the rest. Batching is
 * switched on by itself only when nobody wrote `max_batch_size` and the model's shapes leave no doubt.
 */
export function completeConfig(written: WrittenFields, signature: ModelSignature, facts: ModelFacts): CompletedConfig {
  const problems: ConfigCheckProblem[] = [];
  const maxBatchSize = written.max_batch_size ?? (hasBatchDimension(signature) ? COMPLETED_MAX_BATCH_SIZE : 0);
  const obstacles = maxBatchSize > 0 ? batchingObstacles(signature, maxBatchSize) : [];
  if (obstacles.length > 0) {
    problems.push({
      path: ['max_batch_size'],
      message: `expected 0 because ${obstacles.join(', ')}; got ${maxBatchSize}`,
    });
  }
  const tensors = completeTensors(written, signature, maxBatchSize > 0);
  const warmup = completeWarmup(written, tensors.input);
  // With a batch dimension that is not there, every shape is off by one: one problem is enough.
  if (obstacles.length === 0) problems.push(...tensors.problems, ...warmup.problems);
  if (written.max_batch_size === undefined) problems.push(...completedBatchProblems(written, maxBatchSize));
  const dynamicBatching = completeBatching(written, maxBatchSize);
  const config: ModelConfig = {
    ...settledFields(written, facts),
    max_batch_size: maxBatchSize,
    input: tensors.input,
    output: tensors.output,
    ...(dynamicBatching === undefined ? {} : { dynamic_batching: dynamicBatching }),
    model_warmup: warmup.samples,
  };
  return { config: deepFreeze(config), problems };
}

/** The checks that had to wait for the batch limit. */
function completedBatchProblems(written: WrittenFields, maxBatchSize: number): ConfigCheckProblem[] {
  const problems = schedulingProblems({ dynamic_batching: written.dynamic_batching ?? false }, maxBatchSize).filter(
    (problem) => problem.path[1] === 'preferred_batch_size',
  );
  written.input?.forEach((input, i) => {
    if (maxBatchSize === 0 && input.allow_ragged_batch === true) {
      problems.push({
        path: ['input', i, 'allow_ragged_batch'],
        message: 'expected false because the model has no batch dimension, got true',
      });
    }
  });
  written.model_warmup?.forEach((sample, i) => {
    const limit = Math.max(1, maxBatchSize);
    if ((sample.batch_size ?? 1) > limit) {
      problems.push({
        path: ['model_warmup', i, 'batch_size'],
        message: `expected at most ${limit} (the batch limit of the model), got ${sample.batch_size}`,
      });
    }
  });
  return problems;
}

function completeBatching(written: WrittenFields, maxBatchSize: number): DynamicBatching | undefined {
  const asked = written.dynamic_batching;
  const byItself = asked === undefined && written.max_batch_size === undefined && maxBatchSize > 0;
  if (asked === false || (asked === undefined && !byItself)) return undefined;
  // Where nobody wrote a policy, a client's own timeout is honoured; one that is written follows Triton, where it must say so.
  const policy = { default_queue_policy: { allow_timeout_override: true } };
  return withDefaults(schemaNode(dynamicBatchingSchema), { ...policy, ...asked }) as DynamicBatching;
}

export function completeVersionPolicy(written: WrittenFields): VersionPolicy {
  const { version_policy: schema } = modelConfigSchema.properties;
  return withDefaults(schemaNode(schema), written.version_policy ?? {}) as VersionPolicy;
}

function completeInstances(written: WrittenFields, modelName: string): InstanceGroup[] {
  const groups = written.instance_group?.length ? written.instance_group : [{ count: 0 }];
  const { items } = modelConfigSchema.properties.instance_group;
  return groups.map((group, i) => {
    const complete = withDefaults(schemaNode(items), group) as InstanceGroup;
    return complete.name === '' ? { ...complete, name: `${modelName}_${i}` } : complete;
  });
}

type TensorField = 'max_batch_size' | 'input' | 'output' | 'dynamic_batching' | 'model_warmup';

/** All that is decided without the model: its place, its engine and how many of it there are. */
export function settledFields(written: WrittenFields, facts: ModelFacts): Omit<ModelConfig, TensorField> {
  const { properties } = modelConfigSchema;
  const complete = (field: 'optimization' | 'response_cache' | 'model_transaction_policy' | 'parameters'): unknown =>
    withDefaults(schemaNode(properties[field]), written[field]);
  return {
    name: facts.name,
    platform: facts.backend.platform,
    backend: facts.backend.name,
    default_model_filename: facts.modelFilename,
    version_policy: completeVersionPolicy(written),
    instance_group: completeInstances(written, facts.name),
    optimization: complete('optimization') as Optimization,
    response_cache: complete('response_cache') as ModelConfig['response_cache'],
    model_transaction_policy: complete('model_transaction_policy') as ModelConfig['model_transaction_policy'],
    parameters: complete('parameters') as ModelConfig['parameters'],
  };
}
