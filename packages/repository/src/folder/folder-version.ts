import type { ModelVersionFiles } from '../model-repository.ts';
import { checksumOf } from './checksum.ts';
import type { TreeFile } from './file-tree.ts';

export interface FolderVersionParts {
  readonly version: string;
  readonly directory: string;
  readonly modelPath: string;
  readonly fingerprint: string;
  readonly files: readonly TreeFile[];
}

/** One version of a model on disk. */
export class FolderVersion implements ModelVersionFiles {
  readonly version: string;
  readonly directory: string;
  readonly modelPath: string;
  readonly fingerprint: string;
  readonly #files: readonly TreeFile[];

  constructor(parts: FolderVersionParts) {
    this.version = parts.version;
    this.directory = parts.directory;
    this.modelPath = parts.modelPath;
    this.fingerprint = parts.fingerprint;
    this.#files = parts.files;
  }

  checksum(): Promise<string> {
    return checksumOf(this.#files);
  }
}
