/**
 * The application identifiers, one a line: AI or range, flags, components, then what it demands and forbids, then title.
 * Flags: p = predefined length (no FNC1 needed behind it), d = may stand in the query of a Digital Link.
 * Components: N digits, X character set 82, Y 39, Z base64url; ..n = up to n; [] = optional; named checks of ai-check.ts.
 * key = primary key of a Digital Link, with its qualifiers in their order, alternatives behind |.
 * req = needs one of these (a+b = both) beside it; ex = never stands with these; n in an AI is any digit.
 * Facts of the GS1 syntax dictionary (Apache-2.0), in a notation of our own; see NOTICE.
 */
export const AI_ROWS = `
00 pd N18,csum,gcppos2 key # SSCC
01 pd N14,csum,gcppos2 key=22,10,21|235 ex=255,37 # GTIN
02 pd N14,csum,gcppos2 req=37 ex=01,03 # CONTENT
03 p- N14,csum,gcppos2 ex=01,02,37,235 # MTO GTIN
10 -d X..20 req=01,02,03,8006,8026 # BATCH/LOT
11 pd N6,yymmd0 req=01,02,03,8006,8026 # PROD DATE
12 pd N6,yymmd0 req=8020 # DUE DATE
13 pd N6,yymmd0 req=01,02,03,8006,8026 # PACK DATE
15 pd N6,yymmd0 req=01,02,03,8006,8026 # BEST BEFORE or BEST BY
16 pd N6,yymmd0 req=01,02,03,8006,8026 # SELL BY
17 pd N6,yymmd0 req=01,02,03,255,8006,8026 # USE BY or EXPIRY
20 pd N2 req=01,02,03,8006,8026 # VARIANT
21 -- X..20 req=01,03,8006 ex=235 # SERIAL
22 -- X..20 req=01 # CPV
235 -- X..28 req=01 # TPX
240 -d X..30 req=01,02,03,8006,8026 # ADDITIONAL ID
241 -d X..30 req=01,02,03,8006,8026 # CUST. PART No.
242 -d N..6 req=01,02,8006,8026 # MTO VARIANT
243 -d X..20 req=01,03 # PCN
250 -d X..30 req=01+21,03+21,8006+21 # SECONDARY SERIAL
251 -d X..30 req=01,03,8006 # REF. TO SOURCE
253 -d N13,csum,gcppos1 [X..17] key # GDTI
254 -- X..20 req=414 # GLN EXTENSION COMPONENT
255 -d N13,csum,gcppos1 [N..12] key ex=01,02,415,8006,8020,8026 # GCN
30 -d N..8 req=01,02 # VAR. COUNT
3100-3105 pd N6 req=01,02 ex=310n # NET WEIGHT (kg)
3110-3115 pd N6 req=01,02 ex=311n # LENGTH (m)
3120-3125 pd N6 req=01,02 ex=312n # WIDTH (m)
3130-3135 pd N6 req=01,02 ex=313n # HEIGHT (m)
3140-3145 pd N6 req=01,02 ex=314n # AREA (m²)
3150-3155 pd N6 req=01,02 ex=315n # NET VOLUME (l)
3160-3165 pd N6 req=01,02 ex=316n # NET VOLUME (m³)
3200-3205 pd N6 req=01,02 ex=320n # NET WEIGHT (lb)
3210-3215 pd N6 req=01,02 ex=321n # LENGTH (in)
3220-3225 pd N6 req=01,02 ex=322n # LENGTH (ft)
3230-3235 pd N6 req=01,02 ex=323n # LENGTH (yd)
3240-3245 pd N6 req=01,02 ex=324n # WIDTH (in)
3250-3255 pd N6 req=01,02 ex=325n # WIDTH (ft)
3260-3265 pd N6 req=01,02 ex=326n # WIDTH (yd)
3270-3275 pd N6 req=01,02 ex=327n # HEIGHT (in)
3280-3285 pd N6 req=01,02 ex=328n # HEIGHT (ft)
3290-3295 pd N6 req=01,02 ex=329n # HEIGHT (yd)
3300-3305 pd N6 req=00,01 ex=330n # GROSS WEIGHT (kg)
3310-3315 pd N6 req=00,01 ex=331n # LENGTH (m), log
3320-3325 pd N6 req=00,01 ex=332n # WIDTH (m), log
3330-3335 pd N6 req=00,01 ex=333n # HEIGHT (m), log
3340-3345 pd N6 req=00,01 ex=334n # AREA (m²), log
3350-3355 pd N6 req=00,01 ex=335n # VOLUME (l), log
3360-3365 pd N6 req=00,01 ex=336n # VOLUME (m³), log
3370-3375 pd N6 req=01 ex=337n # KG PER m²
3400-3405 pd N6 req=00,01 ex=340n # GROSS WEIGHT (lb)
3410-3415 pd N6 req=00,01 ex=341n # LENGTH (in), log
3420-3425 pd N6 req=00,01 ex=342n # LENGTH (ft), log
3430-3435 pd N6 req=00,01 ex=343n # LENGTH (yd), log
3440-3445 pd N6 req=00,01 ex=344n # WIDTH (in), log
3450-3455 pd N6 req=00,01 ex=345n # WIDTH (ft), log
3460-3465 pd N6 req=00,01 ex=346n # WIDTH (yd), log
3470-3475 pd N6 req=00,01 ex=347n # HEIGHT (in), log
3480-3485 pd N6 req=00,01 ex=348n # HEIGHT (ft), log
3490-3495 pd N6 req=00,01 ex=349n # HEIGHT (yd), log
3500-3505 pd N6 req=01,02 ex=350n # AREA (in²)
3510-3515 pd N6 req=01,02 ex=351n # AREA (ft²)
3520-3525 pd N6 req=01,02 ex=352n # AREA (yd²)
3530-3535 pd N6 req=00,01 ex=353n # AREA (in²), log
3540-3545 pd N6 req=00,01 ex=354n # AREA (ft²), log
3550-3555 pd N6 req=00,01 ex=355n # AREA (yd²), log
3560-3565 pd N6 req=01,02 ex=356n # NET WEIGHT (tr oz)
3570-3575 pd N6 req=01,02 ex=357n # NET VOLUME (oz)
3600-3605 pd N6 req=01,02 ex=360n # NET VOLUME (qt (US))
3610-3615 pd N6 req=01,02 ex=361n # NET VOLUME (gal.)
3620-3625 pd N6 req=00,01 ex=362n # VOLUME (qt (US)), log
3630-3635 pd N6 req=00,01 ex=363n # VOLUME (gal (US)), log
3640-3645 pd N6 req=01,02 ex=364n # NET VOLUME (in³)
3650-3655 pd N6 req=01,02 ex=365n # NET VOLUME (ft³)
3660-3665 pd N6 req=01,02 ex=366n # NET VOLUME (yd³)
3670-3675 pd N6 req=00,01 ex=367n # VOLUME (in³), log
3680-3685 pd N6 req=00,01 ex=368n # VOLUME (ft³), log
3690-3695 pd N6 req=00,01 ex=369n # VOLUME (yd³), log
37 -d N..8 req=00+02,00+8026 # COUNT
3900-3909 -d N..15 req=255,8020 ex=390n,391n,394n,8111 # AMOUNT
3910-3919 -d N3,iso4217 N..15 req=8020 ex=391n # AMOUNT
3920-3929 -d N..15 req=01+30,01+31nn,01+32nn,01+35nn,01+36nn ex=392n,393n # PRICE
3930-3939 -d N3,iso4217 N..15 req=30,31nn,32nn,35nn,36nn ex=393n # PRICE
3940-3943 -d N4 req=255 ex=394n,8111 # PRCNT OFF
3950-3955 -d N6 req=30,31nn,32nn,35nn,36nn ex=392n,393n,395n,8005 # PRICE/UoM
400 -d X..30 # ORDER NUMBER
401 -d X..30,gcppos1 key # GINC
402 -d N17,csum,gcppos1 key # GSIN
403 -d X..30 req=00 # ROUTE
410 pd N13,csum,gcppos1 # SHIP TO LOC
411 pd N13,csum,gcppos1 # BILL TO
412 pd N13,csum,gcppos1 # PURCHASE FROM
413 pd N13,csum,gcppos1 # SHIP FOR LOC
414 pd N13,csum,gcppos1 key=254|7040 # LOC No.
415 pd N13,csum,gcppos1 key=8020 req=8020 # PAY TO
416 pd N13,csum,gcppos1 # PROD/SERV LOC
417 pd N13,csum,gcppos1 key=7040 # PARTY
420 -d X..20 ex=421 # SHIP TO POST
421 -d N3,iso3166 X..9 ex=4307 # SHIP TO POST
422 -d N3,iso3166 req=01,02,03,8006,8026 ex=426 # ORIGIN
423 -d N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 req=01,02,03 ex=426 # COUNTRY - INITIAL PROCESS
424 -d N3,iso3166 req=01,02,03 ex=426 # COUNTRY - PROCESS
425 -d N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 req=01,02,03 ex=426 # COUNTRY - DISASSEMBLY
426 -d N3,iso3166 req=01,02,03 # COUNTRY - FULL PROCESS
427 -d X..3 req=01+422,02+422,03+422 # ORIGIN SUBDIVISION
4300 -d X..35,pcenc req=00 # SHIP TO COMP
4301 -d X..35,pcenc req=00 # SHIP TO NAME
4302 -d X..70,pcenc req=00 # SHIP TO ADD1
4303 -d X..70,pcenc req=4302 # SHIP TO ADD2
4304 -d X..70,pcenc req=00 # SHIP TO SUB
4305 -d X..70,pcenc req=00 # SHIP TO LOC
4306 -d X..70,pcenc req=00 # SHIP TO REG
4307 -d X2,iso3166alpha2 req=00 # SHIP TO COUNTRY
4308 -d X..30 req=00 # SHIP TO PHONE
4309 -d N10,latitude N10,longitude req=00 # SHIP TO GEO
4310 -d X..35,pcenc req=00 # RTN TO COMP
4311 -d X..35,pcenc req=00 # RTN TO NAME
4312 -d X..70,pcenc req=00 # RTN TO ADD1
4313 -d X..70,pcenc req=4312 # RTN TO ADD2
4314 -d X..70,pcenc req=00 # RTN TO SUB
4315 -d X..70,pcenc req=00 # RTN TO LOC
4316 -d X..70,pcenc req=00 # RTN TO REG
4317 -d X2,iso3166alpha2 req=00 # RTN TO COUNTRY
4318 -d X..20 req=00 # RTN TO POST
4319 -d X..30 req=00 # RTN TO PHONE
4320 -d X..35,pcenc req=00 # SRV DESCRIPTION
4321 -d N1,yesno req=00 # DANGEROUS GOODS
4322 -d N1,yesno req=00 # AUTH TO LEAVE
4323 -d N1,yesno req=00 # SIG REQUIRED
4324 -d N6,yymmd0 N4,hhmi req=00 # NOT BEF DEL DT
4325 -d N6,yymmd0 N4,hhmi req=00 # NOT AFT DEL DT
4326 -d N6,yymmdd req=00 # REL DATE
4330 -d N6 [X1],hyphen req=00 ex=4331 # MAX TEMP F.
4331 -d N6 [X1],hyphen req=00 ex=4330 # MAX TEMP C.
4332 -d N6 [X1],hyphen req=00 ex=4333 # MIN TEMP F.
4333 -d N6 [X1],hyphen req=00 ex=4332 # MIN TEMP C.
7001 -d N13 req=01,02,8006,8026 # NSN
7002 -d X..30 req=01,02 # MEAT CUT
7003 -d N6,yymmdd N4,hhmi req=01,02,03 # EXPIRY TIME
7004 -d N..4 req=01+10,03+10 # ACTIVE POTENCY
7005 -d X..12 req=01,02 # CATCH AREA
7006 -d N6,yymmdd req=01,02 # FIRST FREEZE DATE
7007 -d N6,yymmdd [N6],yymmdd req=01,02 # HARVEST DATE
7008 -d X..3 req=01,02 # AQUATIC SPECIES
7009 -d X..10 req=01,02 # FISHING GEAR TYPE
7010 -d X..2 req=01,02,03 # PROD METHOD
7011 -d N6,yymmdd [N4],hhmi req=01,02,03 # TEST BY DATE
7020 -d X..20 req=01+416,03+416,8006+416 # REFURB LOT
7021 -d X..20 req=01,03,8006 # FUNC STAT
7022 -d X..20 req=01+7021,03+7021,8006+7021 # REV STAT
7023 -d X..30,gcppos1 # GIAI - ASSEMBLY
7030 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 0
7031 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 1
7032 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 2
7033 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 3
7034 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 4
7035 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 5
7036 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 6
7037 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 7
7038 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 8
7039 -d N3,iso3166999 X..27 req=01,02 # PROCESSOR # 9
7040 -- N1 X1 X1 X1,importeridx # UIC+EXT
7041 -- X..4,packagetype req=00 # UFRGT UNIT TYPE
710 -d X..20 req=01 # NHRN PZN
711 -d X..20 req=01 # NHRN CIP
712 -d X..20 req=01 # NHRN CN
713 -d X..20 req=01 # NHRN DRN
714 -d X..20 req=01 # NHRN AIM
715 -d X..20 req=01 # NHRN NDC
716 -d X..20 req=01 # NHRN AIC
717 -d X..20 req=01 # NHRN SRN
7230 -d X2 X..28 req=01,8004 # CERT # 1
7231 -d X2 X..28 req=01,8004 # CERT # 2
7232 -d X2 X..28 req=01,8004 # CERT # 3
7233 -d X2 X..28 req=01,8004 # CERT # 4
7234 -d X2 X..28 req=01,8004 # CERT # 5
7235 -d X2 X..28 req=01,8004 # CERT # 6
7236 -d X2 X..28 req=01,8004 # CERT # 7
7237 -d X2 X..28 req=01,8004 # CERT # 8
7238 -d X2 X..28 req=01,8004 # CERT # 9
7239 -d X2 X..28 req=01,8004 # CERT # 10
7240 -d X..20 req=01,8006 ex=03 # PROTOCOL
7241 -d N2,mediatype req=8017,8018 # AIDC MEDIA TYPE
7242 -d X..25 req=8017,8018 # VCN
7250 -d N8,yyyymmdd req=8018 ex=7251 # DOB
7251 -d N8,yyyymmdd N4,hhmi req=8018 ex=7250 # DOB TIME
7252 -d N1,iso5218 req=8018 # BIO SEX
7253 -d X..40,pcenc req=8017,8018 ex=7256,7259 # FAMILY NAME
7254 -d X..40,pcenc req=8017,8018 ex=7256,7259 # GIVEN NAME
7255 -d X..10 req=8017,8018 ex=7256,7259 # SUFFIX
7256 -d X..90,pcenc req=8017,8018 # FULL NAME
7257 -d X..70,pcenc req=8018 # PERSON ADDR
7258 -d X3,posinseqslash req=8018+7259 # BIRTH SEQUENCE
7259 -d X..40,pcenc req=8018 ex=7256 # BABY
8001 -d N4,nonzero N5,nonzero N3,nonzero N1,winding N1 req=01 # DIMENSIONS
8002 -d X..20 # CMT No.
8003 -d N1,zero N13,csum,gcppos1 [X..16] key # GRAI
8004 -d X..30,gcppos1 key=7040 # GIAI
8005 -d N6 req=01,02 # PRICE PER UNIT
8006 -d N14,csum,gcppos2 N4,pieceoftotal key=22,10,21 ex=01,03,37 # ITIP
8007 -d X..34,iban req=415 # IBAN
8008 -d N6,yymmdd N2,hh [N2],mi [N2],ss req=01,02,03 # PROD TIME
8009 -d X..50 req=00,01,03 # OPTSEN
8010 -d Y..30,gcppos1 key=8011 # CPID
8011 -- N..12,canonicalint req=8010 # CPID SERIAL
8012 -d X..20 req=01,03,8006 # VERSION
8013 -d X..25,csumalpha,gcppos1 key # GMN
8014 -- X..25,csumalpha,gcppos1,hasnondigit req=01 # MUDI
8017 -d N18,csum,gcppos1 key=8019 ex=8018 # GSRN - PROVIDER
8018 -d N18,csum,gcppos1 key=8019 ex=8017 # GSRN - RECIPIENT
8019 -- N..10 req=8017,8018 # SRIN
8020 -- X..25 req=415 # REF No.
8026 -d N14,csum,gcppos2 N4,pieceoftotal req=37 ex=02,03,8006 # ITIP CONTENT
8030 -d Z..90,cset64 req=00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018 # DIGSIG
8040 -- N15 req=01+21 # IMEI
8041 -- N15 req=01+21+8040 # IMEI2
8042 -- N32 req=01+21+8040 # ESIM
8043 -- N18 [N..2] req=01+21+8040 # PSIM
8110 -d X..70,couponcode
8111 -d N4 req=255 # POINTS
8112 -d X..70,couponposoffer
8200 -- X..70 req=01 # PRODUCT URL
90 -d X..30 # INTERNAL
91-99 -d X..90 # INTERNAL
`;
