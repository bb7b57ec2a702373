import type { DataType, Dimension, Shape } from '@rangefinder/tensor';

/** What an ONNX file holds, as far as tests need it. Source: onnx.proto of onnx 1.19. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers?: readonly OnnxInitializer[];
  /** Version of the default operator set; 21 when left out. */
  readonly opset?: number;
  /** Further operator sets, by domain. */
  readonly otherOpsets?: Readonly<Record<string, number>>;
  /** 10 when left out. */
  readonly irVersion?: number;
  readonly graphName?: string;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: number;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers?: readonly OnnxInitializer[];
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxAttribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly tensor: OnnxInitializer }
  | { readonly graph: OnnxGraph };

/** An input or output; undefined as the shape declares no rank. */
export interface OnnxValue {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly Dimension[] | undefined;
  /** `tensor` when left out. */
  readonly kind?: 'tensor' | 'optional' | 'sequence';
}

/** A constant tensor: its bytes in the file, its strings (for BYTES), or a reference to another file. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly bytes?: Uint8Array;
  readonly strings?: readonly string[];
  readonly external?: { readonly location: string; readonly offset: number; readonly length: number };
}
