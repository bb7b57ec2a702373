/** Groups that can be restricted as a whole; Triton's names, and `ranking`, `features` and `dashboard` for our own. */
export const API_GROUPS = [
  'health',
  'metadata',
  'inference',
  'ranking',
  'features',
  'shared-memory',
  'model-config',
  'model-repository',
  'statistics',
  'trace',
  'logging',
  'dashboard',
] as const;

export type ApiGroup = (typeof API_GROUPS)[number];

export function isApiGroup(name: string): name is ApiGroup {
  return (API_GROUPS as readonly string[]).includes(name);
}
