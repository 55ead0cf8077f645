// The whole sound at once: how loud it is, which part of it is in view, and where it plays. To press on it is to go there.

import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { loudest, type Shape } from "./peaks";
import type { Player } from "./player";

interface Given {
  readonly player: Player;
  /** null: it is not known yet. */
  readonly shape: ReadonlySignal<Shape | null>;
  /** What is in view, in seconds of the recording. */
  readonly view: ReadonlySignal<readonly [number, number]>;
  readonly colour: ReadonlySignal<string>;
  readonly onGo: (time: number) => void;
}

export function Overview({ player, shape, view, colour, onGo }: Given) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const window = useRef<HTMLDivElement>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const { start, end } = player.unit;
  const share = (time: number) => `${(100 * (time - start)) / (end - start)}%`;

  const paint = () => {
    if (canvas.current) draw(canvas.current, shape.peek(), colour.peek());
  };
  useSignalEffect(() => {
    void [shape.value, colour.value];
    paint();
  });
  useLayoutEffect(() => {
    const watch = new ResizeObserver(paint);
    if (canvas.current) watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  useSignalEffect(() => {
    const [from, to] = view.value;
    if (!window.current) return;
    window.current.style.left = share(from);
    window.current.style.right = `calc(100% - ${share(to)})`;
  });
  useSignalEffect(() => {
    if (cursor.current) cursor.current.style.left = share(player.time.value);
  });

  const go = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onGo(start + ((event.clientX - box.left) / box.width) * (end - start));
  };
  return (
    <div
      class="overview"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) go(event);
      }}
    >
      <canvas ref={canvas} />
      <div ref={window} class="window" />
      <div ref={cursor} class="cursor" />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, shape: Shape | null, colour: string): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  const brush = canvas.getContext("2d");
  if (!brush || width === 0) return;
  canvas.width = width;
  canvas.height = height;
  if (!shape) return;
  const [above, below] = shape;
  const full = loudest(shape);
  brush.fillStyle = colour;
  for (let x = 0; x < width; x += 1) {
    const from = Math.floor((x * above.length) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * above.length) / width));
    const high = Math.min(1, Math.max(...above.subarray(from, to)) / full);
    const low = Math.max(-1, Math.min(...below.subarray(from, to)) / full);
    brush.fillRect(x, ((1 - high) * height) / 2, 1, Math.max(1, ((high - low) * height) / 2));
  }
}
