/**
 * Codes of 14 bits for the ends of host names (TDS 2.3 section 14.5.16): the first one's number, then the ends without
 * their dot. org.cn and net.cn stand behind com.cn here: the standard prints them with the prefix of bq and br.
 */
export const ENDS_14_BIT = `
0 ac ad ae af ag ai al am ao aq ar as at au aw ax az
17 ba bb bd be bf bg bh bi bj bm bn bo bq br bs bt bw by bz
36 ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz
55 de dj dk dm do dz
61 ec ee eg eh er es et eu
69 fi fj fk fm fo fr
75 ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy
93 hk hm hn hr ht hu
99 id ie il im in io iq ir is it
109 je jm jo jp
113 ke kg kh ki km kn kp kr kw ky kz
124 la lb lc li lk lr ls lt lu lv ly
135 ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz
157 na nc ne nf ng ni nl no np nr nu nz
169 om
170 pa pe pf pg ph pk pl pm pn pr ps pt pw py
184 qa
185 re ro rs ru rw
190 sa sb sc sd se sg sh si sk sl sm sn sr ss st su sv sx sy sz
210 tc td tf tg th tj tk tl tm tn to tr tt tv tw tz
226 ua ug us uy uz
231 va vc ve vg vi vn vu
238 wf ws
240 ye yt
242 za zm zw
256 com.au net.au org.au co.at com.bd co.bd com.br net.br
264 co.nz com.ng com.pk co.in com.in co.il co.jp co.za
272 co.kr com.es com.lk co.th co.tt com.tt com.tr biz.tr
280 com.ua co.uk co.zm com.zm com.cn org.cn net.cn gov.cn
384 tech
`;

/** Codes of 7 bits: numbers of ASCII that no host name has. */
export const STARTS_7_BIT: readonly [code: number, text: string][] = [
  [0x1e, 'qr.'],
  [0x1f, 'www.'],
  [0x20, 'id.'],
];
export const ENDS_7_BIT: readonly [code: number, text: string][] = [
  [0x5b, '.com'],
  [0x5c, '.org'],
  [0x5d, '.net'],
  [0x5e, '.int'],
  [0x60, '.edu'],
  [0x7b, '.gov'],
  [0x7c, '.mil'],
  [0x7d, '.biz'],
  [0x7e, '.eco'],
  [0x7f, '.med'],
];
