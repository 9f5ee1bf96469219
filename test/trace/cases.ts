// Rules of docs/trace.md as short stories with what must be answered; every implementation of Facts is held to them.
import type { Op } from '../../src/trace/index.ts';
import type { When } from './scenario.ts';

type Ask = [op: Op, of: string, when: When, expected: Record<string, unknown>];
export type Case = [title: string, events: string, ...asks: Ask[]];

export const CONTAINMENT: Case[] = [
  [
    'R7 in at the ADD, out at the DELETE; a second ADD changes nothing',
    `e1@1 A ADD s:P < i:A.1
     e2@2 A ADD s:P < i:A.1
     e3@3 O OBSERVE s:P loc=F
     e4@4 A DELETE s:P < i:A.1
     e5@5 O OBSERVE s:P loc=G`,
    ['history', 'i:A.1', {}, { events: ['e1', 'e2', 'e3', 'e4'], gaps: [] }],
    ['contents', 's:P', { at: 1 }, { contents: ['i:A.1'] }],
    ['contents', 's:P', { at: 4 }, { contents: [] }],
  ],
  [
    'R8 a DELETE without list frees all, of associations too, and each keeps the event',
    `e1@1 A ADD s:P < i:A.1 l:B.1=5
     e2@1 S ADD s:P < i:SENSOR.1
     e3@2 A DELETE s:P <
     e4@3 O OBSERVE s:P loc=F
     e5@4 S DELETE s:P <`,
    ['history', 'i:A.1', {}, { events: ['e1', 'e2', 'e3'] }],
    ['history', 'l:B.1', {}, { events: ['e1', 'e2', 'e3'] }],
    ['history', 'i:SENSOR.1', {}, { events: ['e2', 'e4', 'e5'] }],
    ['contents', 's:P', {}, { contents: [], quantities: {} }],
  ],
  [
    'R9 an OBSERVE opens what nobody added, confirms what is inside through others, ends nothing it omits',
    `e1@1 A ADD s:C < i:A.1
     e2@2 A OBSERVE s:P < i:A.1 s:C i:X.1
     e3@3 A OBSERVE s:P < i:X.1
     e4@4 A DELETE s:P < i:Y.1`,
    ['contents', 's:P', {}, { contents: ['i:A.1', 'i:X.1', 's:C'], gaps: ['MISSING_ADD'] }],
    ['history', 'i:A.1', {}, { events: ['e1', 'e2'] }],
    ['history', 'i:Y.1', {}, { events: ['e4'], gaps: ['MISSING_ADD'] }],
  ],
  [
    'R9 a lot read in its pallet is confirmed through the case',
    `e1@1 A ADD s:C < l:B.1=5
     e2@2 A ADD s:P < s:C
     e3@3 A OBSERVE s:P < l:B.1=9 s:C
     e4@4 A OBSERVE s:Q < l:B.1=2`,
    ['contents', 's:P', {}, { quantities: { 'l:B.1': 5 }, gaps: ['MISSING_ADD'] }],
    ['contents', 's:P', { asOf: 3 }, { quantities: { 'l:B.1': 5 }, gaps: [] }],
    ['contents', 's:Q', {}, { quantities: { 'l:B.1': 2 } }],
  ],
  [
    'R10 one parent at a time; what is used up or destroyed leaves its container',
    `e1@1 A ADD s:P < i:A.1 i:B.1 i:C.1
     e2@2 A ADD s:Q < i:A.1
     e3@3 T i:B.1 > l:F.1=1
     e4@4 O DELETE i:C.1
     e5@5 O OBSERVE s:P loc=F`,
    ['history', 'i:A.1', {}, { events: ['e1', 'e2'], gaps: ['IMPLICIT_DISAGG'] }],
    ['history', 'i:B.1', {}, { events: ['e1', 'e3'] }],
    ['contents', 's:P', {}, { contents: [] }],
    ['state', 'i:C.1', {}, { state: 'decommissioned', seenAfterEnd: false }],
  ],
  [
    'R11 quantities run; below zero and another dimension are named',
    `e1@1 A ADD s:P < l:B.1=1TNE
     e2@2 A DELETE s:P < l:B.1=400KGM
     e3@3 A ADD s:P < l:B.1=3EA
     e4@4 A DELETE s:P < l:B.1=700KGM
     e5@1 A ADD s:Q < l:C.1=5
     e6@2 A ADD s:Q < l:C.1
     e7@3 A DELETE s:Q < l:C.1=50
     e8@4 A DELETE s:Q < l:C.1`,
    ['contents', 's:P', { at: 2 }, { quantities: { 'l:B.1': 600 } }],
    ['contents', 's:P', {}, { contents: [], gaps: ['QTY_IMBALANCE', 'UOM_MISMATCH'] }],
    ['contents', 's:Q', { at: 3 }, { contents: ['l:C.1'], quantities: {}, gaps: [] }],
    ['contents', 's:Q', {}, { contents: [], gaps: [] }],
  ],
  [
    'R12 nothing comes to be in itself',
    `e1@1 A ADD s:A < s:B
     e2@2 A ADD s:B < s:C
     e3@3 A ADD s:C < s:A
     e4@4 A OBSERVE s:B < s:B`,
    ['contents', 's:A', {}, { contents: ['s:B', 's:C'], gaps: ['CONTAINMENT_CYCLE', 'MISSING_ADD'] }],
    ['contents', 's:C', {}, { contents: [] }],
  ],
  [
    'R13 a case twice on a pallet counts in both stays with what it held then',
    `e1@1 A ADD s:C < i:A.1
     e2@2 A ADD s:P < s:C
     e3@3 A DELETE s:P < s:C
     e4@4 A DELETE s:C < i:A.1
     e5@5 A ADD s:C < i:B.1
     e6@6 A ADD s:P < s:C
     e7@7 O OBSERVE s:P loc=F`,
    ['history', 'i:A.1', {}, { events: ['e1', 'e2', 'e3', 'e4'] }],
    ['history', 'i:B.1', {}, { events: ['e5', 'e6', 'e7'] }],
    ['contents', 's:P', { at: 2 }, { contents: ['i:A.1', 's:C'] }],
    ['contents', 's:P', {}, { contents: ['i:B.1', 's:C'] }],
  ],
  [
    'R14 loading of others is not inherited; the windows of a history hold both ends',
    `e1@1 A ADD s:P < i:A.1
     e2@2 A ADD s:P < i:A.2
     e3@3 X ADD s:P
     e4@4 S ADD s:P < i:SENSOR.1
     e5@5 O DELETE s:P loc=F`,
    ['history', 'i:A.1', {}, { events: ['e1', 'e3', 'e4', 'e5'] }],
    ['history', 'i:A.1', { from: 3, to: 4 }, { events: ['e3', 'e4'] }],
    ['history', 'i:A.1', { at: 3 }, { events: ['e3'] }],
  ],
  [
    'R15 on the road until it arrives; the last place is the last that was told',
    `e1@1 O ADD i:A.1 loc=F
     e2@2 O OBSERVE i:A.1 step=shipping rp=GATE
     e3@3 O OBSERVE i:A.1 rp=ROAD
     e4@4 O OBSERVE i:A.1 step=receiving`,
    ['where', 'i:A.1', { at: 3 }, { location: 'ROAD', state: 'in_transit' }],
    ['where', 'i:A.1', {}, { location: 'ROAD', state: 'at_rest' }],
    ['where', 'i:A.1', { at: 0 }, { location: null, state: 'at_rest' }],
    ['where', 'l:A.1', {}, { location: null, state: null }],
  ],
];

