import type { JSX } from 'preact';
import { isDynamic } from '../../logic/shape.ts';
import type { DeclaredShape, Shape } from '../../logic/shape.ts';

interface ShapeEditorProps {
  readonly name: string;
  readonly declared: DeclaredShape;
  readonly shape: Shape;
  readonly batched: boolean;
  readonly onChange: (shape: Shape) => void;
}

/** Fixed sizes as text, open ones as fields. */
export function ShapeEditor({ name, declared, shape, batched, onChange }: ShapeEditorProps): JSX.Element {
  if (declared.length === 0) return <span class="muted">scalar</span>;
  return (
    <span class="shape num" role="group" aria-label={`Shape of ${name}`}>
      [
      {declared.map((size, i) => (
        <span key={i}>
          {i > 0 ? ', ' : ''}
          {isDynamic(size) ? (
            <input
              type="number"
              min="0"
              max="1000000"
              class="dimension"
              aria-label={batched && i === 0 ? `Batch size of ${name}` : `Dimension ${i} of ${name}`}
              title={batched && i === 0 ? 'Batch: any size' : 'Any size'}
              value={shape[i]}
              onChange={(event) => {
                const value = Math.max(0, Math.floor(Number(event.currentTarget.value) || 0));
                onChange(shape.map((before, j) => (j === i ? value : before)));
              }}
            />
          ) : (
            size
          )}
        </span>
      ))}
      ]
    </span>
  );
}
