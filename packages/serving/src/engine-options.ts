import { RangefinderError } from '@rangefinder/base';
import type { EngineOptions, ExecutionProvider } from '@rangefinder/engines';
import type { Accelerator, InstanceGroup, Optimization } from '@rangefinder/repository';

/** The part of a configuration that is needed before the model is loaded. */
export interface LoadSettings {
  readonly backend: string;
  readonly instances: number;
  readonly options: EngineOptions;
}

interface PartialConfig {
  readonly backend?: string;
  readonly instance_group?: readonly Partial<InstanceGroup>[];
  readonly optimization?: Partial<Optimization>;
  readonly parameters?: Readonly<Record<string, { readonly string_value: string }>>;
}

/** Triton's ONNX Runtime backend numbers them so; 0 is its default. */
const GRAPH_LEVELS: Readonly<Record<number, EngineOptions['graphOptimizationLevel']>> = {
  [-1]: 'basic',
  0: 'all',
  1: 'extended',
  2: 'disabled',
};

export function loadSettings(
  partial: Readonly<Record<string, unknown>>,
  defaults: { readonly instances: number; readonly optimizedModelCacheDir: string | undefined },
): LoadSettings {
  const config = partial as PartialConfig;
  const groups = config.instance_group ?? [];
  const instances = groups.reduce((sum, group) => sum + (group.count ?? 0), 0) || defaults.instances;
  const extra = new Map(Object.entries(config.parameters ?? {}).map(([key, value]) => [key, value.string_value]));
  const take = (key: string): string | undefined => {
    const value = extra.get(key);
    extra.delete(key);
    return value;
  };
  const options: EngineOptions = {
    intraOpThreads: threadCount('intra_op_thread_count', take('intra_op_thread_count')),
    interOpThreads: threadCount('inter_op_thread_count', take('inter_op_thread_count')),
    memoryArena: switchValue('enable_mem_arena', take('enable_mem_arena')),
    graphOptimizationLevel: graphLevel(config.optimization?.graph?.level ?? 0),
    executionProviders: executionProviders(config, groups),
    optimizedModelCacheDir: defaults.optimizedModelCacheDir,
    extra: Object.fromEntries(extra),
  };
  return { backend: config.backend ?? 'onnx', instances, options };
}

function threadCount(key: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > 1024) throw broken(key, 'a whole number from 0 to 1024', text);
  return count;
}

function switchValue(key: string, text: string | undefined): boolean {
  if (text === undefined || text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw broken(key, '0, 1, true or false', text);
}

function graphLevel(level: number): EngineOptions['graphOptimizationLevel'] {
  const name = GRAPH_LEVELS[level];
  if (name === undefined) {
    throw new RangefinderError('MODEL_INVALID', `optimization.graph.level: expected -1, 0, 1 or 2, got ${level}`);
  }
  return name;
}

function executionProviders(config: PartialConfig, groups: readonly Partial<InstanceGroup>[]): ExecutionProvider[] {
  const accelerators = config.optimization?.execution_accelerators;
  const onGpu = groups.some((group) => group.kind === 'KIND_GPU');
  const providers = [
    ...(accelerators?.gpu_execution_accelerator ?? []),
    ...(accelerators?.cpu_execution_accelerator ?? []),
  ].map((accelerator: Accelerator) => ({ name: accelerator.name, options: accelerator.parameters }));
  const gpu = groups.flatMap((group) => group.gpus ?? [])[0] ?? 0;
  if (onGpu && !providers.some((provider) => provider.name === 'cuda')) {
    providers.push({ name: 'cuda', options: { device_id: String(gpu) } });
  }
  return providers;
}

function broken(key: string, expected: string, got: string): RangefinderError {
  return new RangefinderError('MODEL_INVALID', `parameters.${key}: expected ${expected}, got ${JSON.stringify(got)}`);
}
