/** What the server says of itself; `extensions` are Triton's names for what works here, and only that. */
export interface ServerIdentity {
  readonly name: string;
  readonly version: string;
}

const SERVER_EXTENSIONS: readonly string[] = [
  'classification',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
  'trace',
  'logging',
];

export function serverMetadata(identity: ServerIdentity): {
  name: string;
  version: string;
  extensions: readonly string[];
} {
  return { name: identity.name, version: identity.version, extensions: SERVER_EXTENSIONS };
}
