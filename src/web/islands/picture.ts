/** A picture larger than its frame opens with the thing asked for in the middle. */
export function centrePicture(): void {
  const frame = document.querySelector<HTMLElement>('.picture');
  const root = frame?.querySelector('.root');
  if (!frame || !root) return;
  const [outer, inner] = [frame.getBoundingClientRect(), root.getBoundingClientRect()];
  frame.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  frame.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}
