/** Longest path inside a model folder. */
const PATH_CHARACTERS_MAX = 512;

/**
 * What is wrong with a path that a configuration or a request gives, or undefined. It must stay inside its folder by its
 * words alone, whatever the file system looks like: relative, forward slashes, no `..`, nothing invisible.
 */
export function relativeFileProblem(path: string): string | undefined {
  const shown = JSON.stringify(path.slice(0, 80));
  if (path === '' || path.length > PATH_CHARACTERS_MAX)
    return `expected a file name of 1 to ${PATH_CHARACTERS_MAX} characters, got ${path.length}`;
  if (/[\p{Cc}\\]/u.test(path)) return `expected a file name without control characters and backslashes, got ${shown}`;
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return `expected a path inside the folder of the model, got ${shown}`;
  }
  return undefined;
}
