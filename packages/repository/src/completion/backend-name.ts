import type { ConfigCheckProblem } from '@rangefinder/base';

/** What a backend is called outside and where its model lies. */
export interface Backend {
  readonly name: 'onnx' | 'builtin';
  readonly platform: string;
  readonly modelFilename: string;
}

export const BACKENDS: readonly Backend[] = [
  { name: 'onnx', platform: 'onnxruntime_onnx', modelFilename: 'model.onnx' },
  { name: 'builtin', platform: 'builtin', modelFilename: 'model.json' },
];

const BY_BACKEND_NAME: ReadonlyMap<string, Backend> = new Map([
  ...BACKENDS.map((backend) => [backend.name, backend] as const),
  ['onnxruntime', BACKENDS[0]!],
]);

const BY_PLATFORM: ReadonlyMap<string, Backend> = new Map(BACKENDS.map((backend) => [backend.platform, backend]));

export interface BackendChoice {
  /** undefined: nothing was written, the model file decides. */
  readonly backend: Backend | undefined;
  readonly problems: readonly ConfigCheckProblem[];
}

/** Reads `backend` and `platform`, which say the same thing twice. */
export function chooseBackend(backend: string, platform: string): BackendChoice {
  const problems: ConfigCheckProblem[] = [];
  const byName = BY_BACKEND_NAME.get(backend);
  const byPlatform = BY_PLATFORM.get(platform);
  if (backend !== '' && byName === undefined) {
    problems.push({ path: ['backend'], message: notSupported(backend, 'onnx (or onnxruntime), builtin') });
  }
  if (platform !== '' && byPlatform === undefined) {
    problems.push({ path: ['platform'], message: notSupported(platform, 'onnxruntime_onnx, builtin') });
  }
  if (byName !== undefined && byPlatform !== undefined && byName !== byPlatform) {
    problems.push({
      path: ['platform'],
      message: `expected ${byName.platform} as for backend ${backend}, got ${platform}`,
    });
  }
  return { backend: byName ?? byPlatform, problems };
}

function notSupported(name: string, supported: string): string {
  return `${JSON.stringify(name.slice(0, 80))} is not supported by this version (supported: ${supported})`;
}
