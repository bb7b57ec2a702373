/** Where in the page one is; kept in the address after `#`, so that links and the back button work from a static file. */
export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'model'; readonly model: string; readonly version: string }
  | { readonly view: 'recommend'; readonly ranker: string }
  | { readonly view: 'try'; readonly model: string; readonly version: string };

export function parseRoute(hash: string): Route {
  const [view, model = '', version = ''] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  if (view === 'recommend' && model !== '') return { view: 'recommend', ranker: model };
  if (view === 'try') return { view: 'try', model, version };
  if (view === 'models' && model !== '') return { view: 'model', model, version };
  return { view: 'overview' };
}

export function formatRoute(route: Route): string {
  if (route.view === 'overview') return '#/';
  if (route.view === 'recommend') return `#/recommend/${encodeURIComponent(route.ranker)}`;
  const parts = [route.view === 'try' ? 'try' : 'models', route.model, route.version].filter((part) => part !== '');
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
