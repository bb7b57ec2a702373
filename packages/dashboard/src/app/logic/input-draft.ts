import { isElementType } from './element-types.ts';
import type { ElementTypeName } from './element-types.ts';
import { filledValues } from './example-request.ts';
import { STREAM_WINDOW_SAMPLES, isAudioLike, usualFill } from './input-kind.ts';
import type { TensorDeclaration } from './input-kind.ts';
import { elementCount, fitShape, formatShape, initialShape, isDynamic } from './shape.ts';
import type { DeclaredShape, Shape } from './shape.ts';
import { formatTensorText, parseTensorText } from './tensor-text.ts';
import { isBig, isText, numbersOf, valuesFromNumbers } from './tensor.ts';
import type { Tensor, TensorValues } from './tensor.ts';

/** What the form holds for one input. */
export interface InputDraft {
  readonly shape: Shape;
  readonly values: TensorValues;
  /** As the person typed it; undefined when the values came from elsewhere. */
  readonly text: string | undefined;
  /** Why the text is no tensor; the values are then the last good ones. */
  readonly error: string | undefined;
  /** Where the values come from: `random`, `photo.png`. */
  readonly source: string;
  /** Optional inputs may be left out. */
  readonly sent: boolean;
}

/** Above so many elements values are not shown as editable text. */
export const EDITABLE_ELEMENTS_MAX = 4096;
/** Above so many elements the form makes no tensor: the page would stall. */
export const DRAFT_ELEMENTS_MAX = 32 * 1024 * 1024;

/** Zeros or usual values. Sound of any length starts as one window where the model keeps state between runs. */
export function initialDraft(input: TensorDeclaration, stateful = false): InputDraft {
  const stream = stateful && isAudioLike(input) && isDynamic(input.shape.at(-1));
  const shape = initialShape(input.shape).map((size, axis, all) =>
    stream && axis === all.length - 1 ? STREAM_WINDOW_SAMPLES : size,
  );
  const fill = usualFill(input);
  return {
    shape,
    values: isElementType(input.datatype) ? filledValues(input.datatype, elementCount(shape), fill) : [],
    text: undefined,
    error: undefined,
    source: input.datatype === 'BYTES' ? 'empty' : fill === 0 ? 'zeros' : `all ${fill}`,
    sent: input.optional !== true,
  };
}

export function withValues(draft: InputDraft, shape: Shape, values: TensorValues, source: string): InputDraft {
  return { ...draft, shape, values, source, text: undefined, error: undefined, sent: true };
}

/** Another shape: values are kept in order, and repeated where there are more elements than before. */
export function withShape(draft: InputDraft, dataType: ElementTypeName, shape: Shape): InputDraft {
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count) || count > DRAFT_ELEMENTS_MAX)
    return { ...draft, error: `${formatShape(shape)} is more than this form takes` };
  if (count === draft.values.length) return { ...draft, shape, error: undefined };
  return { ...draft, shape, values: resized(draft.values, dataType, count), text: undefined, error: undefined };
}

function resized(values: TensorValues, dataType: ElementTypeName, count: number): TensorValues {
  if (values.length === 0) return filledValues(dataType, count, 0);
  if (isText(values)) return Array.from({ length: count }, (_, i) => values[i % values.length]!);
  const out = filledValues(dataType, count, 0) as Exclude<TensorValues, readonly string[]>;
  for (let i = 0; i < count; i += 1) out[i] = values[i % values.length]!;
  return out;
}

/** What was typed: values and, where the declaration lets it, their shape. */
export function withText(
  draft: InputDraft,
  declared: DeclaredShape,
  dataType: ElementTypeName,
  text: string,
): InputDraft {
  try {
    const parsed = parseTensorText(text, dataType);
    const shape = fitShape(declared, draft.shape, parsed.values.length, parsed.shape);
    if (shape === undefined) throw new RangeError(misfit(declared, draft.shape, parsed.values.length, parsed.shape));
    return { ...draft, shape, values: parsed.values, text, error: undefined, source: 'typed' };
  } catch (error) {
    return { ...draft, text, error: error instanceof Error ? error.message : String(error) };
  }
}

function misfit(declared: DeclaredShape, current: Shape, count: number, own: Shape | undefined): string {
  const found =
    own === undefined ? `${count} ${count === 1 ? 'value' : 'values'}` : `${formatShape(own)}, ${count} values`;
  return `expected ${elementCount(current)} values for ${formatShape(current)} (declared ${formatShape(declared)}), got ${found}`;
}

/** An array from a file, converted to the declared type where that loses no meaning. */
export function withArray(
  draft: InputDraft,
  input: TensorDeclaration,
  array: Omit<Tensor, 'name'>,
  source: string,
): InputDraft {
  const dataType = input.datatype as ElementTypeName;
  const shape = fitShape(input.shape, draft.shape, array.values.length, array.shape);
  if (shape === undefined)
    return { ...draft, error: `${source}: ${misfit(input.shape, draft.shape, array.values.length, array.shape)}` };
  if (dataType === array.dataType) return withValues(draft, shape, array.values, source);
  if (isText(array.values) || dataType === 'BYTES')
    return { ...draft, error: `${source}: holds ${array.dataType}, the input takes ${dataType}` };
  const note = isBig(array.values) || array.dataType !== dataType ? `${source}, from ${array.dataType}` : source;
  return withValues(draft, shape, valuesFromNumbers(dataType, numbersOf(array.values)), note);
}

/** The text that the editor shows; undefined when there is too much of it. */
export function editableText(draft: InputDraft): string | undefined {
  if (draft.text !== undefined) return draft.text;
  if (draft.values.length > EDITABLE_ELEMENTS_MAX) return undefined;
  if (isText(draft.values)) return draft.values.join('\n');
  return formatTensorText(draft.values, draft.shape);
}

/** The tensors to send; inputs of types that the page does not know are left to the server to miss. */
export function draftTensors(
  inputs: readonly TensorDeclaration[],
  drafts: Readonly<Record<string, InputDraft>>,
): readonly Tensor[] {
  return inputs.flatMap((input) => {
    const draft = drafts[input.name];
    if (draft === undefined || !draft.sent || !isElementType(input.datatype)) return [];
    return [{ name: input.name, dataType: input.datatype, shape: draft.shape, values: draft.values }];
  });
}
