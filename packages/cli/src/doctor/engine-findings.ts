import type { EngineDescription } from '@rangefinder/engines';
import type { Finding } from './finding.ts';

/** A line for the library of each engine, and one for each execution provider that it knows. */
export function engineFindings(engines: readonly EngineDescription[]): readonly Finding[] {
  return engines.flatMap((engine) => [
    libraryFinding(engine),
    ...engine.executionProviders.map((provider) => providerFinding(engine, provider)),
  ]);
}

/** For an engine whose library cannot be loaded at all. */
export function brokenEngineFinding(name: string, reason: string): Finding {
  return {
    section: 'libraries',
    name,
    status: 'problem',
    summary: `cannot be loaded: ${reason}`,
    advice: 'Install the dependencies again (npm ci), or name another build with --onnxruntime-library.',
    details: { available: false, reason },
  };
}

function libraryFinding({ name, library, version }: EngineDescription): Finding {
  return {
    section: 'libraries',
    name,
    status: 'ok',
    summary: `${version}, ${library}`,
    advice: '',
    details: { library, version, available: true },
  };
}

function providerFinding(
  engine: EngineDescription,
  { name, available, reason }: EngineDescription['executionProviders'][number],
): Finding {
  return {
    section: 'execution providers',
    name,
    status: available ? 'ok' : 'note',
    summary: available ? 'available' : 'not available',
    advice: available ? '' : reason,
    details: { engine: engine.name, available, reason },
  };
}
