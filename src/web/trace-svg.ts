import { Graph, layout } from '@dagrejs/dagre';
import { html, raw } from 'hono/html';
import type { Box, Picture } from './trace-graph.ts';

/** Sizes in pixels of the picture at its natural scale. */
const BOX = { width: 212, height: 70, padding: 12 };
const GAP = { between: 18, layers: 64, margin: 8 };
/** Characters of 13 px that fit a box; a Chinese one is as wide as two. */
const LINE_CELLS_MAX = 29;

/** The three lines of a box and where a click on it leads. */
export interface BoxText {
  title: string;
  subtitle: string;
  place: string;
  href: string;
}

const cellsOf = (character: string): number => (/[\u2e80-\uffef]/u.test(character) ? 1.85 : 1);

/** Cut to the width of a box, with an ellipsis where something is left out. */
export function fitted(text: string): string {
  let cells = 0;
  let end = 0;
  for (const character of text) {
    cells += cellsOf(character);
    if (cells > LINE_CELLS_MAX) return `${text.slice(0, end).trimEnd()}…`;
    end += character.length;
  }
  return text;
}

interface Point {
  x: number;
  y: number;
}

const round = (n: number): number => Math.round(n * 10) / 10;

/** A smooth line from point to point that leaves and enters each of them level. */
function curve([first, ...rest]: Point[]): string {
  if (!first) return '';
  let { x, y } = first;
  const bends = rest.map((to) => {
    const middle = round((x + to.x) / 2);
    const bend = `C${middle} ${round(y)} ${middle} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
    ({ x, y } = to);
    return bend;
  });
  return `M${round(first.x)} ${round(first.y)}${bends.join('')}`;
}

interface Placed extends Point {
  box: Box;
}

interface Drawing {
  width: number;
  height: number;
  boxes: Placed[];
  lines: { path: string; confidence: string }[];
}

function arrange(picture: Picture): Drawing {
  const graph = new Graph();
  graph.setGraph({
    rankdir: 'LR',
    nodesep: GAP.between,
    ranksep: GAP.layers,
    edgesep: GAP.between / 2,
    marginx: GAP.margin,
    marginy: GAP.margin,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  picture.boxes.forEach((_, n) => graph.setNode(String(n), { width: BOX.width, height: BOX.height }));
  for (const link of picture.links) graph.setEdge(String(link.from), String(link.to));
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: picture.boxes.map((box, n) => {
      const { x, y } = graph.node(String(n)) as Point;
      return { box, x: round(x - BOX.width / 2), y: round(y - BOX.height / 2) };
    }),
    lines: picture.links.map(({ from, to, confidence }) => {
      const { points } = graph.edge(String(from), String(to)) as { points: Point[] };
      const [a, b] = [from, to].map((n) => graph.node(String(n)) as Point) as [Point, Point];
      // a line to a box further on bends around the layers between; the ends are ours: the middles of the sides
      const between = points
        .slice(1, -1)
        .filter((point) => point.x > a.x + BOX.width / 2 && point.x < b.x - BOX.width / 2);
      const bends = points.length > 3 ? between : [];
      return {
        path: curve([{ x: a.x + BOX.width / 2, y: a.y }, ...bends, { x: b.x - BOX.width / 2, y: b.y }]),
        confidence,
      };
    }),
  };
}

function drawBox({ box, x, y }: Placed, text: BoxText): ReturnType<typeof html> {
  const { width, height, padding } = BOX;
  const many = box.things.length > 1;
  const side = box.level < 0 ? 'before' : 'after';
  const look = `box ${box.confidence} ${box.level === 0 ? 'root' : side}`;
  const line = (n: number, name: string, words: string): ReturnType<typeof html> =>
    html`<text class="${name}" x="${padding}" y="${22 + n * 19}">${fitted(words)}</text>`;
  return html`<a href="${text.href}" class="${look}" transform="translate(${x} ${y})">
    <title>${[text.title, text.subtitle, text.place].filter((words) => words !== '').join(' · ')}</title>
    ${many ? html`<rect class="behind" x="5" y="5" width="${width}" height="${height}" rx="8" />` : ''}
    <rect width="${width}" height="${height}" rx="8" />
    ${line(0, 'name', text.title)}${line(1, 'what', text.subtitle)}${line(2, 'place', text.place)}
  </a>`;
}

/**
 * The picture as SVG, layered from left to right; classes carry the look, so that no inline style is needed.
 * `alt` describes it to those who do not see it; the same facts follow on the page in words.
 */
export function drawTrace(picture: Picture, textOf: (box: Box) => BoxText, alt: string): ReturnType<typeof html> {
  const drawing = arrange(picture);
  const width = drawing.width + GAP.margin;
  const height = drawing.height + GAP.margin;
  const lines = drawing.lines.map(
    ({ path, confidence }) => `<path class="link ${confidence}" marker-end="url(#arrow)" d="${path}"/>`,
  );
  return html`<svg
    class="path"
    role="group"
    aria-label="${alt}"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    xmlns="http://www.w3.org/2000/svg"
  >
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0.5 8 4 0 7.5z" />
      </marker>
    </defs>
    <g class="links">${raw(lines.join(''))}</g>
    ${drawing.boxes.map((placed) => drawBox(placed, textOf(placed.box)))}
  </svg>`;
}
