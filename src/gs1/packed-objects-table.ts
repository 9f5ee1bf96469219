/**
 * The ID tables of GS1's data format 9 for Packed Objects (TDS annex J; ISO/IEC 15962), a row an ID value:
 * value or range, application identifiers, format. Facts of GS1's TDT tables (Apache-2.0), in a notation of our own;
 * see NOTICE.
 *
 * Identifiers: `+` one behind the other, `?` may be left out, `|` one of several, `{0-5}` any of these last digits,
 * `=S00` the rest stands in that secondary table; a range of values goes with a range of AIs.
 * Formats: n digits, x characters, `1-20` a length of 1 to 20, `1-` without a most; `.` joins two parts of one value.
 * Value 92 of S12 (AI 7258) is left out: its published format, a digit between two characters, does not fit the AI's own.
 */
export const PRIMARY_IDS = `
1 00 n18
2 01 n14
3 02+37 n14+n1-8
4 10 x1-20
5 11 n6
6 12 n6
7 13 n6
8 15 n6
9 17 n6
10 20 n2
11 21 x1-20
12 22 x1-20
13 240 x1-30
14 241 x1-30
15 242 n1-6
16 250 x1-30
17 251 x1-30
18 253 n13.x0-17
19 30 n1-8
20 =S00
21 =S01
22 =S02
23 =S03
24 =S04
25 =S05
26 330{0-6}|340{0-6} n6|n6
27 =S09
28 =S10
29 =S11
30 =S07
31 =S06
32 337{0-6} n6
33 390{0-9}|391{0-9} n1-15|n4-18
34 392{0-9}|393{0-9} n1-15|n4-18
35 400 x1-30
36 401 x1-30
37 402 n17
38 403 x1-30
39 410 n13
40 411 n13
41 412 n13
42 413 n13
43 414+254? n13+x1-20
44 415+8020 n13+x1-25
45 420|421 x1-20|n3.x1-9
46 422 n3
47 423 n3-15
48 424 n3
49 425 n3
50 426 n3
51 7001 n13
52 7002 x1-30
53 7003 n10
54 7004 n1-4
55-64 7030-7039 n3.x1-27
65 8001 n14
66 8002 x1-20
67 8003 n14.x0-16
68 8004 x1-30
69 8005 n6
70 8006 n18
71 8007 x1-30
72 8008 n8-12
73 8018 n18
74 =S08
75 90 x1-30
76-84 91-99 x1-
85 =S12
`;

/** Secondary tables by name: the bits of their ID values, then their rows. */
export const SECONDARY_IDS: Readonly<Record<string, readonly [bits: number, rows: string]>> = {
  S00: [2, '0 310{0-5} n6\n1 320{0-5} n6\n2 356{0-5} n6'],
  S01: [2, '0 311{0-5} n6\n1 321{0-5} n6\n2 322{0-5} n6\n3 323{0-5} n6'],
  S02: [2, '0 312{0-5} n6\n1 324{0-5} n6\n2 325{0-5} n6\n3 326{0-5} n6'],
  S03: [2, '0 313{0-5} n6\n1 327{0-5} n6\n2 328{0-5} n6\n3 329{0-5} n6'],
  S04: [2, '0 314{0-5} n6\n1 350{0-5} n6\n2 351{0-5} n6\n3 352{0-5} n6'],
  S05: [
    3,
    '0 315{0-5} n6\n1 316{0-5} n6\n2 357{0-5} n6\n3 360{0-5} n6\n4 361{0-5} n6\n5 364{0-5} n6\n6 365{0-5} n6\n7 366{0-5} n6',
  ],
  S06: [3, '0 335{0-5} n6\n1 336{0-5} n6\n2 362{0-5} n6\n3 363{0-5} n6\n4 367{0-5} n6\n5 368{0-5} n6\n6 369{0-5} n6'],
  S07: [2, '0 334{0-5} n6\n1 353{0-5} n6\n2 354{0-5} n6\n3 355{0-5} n6'],
  // the published table gives 8111 the value 22, which three bits cannot say
  S08: [3, '0 8100 n6\n1 8101 n10\n2 8102 n2\n3 8110 x1-70'],
  S09: [2, '0 331{0-5} n6\n1 341{0-5} n6\n2 342{0-5} n6\n3 343{0-5} n6'],
  S10: [2, '0 332{0-5} n6\n1 344{0-5} n6\n2 345{0-5} n6\n3 346{0-5} n6'],
  S11: [2, '0 333{0-5} n6\n1 347{0-5} n6\n2 348{0-5} n6\n3 349{0-5} n6'],
  S12: [
    7,
    `
0 243 x1-20
1 255 n13.n0-12
2 427 x1-3
3 710 n3.x1-27
4-6 711-713 n3.x1-27
7 8010 x1-30
8 8011 n1-12
9 8017 n18
10 8019 n1-10
11 8200 x1-70
12 16 n6
13 394{0-9} n4
14 7005 x1-12
15 7006 n6
16 7007 x6-12
17 7008 x1-3
18 7009 x1-10
19 7010 x1-2
20 8012 x1-20
21 416 n13
22-24 7020-7022 x1-20
25 7023 x1-30
26 235 n1-28
27 417 n13
28 714 x1-20
29 7040 n1.x1-3
30 8013 x1-30
31 8026 n18
32 8112 x1-70
33 7240 x1-20
34 395{0-5} n6
35-36 4300-4301 x1-35
37-41 4302-4306 x1-70
42 4307 x2
43 4308 x1-30
44 4309 n20
45-46 4310-4311 x1-35
47-51 4312-4316 x1-70
52 4317 x2
53 4318 x1-20
54 4319 x1-30
55 4320 x1-35
56-58 4321-4323 n1
59-60 4324-4325 n10
61 4326 n6
62 715 x1-20
63-72 7230-7239 x2.x1-28
73 7241 x2
74 7242 x1-25
75 8030 x1-90
76 7011 n6.n0-4
77-80 4330-4333 n6.x0-1
81 7002 x1-30
82 7041 x1-4
83 716 x1-20
84 7250 n8
85 7251 n12
86 7252 n1
87-88 7253-7254 x1-40
89 7255 x1-10
90 7256 x1-90
91 7257 x1-70
93 7259 x1-40
`,
  ],
};
