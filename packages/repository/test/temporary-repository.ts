import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { FolderRepository, type FolderRepositoryOptions } from '@rangefinder/repository';

export interface TemporaryRepository {
  readonly root: string;
  readonly repository: FolderRepository;
  readonly write: (files: Readonly<Record<string, string | Uint8Array>>) => Promise<void>;
}

/** A repository in a folder of its own, gone after the test. */
export async function temporaryRepository(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  options: Partial<FolderRepositoryOptions> = {},
): Promise<TemporaryRepository> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-test-'));
  const repository = new FolderRepository({ root, limits: DEFAULT_LIMITS, ...options });
  context.after(async () => {
    await repository.close();
    await rm(root, { recursive: true, force: true });
  });
  const write: TemporaryRepository['write'] = async (more) => {
    for (const [path, content] of Object.entries(more)) {
      await mkdir(join(root, dirname(path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  await write(files);
  return { root, repository, write };
}
