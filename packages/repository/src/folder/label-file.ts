import { join } from 'node:path';
import { FileRefused, readBoundedText } from './bounded-file.ts';
import { describeFault } from './file-fault.ts';

/** ImageNet-21k takes half a megabyte. */
const LABEL_FILE_BYTES_MAX = 16 * 1024 * 1024;
const LABELS_MAX = 1_000_000;

export type ReadLabels = { readonly labels: readonly string[] } | { readonly problem: string };

/** Class names, a line each; empty lines inside count, the line feed at the end does not. */
export async function readLabels(modelDirectory: string, fileName: string): Promise<ReadLabels> {
  let text: string;
  try {
    text = await readBoundedText(join(modelDirectory, fileName), LABEL_FILE_BYTES_MAX);
  } catch (error) {
    return { problem: `${fileName} ${error instanceof FileRefused ? error.message : describeFault(error)}` };
  }
  const labels = text.split(/\r?\n/);
  if (labels.at(-1) === '') labels.pop();
  if (labels.length > LABELS_MAX)
    return { problem: `${fileName} has ${labels.length} labels, more than the limit of ${LABELS_MAX}` };
  return { labels: Object.freeze(labels) };
}
