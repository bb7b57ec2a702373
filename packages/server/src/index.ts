export type * from './admin/overview.ts';
export { importFeatureFile, type FeatureImportTarget } from './features/feature-import.ts';
export { checkRankers, type RankerCheck } from './composition/ranker-check.ts';
export { main, EXIT_CODES } from './main.ts';
export { helpText } from './options/help-text.ts';
export { parseCommandLine, readOptions, serverOptions, type CommandLine } from './options/option-sources.ts';
export { SERVER_OPTIONS, type ServerOptions } from './options/server-options.ts';
export { openApiDocument, type OpenApiDocument } from './pages/openapi-document.ts';
export { isRankerRepository } from './rankers/ranker-folder.ts';
export type { RankerProgress, RankerProgressObserver } from './rankers/ranker-loading.ts';
export type * from './rankers/ranker-setup.ts';
export type { Rankers } from './ranking/ranker-calls.ts';
export {
  startServer,
  type RankerSurroundings,
  type RunningServer,
  type ServerParts,
  type StartableModelServer,
} from './server.ts';
export { SERVER_VERSION } from './server-version.ts';
