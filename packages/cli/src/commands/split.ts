import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DATA_TYPES } from '@rangefinder/tensor';
import { splitModel, writeSplitFolders, type SplitModel } from '@rangefinder/repository';
import { asUsage, usageFailure } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { formatBytes } from '../terminal/quantities.ts';

/** Fifteen digits: what names a version folder. */
const VERSION_MAX = 999_999_999_999_999;

/** What an ONNX file of one piece can hold. */
const MODEL_BYTES_MAX = 2 ** 31;

export async function runSplit({ arguments: [path = ''], options, terminal }: Invocation): Promise<ExitCode> {
  const users = options.list('--user');
  if (users.length === 0) throw usageFailure('--user: expected at least one input of the user', '--user');
  const model = await readModel(path);
  const split = await asUsage(() => splitModel(model, users));
  const files = await write(path, split, options);
  terminal.out.write(options.isOn('--json') ? jsonText({ files, ...asJson(split) }) : asText(split, files));
  return EXIT.ok;
}

async function write(path: string, split: SplitModel, options: OptionValues): Promise<PartFiles> {
  const root = options.text('--repository');
  const inRepository = ['--name', '--model-version'].find((flag) => options.text(flag) !== undefined);
  if (root === undefined) {
    if (inRepository !== undefined)
      throw usageFailure(`${inRepository}: expected --repository beside it`, inRepository);
    return writeFiles(options.text('--output') ?? dirname(path), split, options.isOn('--force'));
  }
  if (options.text('--output') !== undefined)
    throw usageFailure('--output: expected --output or --repository, got both', '--output');
  const version = options.integer('--model-version', 1, VERSION_MAX);
  const place = {
    root,
    modelName: options.text('--name') ?? modelNameIn(path),
    version: version === undefined ? undefined : String(version),
    replace: options.isOn('--force'),
  };
  const { user, item } = await asUsage(() => writeSplitFolders(place, split));
  return { user, item };
}

async function writeFiles(folder: string, split: SplitModel, replace: boolean): Promise<PartFiles> {
  const files = { user: join(folder, 'user.onnx'), item: join(folder, 'item.onnx') };
  if (!replace) await requireAbsent(Object.values(files));
  await mkdir(folder, { recursive: true });
  await writeFile(files.user, split.user);
  await writeFile(files.item, split.item);
  return files;
}

/** `ranker` of `models/ranker/1/model.onnx` and of `ranker.onnx`. */
function modelNameIn(path: string): string {
  const name = basename(path, '.onnx');
  return name === 'model' && /^\d+$/.test(basename(dirname(path))) ? basename(dirname(dirname(path))) : name;
}

async function readModel(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw usageFailure(`MODEL: ${path} is not a file`, 'MODEL');
  if (found.size > MODEL_BYTES_MAX)
    throw usageFailure(`MODEL: ${path} has ${formatBytes(found.size)}; an ONNX file has 2 GiB at most`, 'MODEL');
  return readFile(path);
}

async function requireAbsent(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if ((await stat(file).catch(() => undefined)) !== undefined)
      throw usageFailure(`--output: ${file} is there already; --force replaces it`, '--output');
  }
}

interface PartFiles {
  readonly user: string;
  readonly item: string;
}

function asJson({ report }: SplitModel): object {
  const cuts = report.cuts.map(({ name, tensor, value }) => ({
    name,
    tensor,
    datatype: typeName(value.elementType),
    shape: value.shape.map((size) => size ?? -1),
  }));
  return {
    cuts,
    user: { inputs: report.userInputs, nodes: report.userNodes, multiplications: report.userMultiplications },
    item: { inputs: report.itemInputs, nodes: report.itemNodes, multiplications: report.itemMultiplications },
    moved_operators: report.userOperators,
  };
}

function asText({ user, item, report }: SplitModel, files: PartFiles): string {
  const operators = Object.entries(report.userOperators)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([operator, count]) => (count === 1 ? operator : `${count} ${operator}`));
  const all = report.userMultiplications + report.itemMultiplications;
  const share = all === 0 ? '' : `, ${Math.round((100 * report.userMultiplications) / all)}% of the multiplications`;
  const cuts = report.cuts.map(
    ({ name, tensor, value }) =>
      `  ${name}  ${typeName(value.elementType)} [${value.shape.map((size) => size ?? '?').join(', ')}]  was ${tensor}`,
  );
  return [
    `${files.user}  ${report.userNodes} nodes, ${formatBytes(user.length)}: once a request`,
    `  reads ${report.userInputs.join(', ')}`,
    `  moved ${operators.join(', ')}${share}`,
    `${files.item}  ${report.itemNodes} nodes, ${formatBytes(item.length)}: for every item`,
    `  reads ${report.itemInputs.join(', ')}`,
    'between them, with one row for all items or a row for each:',
    ...cuts,
    '',
  ].join('\n');
}

function typeName(elementType: number): string {
  return Object.entries(DATA_TYPES).find(([, { onnx }]) => onnx === elementType)?.[0] ?? `type ${elementType}`;
}
