import { formatShape, type DataType, type Shape } from '@rangefinder/tensor';
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import type { Slices } from '../json/slices.ts';
import { BoolElements } from './bool-elements.ts';
import { RUN_END, type ElementReader } from './element-reader.ts';
import { Integer64Elements } from './integer64-elements.ts';
import { NestedSizes } from './nested-sizes.ts';
import { newNumberElements } from './number-elements.ts';
import { StringElements } from './string-elements.ts';

export interface TensorDataTarget {
  readonly dataType: DataType;
  readonly shape: Shape;
  /** Product of the shape, already checked against the limits. */
  readonly elements: number;
  readonly tensorBytes: number;
}

/**
 * The value of a `data` member at the cursor, nested as the shape is or flat, straight into the tensor's bytes. A loop over
 * brackets with the runs of scalars between them left to an ElementReader; nothing is allocated that the rest of the
 * document could not fill. Throws INVALID_ARGUMENT for values that do not fit type or shape.
 */
export function* readTensorData(cursor: JsonCursor, target: TensorDataTarget): Slices<Uint8Array> {
  const elements = newElementReader(cursor, target);
  if (cursor.peek() !== OPEN_BRACKET) throw cursor.unexpected('an array');
  yield* readArrays(cursor, target, elements);
  return elements.finish();
}

function* readArrays(cursor: JsonCursor, target: TensorDataTarget, elements: ElementReader): Slices<void> {
  const sizes = new NestedSizes(cursor);
  const outerDepth = cursor.depth;
  let expectsValue = true;
  let mayClose = false;
  do {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    cursor.skipBlank();
    const byte = cursor.peek();
    if (expectsValue && byte === OPEN_BRACKET) {
      sizes.open();
      cursor.enter();
      cursor.position++;
      mayClose = true;
    } else if (byte === CLOSE_BRACKET && (mayClose || !expectsValue)) {
      sizes.close();
      cursor.leave();
      cursor.position++;
      expectsValue = mayClose = false;
    } else if (expectsValue) {
      sizes.beginScalars();
      const before = elements.count;
      let end = elements.readRun(cursor);
      while (end === RUN_END.insideElement) {
        yield;
        cursor.resume();
        end = elements.readRun(cursor);
      }
      sizes.addScalars(elements.count - before);
      expectsValue = end === RUN_END.beforeElement;
      mayClose = false;
    } else {
      cursor.expect(COMMA, "',' or ']'");
      expectsValue = true;
    }
  } while (cursor.depth > outerDepth);
  if (elements.count !== target.elements) {
    throw cursor.fail(
      `has ${elements.count} elements, but shape ${formatShape(target.shape)} takes ${target.elements}; it ends`,
    );
  }
  sizes.check(target.shape, target.elements);
}

function newElementReader(cursor: JsonCursor, target: TensorDataTarget): ElementReader {
  const { dataType, elements } = target;
  // Each element takes a character and, but for the last, a comma.
  const left = cursor.bytes.length - cursor.position;
  if (elements * 2 - 1 > left) {
    throw cursor.fail(
      `shape ${formatShape(target.shape)} takes ${elements} elements, more than the rest of the JSON can hold`,
    );
  }
  if (dataType === 'BOOL') return new BoolElements(elements);
  if (dataType === 'INT64' || dataType === 'UINT64') return new Integer64Elements(dataType === 'INT64', elements);
  if (dataType === 'BYTES') return new StringElements(cursor, elements, target.tensorBytes);
  const numbers = newNumberElements(dataType, elements);
  if (!numbers) throw cursor.fail(`${dataType} cannot travel in JSON; send it as binary data. Found JSON data`);
  return numbers;
}
