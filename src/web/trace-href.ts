/** The question as its URL says it; pages count from 1. */
export interface TraceQuery {
  id: string;
  /** As in the URL; empty means now. */
  asOf: string;
  page: number;
  possiblePage: number;
}

/** The address of a trace. The moment is kept, so that every link of a page tells of the same knowledge. */
export function traceHref(id: string, asOf: string, more: Record<string, string> = {}): string {
  const parameters = new URLSearchParams({ id, ...(asOf === '' ? {} : { asOf }), ...more });
  return `/trace?${parameters.toString()}`;
}

export const apiHref = (op: string, id: string, asOf: number): string =>
  `/api/trace/${op}/${encodeURIComponent(id)}?asOf=${encodeURIComponent(new Date(asOf).toISOString())}`;
