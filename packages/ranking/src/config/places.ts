import { invalidArgument } from '@rangefinder/base';

/** Where a value of a model's input or a formula comes from, as configurations write it. */
export type Place =
  | { readonly kind: 'feature'; readonly feature: string; readonly element: number | undefined }
  | { readonly kind: 'context'; readonly key: string }
  | { readonly kind: 'user_id' }
  | { readonly kind: 'item_id' }
  | { readonly kind: 'embedding'; readonly embedding: string }
  | { readonly kind: 'source_score' }
  | { readonly kind: 'light_score' }
  | { readonly kind: 'output'; readonly output: string };

const FEATURE = /^(?<feature>\w[\w.-]*:\w[\w.-]*)(?:\[(?<element>\d{1,6})\])?$/;
const CONTEXT = /^context\.(?<key>[A-Za-z_]\w*)$/;
const EMBEDDING = /^item\.embedding\.(?<embedding>[A-Za-z_]\w*)$/;
const OUTPUT = /^[A-Za-z_]\w*$/;

/** Throws INVALID_ARGUMENT that starts with `field`. A plain name is the output of a heavy model. */
export function readPlace(text: string, field: string): Place {
  const feature = FEATURE.exec(text)?.groups;
  if (feature !== undefined) {
    const element = feature['element'];
    return {
      kind: 'feature',
      feature: feature['feature']!,
      element: element === undefined ? undefined : Number(element),
    };
  }
  const key = CONTEXT.exec(text)?.groups?.['key'];
  if (key !== undefined) return { kind: 'context', key };
  const embedding = EMBEDDING.exec(text)?.groups?.['embedding'];
  if (embedding !== undefined) return { kind: 'embedding', embedding };
  if (text === 'user.id') return { kind: 'user_id' };
  if (text === 'item.id') return { kind: 'item_id' };
  if (text === 'source.score') return { kind: 'source_score' };
  if (text === 'light.score') return { kind: 'light_score' };
  if (OUTPUT.test(text)) return { kind: 'output', output: text };
  throw invalidArgument(
    field,
    `expected view:feature, context.NAME, user.id, item.id, item.embedding.NAME, source.score or light.score, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
