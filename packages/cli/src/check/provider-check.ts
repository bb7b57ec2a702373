import type { EngineDescription } from '@rangefinder/engines';
import type { ModelConfig } from '@rangefinder/repository';

/** Execution providers that a completed configuration asks for and this machine lacks, each with what it would need. */
export function providerProblems(config: ModelConfig, engine: EngineDescription): readonly string[] {
  const accelerators = config.optimization.execution_accelerators;
  const wanted = {
    gpu_execution_accelerator: accelerators?.gpu_execution_accelerator ?? [],
    cpu_execution_accelerator: accelerators?.cpu_execution_accelerator ?? [],
  };
  return Object.entries(wanted).flatMap(([list, entries]) =>
    entries.flatMap(({ name }, i) => {
      const provider = engine.executionProviders.find((known) => known.name.toLowerCase() === name.toLowerCase());
      if (provider?.available === true) return [];
      const field = `optimization.execution_accelerators.${list}[${i}].name`;
      const known = engine.executionProviders.map((candidate) => candidate.name).join(', ');
      return [
        `${field}: ${JSON.stringify(name)} is not available here: ${provider?.reason ?? `expected one of ${known}`}`,
      ];
    }),
  );
}
