import type { Resource } from './resource.ts';
import { rangeHeaders } from './headers.ts';
import { JSON_TYPES } from './body.ts';
import { collection } from './documents.ts';

/** The nine resources of the standard (EPCIS 2.0, 12.3). */
const RESOURCES = [
  'events',
  'eventTypes',
  'epcs',
  'bizSteps',
  'bizLocations',
  'readPoints',
  'dispositions',
  'capture',
  'queries',
];

export const topResources: Resource[] = [
  {
    path: '/',
    tag: 'EPCIS',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'The resources of the repository',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 200, description: 'A collection of names', schema: { type: 'object' } },
        handle: (c) => c.json(collection(RESOURCES)),
      },
    },
  },
];
