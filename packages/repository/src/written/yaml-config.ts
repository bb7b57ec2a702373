import { readLocatedConfig, type ReadConfig } from './config-reader.ts';
import { unreadable } from './pbtxt-config.ts';
import { SyntaxProblem } from './written-problem.ts';
import { SUGAR_FIELDS, withoutSugar } from './yaml-sugar.ts';
import { parseYamlTree } from './yaml-tree.ts';

/** Reads a `model.yaml`. Never throws for what the text says: problems are in the result. */
export function readYamlConfig(file: string, text: string): ReadConfig {
  try {
    const root = parseYamlTree(text);
    // An empty file, or one of comments only, leaves everything to completion.
    const document = root.content === null ? { content: new Map(), place: root.place } : root;
    return readLocatedConfig(file, withoutSugar(document), Object.keys(SUGAR_FIELDS));
  } catch (error) {
    if (error instanceof SyntaxProblem) return unreadable(file, error);
    throw error;
  }
}
