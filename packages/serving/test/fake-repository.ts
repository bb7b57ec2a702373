import { RangefinderError } from '@rangefinder/base';
import type {
  ModelConfig,
  ModelDescription,
  ModelOverride,
  ModelRepository,
  ModelSignature,
  RepositoryChange,
} from '@rangefinder/repository';

export interface FakeModelFiles {
  config: ModelConfig;
  /** version → fingerprint */
  versions: Record<string, string>;
  /** Set: reading it fails. */
  readError?: RangefinderError;
  /** Set: the model does not fit the configuration. */
  completeError?: RangefinderError;
}

/** A repository in memory that a test changes as it likes. */
export class FakeRepository implements ModelRepository {
  readonly models = new Map<string, FakeModelFiles>();
  closed = false;
  watching = false;
  /** Fingerprints of descriptions that were disposed of. */
  readonly disposed: string[] = [];
  #onChange: ((change: RepositoryChange) => void) | undefined;

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.models.keys()].toSorted());
  }

  async read(modelName: string, override?: ModelOverride): Promise<ModelDescription> {
    await Promise.resolve();
    const files = this.models.get(modelName);
    if (files === undefined) throw new RangefinderError('NOT_FOUND', `model '${modelName}': not in the repository`);
    if (files.readError !== undefined) throw files.readError;
    const config: ModelConfig = override?.config ? { ...files.config, ...JSON.parse(override.config) } : files.config;
    const fingerprints = { ...files.versions };
    const complete = (_signature: ModelSignature): ModelConfig => {
      if (files.completeError !== undefined) throw files.completeError;
      return config;
    };
    return {
      name: modelName,
      partialConfig: { ...config },
      versions: Object.entries(files.versions).map(([version, fingerprint]) => ({
        version,
        directory: `/fake/${modelName}/${version}`,
        modelPath: `/fake/${modelName}/${version}/model.fake`,
        fingerprint,
        checksum: () => Promise.resolve(`sum-${fingerprint}`),
      })),
      complete,
      labels: () => ['zero', 'one', 'two'],
      // One row of X.
      warmupFile: () => Promise.resolve(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)),
      dispose: () => {
        this.disposed.push(Object.values(fingerprints).join());
        return Promise.resolve();
      },
    };
  }

  watch(_intervalMs: number, onChange: (change: RepositoryChange) => void): () => void {
    this.#onChange = onChange;
    this.watching = true;
    return () => {
      this.watching = false;
    };
  }

  announce(change: Partial<RepositoryChange>): void {
    this.#onChange?.({ added: [], changed: [], removed: [], ...change });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** A completed configuration: X FP32 [4] → Y FP32 [4], batched up to 8 unless said otherwise. */
export function fakeConfig(changes: Partial<ModelConfig> = {}): ModelConfig {
  return {
    name: 'm',
    platform: 'fake',
    backend: 'fake',
    max_batch_size: 8,
    input: [{ name: 'X', data_type: 'TYPE_FP32', dims: [4], optional: false, allow_ragged_batch: false }],
    output: [{ name: 'Y', data_type: 'TYPE_FP32', dims: [4], label_filename: '' }],
    default_model_filename: 'model.fake',
    version_policy: { latest: { num_versions: 1 } },
    instance_group: [{ name: 'm_0', kind: 'KIND_CPU', count: 1, gpus: [] }],
    dynamic_batching: {
      preferred_batch_size: [],
      max_queue_delay_microseconds: 0,
      preserve_ordering: false,
      priority_levels: 0,
      default_priority_level: 0,
      default_queue_policy: {
        timeout_action: 'REJECT',
        default_timeout_microseconds: 0,
        allow_timeout_override: true,
        max_queue_size: 0,
      },
      priority_queue_policy: {},
    },
    model_warmup: [],
    optimization: { graph: { level: 0 } },
    response_cache: { enable: false },
    model_transaction_policy: { decoupled: false },
    parameters: {},
    ...changes,
  };
}
