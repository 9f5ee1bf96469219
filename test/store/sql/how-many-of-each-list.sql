select s0.n as n0, s0.cut as cut0, s1.n as n1, s1.cut as cut1, s2.n as n2, s2.cut as cut2 from (select coalesce(sum(case when s.n < $2::bigint then s.n
      else s.n * (($4::float - $3::float) / greatest($4::bigint - s.last + 1, 1)) end), 0)::float as n,
      coalesce(bool_or(s.n >= $2::bigint), false) as cut
    from (select hashtextextended(t, 0) from unnest($5::text::text[]) as u(t)) as w(value) cross join lateral (
      select count(*) as n, min(sequence) as last from (
        select sequence from event where tenant_id = $1
      and (words, sequence) > (w.value, $3::bigint) and (words, sequence) <= (w.value, $4::bigint)
    order by words desc, sequence desc limit $2
      ) r
    ) s) s0 cross join
(select coalesce(sum(case when s.n < $6::bigint then s.n
      else s.n * (($8::float - $7::float) / greatest($8::bigint - s.last + 1, 1)) end), 0)::float as n,
      coalesce(bool_or(s.n >= $6::bigint), false) as cut
    from unnest($9::text::bytea[]) as w(value) cross join lateral (
      select count(*) as n, min(sequence) as last from (
        select sequence from mention where tenant_id = $1 and key = w.value and role in (0, 3) and sequence > $7::bigint and sequence <= $8::bigint order by sequence desc limit $6
      ) r
    ) s) s1 cross join
(select case when g.n < $10::bigint then g.n::float when d.rows < $11::bigint then d.hits::float
      else d.hits * (($13::float - $14::float) / greatest($12::bigint - d.last + 1, 1)) end as n,
      g.n >= $10::bigint as cut
    from (
      select count(*) as n from (select from mention where tenant_id = $1 and role = 19 and key >= $15::bytea and key < $16::bytea limit $10) r
    ) g cross join (
      select count(*) as rows, count(*) filter (where key >= $17::bytea and key < $18::bytea) as hits, min(sequence) as last from (
        select sequence, key from mention where tenant_id = $1 and term_name is not null
      and (term_name, sequence) > ($21::bytea, $19::bigint) and (term_name, sequence) <= ($21::bytea, $20::bigint)
    order by term_name desc, sequence desc limit $11
      ) r
    ) d) s2
