import { JSON_LENGTH_HEADER } from './oip-message.ts';
import type { OutgoingRequest } from './oip-message.ts';

/** A word that a POSIX shell takes as it stands. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command line that sends the same request; a binary body comes from the file that the page offers for download. */
export function curlCommand(url: string, request: OutgoingRequest, bodyFile: string): string {
  if (!request.binary)
    return [
      `curl -s ${shellQuote(url)}`,
      `  -H 'Content-Type: application/json'`,
      `  -d ${shellQuote(request.json)}`,
    ].join(' \\\n');
  return [
    `curl -s ${shellQuote(url)}`,
    `  -H 'Content-Type: application/octet-stream'`,
    `  -H '${JSON_LENGTH_HEADER}: ${request.headers[JSON_LENGTH_HEADER]}'`,
    `  --data-binary @${shellQuote(bodyFile)}`,
  ].join(' \\\n');
}
