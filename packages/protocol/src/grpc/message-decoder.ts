import { fromBinary, type DescField, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { invalidArgument, RangefinderError } from '@rangefinder/base';

/** Deeper than any message of ours; the generated code's own limit is the same. */
const DEPTH_MAX = 100;
const SMALLEST_FIELD_BYTES = 2;
const MAP_VALUE = 2;

/** Which fields of a message hold messages, and what those hold. */
type Nesting = ReadonlyMap<number, () => Nesting>;

/**
 * Bytes → messages. Fields are counted before any object is made of them: a few bytes of wire become an object each, so the
 * size of a message says little of the memory and time that it takes.
 */
export class MessageDecoder {
  readonly #fieldsMax: number;
  readonly #nestings = new Map<DescMessage, Nesting>();

  constructor(fieldsMax: number) {
    this.#fieldsMax = fieldsMax;
  }

  /**
   * Throws INVALID_ARGUMENT for what is no such message, PAYLOAD_TOO_LARGE for more fields than the limit, those of nested
   * messages included.
   */
  decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
    try {
      if (bytes.length > this.#fieldsMax * SMALLEST_FIELD_BYTES)
        this.#count(this.#nesting(schema), bytes, 0, DEPTH_MAX);
      return fromBinary(schema, bytes, { readUnknownFields: false, recursionLimit: DEPTH_MAX });
    } catch (thrown) {
      if (thrown instanceof RangefinderError) throw thrown;
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      throw invalidArgument('message', `expected a ${schema.typeName}: ${problem}`);
    }
  }

  /** Returns the fields so far, `counted` before these bytes. */
  #count(nesting: Nesting, bytes: Uint8Array, counted: number, depth: number): number {
    if (depth === 0) throw new Error(`nested deeper than ${DEPTH_MAX}`);
    const reader = new BinaryReader(bytes);
    let fields = counted;
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (++fields > this.#fieldsMax) {
        throw new RangefinderError('PAYLOAD_TOO_LARGE', `message: expected at most ${this.#fieldsMax} fields`, {
          field: 'message',
        });
      }
      const nested = wireType === WireType.LengthDelimited ? nesting.get(number) : undefined;
      if (nested === undefined) reader.skip(wireType, number, depth);
      else fields = this.#count(nested(), reader.bytes(), fields, depth - 1);
    }
    return fields;
  }

  #nesting(schema: DescMessage): Nesting {
    let nesting = this.#nestings.get(schema);
    if (nesting === undefined) {
      nesting = new Map(schema.fields.flatMap((field) => this.#nestingOfField(field)));
      this.#nestings.set(schema, nesting);
    }
    return nesting;
  }

  #nestingOfField(field: DescField): [number, () => Nesting][] {
    const { message } = field;
    const within = message === undefined ? undefined : (): Nesting => this.#nesting(message);
    if (field.fieldKind === 'map') {
      const entry: Nesting = within === undefined ? new Map() : new Map([[MAP_VALUE, within]]);
      return [[field.number, () => entry]];
    }
    return within === undefined ? [] : [[field.number, within]];
  }
}
