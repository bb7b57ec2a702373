import type { ConfigCheckProblem } from '@rangefinder/base';
import { chooseBackend } from './backend-name.ts';
import { relativeFileProblem } from './relative-file.ts';
import { schedulingProblems } from './scheduling-checks.ts';
import { tensorProblems } from './tensor-checks.ts';
import type { WrittenFields } from './written-fields.ts';

/** Everything that can be said against a configuration before anybody has looked at the model. */
export function writtenProblems(config: WrittenFields, modelName: string): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  const { name } = config;
  if (name !== undefined && name !== '' && name !== modelName) {
    problems.push({
      path: ['name'],
      message: `expected ${JSON.stringify(modelName)}, the name of the model's folder, got ${JSON.stringify(name)}`,
    });
  }
  problems.push(...chooseBackend(config.backend ?? '', config.platform ?? '').problems);
  const filename = config.default_model_filename ?? '';
  const fileProblem = filename === '' ? undefined : relativeFileProblem(filename);
  if (fileProblem !== undefined) problems.push({ path: ['default_model_filename'], message: fileProblem });
  problems.push(...tensorProblems(config), ...schedulingProblems(config, config.max_batch_size));
  if (config.model_transaction_policy?.decoupled === true) {
    problems.push({
      path: ['model_transaction_policy', 'decoupled'],
      message: 'not supported by this version: every request has one response',
    });
  }
  return problems;
}
