import { schemaNode } from '@rangefinder/base';
import { writtenConfigSchema } from '../schema/model-config-schema.ts';
import { mapMessage } from '../text-format/message-mapper.ts';
import { parseTextFormat } from '../text-format/parser.ts';
import { readLocatedConfig, type ReadConfig } from './config-reader.ts';
import { formatProblem, SyntaxProblem } from './written-problem.ts';
import { PlaceIndex } from './written-config.ts';

/** Reads a `config.pbtxt`. Never throws for what the text says: problems are in the result. */
export function readPbtxtConfig(file: string, text: string): ReadConfig {
  try {
    const { located, problems } = mapMessage(parseTextFormat(text), schemaNode(writtenConfigSchema));
    const read = readLocatedConfig(file, located);
    return {
      config: read.config,
      problems: [...problems.map((problem) => formatProblem(file, problem)), ...read.problems],
    };
  } catch (error) {
    if (error instanceof SyntaxProblem) return unreadable(file, error);
    throw error;
  }
}

/** What there is to say of a file whose grammar is broken. */
export function unreadable(file: string, problem: SyntaxProblem): ReadConfig {
  return {
    config: { file, value: {}, warnings: [], places: new PlaceIndex() },
    problems: [formatProblem(file, problem)],
  };
}
