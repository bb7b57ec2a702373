/** Names of the gRPC statuses by number. Source: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const GRPC_STATUS_NAMES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** So that a status fits the 8 KiB of metadata that clients take, whatever the script: each of these is nine bytes at most. */
const TEXT_CHARACTERS = 384;

/** What a caller wrote may be in a message, and may be long. */
export function shortened(text: string): string {
  return text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS)}…` : text;
}

/**
 * `grpc-message`: UTF-8 with all but printable ASCII, and the percent sign, percent-encoded. Long ones are cut.
 */
export function encodeGrpcMessage(text: string): string {
  return shortened(text)
    .toWellFormed()
    .replaceAll(/[^\u0020-\u0024\u0026-\u007e]+/g, (rare) =>
      rare.replaceAll(/[\s\S]/gu, (character) =>
        character.codePointAt(0)! < 0x80 ? percent(character.charCodeAt(0)) : encodeURIComponent(character),
      ),
    );
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
