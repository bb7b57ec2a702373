import type { ConfigCheckProblem, ConfigPath } from '@rangefinder/base';
import { INSTANCES_MAX } from '../schema/scheduling-schema.ts';
import type { WrittenFields } from './written-fields.ts';

/** What the schema cannot say of batching and instances. `maxBatchSize` is undefined while completion has yet to decide it. */
export function schedulingProblems(config: WrittenFields, maxBatchSize: number | undefined): ConfigCheckProblem[] {
  return [...batchingProblems(config, maxBatchSize), ...instanceProblems(config)];
}

function batchingProblems(config: WrittenFields, maxBatchSize: number | undefined): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  const batching = config.dynamic_batching;
  if (batching === undefined || batching === false) return problems;
  const at = (...path: ConfigPath): ConfigPath => ['dynamic_batching', ...path];
  batching.preferred_batch_size?.forEach((size, i) => {
    if (maxBatchSize !== undefined && size > maxBatchSize) {
      problems.push({
        path: at('preferred_batch_size', i),
        message: `expected at most ${maxBatchSize} (max_batch_size), got ${size}`,
      });
    }
  });
  const levels = batching.priority_levels ?? 0;
  const level = batching.default_priority_level ?? 0;
  if (levels === 0 && level !== 0) {
    problems.push({
      path: at('default_priority_level'),
      message: `expected 0 because priority_levels is 0, got ${level}`,
    });
  }
  if (levels > 0 && (level < 1 || level > levels)) {
    const got = batching.default_priority_level === undefined ? 'nothing' : level;
    problems.push({
      path: at('default_priority_level'),
      message: `expected an integer from 1 to ${levels} (priority_levels), got ${got}`,
    });
  }
  for (const key of Object.keys(batching.priority_queue_policy ?? {})) {
    if (Number(key) <= levels) continue;
    const expected =
      levels === 0 ? 'no policies because priority_levels is 0' : `a level from 1 to ${levels} (priority_levels)`;
    problems.push({ path: at('priority_queue_policy', key), message: `expected ${expected}, got level ${key}` });
  }
  return problems;
}

function instanceProblems(config: WrittenFields): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  let total = 0;
  const names = new Set<string>();
  config.instance_group?.forEach((group, i) => {
    total += (group.count ?? 1) * Math.max(1, group.gpus?.length ?? 0);
    const onCpu = group.kind === 'KIND_CPU' || group.kind === 'KIND_MODEL';
    if (onCpu && (group.gpus?.length ?? 0) > 0) {
      problems.push({
        path: ['instance_group', i, 'gpus'],
        message: `expected no devices for ${group.kind}, got ${group.gpus!.join(', ')}`,
      });
    }
    if (group.name !== undefined && group.name !== '' && names.has(group.name)) {
      problems.push({
        path: ['instance_group', i, 'name'],
        message: `expected different names, got ${JSON.stringify(group.name)} again`,
      });
    }
    if (group.name !== undefined) names.add(group.name);
  });
  if (total > INSTANCES_MAX) {
    problems.push({
      path: ['instance_group'],
      message: `expected at most ${INSTANCES_MAX} instances in all groups together, got ${total}`,
    });
  }
  return problems;
}
