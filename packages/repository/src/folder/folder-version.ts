import type { ModelVersionFiles } from '../model-repository.ts';
import type { Checksums } from './checksums.ts';
import type { TreeFile } from './file-tree.ts';

export interface FolderVersionParts {
  readonly version: string;
  readonly directory: string;
  readonly modelPath: string;
  readonly fingerprint: string;
  readonly files: readonly TreeFile[];
  readonly checksums: Checksums;
}

/** One version of a model on disk. */
export class FolderVersion implements ModelVersionFiles {
  readonly version: string;
  readonly directory: string;
  readonly modelPath: string;
  readonly fingerprint: string;
  readonly #files: readonly TreeFile[];
  readonly #checksums: Checksums;

  constructor(parts: FolderVersionParts) {
    this.version = parts.version;
    this.directory = parts.directory;
    this.modelPath = parts.modelPath;
    this.fingerprint = parts.fingerprint;
    this.#files = parts.files;
    this.#checksums = parts.checksums;
  }

  checksum(): Promise<string> {
    return this.#checksums.of(this.#files);
  }
}