export const BOOKS: Case[] = [
  [
    'made, used, destroyed and on the way, in the unit asked for',
    `e1@1 O ADD l:R.1=1TNE
     e2@2 O OBSERVE l:R.1=300KGM step=shipping
     e3@3 O OBSERVE l:R.1=100KGM step=receiving
     e4@4 T l:R.1=250KGM > l:F.1=1
     e5@5 O DELETE l:R.1=50KGM`,
    [
      'balance',
      'l:R.1',
      {},
      { made: 1000, consumed: 250, destroyed: 50, inTransit: 200, unaccounted: 700, uom: 'KGM', gaps: [] },
    ],
    ['balance', 'l:R.1', { uom: 'TNE' }, { made: 1, unaccounted: 0.7, uom: 'TNE' }],
    ['balance', 'l:R.1', { at: 2 }, { inTransit: 300, consumed: 0 }],
    ['balance', 'l:R.1', { uom: 'LTR' }, { made: 0, uom: 'LTR', gaps: ['UOM_MISMATCH'] }],
  ],
  [
    'more used than made is told; tenths add up',
    `e1@1 O ADD l:R.1=0.3KGM
     e2@2 T l:R.1=0.1KGM > l:F.1
     e3@3 T l:R.1=0.2KGM > l:F.2
     e4@4 T l:R.1=1KGM > l:F.3`,
    ['balance', 'l:R.1', { at: 3 }, { unaccounted: 0, gaps: [] }],
    ['balance', 'l:R.1', {}, { unaccounted: -1, gaps: ['QTY_IMBALANCE'] }],
  ],
  [
    'a lot without quantities is counted by its items; what was bought in counts as made',
    `e1@1 O ADD i:A.1 i:A.2 i:A.3 lot=L
     e2@2 T i:A.1 > l:F.1=1
     e3@3 O DELETE i:A.2
     e4@1 O OBSERVE l:B.1=7KGM step=receiving`,
    ['balance', 'l:A.L', {}, { made: 3, consumed: 1, destroyed: 1, unaccounted: 1, uom: 'EA', gaps: [] }],
    ['balance', 'l:B.1', {}, { made: 7, unaccounted: 7 }],
    ['balance', 'l:X.1', { uom: 'GRM' }, { made: 0, uom: null, gaps: ['UNKNOWN_ID'] }],
  ],
];
