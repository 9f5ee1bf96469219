/**
 * How the value of each application identifier is laid out in bits (TDS 2.3 section 15.3, tables F and K): AI, range of
 * AIs or range/last digits, then one or two parts. A letter is the method of section 14.5, the number its characters.
 *
 *   n  nibbles, a digit each (.4)          a  any text up to so many characters (.6)
 *   i  integer of so many digits (.2)      v  up to so many digits, their count before them (.13)
 *   t  digits, then text (.5)              d  date (.8)                     m  date and time to the minute (.9)
 *   r  one date or two (.10)               p  date and time, hour to second (.11)
 *   c  country (.12)                       b  one bit (.7)                  s  minus sign or nothing (.14)
 *   q  place in a sequence, n/m (.15)
 *
 * Facts of GS1 TDT 2.2 (Apache-2.0), in a notation of our own; see NOTICE.
 */
export const AI_BITS_ROWS = `
00 n18
01-02 n14
10 a20
11-13 d
15-17 d
20 i2
21-22 a20
235 a28
240-241 a30
242 v6
243 a20
250-251 a30
253 n13 a17
254 a20
255 n13 v12
30 v8
310-316/0-5 i6
320-337/0-5 i6
340-357/0-5 i6
360-369/0-5 i6
37 v8
390/0-9 v15
391/0-9 i3 v15
392/0-9 v15
393/0-9 i3 v15
394/0-3 i4
395/0-3 i6
400-401 a30
402 i17
403 a30
410-417 n13
420 a20
421 i3 a9
422 i3
423 v15
424 i3
425 v15
426 i3
427 a3
4300-4301 a35
4302-4306 a70
4307 c
4308 a30
4309 i20
4310-4311 a35
4312-4316 a70
4317 c
4318 a20
4319 a30
4320 a35
4321-4323 b
4324-4325 m
4326 d
4330-4333 i6 s
7001 i13
7002 a30
7003 m
7004 v4
7005 a12
7006 d
7007 r
7008 a3
7009 a10
7010 a2
7011 p
7020-7022 a20
7023 t30
7030-7039 i3 a27
7040-7041 a4
710-716 a20
7230-7239 a30
7240 a20
7241 n2
7242 a25
7250 i8
7251 i12
7252 i1
7253-7254 a40
7255 a10
7256 a90
7257 a70
7258 q
7259 a40
8001 i14
8002 a20
8003 n14 a16
8004 t30
8005 i6
8006 n18
8007 a24
8008 p
8009 a50
8010 t30
8011 v12
8012 a20
8013 a25
8017-8018 n18
8019 v10
8020 a25
8026 n18
8030 a90
8110 a70
8111 i4
8112 a70
8200 a70
90 a30
91-99 a90
`;
