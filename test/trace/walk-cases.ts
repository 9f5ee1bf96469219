// Walks up and down the genealogy (R16 to R24) as short stories with what must be answered.
import type { Case } from './cases.ts';

export const WALKS: Case[] = [
  [
    'R16 every input leads to every output of one transformationID',
    `e1@1 T l:R.1=5KGM > xid=X
     e2@2 T l:R.2=5KGM > xid=X
     e3@3 T > l:F.1=4KGM l:F.2=6KGM xid=X`,
    ['back', 'l:F.2', {}, { origins: ['l:R.1', 'l:R.2'], possible: [], gaps: ['MISSING_ORIGIN'] }],
    ['forward', 'l:R.1', { asOf: 2 }, { affected: [], gaps: ['NO_TRANSFORMATION_OUTPUT'] }],
    ['forward', 'l:R.1', {}, { affected: ['l:F.1', 'l:F.2'], possible: [], gaps: [] }],
  ],
  [
    'R16 an input later than the output is possible, unless another pair of the two is in order',
    `e1@1 T l:R.1=5KGM > xid=X
     e2@2 T > l:F.1=5KGM xid=X
     e3@3 T l:R.1=5KGM l:R.2=1KGM > xid=X`,
    ['back', 'l:F.1', {}, { upstream: ['l:R.1', 'l:R.2'], possible: ['l:R.2'] }],
    ['forward', 'l:R.1', {}, { affected: ['l:F.1'], possible: [] }],
  ],
  [
    'R17 a carrier that goes in stands for what is in it then, and for nothing later',
    `e1@1 A ADD g:T < i:A.1
     e2@2 T g:T > l:F.1=1KGM
     e3@3 A DELETE g:T < i:A.1
     e4@4 A ADD g:T < i:A.2`,
    ['forward', 'i:A.1', {}, { affected: ['l:F.1'] }],
    ['forward', 'i:A.2', {}, { affected: [] }],
    ['back', 'l:F.1', {}, { upstream: ['g:T', 'i:A.1'], origins: ['i:A.1'], gaps: ['MISSING_COMMISSION'] }],
  ],
  [
    'R17 a carrier that comes out stands for what is in it, with its lots',
    `e1@1 O ADD i:A.1 lot=L1
     e2@2 A ADD s:P < i:A.1
     e3@3 T l:R.1=1KGM > s:P`,
    ['forward', 'l:R.1', {}, { affected: ['i:A.1', 'l:A.L1', 's:P'] }],
    ['back', 'l:A.L1', {}, { upstream: ['l:R.1'], origins: ['l:R.1'] }],
  ],
  [
    'R18 a lot lies between its items and what they were made of; the same text on another product does not',
    `e1@1 O ADD l:R.1=1KGM
     e2@2 T l:R.1=1KGM > i:F.1 i:G.1 lot=L
     e3@3 O ADD i:H.1 lot=L`,
    ['forward', 'l:R.1', {}, { affected: ['i:F.1', 'i:G.1', 'l:F.L', 'l:G.L'] }],
    ['forward', 'l:F.L', {}, { affected: ['i:F.1'] }],
    ['back', 'i:H.1', {}, { origins: ['l:H.L'], upstream: ['l:H.L'], gaps: [] }],
  ],
  [
    'R18 a class with a lot in the ILMD is that lot; the class is known, no more',
    `e1@1 O ADD c:R=10KGM lot=L
     e2@2 T l:R.L=10KGM > c:F=9KGM lot=M`,
    ['back', 'l:F.M', {}, { origins: ['l:R.L'], gaps: [] }],
    ['back', 'c:R', {}, { origins: ['c:R'], upstream: [], gaps: ['CLASS_TOO_COARSE'] }],
    ['history', 'c:R', {}, { events: [] }],
    ['balance', 'l:R.L', {}, { made: 10, consumed: 10, uom: 'KGM' }],
  ],
  [
    'R18 retagging and serialising are membership, no derivation',
    `e1@1 O ADD l:A.L=3
     e2@2 T l:A.L=1 > i:A.1 lot=L
     e3@3 T i:A.1 > i:A.2 lot=L`,
    ['back', 'l:A.L', {}, { upstream: [], origins: ['l:A.L'], gaps: [] }],
    ['forward', 'i:A.1', {}, { affected: ['i:A.2'] }],
    ['back', 'i:A.2', {}, { upstream: ['i:A.1', 'l:A.L'], origins: ['l:A.L'], gaps: [] }],
  ],
  [
    'R19 a part stays part after it is taken out; what the assembly held meanwhile is possible, and only that',
    `e1@1 A ADD g:TRAY < i:A.1
     e2@2 S ADD g:TRAY < i:SENSOR.1
     e3@3 A DELETE g:TRAY < i:A.1
     e4@4 A ADD g:TRAY < i:A.2
     e5@5 S DELETE g:TRAY < i:SENSOR.1
     e6@6 A ADD g:TRAY < i:A.3`,
    ['forward', 'i:SENSOR.1', {}, { affected: ['g:TRAY'], possible: ['i:A.1', 'i:A.2'] }],
    ['back', 'g:TRAY', { at: 6 }, { upstream: ['i:A.2', 'i:A.3', 'i:SENSOR.1'] }],
  ],
  [
    'R19 a place is no assembly',
    `e1@1 S ADD p:HALL < i:SENSOR.1`,
    ['forward', 'i:SENSOR.1', {}, { affected: [], possible: [] }],
  ],
  [
    'R20 pallet-mates are not affected; a container stands for what it held in the window',
    `e1@1 O ADD i:A.1 lot=L
     e2@2 A ADD s:P < i:A.1 l:B.1=5
     e3@3 A DELETE s:P < i:A.1
     e4@4 T l:B.1=5 > l:F.1=5`,
    ['forward', 'l:A.L', {}, { affected: ['i:A.1'] }],
    ['forward', 's:P', {}, { affected: ['i:A.1', 'l:B.1', 'l:F.1'] }],
    ['forward', 's:P', { from: 3 }, { affected: ['l:B.1', 'l:F.1'] }],
  ],
  [
    'R21 a loop ends and is named; who only feeds itself is SELF_INPUT',
    `e1@1 O ADD l:R.1=9KGM
     e2@2 T l:R.1=9KGM > l:P.1=9KGM
     e3@3 T l:P.1=1KGM > l:W.1=1KGM
     e4@4 T l:W.1=1KGM > l:P.1=1KGM
     e5@5 T l:Q.1=2KGM > l:Q.1=1KGM`,
    ['forward', 'l:R.1', {}, { affected: ['l:P.1', 'l:W.1'], gaps: ['CYCLE'] }],
    ['back', 'l:P.1', {}, { upstream: ['l:R.1', 'l:W.1'], origins: ['l:R.1'], gaps: ['CYCLE'] }],
    ['forward', 'l:Q.1', {}, { affected: [], gaps: ['SELF_INPUT'] }],
  ],
  [
    'R22 of a loop that nothing feeds, what an ADD names is the origin, else all of it',
    `e1@1 T l:A.1=1 > l:B.1=1
     e2@2 T l:B.1=1 > l:A.1=1
     e3@1 O ADD l:C.1=1
     e4@2 T l:C.1=1 > l:D.1=1
     e5@3 T l:D.1=1 > l:C.1=1`,
    ['back', 'l:A.1', {}, { origins: ['l:A.1', 'l:B.1'] }],
    ['back', 'l:D.1', {}, { origins: ['l:C.1'] }],
  ],
  [
    'R22 a carrier is an origin only where it went in with nothing known in it',
    `e1@1 T s:BULK > l:F.1=1KGM
     e2@2 A ADD s:FULL < i:A.1
     e3@3 T s:FULL > l:G.1=1KGM`,
    ['back', 'l:F.1', {}, { origins: ['l:F.1', 's:BULK'], gaps: ['MISSING_ORIGIN'] }],
    ['back', 'l:G.1', {}, { origins: ['i:A.1'], gaps: ['MISSING_COMMISSION'] }],
  ],
  [
    'R24 conflicts of making are named and both lots are possible',
    `e1@1 O ADD i:A.1 lot=L
     e2@2 O ADD i:A.1 lot=M
     e3@3 T l:R.1=1 > i:B.1
     e4@4 O ADD i:B.1 lot=L`,
    ['back', 'i:A.1', {}, { possible: ['l:A.L', 'l:A.M'], gaps: ['DUP_COMMISSION', 'LOT_CONFLICT'] }],
    ['forward', 'l:R.1', {}, { affected: ['i:B.1', 'l:B.L'], gaps: [] }],
  ],
  [
    'R24 used before it was made, seen after its end',
    `e1@1 T l:R.1=1 > l:F.1=1
     e2@2 O ADD l:R.1=1
     e3@3 O ADD i:A.1
     e4@4 O DELETE i:A.1
     e5@5 O OBSERVE i:A.1
     e6@3 O ADD i:B.1
     e7@4 T i:B.1 > l:G.1=1
     e8@5 T i:B.1 > l:G.2=1`,
    ['forward', 'l:R.1', {}, { affected: ['l:F.1'], gaps: ['USED_BEFORE_COMMISSION'] }],
    ['back', 'i:A.1', {}, { gaps: ['SEEN_AFTER_DECOMMISSION'] }],
    ['forward', 'i:B.1', {}, { affected: ['l:G.1', 'l:G.2'], gaps: [] }],
    ['state', 'i:A.1', {}, { state: 'decommissioned', seenAfterEnd: true }],
    ['state', 'i:B.1', {}, { state: 'consumed', seenAfterEnd: false }],
  ],
];

