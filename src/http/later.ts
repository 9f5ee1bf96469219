import { JSON_TYPES } from './body.ts';
import { rangeHeaders } from './headers.ts';
import { unanswered } from './problem.ts';
import type { Method, Operation, Resource } from './resource.ts';

/** Parts of the standard's interface that this version does not answer, with their methods. */
const PATHS: Record<string, { methods: Method[]; part: string }> = {
  '/soap': { methods: ['POST'], part: 'SOAP' },
};

const operation = (part: string): Operation => ({
  summary: `Answers 501: this version does not offer ${part}`,
  right: 'query',
  answers: JSON_TYPES,
  success: { status: 501, description: 'ImplementationException' },
  handle: (c) => unanswered(`this version does not offer ${part}`, c.req.path),
});

export const laterResources: Resource[] = Object.entries(PATHS).map(([path, { methods, part }]) => ({
  path,
  tag: 'EPCIS, later',
  optionsHeaders: () => rangeHeaders(true),
  operations: Object.fromEntries(methods.map((method) => [method, operation(part)])),
}));
