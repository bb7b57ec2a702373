/** npm says first what went wrong, and then how it is used. */
const LINES_SHOWN = 12;

/** What npm's output means for the person who ran `npm start`. */
const CAUSES = [
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|network/i,
    meaning:
      'The npm registry could not be reached. Check the network, a proxy (npm config get proxy) and the registry that npm is set to\n(npm config get registry), and run the same command again: what was downloaded is kept.',
  },
  { pattern: /ENOSPC/, meaning: 'The disk is full: the dependencies take about 1 GB.' },
  { pattern: /EACCES|EPERM|EROFS/, meaning: 'npm may not write here. Check who owns this folder and the npm cache.' },
  {
    pattern: /EINTEGRITY/,
    meaning:
      'A package is not what the lock file says. Clean the cache (npm cache verify), or ask whoever runs your registry mirror.',
  },
  {
    pattern: /E40[134]/,
    meaning: 'The registry refused a package. If you use a mirror, check that it serves public packages.',
  },
  {
    pattern: /EUSAGE|can only install packages when your package\.json and package-lock\.json/,
    meaning: 'package.json and package-lock.json do not agree: run npm install once and commit the lock file.',
  },
];

/** @param {string} output all that npm printed */
export function explainNpmFailure(output) {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output));
  const lines = output.trim().split('\n').slice(0, LINES_SHOWN);
  return [
    'Installing the dependencies failed.',
    ...(cause === undefined ? [] : [cause.meaning]),
    '',
    'npm said:',
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}
