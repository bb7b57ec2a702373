import { toRangefinderError } from '@rangefinder/base';
import type { EngineDescription } from '@rangefinder/engines';
import type { ModelConfig, ModelDescription } from '@rangefinder/repository';

/** What a completed configuration asks for that is not there: warm-up files, and execution providers that this machine lacks. */
export async function configProblems(
  description: ModelDescription,
  config: ModelConfig,
  engine: EngineDescription,
): Promise<readonly string[]> {
  return [...(await warmupProblems(description, config)), ...providerProblems(config, engine)];
}

async function warmupProblems(description: ModelDescription, config: ModelConfig): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [i, sample] of config.model_warmup.entries()) {
    for (const [input, { input_data_file: file }] of Object.entries(sample.inputs)) {
      if (file === undefined || file === '') continue;
      try {
        await description.warmupFile(file);
      } catch (error) {
        problems.push(`model_warmup[${i}].inputs.${input}.input_data_file: ${toRangefinderError(error).message}`);
      }
    }
  }
  return problems;
}

function providerProblems(config: ModelConfig, engine: EngineDescription): readonly string[] {
  const accelerators = config.optimization.execution_accelerators;
  const wanted = {
    gpu_execution_accelerator: accelerators?.gpu_execution_accelerator ?? [],
    cpu_execution_accelerator: accelerators?.cpu_execution_accelerator ?? [],
  };
  return Object.entries(wanted).flatMap(([list, entries]) =>
    entries.flatMap(({ name }, i) => {
      const provider = engine.executionProviders.find(
        (candidate) => candidate.name.toLowerCase() === name.toLowerCase(),
      );
      if (provider?.available === true) return [];
      const field = `optimization.execution_accelerators.${list}[${i}].name`;
      const reason =
        provider?.reason ?? `expected one of ${engine.executionProviders.map((known) => known.name).join(', ')}`;
      return [`${field}: ${JSON.stringify(name)} is not available here: ${reason}`];
    }),
  );
}
