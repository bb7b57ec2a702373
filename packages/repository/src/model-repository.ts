import type { ModelSignature } from './model-signature.ts';
import type { ModelConfig } from './model-config.ts';

/** Where models come from. Implementations: a folder (Triton's layout); object storage later. */
export interface ModelRepository {
  /** Names of all models, sorted. Throws what makes the whole repository unreadable; one broken model does not. */
  list(): Promise<readonly string[]>;
  /**
   * Reads one model's configuration and versions from the files, all problems at once: throws MODEL_INVALID whose message
   * names file and field of each, or NOT_FOUND. Reads no weights beyond what the fingerprint needs.
   */
  read(modelName: string, override?: ModelOverride): Promise<ModelDescription>;
  /** Calls back with the names that appeared, changed or went away since the last call. Returns a function that stops it. */
  watch(intervalMs: number, onChange: (change: RepositoryChange) => void): () => void;
  close(): Promise<void>;
}

export interface ModelOverride {
  /** JSON text of a model configuration that replaces the file. */
  readonly config?: string;
  /** `<version>/<file>` → content, in place of the model's own version folders. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

export interface RepositoryChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface ModelDescription {
  readonly name: string;
  /** Still without what only the model file knows: tensors, batching and warm-up are as written, the rest is complete. */
  readonly partialConfig: Readonly<Record<string, unknown>>;
  /** The versions that the version policy selects, ascending. */
  readonly versions: readonly ModelVersionFiles[];
  /**
   * Fills in what the files leave open from the model itself and checks what they do say against it; throws MODEL_INVALID
   * with all problems, each naming file and field.
   */
  complete(signature: ModelSignature): ModelConfig;
  /** Class names for an output with a `label_filename`; empty without. */
  labels(outputName: string): readonly string[];
  /** Raw bytes of a warm-up data file. */
  warmupFile(fileName: string): Promise<Uint8Array>;
  /** What the configuration says that has no effect, a line each; none when absent. */
  readonly warnings?: readonly string[];
  /** Removes what `read` had to write for an override. Called once the model is loaded no more; absent where there is nothing. */
  dispose?(): Promise<void>;
}

export interface ModelVersionFiles {
  /** Decimal, without leading zeros: `1`. */
  readonly version: string;
  readonly directory: string;
  readonly modelPath: string;
  /** Changes whenever a file of this version or the configuration changes: sizes and modification times. */
  readonly fingerprint: string;
  /** SHA-256 over the version's files, hex; read off the event loop, only when asked for. */
  checksum(): Promise<string>;
}