export const RECORD: Case[] = [
  [
    'an output without input is a gap of the lot that another event gives it, whatever is asked of the lot',
    `e1@1 O ADD i:A.1 lot=L
     e2@2 A ADD s:P < i:A.1
     e3@3 T > s:P xid=X
     e4@3 T > i:A.2 xid=Y
     e5@1 O ADD i:A.2 lot=M`,
    ['history', 'l:A.L', {}, { events: [], gaps: ['NO_TRANSFORMATION_INPUT'] }],
    ['contents', 'l:A.M', {}, { gaps: ['NO_TRANSFORMATION_INPUT'] }],
    ['balance', 'l:A.M', {}, { made: 1, gaps: ['NO_TRANSFORMATION_INPUT'] }],
  ],
  [
    'R1 cuts on what was known, R2 orders by instant',
    `e1@1 O ADD i:A.1 loc=F
     e2@3 O OBSERVE i:A.1 loc=G r=9
     e3@2 O OBSERVE i:A.1 loc=H r=4`,
    ['history', 'i:A.1', { asOf: 5 }, { events: ['e1', 'e3'] }],
    ['where', 'i:A.1', { asOf: 5 }, { location: 'H' }],
    ['history', 'i:A.1', {}, { events: ['e1', 'e3', 'e2'] }],
  ],
  [
    'R3 keeps the first of one eventID and names the conflict; the same again is nothing',
    `e1@1 O ADD l:R.1=1KGM r=3
     e1@1 O ADD l:R.1=1KGM r=5
     e2@1 O ADD l:S.1=7KGM r=6
     e2@1 O ADD l:S.1=2KGM r=4`,
    ['balance', 'l:R.1', {}, { made: 1, gaps: [] }],
    ['balance', 'l:S.1', {}, { made: 2, gaps: ['EVENTID_CONFLICT'] }],
    ['balance', 'l:S.1', { asOf: 5 }, { made: 2, gaps: [] }],
  ],
  [
    'R4 voids from the declaration on; R5 also before the event arrives',
    `e1@1 O ADD l:R.1=1KGM
     e2@2 T l:R.1=1KGM > l:F.1=1KGM r=6
     e2!4 did_not_occur +e9`,
    ['forward', 'l:R.1', { asOf: 5 }, { affected: [], gaps: ['MISSING_CORRECTIVE', 'UNRESOLVED_ERROR_DECL'] }],
    ['forward', 'l:R.1', {}, { affected: [], gaps: ['MISSING_CORRECTIVE'] }],
    ['audit', '*', {}, { excluded: ['e2'] }],
    ['audit', 'l:F.1', { asOf: 5 }, { excluded: [] }],
  ],
  [
    'R15 an unknown identifier is an answer with a gap',
    `e1@1 O ADD l:R.1=1KGM`,
    ['back', 'i:X.1', {}, { origins: [], upstream: [], possible: [], gaps: ['UNKNOWN_ID'] }],
    ['where', 'i:X.1', {}, { location: null, state: null }],
    ['contents', 's:X', {}, { contents: [], quantities: {}, gaps: ['UNKNOWN_ID'] }],
  ],
];
