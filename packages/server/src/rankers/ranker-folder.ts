import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { invalidArgument } from '@rangefinder/base';
import { readRankerYaml, type RankerConfig } from '@rangefinder/ranking';
import type { RankerProblems } from './ranker-problems.ts';

const CONFIG_FILE = 'ranker.yaml';
const CODE_FILES = ['ranker.ts', 'ranker.js'] as const;
/** What somebody wrote who meant the file above. */
const MISNAMED = /^ranker\.(yml|json)$/;
const FEATURES_FILE = 'features.yaml';
const CONFIG_BYTES_MAX = 4 * 1024 * 1024;
const FOLDERS_MAX = 1_000;

/** One ranker as it lies in a repository. */
export interface RankerFolder {
  readonly directory: string;
  readonly config: RankerConfig;
  /** For messages. */
  readonly configFile: string;
  readonly codeFile: string | undefined;
  readonly featuresFile: string | undefined;
}

/** What a repository has. */
export interface RankerFolders {
  /** Of all folders that are meant as rankers, by name. */
  readonly directories: readonly string[];
  /** Those of them that could be read. */
  readonly folders: readonly RankerFolder[];
}

/** Whether a folder has rankers in it rather than models, were they only misnamed. */
export async function isRankerRepository(root: string): Promise<boolean> {
  for (const name of await readdir(root)) {
    const files = await readdir(join(root, name)).catch(() => []);
    if (files.some((file) => file === CONFIG_FILE || MISNAMED.test(file))) return true;
  }
  return false;
}

/** Reads every `NAME/ranker.yaml` below the root. What is wrong with each is added to the problems. */
export async function readRankerFolders(root: string, problems: RankerProblems): Promise<RankerFolders> {
  const directories: string[] = [];
  const folders: RankerFolder[] = [];
  for (const [directory, files] of await filesBelow(root, problems)) {
    const misnamed = files.find((file) => MISNAMED.test(file));
    const isRanker = files.includes(CONFIG_FILE);
    if (!isRanker && misnamed === undefined) continue;
    directories.push(directory);
    if (directories.length > FOLDERS_MAX) {
      problems.add(`${root}: expected at most ${FOLDERS_MAX} rankers`);
      break;
    }
    if (!isRanker) problems.add(`${join(directory, misnamed!)}: expected the name ${CONFIG_FILE}`);
    const folder = isRanker ? await readFolder(directory, files, problems) : undefined;
    if (folder !== undefined) folders.push(folder);
  }
  if (directories.length === 0 && problems.count === 0)
    problems.add(`${root}: has no rankers in it: expected DIR/NAME/${CONFIG_FILE}`);
  checkNames(folders, problems);
  return { directories, folders };
}

/** Subfolders with the names of their files; hidden ones, and files beside them, count for nothing. */
async function filesBelow(root: string, problems: RankerProblems): Promise<[string, readonly string[]][]> {
  const found: [string, readonly string[]][] = [];
  let directory = root;
  try {
    const names = await readdir(root);
    if (names.includes(CONFIG_FILE))
      problems.add(`${join(root, CONFIG_FILE)}: the repository is the folder above: expected DIR/NAME/${CONFIG_FILE}`);
    for (const name of names.filter((one) => !one.startsWith('.')).toSorted()) {
      directory = join(root, name);
      if ((await stat(directory)).isDirectory()) found.push([directory, await readdir(directory)]);
    }
  } catch (thrown) {
    problems.addThrown(directory, thrown);
  }
  return found;
}

async function readFolder(
  directory: string,
  files: readonly string[],
  problems: RankerProblems,
): Promise<RankerFolder | undefined> {
  const configFile = join(directory, CONFIG_FILE);
  const [codeFile, second] = CODE_FILES.filter((name) => files.includes(name));
  if (second !== undefined) problems.add(`${join(directory, second)}: expected one of ${CODE_FILES.join(' and ')}`);
  try {
    const { size } = await stat(configFile);
    if (size > CONFIG_BYTES_MAX) throw invalidArgument(configFile, `expected at most ${CONFIG_BYTES_MAX} bytes`);
    return {
      directory,
      config: readRankerYaml(configFile, await readFile(configFile, 'utf8')),
      configFile,
      codeFile: codeFile === undefined ? undefined : join(directory, codeFile),
      featuresFile: files.includes(FEATURES_FILE) ? join(directory, FEATURES_FILE) : undefined,
    };
  } catch (thrown) {
    problems.addThrown(configFile, thrown);
    return undefined;
  }
}

function checkNames(folders: readonly RankerFolder[], problems: RankerProblems): void {
  const files = new Map<string, string>();
  for (const { config, configFile } of folders) {
    const other = files.get(config.name);
    if (other !== undefined) problems.add(`${configFile}: name: ${config.name} is the ranker of ${other}`);
    files.set(config.name, configFile);
  }
}

/**
 * The absolute path of a file that `ranker.yaml` names. Throws INVALID_ARGUMENT that starts with `field` for a path that
 * leads out of the ranker's folder, links included, and for what is no file.
 */
export async function fileWithin(
  { directory, configFile }: RankerFolder,
  path: string,
  field: string,
): Promise<string> {
  const problem = (message: string): Error => invalidArgument(`${configFile}: ${field}`, message);
  const file = join(directory, path);
  if (isAbsolute(path) || isOutside(directory, file))
    throw problem(`expected a path within the ranker's folder, got ${JSON.stringify(path)}`);
  let real: string;
  try {
    real = await realpath(file);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
    throw problem(`there is no file ${JSON.stringify(path)} in ${directory}`);
  }
  if (isOutside(await realpath(directory), real))
    throw problem(`${JSON.stringify(path)} is a link that leads out of the ranker's folder`);
  if (!(await stat(real)).isFile()) throw problem(`${JSON.stringify(path)} is no file`);
  return file;
}

function isOutside(directory: string, file: string): boolean {
  const path = relative(directory, file);
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}
